"""`Documents`: the blocking client of the documents in libraries."""

from typing import Final

from mistral_conversations._public import publish
from mistral_conversations.documents import AsyncDocuments
from mistral_conversations.sync.api_client import BlockingAPIClient
from mistral_conversations.sync.methods import blocking, iterating

__all__ = ["Documents"]


class Documents(BlockingAPIClient[AsyncDocuments]):
    """Blocking twin of `AsyncDocuments`: `Libraries.documents`.

    Files and functions that you pass, such as `progress`, are used on the thread of the
    event loop or on another one, not on yours.
    """

    _async_class = AsyncDocuments

    upload: Final = blocking(AsyncDocuments.upload)
    list: Final = blocking(AsyncDocuments.list)
    list_all: Final = iterating(AsyncDocuments.list_all)
    get: Final = blocking(AsyncDocuments.get)
    update: Final = blocking(AsyncDocuments.update)
    delete: Final = blocking(AsyncDocuments.delete)
    status: Final = blocking(AsyncDocuments.status)
    wait_until_processed: Final = blocking(AsyncDocuments.wait_until_processed)
    text_content: Final = blocking(AsyncDocuments.text_content)
    signed_url: Final = blocking(AsyncDocuments.signed_url)
    extracted_text_signed_url: Final = blocking(
        AsyncDocuments.extracted_text_signed_url
    )
    reprocess: Final = blocking(AsyncDocuments.reprocess)


publish(globals(), *__all__)
