"""The base class of the async clients: constructor, views, closing, requests."""

from collections.abc import Mapping
from copy import copy
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

import attrs

from mistral_conversations._addresses.choice import checked_base_url, chosen_proxy
from mistral_conversations._checks import check_int
from mistral_conversations._client_pickle import (
    attributes_of,
    copied,
    masked_settings,
    pickled_settings,
)
from mistral_conversations._observation import observed, observers_of
from mistral_conversations._operations import operations, setting_up
from mistral_conversations._secret import masked_text
from mistral_conversations._signature import readable_signatures
from mistral_conversations._transport.credentials import (
    APIKey,
    Credentials,
    masked_key,
)
from mistral_conversations._transport.headers import checked_headers
from mistral_conversations._transport.options import Options
from mistral_conversations._transport.replies import Reply
from mistral_conversations._transport.session import Session, SessionPool
from mistral_conversations._transport.tls import SSL
from mistral_conversations._transport.transport import (
    MAX_HEADER_BYTES,
    MAX_RESPONSE_BYTES,
    Transport,
)
from mistral_conversations._wire.answer import decode_answer
from mistral_conversations._wire.call import Call
from mistral_conversations._wire.sse import MAX_EVENT_BYTES
from mistral_conversations.config import RetryPolicy, Timeout
from mistral_conversations.errors import ConfigurationError, DecodeError
from mistral_conversations.models.model import Answer, ResponseMeta, attach_meta

if TYPE_CHECKING:
    from mistral_conversations._observing.observers import Observers
    from mistral_conversations._transport.downloads.download import Download
    from mistral_conversations._transport.gate import Gate
    from mistral_conversations._transport.uploads.upload import Upload
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

__all__ = ["APIClient", "Connection", "client_repr"]

A = TypeVar("A", bound=Answer)
C = TypeVar("C", bound="APIClient")


@attrs.frozen(kw_only=True)
class Connection:
    """A transport, and the settings with which a client uses it."""

    transport: Transport
    options: Options
    max_event_bytes: int
    given: Mapping[str, Any] = attrs.field(repr=False)
    """The parameters of the constructor, except its address and options."""

    observers: "Observers | None" = None
    """What hooks and tracing see; None without either."""

    is_view: bool = False
    """Whether another client owns the transport, and closes it."""


