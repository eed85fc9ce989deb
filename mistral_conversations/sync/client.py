"""`Mistral`: conversations, agents and libraries for those who block."""

from typing import TYPE_CHECKING

from mistral_conversations.client import AsyncMistral
from mistral_conversations.sync.api_client import BlockingAPIClient

if TYPE_CHECKING:
    from mistral_conversations.sync.agents import Agents
    from mistral_conversations.sync.conversations import Conversations
    from mistral_conversations.sync.libraries import Libraries

__all__ = ["Mistral"]


class Mistral(BlockingAPIClient[AsyncMistral]):
    """Blocking twin of `AsyncMistral`: for notebooks, scripts and threads.

    What `Conversations` tells of threads and event loops is true of it and its parts.

    Args:
        api_key: as `AsyncMistral` has it, and so are the others.
        base_url: without `/v1`.
        timeout: limits in seconds.
        retries: how often a call is sent again.
        headers: sent with every request.
        limit: connections at once, 0 for no limit.
        ssl: an `ssl.SSLContext`, or False.
        proxy: the URL of an HTTP proxy.
        max_event_bytes: the size in bytes above which an event of a stream raises.

    Raises:
        ConfigurationError: a parameter that cannot work, by its name.
        TypeError: `timeout` or `retries` of another type.
        ValueError: seconds or a count below 0.
    """

    _async_class = AsyncMistral

    @property
    def conversations(self) -> "Conversations":
        """The conversations."""
        from mistral_conversations.sync.conversations import Conversations

        return self._view(Conversations, self._bridge.client.conversations)

    @property
    def agents(self) -> "Agents":
        """The agents."""
        from mistral_conversations.sync.agents import Agents

        return self._view(Agents, self._bridge.client.agents)

    @property
    def libraries(self) -> "Libraries":
        """The document libraries."""
        from mistral_conversations.sync.libraries import Libraries

        return self._view(Libraries, self._bridge.client.libraries)
