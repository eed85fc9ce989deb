"""A call's way to the service and back: sessions, attempts, limits, errors."""

import asyncio
import logging
import platform
from collections.abc import Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import aiohttp
import attrs
from yarl import URL

from mistral_conversations._checks import check_seconds
from mistral_conversations._transport.attempts import Attempts
from mistral_conversations._transport.credentials import Credentials
from mistral_conversations._transport.deadline import Deadline
from mistral_conversations._transport.event_source import EventSource
from mistral_conversations._transport.exchange import Exchange
from mistral_conversations._transport.headers import (
    checked_headers,
    merged_headers,
)
from mistral_conversations._transport.proxy import environment_proxy
from mistral_conversations._transport.session import SessionPool
from mistral_conversations._version import __version__
from mistral_conversations._wire.call import Call
from mistral_conversations._wire.failure import failure
from mistral_conversations.config import RetryPolicy, Timeout
from mistral_conversations.errors import (
    APIConnectionError,
    MistralConversationsError,
    NotFoundError,
    SDKError,
    StreamDecodeError,
)
from mistral_conversations.models.model import ResponseMeta

if TYPE_CHECKING:
    from mistral_conversations._transport.upload import Sending, Upload

__all__ = ["Options", "Reply", "Transport"]

logger = logging.getLogger("mistral_conversations")

USER_AGENT = (
    f"mistral-conversations/{__version__} aiohttp/{aiohttp.__version__} "
    f"python/{platform.python_version()}"
)

_NOTHING = (None, None, None, None)
_MAX_ERROR_BYTES = 1024 * 1024


@attrs.frozen(kw_only=True)
class Options:
    """How one call is made."""

    credentials: Credentials
    timeout: Timeout
    retries: RetryPolicy
    headers: Mapping[str, str]
    wait_if_busy: float | None = None

    def with_call(
        self,
        timeout: Timeout | float | None,
        retries: RetryPolicy | int | None,
        headers: Mapping[str, str] | None,
        wait_if_busy: float | None = None,
    ) -> "Options":
        """Give these options with what one call asks for; None leaves them."""
        if (timeout, retries, headers, wait_if_busy) == _NOTHING:
            return self
        check_seconds("wait_if_busy", wait_if_busy, zero=True, optional=True)
        return attrs.evolve(
            self,
            timeout=Timeout.of(timeout, self.timeout),
            retries=RetryPolicy.of(retries, self.retries),
            headers=merged_headers(self.headers, checked_headers(headers)),
            wait_if_busy=wait_if_busy,
        )


@attrs.frozen
class Reply:
    """A 2xx answer, read whole."""

    content: bytes
    meta: ResponseMeta


class Transport:
    """Send calls to one service."""

    def __init__(self, base_url: str, pool: SessionPool, proxy: str | None) -> None:
        self._base_url = base_url
        self._pool = pool
        self._proxy = proxy if proxy is not None else environment_proxy(base_url)

    async def fetch(self, call: Call, options: Options) -> Reply:
        """Make a call, give its whole answer.

        A DELETE that finds nothing was done by an attempt whose answer was lost.
        """
        deadline = Deadline(options.timeout.total)

        async def attempt(number: int) -> Reply:
            exchange = await self._send(call, options, deadline, number)
            return await _reply(exchange, number)

        attempts = _attempts(call, options, deadline)
        try:
            return await attempts.run(attempt)
        except NotFoundError as error:
            if call.method != "DELETE" or not attempts.may_have_been_processed:
                raise
            return Reply(b"", ResponseMeta(status=204, attempts=error.attempts))

    async def upload(self, call: Call, upload: "Upload", options: Options) -> Reply:
        """Make a call whose body is a file, give its whole answer."""
        deadline = Deadline(options.timeout.total)

        async def attempt(number: int) -> Reply:
            async with upload.opened() as sending:
                return await sending.answered(answer(number, sending))

        async def answer(number: int, sending: "Sending") -> Reply:
            exchange = await self._send(call, options, deadline, number, sending)
            return await _reply(exchange, number)

        async with aclosing(upload):
            return await _attempts(call, options, deadline, upload).run(attempt)

    async def open(
        self, call: Call, options: Options, *, max_event_bytes: int
    ) -> EventSource:
        """Make a call, give its answer as an event stream, for the caller to close."""
        deadline = Deadline(options.timeout.total)

        async def attempt(number: int) -> EventSource:
            exchange = await self._send(call, options, deadline, number)
            meta = _meta(exchange, number)
            if not _is_event_stream(exchange):
                raise await _no_event_stream(exchange, meta)
            source = EventSource(
                exchange,
                meta,
                max_event_bytes=max_event_bytes,
                event_idle=options.timeout.event_idle,
            )
            return await source.own()

        return await _attempts(call, options, deadline).run(attempt)

    async def aclose(self) -> None:
        """Close the sessions."""
        await self._pool.aclose()

    async def _send(
        self,
        call: Call,
        options: Options,
        deadline: Deadline,
        number: int,
        sending: "Sending | None" = None,
    ) -> Exchange:
        """Send once; a status that is not 2xx is an error."""
        headers = await _headers(call, options, sending)
        opened = await self._pool.session(https=self._base_url.startswith("https://"))
        begin = asyncio.get_running_loop().time()
        try:
            exchange = await Exchange.open(
                opened.session,
                call.method,
                self._url(call),
                timeout=options.timeout,
                deadline=deadline,
                headers=headers,
                body=call.body if sending is None else sending,
                proxy=self._proxy,
            )
        except MistralConversationsError as error:
            _log(call, type(error).__name__, {}, begin, number)
            raise
        opened.exchanges.add(exchange)
        _log(call, exchange.status, exchange.headers, begin, number)
        if not 200 <= exchange.status < 300:  # noqa: PLR2004
            raise await _failed(exchange, number)
        return exchange

    def _url(self, call: Call) -> URL:
        query = f"?{urlencode(call.query, doseq=True)}" if call.query else ""
        return URL(f"{self._base_url}{call.path}{query}", encoded=True)


