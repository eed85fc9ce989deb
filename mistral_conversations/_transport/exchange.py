"""One request on the wire and its response, read within the limits of `Timeout`."""

import asyncio
import io
import math
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, Self, cast

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from mistral_conversations._transport.headers import plain_headers
from mistral_conversations.config import Timeout
from mistral_conversations.errors import (
    APIConnectionError,
    APITimeoutError,
    ConfigurationError,
)

__all__ = ["Deadline", "Exchange", "owned"]

_LARGE_BODY = 64 * 1024
_FAILURES = (aiohttp.ClientError, HttpProcessingError, OSError)


class Deadline:
    """A moment, so many seconds from now; None for never."""

    def __init__(self, total: float | None) -> None:
        self.total = total
        self.at = None if total is None else _now() + total

    def left(self) -> float:
        """Give the seconds until then."""
        return math.inf if self.at is None else self.at - _now()

    def error(self, *, attempts: int = 1) -> APITimeoutError:
        """Make the error of a call that has reached its end."""
        return APITimeoutError(
            f"the call took longer than {self.total:g} seconds (total)",
            phase="total",
            may_have_been_processed=True,
            attempts=attempts,
        )


def _now() -> float:
    return asyncio.get_running_loop().time()


class Exchange:
    """An open response, which is read piece by piece and then closed."""

    def __init__(
        self, response: aiohttp.ClientResponse, timeout: Timeout, deadline: Deadline
    ) -> None:
        self._response = response
        self._content = response.content
        self._timeout = timeout
        self._deadline = deadline
        self._broken: Exception | None = None
        self.status = response.status
        self.headers = plain_headers(response.headers.items())

    @classmethod
    async def open(
        cls,
        session: aiohttp.ClientSession,
        method: str,
        url: URL,
        *,
        timeout: Timeout,
        deadline: Deadline,
        body: bytes | None = None,
        **request: Any,
    ) -> Self:
        """Send a request, wait for the status and the headers.

        Raises:
            APIConnectionError: there was no connection, or it was lost.
            APITimeoutError: a limit was reached.
        """
        context = SimpleNamespace(queued=False)
        scope = asyncio.timeout(None)
        with _opening(timeout, context, scope):
            async with scope:
                response = await session.request(
                    method,
                    url,
                    timeout=aiohttp.ClientTimeout(
                        total=None,
                        connect=timeout.connect,
                        sock_read=timeout.response,
                        ceil_threshold=math.inf,  # no rounding up to whole seconds
                    ),
                    allow_redirects=False,
                    auto_decompress=True,
                    middlewares=(*_middlewares(session), keep_from_replaying),
                    raise_for_status=False,
                    trace_request_ctx=context,
                    data=_data(body, timeout.response, scope),
                    **request,
                )
        _end_response_limit(response)
        return cls(response, timeout, deadline)

    async def read(self, until: float | None = None) -> bytes:
        """Give the next bytes of the body, nothing at its end.

        Args:
            until: the loop's time up to which to wait, if that is sooner than the
                limits of the call.

        Raises:
            APIConnectionError: the connection was lost; what had arrived by then was
                given before.
            APITimeoutError: a limit was reached.
        """
        try:
            return self._read_buffered(until) or await self._wait(until)
        except _FAILURES as error:
            return self._rest_before(error)

    def _read_buffered(self, until: float | None) -> bytes:
        if self._broken is not None:
            raise self._broken
        limits = [at for at in (until, self._deadline.at) if at is not None]
        if limits and min(limits) <= _now():
            raise self._timed_out(min(limits))
        return self._content.read_nowait()

    async def _wait(self, until: float | None) -> bytes:
        limit = self._limit(until)
        scope = asyncio.timeout_at(limit)
        try:
            async with scope:
                return await self._content.readany()
        except TimeoutError:
            if not scope.expired():
                raise
        raise self._timed_out(limit)

    def _limit(self, until: float | None) -> float | None:
        idle = None if self._timeout.idle is None else _now() + self._timeout.idle
        limits = [at for at in (idle, until, self._deadline.at) if at is not None]
        return min(limits, default=None)

    def _timed_out(self, limit: float | None) -> APITimeoutError:
        if limit == self._deadline.at:
            return self._deadline.error()
        return APITimeoutError(
            "the answer stopped: nothing came within the limit of idle or event_idle",
            phase="idle",
            may_have_been_processed=True,
        )

    def _rest_before(self, error: Exception) -> bytes:
        """Give what had arrived before the connection broke; then raise.

        aiohttp keeps back the bytes it holds once its reader has an exception, and
        with them the end of an answer that came in time.
        """
        if isinstance(error, APIConnectionError):
            raise error
        if self._broken is None and (rest := _held_back(self._content)):
            self._broken = error
            return rest
        raise APIConnectionError(
            f"the connection was lost while the answer was read: {_told(error)}",
            may_have_been_processed=True,
        ) from error

    def close(self) -> None:
        """Close the connection; one whose body has ended is kept for reuse."""
        self._response.close()


