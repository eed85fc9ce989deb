"""`AsyncMistral`: conversations, agents and libraries on the same connections."""

from typing import TYPE_CHECKING

from mistral_conversations._api_client import APIClient

if TYPE_CHECKING:
    from mistral_conversations.agents import AsyncAgents
    from mistral_conversations.conversations import AsyncConversations
    from mistral_conversations.libraries import AsyncLibraries

__all__ = ["AsyncMistral"]


class AsyncMistral(APIClient):
    """A client of conversations, agents and libraries, for asyncio.

    Its parts share its key, its defaults and its connections; closing it closes them.
    What a part needs is imported when it is first used, or earlier by its own name
    (`from mistral_conversations import AsyncLibraries`): that takes the loop some
    milliseconds, once.

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

    @property
    def conversations(self) -> "AsyncConversations":
        """The conversations."""
        from mistral_conversations.conversations import AsyncConversations

        return self._view(AsyncConversations)

    @property
    def agents(self) -> "AsyncAgents":
        """The agents."""
        from mistral_conversations.agents import AsyncAgents

        return self._view(AsyncAgents)

    @property
    def libraries(self) -> "AsyncLibraries":
        """The document libraries."""
        from mistral_conversations.libraries import AsyncLibraries

        return self._view(AsyncLibraries)
