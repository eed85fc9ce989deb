"""Send calls: the headers, the session, the attempts, and the answer of each."""

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from yarl import URL

from mistral_conversations._event_loop import running_loop
from mistral_conversations._transport.aiohttp_internals import session_proxy
from mistral_conversations._transport.attempts import Attempt, Attempts
from mistral_conversations._transport.credentials import Credentials
from mistral_conversations._transport.deadline import Deadline, now
from mistral_conversations._transport.encodings import accepted_encodings
from mistral_conversations._transport.event_source import EventSource
from mistral_conversations._transport.exchange import Exchange
from mistral_conversations._transport.headers import merged_headers, request_headers
from mistral_conversations._transport.log import log_attempt
from mistral_conversations._transport.masks import NO_MASKS, Masks
from mistral_conversations._transport.options import Options
from mistral_conversations._transport.replies import (
    Reply,
    event_stream_meta,
    read_error,
    read_reply,
)
from mistral_conversations._transport.session import OpenSession, SessionPool
from mistral_conversations._transport.underway import CallsUnderWay
from mistral_conversations._wire.call import Call
from mistral_conversations._wire.lost_call import attach_sent_at
from mistral_conversations._wire.service_clock import ServiceClock
from mistral_conversations.errors import (
    APIConnectionError,
    AuthenticationError,
    ConfigurationError,
    MistralConversationsError,
    NotFoundError,
    SDKError,
)
from mistral_conversations.models.model import ResponseMeta

if TYPE_CHECKING:
    from mistral_conversations._addresses.proxy import Proxy
    from mistral_conversations._transport.downloads.download import Download
    from mistral_conversations._transport.gate import Gate, GatedCall
    from mistral_conversations._transport.uploads.file_body import FileBody
    from mistral_conversations._transport.uploads.upload import Upload

__all__ = ["MAX_HEADER_BYTES", "MAX_RESPONSE_BYTES", "Transport"]

MAX_RESPONSE_BYTES = 256 * 1024 * 1024
"""The default cap of a plain answer."""

MAX_HEADER_BYTES = 64 * 1024
"""The default cap of a header of an answer."""

T = TypeVar("T")

_LEAST_FIELDS = 128  # aiohttp's own limit
_USUAL_FIELD = 64