@readable_signatures
@operations
class APIClient:
    """A client of one part of the API, or of all parts.

    It owns its transport and closes it, or is a view of a client that does.
    """

    _connection: Connection

    @setting_up
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
        options = Options(
            credentials=Credentials(api_key),
            timeout=Timeout.of(timeout, Timeout()),
            retries=RetryPolicy.of(retries, RetryPolicy()),
            headers=checked_headers(headers),
        )
        hooks = {
            "on_request": on_request,
            "on_response": on_response,
            "on_retry": on_retry,
            "on_event_stream_end": on_event_stream_end,
            "on_function_start": on_function_start,
            "on_function_end": on_function_end,
            "on_run_end": on_run_end,
        }
        base_url = checked_base_url(base_url)
        transport = Transport(
            base_url,
            SessionPool(session, limit=_checked_count("limit", limit, 0), ssl=ssl),
            chosen_proxy(proxy, None if session is not None else base_url),
            max_response_bytes=_checked_count(
                "max_response_bytes", max_response_bytes, 1
            ),
            max_header_bytes=_checked_count("max_header_bytes", max_header_bytes, 1),
        )
        self._connection = Connection(
            transport=transport,
            options=options,
            max_event_bytes=_checked_count("max_event_bytes", max_event_bytes, 1),
            given={
                "session": session,
                "limit": limit,
                "ssl": ssl,
                "proxy": proxy,
                "max_event_bytes": max_event_bytes,
                "max_response_bytes": max_response_bytes,
                "max_header_bytes": max_header_bytes,
                **hooks,
                "hook_bodies": hook_bodies,
                "telemetry": telemetry,
            },
            observers=observers_of(base_url, hooks, telemetry, hook_bodies=hook_bodies),
        )

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
        options = self._options.with_call(timeout, retries, headers)
        if api_key is not None:
            options = attrs.evolve(options, credentials=Credentials(api_key))
        view = copy(self)  # with the attributes that a subclass adds
        view._connection = attrs.evolve(  # noqa: SLF001 - a client of this class
            self._connection, options=options, is_view=True
        )
        return view

    def __repr__(self) -> str:
        """Show the address and the state, never the key."""
        return client_repr(type(self), self, closed=False)

    def __copy__(self) -> Self:
        """Return a client on the same connections."""
        return copied(self)

    def __getstate__(self) -> dict[str, Any]:
        """Return the settings: a pickle makes a new client with its own connections.

        Raises:
            ConfigurationError: a setting does not pickle.
        """
        one = self._connection
        settings = pickled_settings(one.transport.base_url, one.options, one.given)
        return {"settings": settings, "attributes": attributes_of(self)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Create the client of a pickle."""
        APIClient.__init__(self, **masked_settings(state["settings"]))
        vars(self).update(state["attributes"])

    async def __aenter__(self) -> Self:
        """Return the client, without opening a connection."""
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Close the client."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections, including those of open streams.

        A session passed to the constructor stays open. Closing twice is safe; closing a
        view does nothing.
        """
        if not self._connection.is_view:
            await self._connection.transport.aclose()

    @property
    def _transport(self) -> Transport:
        return self._connection.transport

    @property
    def _options(self) -> Options:
        return self._connection.options

    def _view(self, cls: type[C]) -> C:
        """Return a client of another part of the API on the same connections."""
        return _client_on(cls, self._connection)

    def _gated(self, gate: "Gate") -> Self:
        """Return a view whose calls pass a gate."""
        view = copy(self)
        options = attrs.evolve(self._options, gate=gate)
        view._connection = attrs.evolve(  # noqa: SLF001 - a client of this class
            self._connection, options=options, is_view=True
        )
        return view

    @observed
    async def _fetch(self, call: Call, answer: type[A], options: Options) -> A:
        """Send a call and decode its answer."""
        return _decode_reply(await self._transport.fetch(call, options), answer)

    @observed
    async def _fetch_value(
        self, call: Call, kind: Any, options: Options
    ) -> tuple[Any, ResponseMeta]:
        """Send a call whose answer is a plain value, which cannot hold its `meta`."""
        reply = await self._transport.fetch(call, options)
        return _decoded(reply, kind), reply.meta

    @observed
    async def _fetch_if_any(
        self, call: Call, answer: type[A], options: Options
    ) -> A | None:
        """Send a DELETE; return None if its answer has no body."""
        reply = await self._transport.fetch(call, options)
        return _decode_reply(reply, answer) if reply.content else None

    @observed
    async def _fetch_nothing(self, call: Call, options: Options) -> None:
        """Send a call whose answer says nothing."""
        await self._transport.fetch(call, options)

    @observed
    async def _upload(
        self, call: Call, upload: "Upload", answer: type[A], options: Options
    ) -> A:
        """Send a file and decode the answer."""
        return _decode_reply(
            await self._transport.upload(call, upload, options), answer
        )

    @observed
    async def _download(
        self, call: Call, download: "Download", options: Options
    ) -> None:
        """Write the file that answers a call to the target of the download."""
        await self._transport.download(call, download, options)


def client_repr(cls: type, client: APIClient | None, *, closed: bool) -> str:
    """Return the `repr` of an async client or its blocking twin.

    Args:
        cls: the class to name.
        client: the async client; None if the constructor failed.
        closed: whether the blocking twin was closed, which closes the client later.
    """
    connection = getattr(client, "_connection", None)
    if connection is None:  # in the traceback of a constructor that raised
        return f"<{cls.__name__}, not initialized>"
    transport = connection.transport
    state = "closed" if closed or transport.closed else "open"
    view = ", view" if connection.is_view else ""
    return f"<{cls.__name__} {transport.base_url}, {state}{view}>"


def _decode_reply(reply: Reply, answer: type[A]) -> A:
    """Decode a reply and attach its `meta`.

    Raises:
        DecodeError: the body does not fit.
    """
    decoded: A = _decoded(reply, answer)
    return attach_meta(decoded, reply.meta)


def _decoded(reply: Reply, kind: Any) -> Any:
    try:
        return decode_answer(kind, reply.content, reply.meta)
    except DecodeError as error:
        failed = error
    if reply.masks.may_be_in(reply.content):
        reply.masks.error(failed)
    failed.__context__ = None  # the frames of cattrs, which hold the answer
    raise failed


def _client_on(cls: type[C], connection: Connection) -> C:
    """Return a view on a connection; the constructor would make another."""
    client = cls.__new__(cls)
    client._connection = attrs.evolve(connection, is_view=True)  # noqa: SLF001
    return client


def _checked_count(name: str, value: int, least: int) -> int:
    try:
        check_int(name, value, least=least)
    except (TypeError, ValueError) as error:
        raise ConfigurationError(str(error)) from None
    return value
