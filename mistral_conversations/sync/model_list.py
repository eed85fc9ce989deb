"""`Models`: the blocking client of the list of models."""

from typing import Final

from mistral_conversations._public import publish
from mistral_conversations.model_list import AsyncModels
from mistral_conversations.sync.api_client import BlockingAPIClient
from mistral_conversations.sync.methods import blocking

__all__ = ["Models"]


class Models(BlockingAPIClient[AsyncModels]):
    """Blocking twin of `AsyncModels`.

    The constructor takes the parameters of `Conversations`, and raises the same errors.
    """

    _async_class = AsyncModels

    list: Final = blocking(AsyncModels.list)
    retrieve: Final = blocking(AsyncModels.retrieve)


publish(globals(), *__all__)
