"""The frames of a streamed answer, read from an exchange."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Self

from mistral_conversations._transport.exchange import Exchange, owned
from mistral_conversations._transport.lifetime import tie_lifetime
from mistral_conversations._wire.event_stream import Slices
from mistral_conversations._wire.events import END_OF_STREAM
from mistral_conversations._wire.service_clock import Moment
from mistral_conversations._wire.sse import Frame, FrameDecoder
from mistral_conversations.errors import APIConnectionError
from mistral_conversations.models.model import ResponseMeta

__all__ = ["EventSource"]

_DRAIN_SECONDS = 0.1


class EventSource:
    """Read an exchange as an event stream.

    Args:
        exchange: an open answer. Closed with this object; if this object is dropped,
            the event loop closes it.
        meta: the status and headers of the answer.
        max_event_bytes: the size in bytes above which an event raises.
        event_idle: the seconds that may pass without an event; None for no limit.
        sent_at: when the request was sent.
    """

    def __init__(
        self,
        exchange: Exchange,
        meta: ResponseMeta,
        *,
        max_event_bytes: int,
        event_idle: float | None,
        sent_at: Moment | None = None,
    ) -> None:
        self.meta = meta
        self.sent_at = sent_at or Moment.now()
        self._exchange = exchange
        self._owner = owned(exchange)
        self._body = _Body(exchange)
        self._slices = Slices(self._body.read)
        self._decoder = FrameDecoder(max_event_bytes=max_event_bytes)
        self._event_idle = self._left = event_idle

    @property
    def mask(self) -> Callable[[BaseException], object]:
        """What removes the key from an error; no reference to this object."""
        return self._exchange.masks.error

    @property
    def pending(self) -> int:
        """The bytes that arrived of an incomplete event."""
        return self._decoder.pending

    @property
    def unread(self) -> bytes:
        """What arrived besides whole events, or its beginning."""
        return self._decoder.unread

    async def own(self) -> Self:
        """Take over the exchange: from now on it closes with this object."""
        await anext(self._owner)
        tie_lifetime(self._owner, to=self)
        return self

    async def frames(self) -> list[Frame]:
        """Return the next frames; none at the end of the body.

        Raises:
            APIConnectionError: the connection was lost, or a limit was reached.
            EventTooLargeError: an event exceeds the cap.
        """
        self._body.until = until = self._until()
        try:
            async for data in self._slices:
                found = self._decoder.feed(data)
                frames = [frame for frame in found if frame[1] != END_OF_STREAM]
                if frames:
                    self._left = self._event_idle
                    return frames
        except asyncio.CancelledError:  # the caller may read on
            if until is not None:
                self._left = until - asyncio.get_running_loop().time()
            raise
        self._decoder.feed(b"")  # raises if the last events came before one too large
        return []

    def _until(self) -> float | None:
        """Return when an event must have come; a slow caller uses up no time."""
        left = self._left
        return None if left is None else asyncio.get_running_loop().time() + left

    async def drain(self) -> None:
        """Wait a moment for the end of the body, so that the connection is reused."""
        until = asyncio.get_running_loop().time() + _DRAIN_SECONDS
        with suppress(APIConnectionError):
            while not self._exchange.ended:
                await self._exchange.read(until)

    async def aclose(self) -> None:
        """Close the exchange; a reader that waits gets an `APIConnectionError`."""
        await self._owner.aclose()


class _Body:
    """The body of an exchange, read within a limit that moves.

    An object of its own, so that an `EventSource` is in no reference cycle: one that is
    dropped then closes at once, without the garbage collector.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.until: float | None = None

    def read(self) -> Coroutine[Any, Any, bytes]:
        """Return the next bytes, none at the end."""
        return self._exchange.read(self.until)
