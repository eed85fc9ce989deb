"""The body of a response on its way: compressed, byte by byte, with comments."""

import asyncio
import socket
import struct
import zlib
from contextlib import suppress
from typing import Any

import attrs
from aiohttp import web

from mistral_conversations.server.web.trouble import Trouble

__all__ = ["Body"]

# l_onoff and l_linger: closing then resets the connection.
_NO_LINGER = struct.pack("ii", 1, 0)
_GZIP = 16 + zlib.MAX_WBITS
_COMMENT = b": keep-alive\n\n"


@attrs.define(eq=False)
class Body:
    """Writes the body of one response, and yields to other tasks after each part.

    Its methods raise ConnectionError once the connection is closed.
    """

    _request: web.Request
    _trouble: Trouble
    """How it is sent: `gzip`, `drip` and `comments`."""

    head: web.StreamResponse
    sent: int = attrs.field(default=0, init=False)
    """The bytes written so far, before compression."""

    _compressor: Any = attrs.field(default=None, init=False)
    _comments: "asyncio.Task[None] | None" = attrs.field(default=None, init=False)
    _amid_event: bool = attrs.field(default=False, init=False)

    async def begin(self) -> None:
        """Send the head, unless it is sent already."""
        if self.head.prepared:
            return
        if self._trouble.gzip:
            self._compressor = zlib.compressobj(wbits=_GZIP)
            self.head.headers["Content-Encoding"] = "gzip"
        await self.head.prepare(self._request)
        if self._trouble.comments is not None:
            comments = self._send_comments(self._trouble.comments)
            self._comments = asyncio.create_task(comments)

    async def write(self, data: bytes) -> None:
        """Send some bytes."""
        self.sent += len(data)
        self._amid_event = True
        await self._write_parts(self._compressed(data))
        self._amid_event = False

    async def end(self) -> None:
        """End the body in good order."""
        self.stop_comments()
        await self.begin()
        if self._compressor is not None:
            await self._write_parts(self._compressor.flush())
        await self.head.write_eof()

    async def cut(self, how: str) -> None:
        """End the body early.

        Args:
            how: a `Cut`: `"end"`, `"close"` or `"reset"`.
        """
        if how == "end":
            await self.end()
        elif (transport := self._request.transport) is not None:
            if how == "reset":
                sock: socket.socket = transport.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            transport.close()

    def stop_comments(self) -> None:
        """Send no more comments."""
        if self._comments is not None:
            self._comments.cancel()

    async def _write_parts(self, data: bytes) -> None:
        size = 1 if self._trouble.drip else len(data)
        for index in range(0, len(data), size or 1):
            await self.head.write(data[index : index + size])
            await asyncio.sleep(0)

    def _compressed(self, data: bytes) -> bytes:
        if self._compressor is None:
            return data
        compressed: bytes = self._compressor.compress(data)
        compressed += self._compressor.flush(zlib.Z_SYNC_FLUSH)
        return compressed

    async def _send_comments(self, interval: float) -> None:
        with suppress(ConnectionError):
            while True:
                await asyncio.sleep(interval)
                if not self._amid_event:
                    await self.head.write(self._compressed(_COMMENT))
