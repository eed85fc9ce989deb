"""From sending a request to the headers of its answer: what can go wrong there."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from mistral_conversations.config import Timeout
from mistral_conversations.errors import (
    APIConnectionError,
    APITimeoutError,
    ConfigurationError,
)

__all__ = ["FAILURES", "keep_from_replaying", "opening", "told"]

FAILURES = (aiohttp.ClientError, HttpProcessingError, OSError)
"""What aiohttp raises when a connection fails."""


@contextmanager
def opening(
    timeout: Timeout, context: SimpleNamespace, scope: asyncio.Timeout | None
) -> Iterator[None]:
    """Turn what aiohttp raises until the headers are there into our errors."""
    try:
        yield
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        # aiohttp cancels who waits for a connection when its session is closed.
        raise ConfigurationError("this client was closed: nothing was sent") from None
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
        proxied = isinstance(error, aiohttp.ClientProxyConnectionError)
        there = " to the proxy" if proxied else ""
        raise APIConnectionError(f"could not connect{there}: {told(error)}") from error
    except FAILURES as error:
        if scope is not None and scope.expired():
            raise _response_timeout(timeout) from None
        raise APIConnectionError(
            f"the connection was lost before an answer came: {told(error)}",
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


def told(error: BaseException) -> str:
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
        raise ReplayRefusedError(told(error)) from error


class ReplayRefusedError(aiohttp.ClientError):
    """Stands for what aiohttp would take as a reason to send a request again."""
