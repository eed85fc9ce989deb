"""From sending a request to the headers of its answer: what can go wrong there."""

import asyncio
from types import TracebackType

import aiohttp

from mistral_conversations._transport.aiohttp_internals import parser_errors
from mistral_conversations.config import Timeout
from mistral_conversations.errors import (
    APIConnectionError,
    APITimeoutError,
    ConfigurationError,
    MistralConversationsError,
)

__all__ = ["FAILURES", "Opening", "describe", "keep_from_replaying"]

FAILURES: tuple[type[Exception], ...] = (
    aiohttp.ClientError,
    *parser_errors(),
    OSError,
)
"""What aiohttp raises when a connection fails."""

_FAILED: tuple[type[Exception], ...] = (*FAILURES, UnicodeError)


class Opening:
    """Turns what aiohttp raises until the headers are there into our errors.

    Args:
        timeout: the limits of the call.
        scope: what ends a request whose large body nobody reads; None without one.
    """

    def __init__(self, timeout: Timeout, scope: asyncio.Timeout | None) -> None:
        self._timeout = timeout
        self._scope = scope
        self.queued = False
        """Whether the request waits for a connection, as the session's trace tells."""

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self,
        _type: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Raise what an error stands for."""
        if isinstance(error, asyncio.CancelledError):
            _refuse_where_closed()
        elif isinstance(error, aiohttp.ClientHttpProxyError):
            raise _proxy_refused(error) from None  # the proxy's password is in it
        elif isinstance(error, _FAILED):
            raise self._failure(error) from (None if self._is_expired() else error)

    def _failure(self, error: BaseException) -> MistralConversationsError:
        if isinstance(error, aiohttp.ConnectionTimeoutError):
            return _connect_timeout(self._timeout, queued=self.queued)
        if isinstance(error, aiohttp.ServerTimeoutError):
            return _response_timeout(self._timeout)
        if isinstance(error, aiohttp.InvalidURL | UnicodeError):
            return ConfigurationError(f"base_url cannot be requested: {error}")
        if isinstance(error, aiohttp.ClientConnectorError):
            return _not_connected(error)
        if self._is_expired():
            return _response_timeout(self._timeout)
        return APIConnectionError(
            f"the connection was lost before an answer came: {describe(error)}",
            may_have_been_processed=True,
        )

    def _is_expired(self) -> bool:
        return self._scope is not None and self._scope.expired()


def _refuse_where_closed() -> None:
    """Tell a call that nobody cancelled that its client was closed.

    aiohttp cancels who waits for a connection when its session is closed.
    """
    task = asyncio.current_task()
    if task is not None and not task.cancelling():
        raise ConfigurationError("this client was closed: nothing was sent") from None


def _proxy_refused(error: aiohttp.ClientHttpProxyError) -> APIConnectionError:
    return APIConnectionError(
        f"could not connect: the proxy answered {error.status} {error.message}"
    )


def _not_connected(error: aiohttp.ClientConnectorError) -> APIConnectionError:
    proxied = isinstance(error, aiohttp.ClientProxyConnectionError)
    there = " to the proxy" if proxied else ""
    return APIConnectionError(f"could not connect{there}: {describe(error)}")


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


def describe(error: BaseException) -> str:
    """Tell an error in words, whatever it says of itself."""
    return str(error) or type(error).__name__


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
        raise ReplayRefusedError(describe(error)) from error


class ReplayRefusedError(aiohttp.ClientError):
    """Stands for what aiohttp would take as a reason to send a request again."""