async def owned(exchange: Exchange) -> AsyncGenerator[Exchange, None]:
    """Own an exchange: close it when the loop closes this generator."""
    try:
        yield exchange
    finally:
        exchange.close()


def _middlewares(
    session: aiohttp.ClientSession,
) -> Sequence[aiohttp.ClientMiddlewareType]:
    """Give those of a session that was handed in; a request's replace them."""
    return getattr(session, "_middlewares", ())


async def keep_from_replaying(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending GET, PUT and DELETE again on a lost connection.

    It does so by itself, uncounted; what is sent again is for `retry` to decide.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise ReplayRefusedError(_told(error)) from error


class ReplayRefusedError(aiohttp.ClientError):
    """Stands for what aiohttp would take as a reason to send a request again."""


def _held_back(content: aiohttp.StreamReader) -> bytes:
    read = getattr(content, "_read_nowait", None)
    return cast("bytes", read(-1)) if read is not None else b""


class _LargeBody(io.BytesIO):
    """A body that aiohttp sends piece by piece, each within the limit for an answer.

    aiohttp itself has no limit for a request that nobody reads.
    """

    def __init__(self, body: bytes, limit: float, scope: asyncio.Timeout) -> None:
        super().__init__(body)
        self._limit = limit
        self._scope = scope

    def read(self, size: int | None = -1, /) -> bytes:
        self._scope.reschedule(_now() + self._limit)
        return super().read(size)


def _data(
    body: bytes | None, limit: float | None, scope: asyncio.Timeout
) -> bytes | io.BytesIO | None:
    if body is None or len(body) <= _LARGE_BODY:
        return body
    return io.BytesIO(body) if limit is None else _LargeBody(body, limit, scope)


def _end_response_limit(response: aiohttp.ClientResponse) -> None:
    """Turn off the limit for the first byte: from here on `read` has its own."""
    connection = response.connection
    protocol = connection.protocol if connection is not None else None
    if protocol is not None:
        protocol.read_timeout = None
        protocol.start_timeout()


@contextmanager
def _opening(
    timeout: Timeout, context: SimpleNamespace, scope: asyncio.Timeout
) -> Iterator[None]:
    """Turn what aiohttp raises until the headers are there into our errors."""
    try:
        yield
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        # aiohttp cancels who waits for a connection when its session is closed.
        raise APIConnectionError("the client was closed before a connection") from None
    except aiohttp.ConnectionTimeoutError as error:
        raise _connect_timeout(timeout, queued=context.queued) from error
    except aiohttp.ServerTimeoutError as error:
        raise _response_timeout(timeout) from error
    except (aiohttp.InvalidURL, UnicodeError) as error:
        raise ConfigurationError(f"base_url cannot be requested: {error}") from error
    except aiohttp.ClientHttpProxyError as error:
        # From None, and without the error's own text: the proxy's password is in it.
        raise APIConnectionError(
            f"could not connect: the proxy answered {error.status} {error.message}"
        ) from None
    except aiohttp.ClientConnectorError as error:
        raise APIConnectionError(f"could not connect: {_told(error)}") from error
    except _FAILURES as error:
        if scope.expired():
            raise _response_timeout(timeout) from None
        raise APIConnectionError(
            f"the connection was lost before an answer came: {_told(error)}",
            may_have_been_processed=True,
        ) from error


def _connect_timeout(timeout: Timeout, *, queued: bool) -> APITimeoutError:
    if queued:
        message = "no connection became free: all that `limit` allows were in use"
    else:
        message = "could not connect"
    return APITimeoutError(
        f"{message} within {timeout.connect:g} seconds (connect)",
        phase="pool" if queued else "connect",
    )


def _response_timeout(timeout: Timeout) -> APITimeoutError:
    return APITimeoutError(
        f"no answer began within {timeout.response:g} seconds (response)",
        phase="response",
        may_have_been_processed=True,
    )


def _told(error: BaseException) -> str:
    return str(error) or type(error).__name__
