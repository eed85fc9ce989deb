"""`Connectors`: the blocking client of connectors and their tools."""

from typing import Final

from mistral_conversations._public import publish
from mistral_conversations.connectors import AsyncConnectors
from mistral_conversations.sync.api_client import BlockingAPIClient
from mistral_conversations.sync.methods import blocking, iterating

__all__ = ["Connectors"]


class Connectors(BlockingAPIClient[AsyncConnectors]):
    """Blocking twin of `AsyncConnectors`.

    The constructor takes the parameters of `Conversations`, and raises the same errors.
    """

    _async_class = AsyncConnectors

    list: Final = blocking(AsyncConnectors.list)
    list_all: Final = iterating(AsyncConnectors.list_all)
    get: Final = blocking(AsyncConnectors.get)
    list_tools: Final = blocking(AsyncConnectors.list_tools)
    list_all_tools: Final = iterating(AsyncConnectors.list_all_tools)
    get_auth_url: Final = blocking(AsyncConnectors.get_auth_url)
    get_authentication_methods: Final = blocking(
        AsyncConnectors.get_authentication_methods
    )
    call_tool: Final = blocking(AsyncConnectors.call_tool)


publish(globals(), *__all__)
