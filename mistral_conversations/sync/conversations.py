"""`Conversations`: the client for those who block, each method a call of its twin."""

from collections.abc import Mapping
from types import TracebackType
from typing import Final, Self

from mistral_conversations._transport.credentials import APIKey
from mistral_conversations._transport.session import SSL
from mistral_conversations._wire.sse import MAX_EVENT_BYTES
from mistral_conversations.config import RetryPolicy, Timeout
from mistral_conversations.conversations import AsyncConversations
from mistral_conversations.sync.portal import Portal
from mistral_conversations.sync.twins import Twin, blocking, iterating, streaming

__all__ = ["Conversations"]


class Conversations(Twin[AsyncConversations]):
    """Blocking twin of `AsyncConversations`: for notebooks, scripts and threads.

    One client serves any number of threads. The work is done on an event loop that all
    blocking clients of a process share; it starts with the first call, and ends when
    the last of them is closed or gone. In a coroutine use `AsyncConversations`: this
    one would block the event loop, and warns of it once.

    Args:
        api_key: as `AsyncConversations` has it, and so are the others.
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
        client = AsyncConversations(
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
        super().__init__(client, Portal(remedy="AsyncConversations"))
        self._is_view = False

    def with_options(
        self,
        *,
        api_key: APIKey | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Self:
        """Blocking twin of `AsyncConversations.with_options`.

        Closing a view closes nothing; closing the client closes its views.
        """
        view = object.__new__(type(self))
        view._client = self._client.with_options(
            api_key=api_key, timeout=timeout, retries=retries, headers=headers
        )
        view._portal = self._portal
        view._is_view = True
        return view

    def __enter__(self) -> Self:
        """Give the client; nothing is opened."""
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Close the client."""
        self.close()

    def close(self) -> None:
        """Close all connections, streams that are open included.

        Calling it again does nothing.
        """
        if not self._is_view:
            self._portal.close(self._client.aclose)

    start: Final = blocking(AsyncConversations.start)
    start_stream: Final = streaming(AsyncConversations.start_stream)
    append: Final = blocking(AsyncConversations.append)
    append_stream: Final = streaming(AsyncConversations.append_stream)
    restart: Final = blocking(AsyncConversations.restart)
    restart_stream: Final = streaming(AsyncConversations.restart_stream)
    list: Final = blocking(AsyncConversations.list)
    list_all: Final = iterating(AsyncConversations.list_all)
    get: Final = blocking(AsyncConversations.get)
    get_history: Final = blocking(AsyncConversations.get_history)
    get_messages: Final = blocking(AsyncConversations.get_messages)
    delete: Final = blocking(AsyncConversations.delete)
