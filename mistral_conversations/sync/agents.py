"""`Agents`: the blocking client of agents."""

from typing import Final

from mistral_conversations._public import publish
from mistral_conversations.agents import AsyncAgents
from mistral_conversations.sync.api_client import BlockingAPIClient
from mistral_conversations.sync.methods import blocking, iterating

__all__ = ["Agents"]


class Agents(BlockingAPIClient[AsyncAgents]):
    """Blocking twin of `AsyncAgents`.

    The constructor takes the parameters of `Conversations`, and raises the same errors.
    """

    _async_class = AsyncAgents

    create: Final = blocking(AsyncAgents.create)
    list: Final = blocking(AsyncAgents.list)
    list_pages: Final = blocking(AsyncAgents.list_pages)
    list_all: Final = iterating(AsyncAgents.list_all)
    get: Final = blocking(AsyncAgents.get)
    update: Final = blocking(AsyncAgents.update)
    delete: Final = blocking(AsyncAgents.delete)
    update_version: Final = blocking(AsyncAgents.update_version)
    list_versions: Final = blocking(AsyncAgents.list_versions)
    get_version: Final = blocking(AsyncAgents.get_version)
    create_or_update_alias: Final = blocking(AsyncAgents.create_or_update_alias)
    list_aliases: Final = blocking(AsyncAgents.list_aliases)
    delete_alias: Final = blocking(AsyncAgents.delete_alias)


publish(globals(), *__all__)
