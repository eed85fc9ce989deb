"""`AsyncMistral`: conversations, agents and libraries on the same connections."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import mistral_conversations as api
from mistral_conversations._api_client import APIClient, checked_count
from mistral_conversations._transport.credentials import APIKey, masked_key
from mistral_conversations._transport.session import SSL, Session
from mistral_conversations._wire.sse import MAX_EVENT_BYTES
from mistral_conversations.config import RetryPolicy, Timeout

if TYPE_CHECKING:
    from mistral_conversations.agents import AsyncAgents
    from mistral_conversations.conversations import AsyncConversations
    from mistral_conversations.libraries import AsyncLibraries

__all__ = ["AsyncMistral"]


class AsyncMistral(APIClient):
    """A client of conversations, agents and libraries, for asyncio.

    Its parts share its key, its defaults and its connections; closing it closes them.
    What a part needs is imported when it is first used.

    Args:
        api_key: as `AsyncConversations` has it, and so are the others.
        base_url: without `/v1`. None reads MISTRAL_BASE_URL.
        timeout: limits in seconds, see `Timeout`; a number is the `total`.
        retries: how often a call is sent again, see `RetryPolicy`.
        headers: sent with every request.
        session: an aiohttp session to use in the place of the client's own.
        limit: connections at once, 0 for no limit.
        ssl: an `ssl.SSLContext`; False checks no certificate.
        proxy: the URL of an HTTP proxy. None reads the environment.
        max_event_bytes: the size in bytes above which an event of a stream raises
            `EventTooLargeError`.

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
        session: Session | None = None,
        limit: int = 0,
        ssl: SSL = None,
        proxy: str | None = None,
        max_event_bytes: int = MAX_EVENT_BYTES,
    ) -> None:
        api_key = masked_key(api_key)
        self._max_event_bytes = checked_count("max_event_bytes", max_event_bytes, 1)
        super().__init__(
            api_key,
            base_url=base_url,
            timeout=timeout,
            retries=retries,
            headers=headers,
            session=session,
            limit=limit,
            ssl=ssl,
            proxy=proxy,
        )

    @property
    def conversations(self) -> "AsyncConversations":
        """The conversations."""
        return self._view(api.AsyncConversations)

    @property
    def agents(self) -> "AsyncAgents":
        """The agents."""
        return self._view(api.AsyncAgents)

    @property
    def libraries(self) -> "AsyncLibraries":
        """The document libraries."""
        return self._view(api.AsyncLibraries)
