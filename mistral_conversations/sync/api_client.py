"""The base class of the blocking clients: constructor, views, closing."""

from collections.abc import Mapping
from copy import copy
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

import attrs

from mistral_conversations._addresses.choice import checked_base_url
from mistral_conversations._api_client import APIClient, client_repr
from mistral_conversations._client_pickle import (
    attributes_of,
    copied,
    masked_settings,
)
from mistral_conversations._operations import operations, setting_up
from mistral_conversations._secret import masked_text
from mistral_conversations._signature import readable_signatures
from mistral_conversations._transport.credentials import APIKey, masked_key
from mistral_conversations._transport.tls import SSL
from mistral_conversations._transport.transport import (
    MAX_HEADER_BYTES,
    MAX_RESPONSE_BYTES,
)
from mistral_conversations._wire.sse import MAX_EVENT_BYTES
from mistral_conversations.config import RetryPolicy, Timeout
from mistral_conversations.sync.methods import Bridge, Facade
from mistral_conversations.sync.portal import Portal

if TYPE_CHECKING:
    from mistral_conversations.hooks import (
        FunctionEndInfo,
        FunctionStartInfo,
        Hook,
        RequestInfo,
        ResponseInfo,
        RetryInfo,
        RunInfo,
        StreamInfo,
    )
    from mistral_conversations.telemetry.settings import Telemetry

__all__ = ["BlockingAPIClient"]

C = TypeVar("C", bound=APIClient)
B = TypeVar("B", bound="BlockingAPIClient[Any]")


@readable_signatures
@operations
class BlockingAPIClient(Facade[C]):
    """Blocking twin of `APIClient`.

    It owns its portal and closes it, or is a view of a client that does.
    """

    _async_class: ClassVar[type[Any]]

    @setting_up
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
        max_response_bytes: int = MAX_RESPONSE_BYTES,
        max_header_bytes: int = MAX_HEADER_BYTES,
        on_request: "Hook[RequestInfo] | None" = None,
        on_response: "Hook[ResponseInfo] | None" = None,
        on_retry: "Hook[RetryInfo] | None" = None,
        on_event_stream_end: "Hook[StreamInfo] | None" = None,
        on_function_start: "Hook[FunctionStartInfo] | None" = None,
        on_function_end: "Hook[FunctionEndInfo] | None" = None,
        on_run_end: "Hook[RunInfo] | None" = None,
        hook_bodies: bool = False,
        telemetry: "bool | Telemetry | None" = None,
    ) -> None:
        api_key, proxy = masked_key(api_key), masked_text(proxy)
        client = self._async_class(
            api_key,
            base_url=base_url,
            timeout=timeout,
            retries=retries,
            headers=headers,
            limit=limit,
            ssl=ssl,
            proxy=proxy,
            max_event_bytes=max_event_bytes,
            max_response_bytes=max_response_bytes,
            max_header_bytes=max_header_bytes,
            on_request=on_request,
            on_response=on_response,
            on_retry=on_retry,
            on_event_stream_end=on_event_stream_end,
            on_function_start=on_function_start,
            on_function_end=on_function_end,
            on_run_end=on_run_end,
            hook_bodies=hook_bodies,
            telemetry=telemetry,
        )
        portal = Portal(type(client).__name__, checked_base_url(base_url))
        self._bridge = Bridge(client=client, portal=portal)

    @setting_up
    def with_options(
        self,
        *,
        api_key: APIKey | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Self:
        """Return a view of this client with other settings, on the same connections.

        Closing a view closes nothing; closing the client closes its views.

        Args:
            api_key: another key; None keeps this client's.
            timeout: other limits; None keeps this client's.
            retries: another policy; None keeps this client's.
            headers: headers to add to this client's.
        """
        api_key = masked_key(api_key)
        client = self._bridge.client.with_options(
            api_key=api_key, timeout=timeout, retries=retries, headers=headers
        )
        view = copy(self)  # with the attributes that a subclass adds
        view._bridge = attrs.evolve(  # noqa: SLF001 - a client of this class
            self._bridge, client=client, is_view=True
        )
        return view

    def __repr__(self) -> str:
        """Show the address and the state, never the key."""
        bridge = getattr(self, "_bridge", None)
        if bridge is None:
            return client_repr(type(self), None, closed=False)
        return client_repr(type(self), bridge.client, closed=bridge.portal.closed)

    def __copy__(self) -> Self:
        """Return a client on the same connections."""
        return copied(self)

    def __getstate__(self) -> dict[str, Any]:
        """Return the settings: a pickle makes a new client with its own connections.

        Raises:
            ConfigurationError: a setting does not pickle.
        """
        state = self._bridge.client.__getstate__()
        return {**state, "attributes": attributes_of(self)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Create the client of a pickle."""
        BlockingAPIClient.__init__(self, **masked_settings(state["settings"]))
        vars(self).update(state["attributes"])

    def __enter__(self) -> Self:
        """Return the client, without opening a connection."""
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
        """Close all connections, including those of open streams.

        Closing twice is safe; closing a view does nothing.
        """
        if not self._bridge.is_view:
            self._bridge.portal.close(self._bridge.client.aclose)

    def _view(self, cls: type[B], client: APIClient) -> B:
        """Return the blocking twin of a view of the client."""
        view = cls.__new__(cls)
        view._bridge = Bridge(  # noqa: SLF001 - a client of this package
            client=client, portal=self._bridge.portal, is_view=True
        )
        return view
