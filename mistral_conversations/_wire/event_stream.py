"""Server-sent events from an async source of bytes, and slices of such bytes."""

import asyncio
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
)
from contextlib import aclosing
from functools import partial

from mistral_conversations._checks import check_int
from mistral_conversations._wire.sse import (
    MAX_EVENT_BYTES,
    ServerSentEvent,
    SSEDecoder,
)

__all__ = ["Slices", "server_sent_events"]

_SLICE_BYTES = 64 * 1024
"""How much is parsed before other tasks get their turn: 1 to 2 ms of work."""


async def server_sent_events(
    chunks: AsyncIterable[bytes], *, max_event_bytes: int = MAX_EVENT_BYTES
) -> AsyncGenerator[ServerSentEvent, None]:
    """Parse server-sent events from any async iterable of bytes.

    The chunks may be split anywhere. Other tasks get their turn after every 64 KiB of
    a large chunk. An event that no blank line ends when the chunks end is dropped, as
    the WHATWG HTML standard says.

    If `chunks` is an async generator, it is closed when this generator ends. Wrap this
    generator in `contextlib.aclosing` if you may leave the loop early.

    Args:
        chunks: the bytes of the event stream.
        max_event_bytes: the size in bytes above which an event raises.

    Yields:
        The events, in order.

    Raises:
        EventTooLargeError: an event exceeds `max_event_bytes`. The events before it
            come first.
        TypeError: `chunks` is not an async iterable of bytes, or `max_event_bytes` is
            not an int.
        ValueError: `max_event_bytes` is below 1.

    Example:
        async for event in server_sent_events(response.content.iter_any()):
            print(event.event, event.data)
    """
    check_int("max_event_bytes", max_event_bytes, least=1)
    decoder = SSEDecoder(max_event_bytes=max_event_bytes)
    async with aclosing(_checked(chunks)) as source:
        async for data in Slices(partial(anext, source, b"")):
            for event in decoder.feed(data):
                yield event
        decoder.feed(b"")  # raises if the last events came before one too large


class Slices(AsyncIterator[bytes]):
    """Cut chunks into slices of 64 KiB, and let other tasks run between them.

    An iterator rather than a generator, so that a cancelled step loses nothing.

    Args:
        read: returns the next chunk, empty at the end.
    """

    def __init__(self, read: Callable[[], Awaitable[bytes]]) -> None:
        self._read = read
        self._chunk = b""
        self._offset = 0

    async def __anext__(self) -> bytes:
        """Return the next slice."""
        if self._offset < len(self._chunk):
            await asyncio.sleep(0)
        else:
            chunk = await self._read()
            if not chunk:
                raise StopAsyncIteration
            if len(chunk) <= _SLICE_BYTES:
                return chunk
            self._chunk, self._offset = chunk, 0
        begin, self._offset = self._offset, self._offset + _SLICE_BYTES
        data = self._chunk[begin : self._offset]
        if self._offset >= len(self._chunk):
            self._chunk = b""  # later chunks may all be small, and never replace it
        return data


async def _checked(chunks: AsyncIterable[bytes]) -> AsyncGenerator[bytes, None]:
    """Yield the chunks that are bytes; close a generator on every end."""
    if not isinstance(chunks, AsyncIterable):
        raise TypeError(
            f"chunks must be an async iterable of bytes, not {type(chunks).__name__}"
        )
    source = aiter(chunks)
    try:
        async for chunk in source:
            if not isinstance(chunk, bytes):
                raise TypeError(f"chunks must hold bytes, not {type(chunk).__name__}")
            if chunk:
                yield chunk
    finally:
        if isinstance(source, AsyncGenerator):
            await source.aclose()
