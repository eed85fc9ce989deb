"""`Files`: the blocking client of files."""

from typing import Final

from mistral_conversations._public import publish
from mistral_conversations.files import AsyncFiles
from mistral_conversations.sync.api_client import BlockingAPIClient
from mistral_conversations.sync.methods import blocking, iterating

__all__ = ["Files"]


class Files(BlockingAPIClient[AsyncFiles]):
    """Blocking twin of `AsyncFiles`.

    Files and functions that you pass, such as `progress`, are used on the thread of the
    event loop or on another one, not on yours. The constructor takes the parameters of
    `Conversations`, and raises the same errors.
    """

    _async_class = AsyncFiles

    upload: Final = blocking(AsyncFiles.upload)
    list: Final = blocking(AsyncFiles.list)
    list_all: Final = iterating(AsyncFiles.list_all)
    retrieve: Final = blocking(AsyncFiles.retrieve)
    delete: Final = blocking(AsyncFiles.delete)
    download: Final = blocking(AsyncFiles.download)
    download_all: Final = blocking(AsyncFiles.download_all)
    get_signed_url: Final = blocking(AsyncFiles.get_signed_url)


publish(globals(), *__all__)
