"""Every use of what aiohttp does not document, one function each.

The next aiohttp may lack any of these attributes. Each function then does without its
attribute, and its docstring says what is lost; no request fails for it.
"""

import asyncio
import importlib
import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, cast

import aiohttp

from mistral_conversations._transport.socket_input import has_input

__all__ = [
    "AbortablePayload",
    "StaleConnectionError",
    "accept_one_answer",
    "client_timeout",
    "end_wait",
    "is_head_too_large",
    "open_transports",
    "parser_errors",
    "received_bytes",
    "report_connection",
    "session_loop",
    "session_middlewares",
    "session_proxy",
    "unread_bytes",
]

_ANSWER_HANDLER = "mistral_conversations._transport.answer_handler"
_HANDLER_METHODS = (
    "data_received",
    "exception",
    "feed_data",
    "force_close",
    "is_connected",
    "set_exception",
    "set_response_params",
)


def accept_one_answer(connector: aiohttp.BaseConnector) -> None:
    """Use an `AnswerHandler` for each connection, by `connector._factory`.

    Without the attribute, or without a method of aiohttp's `ResponseHandler` that
    `AnswerHandler` extends or calls, the pool keeps connections that the server has
    closed, and bytes behind an answer can fail that answer or the next one.
    """
    try:
        library: Any = importlib.import_module("aiohttp.client_proto")
        package: Any = importlib.import_module(_ANSWER_HANDLER)
    except (ImportError, AttributeError):
        return
    handler = getattr(library, "ResponseHandler", None)
    complete = all(hasattr(handler, name) for name in _HANDLER_METHODS)
    if complete and hasattr(connector, "_factory"):
        loop = asyncio.get_running_loop()
        vars(connector)["_factory"] = partial(package.AnswerHandler, loop=loop)


def session_loop(session: aiohttp.ClientSession) -> asyncio.AbstractEventLoop | None:
    """Return the loop that a session belongs to, from `session._loop`.

    Returns:
        None without the attribute: a session on another loop is no longer rejected
        before its first request.
    """
    return getattr(session, "_loop", None)


def session_proxy(session: aiohttp.ClientSession) -> str | None:
    """Return the URL of a session's own proxy, from `session._default_proxy`.

    Returns:
        None without the attribute: aiohttp uses that proxy all the same, but its
        errors and tracebacks then show the password in the URL.
    """
    proxy = getattr(session, "_default_proxy", None)
    return None if proxy is None else str(proxy)


def session_middlewares(
    session: aiohttp.ClientSession,
) -> Sequence[aiohttp.ClientMiddlewareType] | None:
    """Return the middlewares of a session, from `session._middlewares`.

    Returns:
        None without the attribute: aiohttp may then replay a GET, PUT or DELETE on
        the caller's session, uncounted. Replacing its middlewares would be worse.
    """
    return getattr(session, "_middlewares", None)


def open_transports(
    connector: aiohttp.BaseConnector | None,
) -> Iterator[asyncio.WriteTransport]:
    """Yield the transports of connections in use, from `connector._acquired`.

    Yields:
        Nothing without the attribute: closing a session then waits until the server
        has read what is still being sent.
    """
    for protocol in list(getattr(connector, "_acquired", ())):
        transport: Any = getattr(protocol, "transport", None)
        if hasattr(transport, "get_write_buffer_size"):  # uvloop's have no base class
            yield transport


def client_timeout(connect: float | None) -> aiohttp.ClientTimeout:
    """Return aiohttp's limits, exact by `ClientTimeout(ceil_threshold=...)`.

    Without the parameter, aiohttp rounds limits over 5 seconds up to whole seconds.
    """
    limits: dict[str, Any] = {"total": None, "connect": connect}
    try:
        return aiohttp.ClientTimeout(**limits, ceil_threshold=math.inf)
    except TypeError:
        return aiohttp.ClientTimeout(**limits)


