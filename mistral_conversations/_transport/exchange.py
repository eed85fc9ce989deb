"""One request and its response, within the limits of `Timeout`."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any, Self

import aiohttp
from yarl import URL

from mistral_conversations._transport.aiohttp_internals import (
    AbortablePayload,
    StaleConnectionError,
    client_timeout,
    received_bytes,
    report_connection,
    session_middlewares,
    unread_bytes,
)
from mistral_conversations._transport.attempts import Attempt
from mistral_conversations._transport.body import Body, request_body
from mistral_conversations._transport.connector import Connector, connecting
from mistral_conversations._transport.deadline import Deadline, now
from mistral_conversations._transport.encodings import EncodedBody, coding_of
from mistral_conversations._transport.headers import plain_headers
from mistral_conversations._transport.limit import Limit
from mistral_conversations._transport.masks import NO_MASKS
from mistral_conversations._transport.opening import (
    FAILURES,
    Opening,
    describe,
    keep_from_replaying,
)
from mistral_conversations._transport.retry import REPEATABLE
from mistral_conversations._transport.watch import LimitReachedError, Watch
from mistral_conversations.config import Timeout
from mistral_conversations.errors import APIConnectionError, APITimeoutError

__all__ = ["Exchange", "owned"]


_LOST: tuple[type[Exception], ...] = (*FAILURES, RuntimeError)
"""What aiohttp raises for a body; a RuntimeError if this side closed it."""

_NO_TYPE = ("Content-Type",)
"""The header that aiohttp invents for PUT, POST and PATCH without a body."""


class AnswerClosedError(ConnectionError):
    """Raised in the wait for a body that this side closes."""


class Exchange:
    """An open response, to read piece by piece and then close."""

    masks = NO_MASKS
    """What removes the key of the request from errors."""

    def __init__(
        self,
        response: aiohttp.ClientResponse,
        timeout: Timeout,
        deadline: Deadline,
        sent: AbortablePayload | None = None,
    ) -> None:
        self._response = response
        self._sent = sent
        self._content = response.content
        self._timeout = timeout
        self._deadline = deadline
        self._watch = Watch(response.content)
        self._broken: Exception | None = None
        self.status = response.status
        self.headers = plain_headers(response.headers.items())
        self.undecodable: str | None = None
        """The encoding of the body, if it cannot be decoded here."""
        self._encoded = self._decoding()

    def _decoding(self) -> EncodedBody | None:
        coding = coding_of(self.headers.get("content-encoding", ""))
        if coding is None:
            return None
        try:
            return EncodedBody(coding)
        except LookupError:
            self.undecodable = coding
            return None

    @classmethod
    async def open(
        cls,
        session: aiohttp.ClientSession,
        method: str,
        url: URL,
        *,
        timeout: Timeout,
        deadline: Deadline,
        attempt: Attempt,
        body: Body = None,
        **request: Any,
    ) -> Self:
        """Send a request; wait for the status and the headers.

        Raises:
            APIConnectionError: it could not connect, or the connection was lost.
            APITimeoutError: a limit was reached.
        """
        attempt.limit = limit = Limit(timeout.response)
        data = request_body(body, limit)
        opening = Opening(timeout, limit, attempt)
        answer = session.request(
            method,
            url,
            timeout=_limits(timeout.connect),
            allow_redirects=False,
            auto_decompress=False,
            middlewares=_middlewares(session, method, attempt),
            raise_for_status=False,
            skip_auto_headers=_NO_TYPE if data is None else None,
            trace_request_ctx=opening,
            data=data,
            **request,
        )
        sent = data if isinstance(data, AbortablePayload) else None
        attempt.is_begun = True
        token = connecting.set(attempt)
        try:
            with opening:
                response = await limit.within(answer)
        except BaseException:
            if sent is not None:
                sent.abort()
            raise
        finally:
            with suppress(ValueError):  # a collected coroutine is in another context
                connecting.reset(token)
        return cls(response, timeout, deadline, sent)

    @property
    def ended(self) -> bool:
        """Whether the body has been read to its end."""
        if self._encoded is not None and not self._encoded.is_hungry:
            return False
        return self._content.at_eof()

    @property
    def received(self) -> int:
        """The bytes of the body that have arrived, before decompression."""
        return received_bytes(self._content)

    @property
    def is_encoded(self) -> bool:
        """Whether the body is compressed, so that its length is not that of `read`."""
        return self._encoded is not None

    @property
    def is_cut(self) -> bool:
        """Whether the body has ended in the middle of its compressed data."""
        return self._encoded is not None and not self._encoded.is_complete

    def read(self, until: float | None = None) -> Coroutine[Any, Any, bytes]:
        """Return the next bytes of the body, decoded; nothing at its end.

        A body that has arrived whole is returned even after the limits.

        Args:
            until: the loop's time up to which to wait, if sooner than the limits of
                the call.

        Raises:
            APIConnectionError: the connection was lost; earlier calls returned what
                had arrived by then.
            APITimeoutError: a limit was reached.
        """
        if self._encoded is None:
            return self._receive(until)
        return self._decode(self._encoded, until)

    async def _decode(self, encoded: EncodedBody, until: float | None) -> bytes:
        piece = b""
        while not piece:
            if encoded.is_hungry:
                received = await self._receive(until)
                if not received:
                    return b""
                encoded.feed(received)
            else:  # much may come of what has arrived
                await asyncio.sleep(0)
                self._check_limit(self._deadline.sooner(until))
            piece = self._step(encoded)
        return piece

    def _step(self, encoded: EncodedBody) -> bytes:
        try:
            return encoded.step()
        except ValueError as error:
            raise APIConnectionError(
                f"the answer cannot be decoded: {error}", may_have_been_processed=True
            ) from None

    def _check_limit(self, limit: float | None) -> None:
        if limit is not None and limit <= now() and not self._content.is_eof():
            raise self._timed_out()

    async def _receive(self, until: float | None) -> bytes:
        """Return the next bytes of the body as they were sent; nothing at its end."""
        if self._broken is not None:
            return self._rest_before(self._broken)
        limit = self._deadline.sooner(until)
        self._check_limit(limit)
        self._watch.begin(self._timeout.idle, limit)
        silent = True
        try:
            received = await self._content.readany()
            silent = False
        except LimitReachedError:
            raise self._timed_out() from None
        except _LOST as error:
            return self._rest_before(error)
        finally:
            self._watch.end(silent=silent)
        return received

    def _timed_out(self) -> APITimeoutError:
        if self._deadline.left() <= 0:
            return self._deadline.error(may_have_been_processed=True)
        return APITimeoutError(
            "the answer stopped: nothing arrived within idle or event_idle seconds",
            phase="idle",
            may_have_been_processed=True,
        )

    def _rest_before(self, error: Exception) -> bytes:
        """Return what had arrived before the connection broke; then raise.

        aiohttp withholds the bytes that it has buffered once its reader has an
        exception, and with them the end of an answer that came in time.
        """
        if self._broken is None and (rest := unread_bytes(self._content)):
            self._broken = error
            return rest
        if self._content.at_eof():  # it broke in the trailers
            return b""
        if isinstance(error, AnswerClosedError):
            error.__traceback__ = None  # its frames hold the exchange, which holds it
            raise APIConnectionError(str(error), may_have_been_processed=True) from None
        reason = self.masks.text(describe(error))
        raise APIConnectionError(
            f"the connection was lost while reading the answer: {reason}",
            may_have_been_processed=True,
        ) from self.masks.error(error)

    def interrupt(self, reason: str) -> None:
        """End the wait for the body; what has arrived can still be read.

        aiohttp itself would raise one exception, the same in each wait that it ends:
        its traceback grows, and holds the exchanges.

        Args:
            reason: the message of the error.
        """
        if self._content.exception() is None:
            self._content.set_exception(AnswerClosedError(reason))

    def close(self) -> None:
        """Close the connection; keep it for reuse if the body has ended."""
        self._watch.stop()
        if not self.ended:
            self.interrupt("the answer was closed")
            connection = self._response.connection
            if connection is not None and connection.transport is not None:
                connection.transport.abort()  # TLS would wait for the server
        self._response.close()
        if self._sent is not None and not self._sent.is_whole:
            self._sent.abort()


async def owned(exchange: Exchange) -> AsyncGenerator[Exchange, None]:
    """Yield an exchange, and close it when the loop closes this generator."""
    try:
        yield exchange
    finally:
        exchange.close()


_limits = lru_cache(client_timeout)


def _middlewares(
    session: aiohttp.ClientSession, method: str, attempt: Attempt
) -> Sequence[aiohttp.ClientMiddlewareType] | None:
    """Return the session's middlewares and ours; None leaves the session's alone.

    aiohttp itself never replays a POST or PATCH.
    """
    ours = (keep_from_replaying,) if method in REPEATABLE else ()
    if isinstance(session.connector, Connector):  # a session of the client's own
        return ours or None
    found = session_middlewares(session)
    if found is None:
        attempt.connected()
        return None
    return (*found, *ours, _marking(attempt))


def _marking(attempt: Attempt) -> aiohttp.ClientMiddlewareType:
    """Return what marks an attempt while it waits for the caller's connections."""

    async def mark(
        request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        while True:
            attempt.is_connecting = True
            if not report_connection(request, attempt.connected):
                attempt.connected()
            with suppress(StaleConnectionError):
                return await handler(request)

    return mark
