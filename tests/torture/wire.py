"""One side of a connection through the proxy, and the frames of HTTP/1.1."""

import asyncio
import socket
import struct
from collections.abc import Mapping
from contextlib import suppress

import attrs

__all__ = ["Body", "Head", "Side"]

_MOST = 64 * 1024
_RESET = struct.pack("ii", 1, 0)


@attrs.frozen
class Head:
    """The first line and the headers of a message."""

    data: bytes = attrs.field(repr=False)
    first: str
    headers: Mapping[str, str] = attrs.field(repr=False)
    """By name in lower case."""

    @classmethod
    def of(cls, data: bytes) -> "Head":
        first, *lines = data.decode("latin-1").split("\r\n")[:-2]
        pairs = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        return cls(data, first, headers)

    @property
    def is_chunked(self) -> bool:
        return self.headers.get("transfer-encoding", "").lower() == "chunked"

    @property
    def length(self) -> int:
        """The length of the body that is not chunked."""
        return int(self.headers.get("content-length", "0"))

    @property
    def status(self) -> int:
        """The status of an answer."""
        return int(self.first.split(" ")[1])


class Side:
    """One side of a connection: reads with a buffer, and writes as long as it can."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._pending = b""
        self.has_ended = False
        """Whether the other end has closed its half, or all of it."""

    @property
    def is_usable(self) -> bool:
        """Whether another request can be sent."""
        return not (
            self.has_ended or self._reader.at_eof() or self._writer.is_closing()
        )

    async def read(self, most: int = _MOST) -> bytes:
        """Return the next bytes; none at the end."""
        if not self._pending:
            await self.listen()
        data, self._pending = self._pending[:most], self._pending[most:]
        return data

    async def listen(self) -> None:
        """Wait for the next bytes, or for the end, and keep them."""
        data = b""
        with suppress(ConnectionError):
            data = await self._reader.read(_MOST)
        self._pending += data
        self.has_ended |= not data

    async def hold(self, count: int) -> None:
        """Wait until so many bytes can be read at once, or for the end."""
        while len(self._pending) < count and not self.has_ended:
            await self.listen()

    async def until(self, mark: bytes) -> bytes:
        """Return the bytes up to a mark, with it; none if the end comes before."""
        while (found := self._pending.find(mark)) < 0:
            before = len(self._pending)
            await self.listen()
            if len(self._pending) == before:
                return b""
        return await self.read(found + len(mark))

    async def head(self) -> Head | None:
        """Return the head of the next message; None at the end."""
        data = await self.until(b"\r\n\r\n")
        return Head.of(data) if data else None

    async def write(self, data: bytes) -> None:
        """Write, unless the connection is gone."""
        with suppress(ConnectionError):
            if not self._writer.is_closing():
                self._writer.write(data)
                await self._writer.drain()

    def close(self) -> None:
        """Close after what was written."""
        self._writer.close()

    def reset(self) -> None:
        """Close with RST."""
        sock = self._writer.get_extra_info("socket")
        if sock is not None and not self._writer.is_closing():
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._writer.transport.abort()


class Body:
    """The body of a message as it is sent, piece by piece.

    Args:
        side: where it comes from.
        head: the head of its message.
        exists: whether there is one; a 204 has none.
    """

    def __init__(self, side: Side, head: Head, *, exists: bool = True) -> None:
        self._side = side
        self.is_chunked = head.is_chunked and exists
        self._left = head.length if exists and not head.is_chunked else 0
        self.is_whole = not (self.is_chunked or self._left)

    async def piece(self) -> bytes:
        """Return the next piece; none at the end, also if that comes early.

        The end of a body in chunks is a piece of its own.
        """
        if self.is_whole:
            return b""
        if self._left:
            return await self._some()
        line = await self._side.until(b"\r\n")
        size = int(line.partition(b";")[0] or b"0", 16) if line else 0
        if not line:
            return b""
        if not size:
            return await self._last(line)
        self._left = size + len(b"\r\n")
        return line + await self._some()

    async def _some(self) -> bytes:
        data = await self._side.read(min(self._left, _MOST))
        self._left -= len(data)
        self.is_whole = not (self._left or self.is_chunked)
        return data

    async def _last(self, line: bytes) -> bytes:
        trailers = await self._side.until(b"\r\n")
        self.is_whole = bool(trailers)
        return line + trailers if trailers else b""
