"""G7: however a call ends, its connection comes free."""

import asyncio
import contextlib
import gc
from collections.abc import Awaitable, Callable

import pytest

from mistral_conversations import (
    APITimeoutError,
    AsyncConversations,
    ResponseFailedError,
    SDKError,
    StreamDecodeError,
    StreamInterruptedError,
    Timeout,
)
from mistral_conversations.stream import AsyncConversationStream
from tests.support.bodies import started
from tests.support.clients import (
    becomes_true,
    begun_stream,
    client_of,
    connector_of,
    in_use,
    nothing_in_use,
    refusal,
    whole_answer,
    whole_stream,
)
from tests.support.raw_server import (
    Connection,
    Request,
    chunked,
    event,
    json_answer,
    raw_server,
    stream_head,
)

pytestmark = pytest.mark.anyio

LIMIT = 2
ABREAST = 4

FAILED_EVENT = {
    "type": "conversation.response.error",
    "created_at": "2026-07-01T10:20:30.123456Z",
    "message": "The model gave up.",
    "code": 2000,
}


async def obey(request: Request, connection: Connection) -> None:
    """Answer as the inputs ask."""
    wish = request.json["inputs"]
    if wish == "whole":
        stream = request.json.get("stream")
        await connection.send(whole_stream() if stream else whole_answer())
    elif wish == "begin":
        await connection.send(begun_stream("one", "two"))
        await connection.until_client_closes()
    elif wish == "mute":
        await connection.until_client_closes()
    elif wish == "refuse":
        await connection.send(refusal(400))
    elif wish == "refuse and hang":
        await connection.send(refusal(400)[:-5])
        await connection.until_client_closes()
    elif wish == "fail":
        await connection.send(
            stream_head() + chunked(event(started()), event(FAILED_EVENT))
        )
    elif wish == "cut":
        await connection.send(begun_stream("one"))
        connection.close()
    elif wish == "json":
        await connection.send(json_answer({"surprise": True}))


def stream_of(
    client: AsyncConversations, wish: str, timeout: Timeout | None = None
) -> AsyncConversationStream:
    return client.start_stream(wish, model="m", timeout=timeout)


async def is_refused(client: AsyncConversations, _: int) -> None:
    with pytest.raises(SDKError):
        await client.start("refuse", model="m")


async def is_refused_as_a_stream(client: AsyncConversations, _: int) -> None:
    with pytest.raises(SDKError):
        async with stream_of(client, "refuse"):
            pass


async def is_refused_in_a_body_that_hangs(client: AsyncConversations, _: int) -> None:
    with pytest.raises(SDKError):
        await client.start("refuse and hang", model="m", timeout=Timeout(idle=0.005))


async def breaks_inside_async_with(client: AsyncConversations, _: int) -> None:
    async with stream_of(client, "begin") as stream:
        async for _event in stream:
            break


async def drops_the_stream(client: AsyncConversations, _: int) -> None:
    async for _event in stream_of(client, "begin"):
        break


async def drops_the_text(client: AsyncConversations, _: int) -> None:
    async for _text in stream_of(client, "begin").text():
        break


async def raises_in_the_body(client: AsyncConversations, _: int) -> None:
    async def fail() -> None:
        async with stream_of(client, "begin") as stream:
            async for _event in stream:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()


async def never_iterates(client: AsyncConversations, _: int) -> None:
    async with stream_of(client, "begin"):
        pass


async def never_sends(client: AsyncConversations, _: int) -> None:
    stream_of(client, "begin")


async def fails(client: AsyncConversations, _: int) -> None:
    with pytest.raises(ResponseFailedError):
        await stream_of(client, "fail").response()


async def is_cut(client: AsyncConversations, _: int) -> None:
    with pytest.raises(StreamInterruptedError):
        await stream_of(client, "cut").response()


async def is_no_stream(client: AsyncConversations, _: int) -> None:
    with pytest.raises(StreamDecodeError):
        await stream_of(client, "json").response()


