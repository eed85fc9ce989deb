"""The errors between sending a request and the headers of its answer."""

import asyncio
import os
import re
import socket
import ssl
from types import TracebackType
from typing import TypeGuard, TypeVar

import aiohttp

from mistral_conversations._event_loop import is_exiting
from mistral_conversations._transport.aiohttp_internals import (
    is_head_too_large,
    parser_errors,
)
from mistral_conversations._transport.attempts import Attempt
from mistral_conversations._transport.limit import Limit
from mistral_conversations._transport.tls import tls_reason
from mistral_conversations.config import Timeout
from mistral_conversations.errors import (
    APIConnectionError,
    APITimeoutError,
    ConfigurationError,
    DecodeError,
    MistralConversationsError,
)

__all__ = ["FAILURES", "Opening", "describe", "keep_from_replaying"]

E = TypeVar("E", bound=BaseException)

FAILURES: tuple[type[Exception], ...] = (
    aiohttp.ClientError,
    *parser_errors(),
    OSError,
)
"""What aiohttp raises when a connection fails."""

_UVLOOP_CLOSED = "unable to perform operation on "

_FAILED: tuple[type[Exception], ...] = (*FAILURES, UnicodeError)


class Opening:
    """Turn what aiohttp raises before the headers arrive into our errors.

    Args:
        timeout: the limits of the call.
        limit: what ends a request whose answer does not begin in time.
        attempt: knows whether bytes of the request may have left.
    """

    def __init__(self, timeout: Timeout, limit: Limit, attempt: Attempt) -> None:
        self._timeout = timeout
        self._limit = limit
        self._attempt = attempt
        self.queued = False
        """Whether the request waits for a free connection, as set by the trace."""

    def __enter__(self) -> None:
        """Do nothing: the end matters."""

    def __exit__(
        self,
        _type: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Raise our error instead of aiohttp's."""
        if isinstance(error, asyncio.CancelledError):
            _refuse_where_closed()
        elif isinstance(error, aiohttp.ClientHttpProxyError):
            raise self._masked(_proxy_refused(error)) from None
        elif isinstance(error, _FAILED) or _is_of_a_loop(error):
            if _failed_to_connect(error):
                self._attempt.is_connecting = True
            failure = self._masked(self._failure(error))
            cause = self._masked(error)
            raise failure from (None if self._limit.is_reached else cause)

    def _masked(self, error: E) -> E:
        """Remove the key from an error, whose parts may then have other types."""
        return self._attempt.masks.error(error)

    def _failure(self, error: BaseException) -> MistralConversationsError:
        if isinstance(error, aiohttp.ConnectionTimeoutError):
            return _connect_timeout(self._timeout, queued=self.queued)
        if isinstance(error, aiohttp.InvalidURL | UnicodeError):
            return ConfigurationError(f"base_url cannot be requested: {error}")
        if isinstance(error, aiohttp.ServerTimeoutError) or self._limit.is_reached:
            return self._response_timeout()
        if isinstance(error, aiohttp.ClientConnectorError):
            return _not_connected(error)
        if not self._attempt.may_have_been_sent:  # such as a proxy lost at CONNECT
            at_exit = isinstance(error, RuntimeError) and is_exiting()
            remedy = ": make this call before the interpreter exits" if at_exit else ""
            return APIConnectionError(f"could not connect: {describe(error)}{remedy}")
        return _lost(error)

    def _response_timeout(self) -> APITimeoutError:
        return APITimeoutError(
            f"no status and headers in {self._timeout.response:g} seconds (response)",
            phase="response",
            may_have_been_processed=self._attempt.may_have_been_sent,
        )


def _failed_to_connect(error: BaseException) -> bool:
    """Return whether aiohttp raised an error while it was connecting.

    A request on a session of the caller's own may be marked too late, or not at all.
    """
    each: BaseException | None = error
    while each is not None:
        step = each.__traceback__
        while step is not None:
            if step.tb_frame.f_code is aiohttp.BaseConnector.connect.__code__:
                return True
            step = step.tb_next
        each = each.__cause__
    return False


def _lost(error: BaseException) -> MistralConversationsError:
    if is_head_too_large(error):
        return DecodeError(
            "the answer has a header that is too large, or too many headers: pass a "
            "larger max_header_bytes to the client"
        )
    return APIConnectionError(
        f"the connection was lost before an answer arrived: {describe(error)}",
        may_have_been_processed=True,
    )


def _refuse_where_closed() -> None:
    """Raise an error if the client was closed, and the task not cancelled.

    A session that closes cancels the requests that wait for a connection.
    """
    task = asyncio.current_task()
    if task is not None and not task.cancelling():
        raise ConfigurationError(
            "this client was closed while the request waited for a connection"
        ) from None


def _is_of_a_loop(error: BaseException | None) -> TypeGuard[RuntimeError]:
    """Return whether uvloop was asked to write to a connection that it lost.

    Or whether asyncio could start no thread to look up the host.
    """
    if not isinstance(error, RuntimeError) or isinstance(error, RecursionError):
        return False
    return str(error).startswith(_UVLOOP_CLOSED) or _failed_to_connect(error)


def _proxy_refused(error: aiohttp.ClientHttpProxyError) -> APIConnectionError:
    return APIConnectionError(
        f"could not connect: the proxy answered {error.status} {error.message}"
    )


def _not_connected(error: aiohttp.ClientConnectorError) -> APIConnectionError:
    proxied = isinstance(error, aiohttp.ClientProxyConnectionError)
    there = " to the proxy" if proxied else ""
    host = f"[{error.host}]" if ":" in error.host else error.host
    return APIConnectionError(
        f"could not connect{there}: {_reason(error)} ({host}:{error.port})"
    )


def _reason(error: aiohttp.ClientConnectorError) -> str:
    """Return the system's or TLS's reason, without aiohttp's "Cannot connect"."""
    cause = error.os_error
    if isinstance(cause, ssl.SSLError):
        return tls_reason(cause) or describe(cause)
    if isinstance(cause, socket.gaierror) or not cause.errno:
        return _of_each_address(str(cause)) or cause.strerror or describe(cause)
    return os.strerror(cause.errno)


def _of_each_address(text: str) -> str:
    """Return the reasons of a host whose addresses fail for different ones."""
    numbers = dict.fromkeys(re.findall(r"\[Errno (\d+)\] Connect call", text))
    return ", ".join(os.strerror(int(number)) for number in numbers)


def _connect_timeout(timeout: Timeout, *, queued: bool) -> APITimeoutError:
    within = f"within {timeout.connect:g} seconds (connect)"
    if queued:
        message = f"no connection became free {within}: all of `limit` are in use"
        return APITimeoutError(message, phase="pool")
    return APITimeoutError(f"could not connect {within}", phase="connect")


def describe(error: BaseException) -> str:
    """Describe an error; use the class name if its text is empty."""
    text = str(error)
    if isinstance(error, aiohttp.ClientResponseError):
        text = error.message  # without the URL
    elif isinstance(error, aiohttp.ServerDisconnectedError):
        text = "the connection was closed"
    elif isinstance(error, aiohttp.ClientPayloadError):
        # its own text has the `repr` of the cause, with a 400 that nobody answered
        text = getattr(error.__cause__, "message", text)
    return " ".join(text.split()) or type(error).__name__


async def keep_from_replaying(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from replaying GET, PUT and DELETE on a lost connection.

    aiohttp would replay them uncounted; `retry` decides what to send again.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise ReplayRefusedError(describe(error)) from error


class ReplayRefusedError(aiohttp.ClientError):
    """Replaces an error for which aiohttp would replay the request."""