def report_connection(
    request: aiohttp.ClientRequest, connected: Callable[[], None]
) -> bool:
    """Call `connected` when a request has its connection, by wrapping `request.send`.

    The request then raises `StaleConnectionError` instead of using a connection that
    the server has closed, or that has bytes of no answer (`connection.protocol`, its
    `_payload` and `should_close`; without them, it uses the connection).

    Returns:
        False without the method: `Timeout.response` then counts while a request on the
        caller's session waits for its connection.
    """
    wrapped: Any = request
    send = getattr(wrapped, "send", None)
    if send is None:
        return False

    async def report_and_send(connection: Any) -> Any:
        del wrapped.send  # which is a reference cycle
        if _is_stale(connection):
            raise StaleConnectionError
        connected()
        return await send(connection)

    try:
        wrapped.send = report_and_send
    except AttributeError:  # slots
        return False
    return True


class StaleConnectionError(aiohttp.ClientError):
    """A kept connection cannot be used; nothing was sent on it."""


def _is_stale(connection: Any) -> bool:
    protocol = getattr(connection, "protocol", None)
    if getattr(protocol, "_payload", None) is None:  # a new one
        return False
    return bool(getattr(protocol, "should_close", False)) or has_input(
        getattr(protocol, "transport", None)
    )


def received_bytes(content: aiohttp.StreamReader) -> int:
    """Return the number of bytes that arrived, from `content.total_bytes`.

    Returns:
        0 without the attribute: a wait whose bytes arrive just at its limit then
        raises instead of returning them.
    """
    return getattr(content, "total_bytes", 0)


def unread_bytes(content: aiohttp.StreamReader) -> bytes:
    """Return what aiohttp withholds of a broken body, by `content._read_nowait()`.

    aiohttp raises the connection's error before it returns the bytes that had arrived
    by then.

    Returns:
        Nothing without the method: what arrived just before the connection broke is
        lost.
    """
    read = getattr(content, "_read_nowait", None)
    return cast("bytes", read(-1)) if read is not None else b""


def end_wait(content: aiohttp.StreamReader, error: Exception) -> None:
    """Raise an error in the task that waits for bytes, by `content._waiter`.

    A task that is cancelled at the same moment can continue reading. Without the
    attribute, `content.set_exception()` makes every later read raise too; without
    both, `Timeout.idle` and a total limit never end a wait for the body.
    """
    waiter: Any = getattr(content, "_waiter", content)
    if asyncio.isfuture(waiter) and waiter.done():
        return
    set_exception = getattr(waiter, "set_exception", None)
    if set_exception is not None:
        set_exception(error)


def parser_errors() -> tuple[type[Exception], ...]:
    """Return `aiohttp.http_exceptions.HttpProcessingError`, raised by its parser.

    Returns:
        Nothing without the class: a broken response may raise an error of aiohttp.
    """
    try:
        errors = importlib.import_module("aiohttp.http_exceptions")
    except ImportError:
        return ()
    error = getattr(errors, "HttpProcessingError", None)
    return () if error is None else (error,)


def is_head_too_large(error: BaseException) -> bool:
    """Return whether a header was too large or one too many, by the error's text.

    aiohttp hides the class. With another text, such an answer is a lost connection,
    which names no remedy.
    """
    return any(text in str(error) for text in ("Got more than", "Too many headers"))


class AbortablePayload(aiohttp.Payload):
    """A request body that knows its connection, by `write_with_length(writer)`.

    Without the method or `writer.transport`, `abort` does nothing: a connection whose
    request the server does not read stays open until the session closes. A connection
    lost at the end of a body in chunks then leaves a message of asyncio in the log.
    """

    is_whole = False
    """Whether all of it was handed to the connection."""

    _transport: asyncio.WriteTransport | None = None

    async def write_with_length(self, writer: Any, content_length: int | None) -> None:
        """Write the body to aiohttp's writer.

        Raises:
            ConnectionError: the connection is lost. aiohttp reports that to the request
                if the body raises it, but not if the end of chunks does, which follows.
        """
        self._transport = transport = getattr(writer, "transport", None)
        await super().write_with_length(writer, content_length)
        if content_length is None:
            await writer.drain()
            if transport is not None and transport.is_closing():
                raise ConnectionResetError("the connection was closed")
        self.is_whole = True

    def abort(self) -> None:
        """Close the connection now.

        asyncio closes a connection only after sending what it has buffered: never, if
        the server does not read.
        """
        if self._transport is not None:
            self._transport.abort()