async def _headers(
    call: Call, options: Options, sending: "Sending | None"
) -> dict[str, str]:
    headers = {
        "Accept": "text/event-stream" if call.stream else "application/json",
        "User-Agent": USER_AGENT,
        "Authorization": await options.credentials.authorization(),
    }
    if call.body is not None:
        headers["Content-Type"] = "application/json"
    if sending is not None:
        return merged_headers(merged_headers(headers, options.headers), sending.headers)
    return merged_headers(headers, options.headers)


def _attempts(
    call: Call, options: Options, deadline: Deadline, upload: "Upload | None" = None
) -> Attempts:
    busy = options.wait_if_busy
    return Attempts(
        call.method,
        options.retries,
        deadline,
        None if busy is None else Deadline(busy),
        upload,
    )


async def _reply(exchange: Exchange, number: int) -> Reply:
    """Read an answer to its end, and close."""
    pieces = []
    try:
        while not exchange.ended:
            pieces.append(await exchange.read())
    finally:
        exchange.close()
    return Reply(b"".join(pieces), _meta(exchange, number))


async def _read_beginning(exchange: Exchange) -> bytes:
    """Read what can be had of a body, up to a limit, and close."""
    content = b""
    try:
        while len(content) < _MAX_ERROR_BYTES and not exchange.ended:
            content += await exchange.read()
    except APIConnectionError as error:
        logger.debug("the body of an error ended early: %s", error)
    finally:
        exchange.close()
    return content


async def _failed(exchange: Exchange, number: int) -> SDKError:
    content = await _read_beginning(exchange)
    return failure(exchange.status, exchange.headers, content, attempts=number)


def _is_event_stream(exchange: Exchange) -> bool:
    kind = exchange.headers.get("content-type", "").partition(";")[0]
    return kind.strip().lower() == "text/event-stream"


async def _no_event_stream(exchange: Exchange, meta: ResponseMeta) -> StreamDecodeError:
    kind = exchange.headers.get("content-type") or "nothing"
    content = await _read_beginning(exchange)
    return StreamDecodeError(
        f"the answer is no event stream: its content type is {kind}",
        body=content.decode(errors="replace"),
        meta=meta,
    )


def _meta(exchange: Exchange, number: int) -> ResponseMeta:
    return ResponseMeta(
        status=exchange.status, headers=exchange.headers, attempts=number
    )


def _log(
    call: Call, outcome: object, headers: Mapping[str, str], begin: float, number: int
) -> None:
    logger.debug(
        "%s %s: %s, request id %s, %.3f s, attempt %d",
        call.method,
        call.path,
        outcome,
        headers.get("mistral-correlation-id"),
        asyncio.get_running_loop().time() - begin,
        number,
    )
