"""What every blocking client has, as `_api_client` has it for asyncio."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, ClassVar, Self, TypeVar

from mistral_conversations._api_client import APIClient
from mistral_conversations._transport.credentials import APIKey, masked_key
from mistral_conversations._transport.session import SSL
from mistral_conversations._wire.sse import MAX_EVENT_BYTES
from mistral_conversations.config import RetryPolicy, Timeout
from mistral_conversations.sync.portal import Portal
from mistral_conversations.sync.twins import Twin

__all__ = ["BlockingAPIClient", "BlockingStreamingAPIClient"]

C = TypeVar("C", bound=APIClient)
B = TypeVar("B", bound="BlockingAPIClient[Any]")


class BlockingAPIClient(Twin[C]):
    """Blocking twin of `APIClient`: it has a portal, or is a view of one that has."""

    _twin: ClassVar[type[Any]]
    """The async class."""

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
    ) -> None:
        api_key = masked_key(api_key)
        client = self._twin(
            api_key,
            base_url=base_url,
            timeout=timeout,
            retries=retries,
            headers=headers,
            limit=limit,
            ssl=ssl,
            proxy=proxy,
        )
        self._own(client)

    def _own(self, client: C) -> None:
        """Be the blocking side of a client that nobody else has."""
        super().__init__(client, Portal(remedy=type(client).__name__))
        self._is_view = False

    def with_options(
        self,
        *,
        api_key: APIKey | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Self:
        """Give a view of this client with other defaults, on the same connections.

        Closing a view closes nothing; closing the client closes its views.

        Args:
            api_key: another key, None for the same.
            timeout: other limits, None for the same.
            retries: another policy, None for the same.
            headers: headers to add to this client's.
        """
        api_key = masked_key(api_key)
        client = self._client.with_options(
            api_key=api_key, timeout=timeout, retries=retries, headers=headers
        )
        return self._view(type(self), client)

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

    def _view(self, cls: type[B], client: APIClient) -> B:
        """Make the blocking side of a view of the client."""
        view = object.__new__(cls)
        view._client = client
        view._portal = self._portal
        view._is_view = True
        return view


class BlockingStreamingAPIClient(BlockingAPIClient[C]):
    """Blocking twin of `StreamingAPIClient`."""

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
        client = self._twin(
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
