"""`Libraries`: the blocking client of document libraries."""

from typing import Final

from mistral_conversations._public import publish
from mistral_conversations.libraries import AsyncLibraries
from mistral_conversations.sync.accesses import Accesses
from mistral_conversations.sync.api_client import BlockingAPIClient
from mistral_conversations.sync.documents import Documents
from mistral_conversations.sync.methods import blocking, iterating

__all__ = ["Libraries"]


class Libraries(BlockingAPIClient[AsyncLibraries]):
    """Blocking twin of `AsyncLibraries`.

    The constructor takes the parameters of `Conversations`, and raises the same errors.
    """

    _async_class = AsyncLibraries

    @property
    def documents(self) -> Documents:
        """The client of the documents in libraries."""
        return self._view(Documents, self._bridge.client.documents)

    @property
    def accesses(self) -> Accesses:
        """The client of the sharing lists of libraries."""
        return self._view(Accesses, self._bridge.client.accesses)

    create: Final = blocking(AsyncLibraries.create)
    list: Final = blocking(AsyncLibraries.list)
    list_all: Final = iterating(AsyncLibraries.list_all)
    get: Final = blocking(AsyncLibraries.get)
    update: Final = blocking(AsyncLibraries.update)
    delete: Final = blocking(AsyncLibraries.delete)


publish(globals(), *__all__)
