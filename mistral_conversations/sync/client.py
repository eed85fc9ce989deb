"""`Mistral`: conversations, agents and libraries for those who block."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import mistral_conversations as api
from mistral_conversations._transport.credentials import APIKey, masked_key
from mistral_conversations._transport.session import SSL
from mistral_conversations._wire.sse import MAX_EVENT_BYTES
from mistral_conversations.client import AsyncMistral
from mistral_conversations.config import RetryPolicy, Timeout
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

    def __init__(
        self,
        api_key: APIKey | None = None,
        *,
        base_url: str | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
        limit: int = 0,
        ssl: SSL = None,
        proxy: str | None = None,
        max_event_bytes: int = MAX_EVENT_BYTES,
    ) -> None:
        api_key = masked_key(api_key)
        client = AsyncMistral(
            api_key,
            base_url=base_url,
            timeout=timeout,
            retries=retries,
            headers=headers,
            limit=limit,
            ssl=ssl,
            proxy=proxy,
            max_event_bytes=max_event_bytes,
        )
        self._own(client)

    @property
    def conversations(self) -> "Conversations":
        """The conversations."""
        return self._view(api.Conversations, self._client.conversations)

    @property
    def agents(self) -> "Agents":
        """The agents."""
        return self._view(api.Agents, self._client.agents)

    @property
    def libraries(self) -> "Libraries":
        """The document libraries."""
        return self._view(api.Libraries, self._client.libraries)
