"""aiohttp's end of a connection, for one answer to each request.

The class that it extends is undocumented; `aiohttp_internals` does without this module
if aiohttp lacks any of it.
"""

import asyncio
from typing import Any

from aiohttp import ClientPayloadError, StreamReader
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError

from mistral_conversations._transport.answer_bounds import AnswerBounds
from mistral_conversations._transport.socket_input import has_input

__all__ = ["AnswerHandler"]

_OK = 200  # a member of `HTTPStatus` is slow to look up


class AnswerHandler(ResponseHandler):
    """Accept one answer for each request, and nothing behind it.

    In aiohttp, invalid bytes behind an answer cost that answer if they arrive with it,
    and bytes that arrive later are the answer to the next request.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._bounds = AnswerBounds()
        self._body: StreamReader | None = None

    def is_connected(self) -> bool:
        """Return whether the connection can be used.

        While it is idle, anything to read from its socket ends its use: the end of the
        connection, or bytes that answer no request.
        """
        idle = self._body is not None and self._body.is_eof()
        return super().is_connected() and not (idle and has_input(self.transport))

    def set_response_params(self, *args: Any, **options: Any) -> None:
        """Begin the next answer."""
        self._bounds = AnswerBounds()
        self._body = None
        super().set_response_params(*args, **options)

    def data_received(self, data: bytes) -> None:
        """Parse a piece of the answer; close the connection on bytes behind it."""
        if self._body is None:
            self._receive_head(data)
        elif not self._body.is_eof():
            self._receive_body(data, self._body)
        elif data:
            self._discard()

    def _receive_head(self, data: bytes) -> None:
        begin = 0
        while begin < len(data) and self._body is None and self.exception() is None:
            end = self._bounds.end_of_head(data, begin)
            super().data_received(data[begin:end])
            begin = end
        if begin < len(data) and self._body is not None:
            self.data_received(data[begin:])
        elif data and self._body is None:
            self._pause()

    def _pause(self) -> None:
        """Stop reading for the rest of the loop's turn.

        uvloop reads up to 2 MB in one turn: of interim answers without end, that takes
        a second.
        """
        transport = self.transport
        if transport is not None and self.is_connected():
            transport.pause_reading()
            asyncio.get_running_loop().call_soon(self._resume, transport)

    def _resume(self, transport: asyncio.Transport) -> None:
        held = getattr(self, "_reading_paused", False)  # by aiohttp, for a full buffer
        if self.transport is transport and self.is_connected() and not held:
            transport.resume_reading()

    def resume_reading(self, *args: Any, **options: Any) -> None:
        """Resume where reading was paused; aiohttp asks after each read of a body.

        Without `_reading_paused`, resume each time.
        """
        if getattr(self, "_reading_paused", True):
            super().resume_reading(*args, **options)

    def _receive_body(self, data: bytes, body: StreamReader) -> None:
        data, behind = self._bounds.split_body(data)
        if behind:
            self.force_close()
        if data or not behind:
            super().data_received(data)
        if body.is_eof() and (behind or not self._bounds.ends_here()):
            self._discard()

    def connection_lost(self, exc: BaseException | None) -> None:
        """End the answer; uvloop loses some connections with a RuntimeError."""
        if exc is not None and not isinstance(exc, OSError):
            exc = ConnectionError(str(exc))
        super().connection_lost(exc)
        self._body = None  # which refers to this object

    def feed_data(self, data: Any, *args: Any, **options: Any) -> None:
        """Accept the first answer; aiohttp calls this for each that it parses."""
        message, body = data
        if self._body is not None:
            self.force_close()
            return
        if message.code >= _OK:
            length = _length_of(message)
            self._bounds.begin_body(length)
            self._body = body
            if body.is_eof() and (message.chunked or length):
                self.force_close()  # a 204 that announces a body, which may follow
        super().feed_data(data, *args, **options)

    def set_exception(self, exc: BaseException, *args: Any, **options: Any) -> None:
        """End the body too if the parser failed; aiohttp lets its reader wait.

        The body is complete if the parser failed in the trailers behind it.
        """
        super().set_exception(exc, *args, **options)
        body = self._body
        if not isinstance(exc, HttpProcessingError) or body is None or body.is_eof():
            return
        reason = exc.message.partition("\n")[0]
        if "header" in reason:
            body.feed_eof()
        elif body.exception() is None:
            error = ClientPayloadError(f"the body is malformed: {reason}")
            # Its reader, once woken for the end of a chunk, sees no error before it
            # waits again.
            asyncio.get_running_loop().call_soon(body.set_exception, error)

    def _discard(self) -> None:
        self.force_close()
        if self.transport is not None:
            self.transport.close()


def _length_of(message: Any) -> int | None:
    """Return the bytes of a body; None if it is chunked or ends with the connection."""
    length = None if message.chunked else message.headers.get("Content-Length")
    return None if length is None else int(length)