class Transport:
    """Send calls to one service.

    Args:
        base_url: the address of the service.
        pool: the sessions.
        proxy: the URL of the proxy; None for no proxy, or that of the pool's session.
        max_response_bytes: the bytes that a plain answer may have when decoded.
        max_header_bytes: the bytes that the status line and each header of an answer
            may have; a 64th of it, but at least 128, is the limit of their number.
    """

    def __init__(
        self,
        base_url: str,
        pool: SessionPool,
        proxy: str | None,
        *,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
        max_header_bytes: int = MAX_HEADER_BYTES,
    ) -> None:
        self._base_url = base_url
        self._pool = pool
        self._max_response_bytes = max_response_bytes
        self._head = {
            "max_line_size": max_header_bytes,
            "max_field_size": max_header_bytes,
            "max_headers": max(max_header_bytes // _USUAL_FIELD, _LEAST_FIELDS),
        }
        self._calls = CallsUnderWay()
        self._proxy = None if proxy is None else _proxy(proxy)
        self.clock: ServiceClock = ServiceClock()
        """What the answers have shown of the service's clock."""

    @property
    def base_url(self) -> str:
        """The service's URL, without a slash at its end."""
        return self._base_url

    @property
    def closed(self) -> bool:
        """Whether the sessions were closed for good."""
        return self._pool.closed

    async def fetch(self, call: Call, options: Options) -> Reply:
        """Make a call and return its whole answer.

        A DELETE that finds nothing succeeds if an earlier attempt may have been
        processed: that one deleted the object, and its answer was lost.
        """
        deadline = _deadline(options)

        async def once(attempt: Attempt) -> Reply:
            exchange = await self._send(call, options, deadline, attempt)
            return await self._read(exchange, attempt)

        attempts = _attempts(call, options, deadline)
        try:
            return await self._run(attempts, once, options)
        except NotFoundError as error:
            if call.method != "DELETE" or not attempts.may_have_been_processed:
                raise
            return Reply(b"", ResponseMeta(status=204, attempts=error.attempts))

    async def upload(self, call: Call, upload: "Upload", options: Options) -> Reply:
        """Make a call whose body is a file and return its whole answer.

        What the caller's own file, iterator or `progress` raises reaches the caller
        as it is, instead of the lost connection that aiohttp makes of it.
        """
        deadline = _deadline(options)

        async def once(attempt: Attempt) -> Reply:
            async with upload.opened() as body:
                try:
                    exchange = await self._send(call, options, deadline, attempt, body)
                    reply = await self._read(exchange, attempt)
                except APIConnectionError:
                    if body.failure is None:
                        raise
                else:
                    if body.failure is None:
                        return reply
                raise body.failure

        async with aclosing(upload):
            attempts = _attempts(call, options, deadline, upload)
            return await self._run(attempts, once, options)

    async def download(
        self, call: Call, download: "Download", options: Options
    ) -> None:
        """Make a call whose answer is a file, and write that to its target.

        What the caller's own target or `progress` raises reaches the caller as it is.
        """
        deadline = _deadline(options)

        async def once(attempt: Attempt) -> None:
            await download.open()  # within the limits: a pipe waits for its reader
            exchange = await self._send(call, options, deadline, attempt)
            await download.receive(exchange, attempt, self._max_response_bytes)

        attempts = _attempts(call, options, deadline, download)
        await download.around(lambda: self._run(attempts, once, options))

    async def open(
        self, call: Call, options: Options, *, max_event_bytes: int
    ) -> EventSource:
        """Make a call and return its event stream, for the caller to close."""
        deadline = _deadline(options)
        attempts = _attempts(call, options, deadline)

        async def once(attempt: Attempt) -> EventSource:
            exchange = await self._send(call, options, deadline, attempt)
            source = EventSource(
                exchange,
                await event_stream_meta(exchange, attempt),
                max_event_bytes=max_event_bytes,
                event_idle=options.timeout.event_idle,
                sent_at=attempts.sent_at,
            )
            return await source.own()

        return await self._run(attempts, once, options)

    async def _run(
        self,
        attempts: Attempts,
        once: Callable[[Attempt], Awaitable[T]],
        options: Options,
    ) -> T:
        """Run the attempts of a call; its error says when it was sent."""
        if options.watch is not None:
            once = options.watch.watched(once)
        try:
            return await self._calls.run(attempts, once)
        except MistralConversationsError as error:
            attach_sent_at(error, attempts.sent_at)
            raise

    async def masks(self, options: Options) -> Masks:
        """Return what removes the key from errors about the contents of files."""
        try:
            authorization = await options.credentials.authorization()
        except ConfigurationError:
            return NO_MASKS  # a call will raise it; without a call, there is no key
        return _masks(authorization, self._proxy)

    async def aclose(self) -> None:
        """End the calls under way and close the sessions."""
        self._calls.close()
        await self._pool.aclose()

    async def _send(
        self,
        call: Call,
        options: Options,
        deadline: Deadline,
        attempt: Attempt,
        body: "FileBody | None" = None,
    ) -> Exchange:
        """Send once; raise the error of a status that is not 2xx."""
        authorization = await options.credentials.authorization()
        opened = await self._pool.session(https=self._base_url.startswith("https://"))
        proxy = self._proxy_of(opened)
        attempt.masks = masks = _masks(authorization, proxy)
        asked = opened.session.headers.get("Accept-Encoding", accepted_encodings())
        headers = request_headers(call, authorization, asked, options.headers)
        if body is not None:
            headers = merged_headers(headers, body.headers)
        begin = now()
        try:
            exchange = await Exchange.open(
                opened.session,
                call.method,
                self._url(call),
                timeout=options.timeout,
                deadline=deadline,
                attempt=attempt,
                body=call.body if body is None else body,
                **self._head,
                **_through(proxy, headers, self._base_url),
            )
        except MistralConversationsError as error:
            log_attempt(call, attempt.number, begin, type(error).__name__, {})
            raise
        opened.exchanges.add(exchange)
        exchange.masks, exchange.headers = masks, masks.headers(exchange.headers)
        log_attempt(call, attempt.number, begin, exchange.status, exchange.headers)
        if options.watch is not None:
            options.watch.answered(exchange)
        if options.gate is not None:
            options.gate.answered(exchange.status, exchange.headers)
        if not 200 <= exchange.status < 300:  # noqa: PLR2004
            raise await _refusal(exchange, options.credentials)
        return exchange

    async def _read(self, exchange: Exchange, attempt: Attempt) -> Reply:
        return await read_reply(exchange, attempt, self._max_response_bytes)

    def _proxy_of(self, opened: OpenSession) -> "Proxy | None":
        """Return the proxy of this transport, or else of the caller's own session."""
        if self._proxy is not None or opened.owner is not None:
            return self._proxy
        url = session_proxy(opened.session)
        return None if url is None else _proxy(url)

    def _url(self, call: Call) -> URL:
        query = f"?{urlencode(call.query, doseq=True)}" if call.query else ""
        return URL(f"{self._base_url}{call.path}{query}", encoded=True)


def _deadline(options: Options) -> Deadline:
    """Return the deadline of a call that begins now.

    Raises:
        ConfigurationError: asyncio does not run.
    """
    running_loop()
    return Deadline(options.timeout.total)


async def _refusal(exchange: Exchange, credentials: Credentials) -> SDKError:
    error = await read_error(exchange)
    if isinstance(error, AuthenticationError):
        error.variable = credentials.variable
    return error


def _masks(authorization: str, proxy: "Proxy | None") -> Masks:
    key = authorization.removeprefix("Bearer ")
    return Masks((key, *(proxy.secrets if proxy is not None else ())))


def _through(
    proxy: "Proxy | None", headers: dict[str, str], url: str
) -> dict[str, Any]:
    return {"headers": headers} if proxy is None else proxy.options(headers, url)


def _proxy(url: str) -> "Proxy":
    from mistral_conversations._addresses.proxy import Proxy  # noqa: PLC0415

    return Proxy.of(url)


def _attempts(
    call: Call,
    options: Options,
    deadline: Deadline,
    body: "Upload | Download | None" = None,
) -> Attempts:
    busy = options.wait_if_busy
    gate = options.gate
    return Attempts(
        call.method,
        options.retries,
        deadline,
        None if busy is None else Deadline(busy),
        body,
        path=call.path,
        watch=options.watch,
        gate=None if gate is None else _gated(gate, call),
    )


def _gated(gate: "Gate", call: Call) -> "GatedCall":
    from mistral_conversations._transport.gate import GatedCall  # noqa: PLC0415

    return GatedCall(gate, len(call.body or b""))
