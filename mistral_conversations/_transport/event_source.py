"""The frames of a streamed answer, read from an exchange."""

import asyncio
from contextlib import suppress
from typing import Self

from mistral_conversations._transport.exchange import Exchange, owned
from mistral_conversations._transport.held import hold
from mistral_conversations._wire.events import END_OF_STREAM
from mistral_conversations._wire.sse import ServerSentEvent, SSEDecoder
from mistral_conversations.errors import APIConnectionError
from mistral_conversations.models.model import ResponseMeta

__all__ = ["EventSource"]

_SLICE_BYTES = 64 * 1024
"""How much is parsed before other tasks get their turn: 1 to 2 ms of work."""

_DRAIN_SECONDS = 0.1


class EventSource:
    """Read an exchange as an event stream.

    Args:
        exchange: an open answer; it is closed with this object, or by the loop when
            this object is dropped.
        meta: what the answer's headers say.
        max_event_bytes: the cap on one event, in bytes.
        event_idle: seconds that may pass without an event; None for no limit.
    """

    def __init__(
        self,
        exchange: Exchange,
        meta: ResponseMeta,
        *,
        max_event_bytes: int,
        event_idle: float | None,
    ) -> None:
        self.meta = meta
        self._exchange = exchange
        self._owner = owned(exchange)
        self._decoder = SSEDecoder(max_event_bytes=max_event_bytes)
        self._event_idle = event_idle
        self._unread = b""
        self._offset = 0

    @property
    def pending(self) -> int:
        """The bytes that came of an event that has not ended."""
        return self._decoder.pending

    async def own(self) -> Self:
        """Take over the exchange."""
        await anext(self._owner)
        hold(self._owner, holder=self)
        return self

    async def frames(self) -> list[ServerSentEvent]:
        """Give the next frames, none at the end of the body.

        Raises:
            APIConnectionError: the connection was lost, or a limit was reached.
            EventTooLargeError: an event exceeds the cap.
        """
        until = self._until()
        while True:
            if self._offset < len(self._unread):
                await asyncio.sleep(0)
            else:
                self._unread = await self._exchange.read(until)
                self._offset = 0
            begin, self._offset = self._offset, self._offset + _SLICE_BYTES
            frames = self._decoder.feed(self._unread[begin : self._offset])
            frames = [frame for frame in frames if frame.data != END_OF_STREAM]
            if frames or not self._unread:
                return frames

    def _until(self) -> float | None:
        """Give the time by which an event must come; a slow caller uses up none."""
        idle = self._event_idle
        return None if idle is None else asyncio.get_running_loop().time() + idle

    async def drain(self) -> None:
        """Wait a moment for the end of the body, so that the connection is reused."""
        until = asyncio.get_running_loop().time() + _DRAIN_SECONDS
        with suppress(APIConnectionError):
            while not self._exchange.ended:
                await self._exchange.read(until)

    async def aclose(self) -> None:
        """Close the exchange."""
        await self._owner.aclose()
