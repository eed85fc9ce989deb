"""The frames of a streamed answer, read from an exchange."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from yarl import URL

from mistral_conversations import (
    APIConnectionError,
    APITimeoutError,
    EventTooLargeError,
    ResponseMeta,
    Timeout,
)
from mistral_conversations._transport.attempts import Attempt
from mistral_conversations._transport.deadline import Deadline
from mistral_conversations._transport.event_source import EventSource
from mistral_conversations._transport.exchange import Exchange
from mistral_conversations._wire.sse import MAX_EVENT_BYTES, Frame
from tests.support.clients import Reply, answers, becomes_true, lose, within
from tests.support.for_each import for_each
from tests.support.raw_server import (
    Connection,
    RawServer,
    chunked,
    http,
    raw_server,
    stream_head,
)

pytestmark = pytest.mark.anyio

META = ResponseMeta(status=200)
DONE = b"data: [DONE]\n\n"


def frame(data: str) -> bytes:
    return f"data: {data}\n\n".encode()


def data_of(frames: list[Frame]) -> list[str]:
    return [data for _, data in frames]


def whole(*frames: bytes) -> bytes:
    """Write an answer whose frames come in one piece."""
    return http(200, b"".join(frames), {"Content-Type": "text/event-stream"})


@asynccontextmanager
async def source_of(
    reply: Reply,
    *,
    max_event_bytes: int = MAX_EVENT_BYTES,
    event_idle: float | None = None,
    timeout: Timeout | None = None,  # of a call, no limit for this function
) -> AsyncIterator[tuple[EventSource, RawServer, aiohttp.ClientSession]]:
    timeout = timeout or Timeout()
    async with raw_server(answers(reply)) as server, aiohttp.ClientSession() as session:
        exchange = await Exchange.open(
            session,
            "POST",
            URL(server.base_url),
            timeout=timeout,
            deadline=Deadline(timeout.total),
            attempt=Attempt(1),
        )
        source = EventSource(
            exchange, META, max_event_bytes=max_event_bytes, event_idle=event_idle
        )
        try:
            yield await source.own(), server, session
        finally:
            await source.aclose()


def connections_in_use(session: aiohttp.ClientSession) -> int:
    connector = session.connector
    return len(connector._acquired) if connector is not None else 0


async def test_frames_come_together_and_none_at_the_end() -> None:
    async with source_of(whole(frame("1"), frame("2"))) as (source, _, _):
        assert source.meta is META
        assert data_of(await source.frames()) == ["1", "2"]
        assert await source.frames() == []
        assert await source.frames() == []


async def test_a_frame_comes_before_the_server_sends_the_next() -> None:
    go_on = asyncio.Event()

    async def by_turns(connection: Connection) -> None:
        await connection.send(stream_head() + chunked(frame("1"), b"data: "))
        await go_on.wait()
        await connection.send(chunked(b"2\n\n", end=True))

    async with source_of(by_turns) as (source, _, _):
        assert data_of(await source.frames()) == ["1"]
        go_on.set()
        assert data_of(await source.frames()) == ["2"]
        assert await source.frames() == []


async def test_pending_counts_the_bytes_of_an_unfinished_frame() -> None:
    async with source_of(whole(frame("1"), b"data: 2")) as (source, _, _):
        assert data_of(await source.frames()) == ["1"]
        assert await source.frames() == []
        assert source.pending == len(b"data: 2")


@for_each("place", [0, 1, 2])
async def test_done_in_brackets_is_dropped(place: int) -> None:
    frames = [frame("1"), frame("2")]
    frames.insert(place, DONE)
    async with source_of(whole(*frames)) as (source, _, _):
        assert data_of(await source.frames()) == ["1", "2"]
        assert await source.frames() == []


async def test_done_in_brackets_alone_is_no_end() -> None:
    async def reply(connection: Connection) -> None:
        await connection.send(stream_head() + chunked(DONE))
        await asyncio.sleep(0.01)
        await connection.send(chunked(frame("1"), end=True))

    async with source_of(reply) as (source, _, _):
        assert data_of(await source.frames()) == ["1"]


async def test_a_large_body_comes_in_slices() -> None:
    many = 50_000
    async with source_of(whole(frame("x") * many)) as (source, _, _):
        sizes = []
        while frames := await source.frames():
            sizes.append(len(frames))
    assert sum(sizes) == many
    assert max(sizes) * len(frame("x")) <= 64 * 1024 + len(frame("x"))


async def test_frames_before_one_that_is_too_large_come_first() -> None:
    reply = whole(frame("1"), frame("x" * 100))
    async with source_of(reply, max_event_bytes=50) as (source, _, _):
        assert data_of(await source.frames()) == ["1"]
        with pytest.raises(EventTooLargeError, match="larger than 50 bytes"):
            await source.frames()


async def test_frames_before_a_lost_connection_come_first() -> None:
    async def reply(connection: Connection) -> None:
        await connection.send(stream_head() + chunked(frame("1"), b"data: 2"))
        await lose(connection)

    async with source_of(reply) as (source, _, _):
        assert data_of(await source.frames()) == ["1"]
        with pytest.raises(APIConnectionError, match="the connection was lost"):
            await source.frames()


async def begin(connection: Connection) -> None:
    await connection.send(stream_head() + chunked(frame("1")))
    await connection.until_client_closes()


@pytest.mark.parametrize("limit", ["idle", "event_idle"])
async def test_silence_reaches_the_limit(limit: str) -> None:
    event_idle = 0.05 if limit == "event_idle" else None
    timeout = Timeout(idle=0.05) if limit == "idle" else None
    async with source_of(begin, event_idle=event_idle, timeout=timeout) as (
        source,
        _,
        _,
    ):
        assert data_of(await source.frames()) == ["1"]
        async with within(0.05):
            with pytest.raises(APITimeoutError, match="idle or event_idle"):
                await source.frames()


async def test_comments_do_not_count_as_events() -> None:
    async def reply(connection: Connection) -> None:
        await connection.send(stream_head() + chunked(frame("1")))
        while True:
            await connection.send(chunked(b": still here\n\n"))
            await asyncio.sleep(0.01)

    async with source_of(reply, event_idle=0.1) as (source, _, _):
        assert data_of(await source.frames()) == ["1"]
        async with within(0.1):
            with pytest.raises(APITimeoutError):
                await source.frames()


async def test_a_slow_caller_uses_up_no_time_for_an_event() -> None:
    go_on = asyncio.Event()

    async def reply(connection: Connection) -> None:
        await connection.send(stream_head() + chunked(frame("1")))
        await go_on.wait()
        await connection.send(chunked(frame("2"), end=True))

    async with source_of(reply, event_idle=0.2) as (source, _, _):
        assert data_of(await source.frames()) == ["1"]
        await asyncio.sleep(0.25)
        go_on.set()
        assert data_of(await source.frames()) == ["2"]


async def test_a_cancelled_read_loses_nothing() -> None:
    go_on = asyncio.Event()

    async def halting(connection: Connection) -> None:
        await connection.send(stream_head() + chunked(frame("1"), b"data: "))
        await go_on.wait()
        await connection.send(chunked(b"2\n\n", frame("3"), end=True))

    async with source_of(halting) as (source, _, _):
        assert data_of(await source.frames()) == ["1"]
        for _ in range(3):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await source.frames()
        go_on.set()
        rest: list[str] = []
        while frames := await source.frames():
            rest += data_of(frames)
        assert rest == ["2", "3"]


async def test_a_read_that_is_cancelled_between_two_slices_loses_nothing() -> None:
    async with source_of(whole(frame("x") * 50_000)) as (source, _, _):
        count = 0
        ended = False
        while not ended:
            task = asyncio.ensure_future(source.frames())
            await asyncio.sleep(0)
            task.cancel()
            try:
                frames = await task
            except asyncio.CancelledError:
                frames = await source.frames()
            count += len(frames)
            ended = not frames
        assert count == 50_000


async def test_closing_ends_the_wait_of_a_reader() -> None:
    async with source_of(begin) as (source, server, session):
        await source.frames()
        reading = asyncio.ensure_future(source.frames())
        await asyncio.sleep(0.01)
        await asyncio.gather(source.aclose(), source.aclose())
        with pytest.raises(APIConnectionError):
            await asyncio.wait_for(reading, 5)
        assert connections_in_use(session) == 0
        assert await becomes_true(lambda: not server.open_connections)


async def test_closing_between_two_reads_lets_go() -> None:
    async with source_of(begin) as (source, _, session):
        await source.frames()
        assert connections_in_use(session) == 1
        await source.aclose()
        await source.aclose()
        assert connections_in_use(session) == 0


async def test_a_source_that_is_dropped_lets_go_without_the_garbage_collector() -> None:
    async with raw_server(answers(begin)) as server, aiohttp.ClientSession() as session:
        exchange = await Exchange.open(
            session,
            "POST",
            URL(server.base_url),
            timeout=Timeout(),
            deadline=Deadline(None),
            attempt=Attempt(1),
        )
        source = EventSource(
            exchange, META, max_event_bytes=MAX_EVENT_BYTES, event_idle=None
        )
        del exchange
        await source.own()
        await source.frames()
        gc.disable()
        try:
            del source
            assert await becomes_true(lambda: connections_in_use(session) == 0)
        finally:
            gc.enable()


async def test_draining_reads_the_end_so_that_the_connection_is_reused() -> None:
    async def reply(connection: Connection) -> None:
        await connection.send(stream_head() + chunked(frame("1")))
        await asyncio.sleep(0.01)
        await connection.send(chunked(frame("late"), end=True))

    async with source_of(reply) as (source, server, session):
        await source.frames()
        await source.drain()
        await source.aclose()
        async with session.post(server.base_url) as answer:
            await answer.content.readany()
        assert server.connections == 1


async def test_draining_waits_a_moment_and_no_longer() -> None:
    async with source_of(begin) as (source, _, _):
        await source.frames()
        async with within(0.1):
            await source.drain()
