"""Server-sent events from an async source of bytes."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from mistral_conversations import (
    EventTooLargeError,
    ServerSentEvent,
    SSEDecoder,
    server_sent_events,
)
from mistral_conversations._wire.event_stream import Slices
from tests.support.comparison import pieces
from tests.support.for_each import for_each

pytestmark = pytest.mark.anyio

STREAM = b"event: one\ndata: \xc3\xa9\n\n: hello\n\nid: 1\ndata: a\ndata: b\n\n"
EVENTS = [ServerSentEvent("one", "é"), ServerSentEvent("message", "a\nb", "1")]


class Source:
    """Chunks, and whether the generator that yields them was closed."""

    def __init__(self, *chunks: bytes, error: BaseException | None = None) -> None:
        self._chunks = chunks
        self._error = error
        self.begun = False
        self.closed = False

    async def generator(self) -> AsyncGenerator[bytes, None]:
        self.begun = True
        try:
            for chunk in self._chunks:
                yield chunk
            if self._error is not None:
                raise self._error
        finally:
            await asyncio.sleep(0)
            self.closed = True


class Iterator:
    """An async iterator that is no generator."""

    def __init__(self, *chunks: bytes) -> None:
        self._chunks = iter(chunks)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        for chunk in self._chunks:
            return chunk
        raise StopAsyncIteration

    async def aclose(self) -> None:
        raise AssertionError("only a generator is closed")


async def read(chunks: AsyncIterable[bytes], **options: Any) -> list[ServerSentEvent]:
    return [event async for event in server_sent_events(chunks, **options)]


async def read_into(
    seen: list[str], chunks: AsyncIterable[bytes], **options: Any
) -> None:
    """Keep the data of the events that come before an error."""
    async for event in server_sent_events(chunks, **options):
        seen += [event.data]


async def test_events_of_a_generator() -> None:
    source = Source(STREAM)
    assert await read(source.generator()) == EVENTS
    assert source.closed


async def test_events_of_an_iterator_that_has_a_close_of_its_own() -> None:
    assert await read(Iterator(STREAM)) == EVENTS


@for_each("size", [1, 2, 7])
async def test_chunks_may_be_split_anywhere(size: int) -> None:
    chunks = pieces(STREAM, list(range(0, len(STREAM), size)))
    assert await read(Source(*chunks).generator()) == EVENTS


async def test_empty_chunks_are_no_end() -> None:
    half = len(STREAM) // 2
    chunks = [b"", STREAM[:half], b"", b"", STREAM[half:], b""]
    assert await read(Source(*chunks).generator()) == EVENTS


async def test_no_chunk_is_no_event() -> None:
    assert await read(Source().generator()) == []


async def test_an_event_comes_before_the_chunk_after_it_is_asked_for() -> None:
    asked: list[int] = []

    async def chunks() -> AsyncIterator[bytes]:
        for number in range(3):
            asked.append(number)
            yield b"data: %d\n\n" % number

    async for event in server_sent_events(chunks()):
        assert asked[-1] == int(event.data)


async def test_the_last_event_without_a_blank_line_is_dropped() -> None:
    chunks = Source(b"data: 1\n\ndata: 2\n").generator()
    assert await read(chunks) == [ServerSentEvent("message", "1")]


@pytest.mark.parametrize("rest", [[], [b"data: later\n\n"]])
async def test_events_before_one_that_is_too_large_come_first(
    rest: list[bytes],
) -> None:
    source = Source(b"data: 1\n\ndata: 2\n\ndata: " + b"x" * 20, *rest)
    seen: list[str] = []
    with pytest.raises(EventTooLargeError, match="larger than 16 bytes"):
        await read_into(seen, source.generator(), max_event_bytes=16)
    assert seen == ["1", "2"]
    assert source.closed


async def test_an_error_of_the_source_comes_after_the_events_before_it() -> None:
    source = Source(STREAM, error=OSError("gone"))
    seen: list[str] = []
    with pytest.raises(OSError, match="gone"):
        await read_into(seen, source.generator())
    assert seen == [event.data for event in EVENTS]
    assert source.closed


async def test_closing_it_closes_the_source() -> None:
    source = Source(STREAM)
    async with aclosing(server_sent_events(source.generator())) as events:
        assert await anext(events) == EVENTS[0]
        assert source.begun
        assert not source.closed
    assert source.closed


async def test_an_error_in_the_loop_closes_the_source() -> None:
    async def fail(chunks: AsyncIterable[bytes]) -> None:
        async with aclosing(server_sent_events(chunks)) as events:
            async for _event in events:
                raise ZeroDivisionError

    source = Source(STREAM)
    with pytest.raises(ZeroDivisionError):
        await fail(source.generator())
    assert source.closed


async def test_a_cancel_closes_the_source() -> None:
    waiting = asyncio.Event()
    closed = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        try:
            yield STREAM
            waiting.set()
            await asyncio.Event().wait()
        finally:
            closed.set()

    task = asyncio.ensure_future(read(endless()))
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert closed.is_set()


async def turns_during(chunks: AsyncIterable[bytes]) -> int:
    """Count the turns that another task gets while the events are read."""
    turns = 0

    async def tick() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    ticking = asyncio.ensure_future(tick())
    await read(chunks)
    ticking.cancel()
    return turns


async def test_other_tasks_get_their_turn_within_one_large_chunk() -> None:
    chunk = b"data: x\n\n" * 100_000
    assert await turns_during(Source(chunk).generator()) >= len(chunk) // 65536


@for_each(
    ("chunks", "message"),
    [
        ([b"data: x\n\n"], "chunks must be an async iterable of bytes, not list"),
        (b"data: x\n\n", "chunks must be an async iterable of bytes, not bytes"),
        (None, "chunks must be an async iterable of bytes, not NoneType"),
    ],
)
async def test_what_is_no_async_iterable_is_refused(chunks: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        await read(chunks)


@for_each("chunk", ["data: x\n\n", bytearray(b"data: x\n\n"), None, 1])
async def test_a_chunk_that_is_not_bytes_is_refused(chunk: Any) -> None:
    source = Source(chunk)
    with pytest.raises(TypeError, match="chunks must hold bytes, not"):
        await read(source.generator())
    assert source.closed


@for_each(
    ("cap", "error"),
    [(0, ValueError), (-1, ValueError), ("1", TypeError), (1.5, TypeError)],
)
async def test_a_cap_that_is_none_is_refused(cap: Any, error: type[Exception]) -> None:
    source = Source(STREAM)
    with pytest.raises(error, match="max_event_bytes must be"):
        await read(source.generator(), max_event_bytes=cap)
    assert not source.begun


async def test_slices_that_are_cancelled_while_they_wait_go_on() -> None:
    """Neither the slices nor the decoder lose a byte."""
    go_on = asyncio.Event()
    parts = iter([STREAM[:20], STREAM[20:40], STREAM[40:], b""])

    async def part() -> bytes:
        await go_on.wait()
        return next(parts)

    decoder, slices = SSEDecoder(), Slices(part)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await anext(slices)
    go_on.set()
    batches = [decoder.feed(data) async for data in slices]
    assert [event for batch in batches for event in batch] == EVENTS


async def test_a_slice_that_is_cancelled_at_its_turn_is_given_again() -> None:
    chunks = iter([b"x" * 100_000, b""])

    async def chunk() -> bytes:
        return next(chunks)

    slices = Slices(chunk)
    sizes = [len(await anext(slices))]
    task = asyncio.ensure_future(anext_of(slices))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    sizes += [len(data) async for data in slices]
    assert sizes == [65536, 100_000 - 65536]


async def test_a_large_chunk_is_released_with_its_last_slice() -> None:
    chunks = [b"", b"y", b"x" * 100_000]

    async def chunk() -> bytes:
        return chunks.pop()

    slices = Slices(chunk)
    assert len(await anext(slices)) == 65536
    assert len(await anext(slices)) == 100_000 - 65536
    assert slices._chunk == b""
    assert [data async for data in slices] == [b"y"]


async def anext_of(slices: Slices) -> bytes:
    return await anext(slices)
