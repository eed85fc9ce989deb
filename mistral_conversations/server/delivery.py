"""The way of an answer to the caller, with the trouble it is to have."""

import asyncio
import socket
import struct
import zlib
from contextlib import suppress
from typing import Any

import attrs
from aiohttp import web

from mistral_conversations._wire.json import encode_json
from mistral_conversations.server.failures import JSONObject
from mistral_conversations.server.trouble import Trouble

__all__ = ["Delivery", "StallError"]

# l_onoff and l_linger: closing then resets the connection.
_NO_LINGER = struct.pack("ii", 1, 0)
_GZIP = 16 + zlib.MAX_WBITS
_COMMENT = b": keep-alive\n\n"


class StallError(Exception):
    """Nothing more is sent, though the caller waits."""


@attrs.define(eq=False)
class Delivery:
    """Brings one answer to its caller, and gives others a turn after each part.

    Its methods raise ConnectionError once the caller has gone, or has been cut off,
    and StallError when nothing more is to be sent.
    """

    _request: web.Request
    _trouble: Trouble
    _gone: "asyncio.Future[Any]"
    """Is done when the caller has gone."""

    response: web.StreamResponse = attrs.field(factory=web.StreamResponse)
    """The head of the answer."""

    events: int = 0
    """How many have come."""

    _sent: int = 0
    _compressor: Any = None
    _keeping_alive: "asyncio.Task[None] | None" = None
    _amid_event: bool = False

    async def begin(self) -> None:
        """Send the head, when it is time and unless trouble strikes before."""
        await self._pause(self._trouble.delay)
        if not self._trouble.strikes_first:
            await self._prepare()

    async def reach(self) -> None:
        """Do what comes before the next event: the delay, and trouble of this place."""
        await self._pause(self._trouble.event_delay)
        await self._strike_if_due()

    async def event(self, event: JSONObject) -> None:
        """Send the event that is due."""
        if self._trouble.giant_event and self._is_due():
            event = {**event, "padding": "x" * self._trouble.giant_event}
        await self._send(_frame(event["type"], encode_json(event)))
        self.events += 1

    async def whole(self, body: bytes) -> None:
        """Send an answer that is not streamed, from the first byte to the end."""
        await self.begin()
        await self._strike_if_due()
        await self._send(body)
        self.events += 1
        await self._strike_if_due()
        await self.end()

    async def end(self) -> None:
        """End the answer in good order."""
        self.close()
        await self._prepare()
        if self._compressor is not None:
            await self._write_parts(self._compressor.flush())
        await self.response.write_eof()

    def close(self) -> None:
        """Send no more comments."""
        if self._keeping_alive is not None:
            self._keeping_alive.cancel()

    async def _send(self, data: bytes) -> None:
        limit = self._trouble.after_bytes
        if limit is None or self._sent + len(data) < limit:
            await self._write(data)
            return
        if limit > self._sent:
            await self._write(data[: limit - self._sent])
        await self._strike()

    async def _strike_if_due(self) -> None:
        if self._trouble.after_bytes is None and self._is_due():
            await self._strike()

    def _is_due(self) -> bool:
        return self.events == self._trouble.after_events

    async def _strike(self) -> None:
        if self._trouble.garbage is not None:
            data = self._trouble.garbage.encode()
            await self._write(_frame("message.output.delta", data))
        if self._trouble.stall:
            raise StallError
        if self._trouble.cut is not None:
            await self._cut(self._trouble.cut)

    async def _cut(self, how: str) -> None:
        if how == "end":
            await self.end()
        elif (transport := self._request.transport) is not None:
            if how == "reset":
                sock: socket.socket = transport.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            transport.close()
        raise ConnectionResetError("the caller was cut off")

    async def _pause(self, seconds: float) -> None:
        if not seconds:
            return
        done, _ = await asyncio.wait([self._gone], timeout=seconds)
        if done:
            raise ConnectionResetError("the caller has gone")

    async def _prepare(self) -> None:
        if self.response.prepared:
            return
        if self._trouble.gzip:
            self._compressor = zlib.compressobj(wbits=_GZIP)
            self.response.headers["Content-Encoding"] = "gzip"
        await self.response.prepare(self._request)
        if self._trouble.comments is not None:
            comments = self._comment(self._trouble.comments)
            self._keeping_alive = asyncio.create_task(comments)

    async def _write(self, data: bytes) -> None:
        self._sent += len(data)
        self._amid_event = True
        await self._write_parts(self._compressed(data))
        self._amid_event = False

    async def _write_parts(self, data: bytes) -> None:
        size = 1 if self._trouble.drip else len(data)
        for index in range(0, len(data), size or 1):
            await self.response.write(data[index : index + size])
            await asyncio.sleep(0)

    def _compressed(self, data: bytes) -> bytes:
        if self._compressor is None:
            return data
        compressed: bytes = self._compressor.compress(data)
        compressed += self._compressor.flush(zlib.Z_SYNC_FLUSH)
        return compressed

    async def _comment(self, interval: float) -> None:
        with suppress(ConnectionError):
            while True:
                await asyncio.sleep(interval)
                if not self._amid_event:
                    await self.response.write(self._compressed(_COMMENT))


def _frame(name: str, data: bytes) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), data)