async def times_out(client: AsyncConversations, _: int) -> None:
    with pytest.raises(APITimeoutError):
        await client.start("mute", model="m", timeout=Timeout(response=0.004))


async def times_out_as_a_stream(client: AsyncConversations, _: int) -> None:
    with pytest.raises(APITimeoutError):
        await stream_of(client, "begin", Timeout(idle=0.004)).response()


async def ends(client: AsyncConversations, _: int) -> None:
    assert (await stream_of(client, "whole").response()).text == "Blue."


async def cancelled(task: "asyncio.Task[object]", turns: int, times: int) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0)
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def is_cancelled(client: AsyncConversations, number: int) -> None:
    reading = asyncio.create_task(stream_of(client, "begin").response())
    await cancelled(reading, number % 50, 1)


async def is_cancelled_twice(client: AsyncConversations, number: int) -> None:
    reading = asyncio.create_task(stream_of(client, "begin").response())
    await cancelled(reading, number % 50, 2)


async def is_cancelled_while_the_end_is_awaited(
    client: AsyncConversations, number: int
) -> None:
    async def read() -> None:
        async with stream_of(client, "whole") as stream:
            async for _event in stream:
                pass

    await cancelled(asyncio.create_task(read()), number % 50, 2)


async def plain_call_is_cancelled(client: AsyncConversations, number: int) -> None:
    calling = asyncio.create_task(client.start("mute", model="m"))
    await cancelled(calling, number % 50, 1)


async def plain_call_is_cancelled_twice(
    client: AsyncConversations, number: int
) -> None:
    calling = asyncio.create_task(client.start("whole", model="m"))
    await cancelled(calling, number % 50, 2)


Way = Callable[[AsyncConversations, int], Awaitable[None]]

WAYS: list[Way] = [
    is_refused,
    is_refused_as_a_stream,
    is_refused_in_a_body_that_hangs,
    breaks_inside_async_with,
    drops_the_stream,
    drops_the_text,
    raises_in_the_body,
    never_iterates,
    never_sends,
    fails,
    is_cut,
    is_no_stream,
    times_out,
    times_out_as_a_stream,
    ends,
    is_cancelled,
    is_cancelled_twice,
    is_cancelled_while_the_end_is_awaited,
    plain_call_is_cancelled,
    plain_call_is_cancelled_twice,
]


async def leave(way: Way, times: int) -> None:
    """Leave calls in one way, a few at a time, then look for what they held."""
    patient = {"limit": LIMIT, "timeout": Timeout(connect=30)}  # the queue is not fair
    async with raw_server(obey) as server, client_of(server, **patient) as client:
        await client.start("whole", model="m")

        async def repeat(begin: int) -> None:
            for number in range(begin, times, ABREAST):
                await way(client, number)

        await asyncio.gather(*(repeat(begin) for begin in range(ABREAST)))
        gc.collect()
        assert await nothing_in_use(client)
        assert not any(connector_of(client)._waiters.values())
        answers = await asyncio.gather(
            *(client.start("whole", model="m", timeout=5) for _ in range(2 * LIMIT))
        )
        assert {answer.text for answer in answers} == {"Blue, mostly."}
        assert server.open_connections <= LIMIT


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_connection_comes_free_when_a_call(way: Way) -> None:
    await leave(way, 100)


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_connection_comes_free_a_thousand_times_when_a_call(way: Way) -> None:
    await leave(way, 1000)


async def test_cancelled_response_closes_what_it_opened() -> None:
    """The stream is alive still: it is closed, and not only collected."""
    async with raw_server(obey) as server, client_of(server, limit=1) as client:
        stream = client.start_stream("begin", model="m")
        task = asyncio.ensure_future(stream.response())
        assert await becomes_true(lambda: stream.snapshot is not None)
        assert in_use(client) == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(asyncio.shield(task), 5)
        assert in_use(client) == 0
        assert await becomes_true(lambda: not server.open_connections)
        assert stream.snapshot is not None
