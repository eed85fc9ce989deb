"""G4: an event of any size parses, at a linear cost, within a bounded memory."""

import asyncio
import gc
import math
import statistics
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from mistral_conversations import (
    AsyncConversations,
    EventTooLargeError,
    MessageOutputEvent,
    SSEDecoder,
)
from tests.support.bodies import CONVERSATION_ID, delta, done, started
from tests.support.client_and_server import answered_with, event_stream, served_by
from tests.support.cpu_time import cpu_seconds
from tests.support.for_each import for_each
from tests.support.raw_server import (
    Connection,
    Request,
    chunked,
    event,
    raw_server_on_thread,
    stream_head,
)

MIB = 1024 * 1024


@pytest.mark.anyio
async def test_one_data_line_of_32_mib_parses() -> None:
    text = "é" * (16 * MIB)
    answer = event_stream(started(), delta(text), done())
    async with answered_with(answer) as (client, _):
        answered = await client.start_stream("Hi").response()
    assert answered.text == text


def parse(reads: list[bytes]) -> str:
    decoder = SSEDecoder(max_event_bytes=64 * MIB)
    [event] = [each for read in reads for each in decoder.feed(read)]
    return event.data


def join(reads: list[bytes]) -> str:
    return b"".join(reads).decode()


def join_again(reads: list[bytes]) -> str:
    """Copy all earlier reads with each read: what a quadratic parser does."""
    held = b""
    for read in reads:
        held = held + read
    return held.decode()


def seconds(work: Callable[[list[bytes]], str], size: int, read: int) -> float:
    """Return the CPU time that one event of `size` bytes takes, in reads of `read`."""
    data = b"event: e\ndata: " + b"x" * size + b"\n\n"
    reads = [data[start : start + read] for start in range(0, len(data), read)]
    begin = time.process_time()
    text = work(reads)
    spent = time.process_time() - begin
    assert len(text) >= size
    return spent


def mean_doubling(work: Callable[[list[bytes]], str], size: int, read: int) -> float:
    """Return how many times the work grows with a doubling: the mean of five.

    Large blocks of memory cost more than their share: the system has to find the pages.
    That surcharge is measured with what only joins and decodes the bytes, and deducted.
    """
    once, often, joined_once, joined_often = [math.inf] * 4
    for _ in range(4):
        for _ in range(4):
            once = min(once, seconds(work, size, read))
            joined_once = min(joined_once, seconds(join, size, read))
        often = min(often, seconds(work, 32 * size, read))
        joined_often = min(joined_often, seconds(join, 32 * size, read))
    surcharge = max(joined_often - 32 * joined_once, 0)
    growth = (often - surcharge) / once
    return math.pow(max(growth, 1), 1 / 5)


@pytest.mark.parametrize("read", [1400, 64 * 1024])
@pytest.mark.parametrize("size", [MIB // 4, pytest.param(MIB, marks=pytest.mark.slow)])
def test_doubling_an_event_costs_at_most_two_and_a_half_times(
    size: int, read: int
) -> None:
    assert mean_doubling(parse, size, read) <= 2.5


def test_quadratic_work_is_found() -> None:
    assert mean_doubling(join_again, MIB // 4, 64 * 1024) > 2.5


@for_each("before", [b"", b"event: e\n", b"event: e\nid: 1\n"])
def test_data_that_looks_like_events_costs_little_more_than_other_data(
    before: bytes,
) -> None:
    def spent(word: bytes) -> float:
        read = before + b"data: " + word * (60 * 1024 // len(word)) + b"\n\n"
        begin = time.process_time()
        assert len(SSEDecoder().feed(read)) == 1
        return time.process_time() - begin

    least = {
        word: min(spent(word) for _ in range(7)) for word in (b"event: ", b"another")
    }
    assert least[b"event: "] <= 20 * least[b"another"]


def small_events(count: int) -> float:
    data = event(delta("word ")) * count
    decoder = SSEDecoder()
    return cpu_seconds(lambda: decoder.feed(data))


def test_the_cost_of_many_events_is_linear() -> None:
    ratios = []
    for _ in range(3):
        once = min(small_events(10_000) for _ in range(3))
        twice = min(small_events(20_000) for _ in range(3))
        ratios.append(twice / once)
    assert statistics.median(ratios) <= 2.5


@pytest.mark.anyio
@pytest.mark.parametrize("end", [b"", b"\n\n"])
async def test_above_the_cap_it_raises_and_holds_nothing(end: bytes) -> None:
    sent = 0

    async def endless(_: Request, connection: Connection) -> None:
        nonlocal sent
        head = event(started()) + event(delta("Bl"))
        await connection.send(stream_head() + chunked(head, b"data: "))
        while sent < 64:
            await connection.send(chunked(b"x" * MIB))
            sent += 1
        await connection.send(chunked(end or b"x"))

    async with served_by(endless, max_event_bytes=2 * MIB) as (client, _):
        stream = client.start_stream("Hi")
        tracemalloc.start()
        try:
            with pytest.raises(
                EventTooLargeError, match="larger than 2097152"
            ) as caught:
                await stream.response()
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert caught.value.conversation_id == CONVERSATION_ID
    assert caught.value.partial is not None
    assert caught.value.partial.text == "Bl"
    assert caught.value.may_have_been_processed
    # the server's buffers are in this process as well
    assert peak < 16 * MIB
    assert sent < 64


@pytest.mark.anyio
async def test_below_the_cap_nothing_is_raised() -> None:
    size = 100_000
    answer = event_stream(started(), delta("x" * size), done())
    async with answered_with(answer, max_event_bytes=size + 1000) as (client, _):
        assert len((await client.start_stream("Hi").response()).text) == size
    async with answered_with(answer, max_event_bytes=size) as (client, _):
        with pytest.raises(EventTooLargeError):
            await client.start_stream("Hi").response()


TEXT = "word "


@asynccontextmanager
async def serving(count: int) -> AsyncIterator[AsyncConversations]:
    """Serve a stream of `count` deltas from a thread."""
    block = event(delta(TEXT)) * 1000

    async def answer(_: Request, connection: Connection) -> None:
        await connection.send(stream_head() + chunked(event(started())))
        for _block in range(count // 1000):
            await connection.send(chunked(block))
        await connection.send(chunked(event(done()), end=True))

    with raw_server_on_thread(answer) as server:
        async with AsyncConversations("k", base_url=server.base_url) as client:
            yield client


async def growth(count: int) -> tuple[int, int]:
    """Read a stream; return the length of its text and the peak growth of memory."""
    text, whole = 0, TEXT * count
    async with serving(count) as client:
        await client.start_stream("Hi").text().__anext__()
        gc.collect()
        tracemalloc.start()
        try:
            async with client.start_stream("Hi") as stream:
                async for each in stream:
                    if isinstance(each, MessageOutputEvent):
                        text += len(each.text)
                assert (await stream.response()).text == whole
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    return text, peak


def assert_within(grown: tuple[int, int], count: int) -> None:
    text, peak = grown
    assert text == len(TEXT) * count
    assert peak <= 2 * text + 5_000_000, f"{peak / 1e6:.1f} MB for {text / 1e6:.1f} MB"


def test_memory_over_fifty_thousand_events() -> None:
    assert_within(asyncio.run(growth(50_000)), 50_000)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_memory_over_a_million_events() -> None:
    assert_within(asyncio.run(growth(1_000_000)), 1_000_000)
