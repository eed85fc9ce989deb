"""`Accesses`: the blocking client of the sharing lists of libraries."""

from typing import Final

from mistral_conversations._public import publish
from mistral_conversations.accesses import AsyncAccesses
from mistral_conversations.sync.api_client import BlockingAPIClient
from mistral_conversations.sync.methods import blocking

__all__ = ["Accesses"]


class Accesses(BlockingAPIClient[AsyncAccesses]):
    """Blocking twin of `AsyncAccesses`: `Libraries.accesses`."""

    _async_class = AsyncAccesses

    list: Final = blocking(AsyncAccesses.list)
    update_or_create: Final = blocking(AsyncAccesses.update_or_create)
    delete: Final = blocking(AsyncAccesses.delete)


publish(globals(), *__all__)
