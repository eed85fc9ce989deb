"""G3: a stream that is slow but alive is read to its end, and so is a slow reader's."""

import asyncio
import time

import pytest

from mistral_conversations import StreamInterruptedError, Timeout
from mistral_conversations.stream import AsyncConversationStream
from tests.support.bodies import delta, done, started, text_stream
from tests.support.clients import answers, client_of, whole_answer
from tests.support.raw_server import (
    Connection,
    chunked,
    event,
    http,
    raw_server,
    raw_server_on_thread,
    stream_head,
)

pytestmark = pytest.mark.anyio

LIMIT = 0.1
TEXTS = [f"{number} " for number in range(15)]


async def drip(connection: Connection) -> None:
    """Send an event every 20 ms, longer in all than any limit."""
    await connection.send(stream_head() + chunked(event(started())))
    for text in TEXTS:
        await asyncio.sleep(0.02)
        await connection.send(chunked(event(delta(text))))
    await connection.send(chunked(event(done()), end=True))


async def drip_comments(connection: Connection) -> None:
    await connection.send(stream_head() + chunked(event(started())))
    for _ in TEXTS:
        await asyncio.sleep(0.02)
        await connection.send(chunked(b": still there\n\n"))
    await connection.send(chunked(event(delta("end")), event(done()), end=True))


async def drip_bytes(connection: Connection) -> None:
    body = whole_answer()
    head = body.index(b"\r\n\r\n") + 4
    await connection.send(body[:head])
    for begin in range(head, len(body), 40):
        await asyncio.sleep(0.02)
        await connection.send(body[begin : begin + 40])


async def test_slow_live_stream_outlives_the_limits() -> None:
    limits = Timeout(connect=LIMIT, response=LIMIT, idle=LIMIT, event_idle=LIMIT)
    async with (
        raw_server(answers(drip)) as server,
        client_of(server, timeout=limits) as client,
    ):
        begin = time.monotonic()
        response = await client.start_stream("Count", model="m").response()
        assert time.monotonic() - begin > 2 * LIMIT
    assert response.text == "".join(TEXTS)


async def test_slow_plain_answer_outlives_the_limits() -> None:
    limits = Timeout(connect=LIMIT, response=LIMIT, idle=LIMIT)
    async with (
        raw_server(answers(drip_bytes)) as server,
        client_of(server, timeout=limits) as client,
    ):
        begin = time.monotonic()
        assert (await client.start("Sky?", model="m")).text == "Blue, mostly."
        assert time.monotonic() - begin > LIMIT


async def test_keep_alive_comments_reset_idle() -> None:
    limits = Timeout(response=LIMIT, idle=LIMIT)
    async with (
        raw_server(answers(drip_comments)) as server,
        client_of(server, timeout=limits) as client,
    ):
        begin = time.monotonic()
        response = await client.start_stream("Count", model="m").response()
        assert time.monotonic() - begin > 2 * LIMIT
    assert response.text == "end"


async def test_idle_does_not_count_while_the_reader_is_busy() -> None:
    events = [event(body) for body in text_stream("a", "b", "c")]

    async def send_one_by_one(connection: Connection) -> None:
        await connection.send(stream_head())
        for frame in events:
            await connection.send(chunked(frame))
            await asyncio.sleep(0.01)
        await connection.send(chunked(end=True))

    limits = Timeout(response=LIMIT, idle=LIMIT, event_idle=LIMIT)
    async with (
        raw_server(answers(send_one_by_one)) as server,
        client_of(server, timeout=limits) as client,
    ):
        count = 0
        async for _ in client.start_stream("Count", model="m"):
            count += 1
            await asyncio.sleep(1.3 * LIMIT)
    assert count == len(events)


@pytest.mark.parametrize(
    "limits", [Timeout(idle=LIMIT), Timeout(event_idle=LIMIT), Timeout(response=LIMIT)]
)
async def test_live_stream_survives_a_reader_that_holds_the_loop(
    limits: Timeout,
) -> None:
    """The events come in time, but nobody can take them."""
    with raw_server_on_thread(answers(drip)) as server:
        async with client_of(server, timeout=limits) as client:
            stream = client.start_stream("Count", model="m")
            await anext(stream)
            time.sleep(1.5 * LIMIT)  # noqa: ASYNC251 - a rude caller
            assert (await stream.response()).text == "".join(TEXTS)


def many_events(count: int, *, complete: bool) -> list[bytes]:
    bodies = text_stream(*(f"{number} " for number in range(count)))
    return [event(body) for body in (bodies if complete else bodies[:-1])]


async def read_slowly(
    stream: AsyncConversationStream, pause_every: int = 1
) -> tuple[int, bool]:
    """Count the events; return whether the stream was interrupted after them."""
    count = 0
    try:
        async for _ in stream:
            count += 1
            if count % pause_every == 0:
                await asyncio.sleep(0.001)
    except StreamInterruptedError:
        return count, True
    return count, False


@pytest.mark.parametrize("ending", ["close", "reset", "chunked"])
@pytest.mark.parametrize("complete", [True, False])
async def test_slow_reader_gets_all_that_came_before_the_end(
    ending: str, *, complete: bool
) -> None:
    """Each event is taken long after the connection has ended."""
    events = many_events(20, complete=complete)

    async def send_all(connection: Connection) -> None:
        last = ending == "chunked"
        await connection.send(stream_head() + chunked(*events, end=last))
        await asyncio.sleep(0.03)
        if ending == "close":
            connection.close()
        elif ending == "reset":
            connection.reset()

    async with (
        raw_server(answers(send_all)) as server,
        client_of(server) as client,
        client.start_stream("Count", model="m") as stream,
    ):
        await asyncio.sleep(0.08)
        count, interrupted = await read_slowly(stream)
        assert stream.snapshot is not None
        assert stream.snapshot.text.endswith("19 ")
    assert count == len(events)
    assert interrupted != complete


@pytest.mark.parametrize("complete", [True, False])
async def test_slow_reader_of_a_large_stream_loses_nothing(*, complete: bool) -> None:
    """The server closes while most of the stream is still on its way."""
    events = many_events(4000, complete=complete)

    async def send_all(connection: Connection) -> None:
        await connection.send(stream_head() + chunked(*events, end=complete))
        connection.close()

    async with raw_server(answers(send_all)) as server, client_of(server) as client:
        stream = client.start_stream("Count", model="m")
        count, interrupted = await read_slowly(stream, pause_every=100)
    assert count == len(events)
    assert interrupted != complete


async def test_plain_answer_that_came_whole_before_a_reset_is_given() -> None:
    async def answer_and_reset(connection: Connection) -> None:
        await connection.send(whole_answer())
        await asyncio.sleep(0.01)
        connection.reset()

    async with (
        raw_server(answers(answer_and_reset)) as server,
        client_of(server) as client,
    ):
        assert (await client.start("Sky?", model="m")).text == "Blue, mostly."


async def test_empty_answer_that_ends_with_the_connection_is_success() -> None:
    async def answer_and_close(connection: Connection) -> None:
        await connection.send(http(204))
        connection.close()

    async with (
        raw_server(answers(answer_and_close)) as server,
        client_of(server) as client,
    ):
        await client.delete("conv_1")
