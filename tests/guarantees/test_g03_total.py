"""G3: the limit for the whole call, which is off by default."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from mistral_conversations import (
    APITimeoutError,
    AsyncConversations,
    AsyncConversationStream,
    ConversationBusyError,
    RetryPolicy,
    SDKError,
    StreamTimeoutError,
    Timeout,
)
from tests.support.bodies import CONVERSATION_ID, delta, started
from tests.support.clients import (
    OPERATIONS,
    POSTS,
    answers,
    begin,
    begin_plain,
    busy_answer,
    client_of,
    full_port,
    keep_alive,
    never_end,
    refusal,
    stay_mute,
    within,
)
from tests.support.raw_server import Connection, chunked, event, raw_server, stream_head

pytestmark = pytest.mark.anyio

LIMIT = 0.4

Server = Callable[[Connection], Awaitable[None]]


@pytest.mark.parametrize(
    ("operation", "reply"),
    [
        ("start", stay_mute),
        ("get", stay_mute),
        ("start_stream", stay_mute),
        ("start", begin_plain),
        ("start_stream", begin),
        ("start_stream", keep_alive),
        ("start_stream", never_end),
    ],
)
async def test_call_that_takes_longer_than_the_total_raises(
    operation: str, reply: Server
) -> None:
    async with (
        raw_server(answers(reply)) as server,
        client_of(server) as client,
        within(LIMIT),
    ):
        with pytest.raises(APITimeoutError) as caught:
            await OPERATIONS[operation](client.with_options(timeout=LIMIT))
    assert caught.value.phase == "total"
    assert caught.value.may_have_been_processed
    assert isinstance(caught.value, StreamTimeoutError) == (
        operation == "start_stream" and reply is not stay_mute
    )


async def test_total_holds_where_the_caller_is_slower_than_the_service() -> None:
    """There is always something to read, so no wait notices the limit."""

    async def hurry(connection: Connection) -> None:
        await connection.send(stream_head() + chunked(event(started())))
        while True:
            await connection.send(chunked(event(delta("a"))))
            await asyncio.sleep(0.001)

    async def read_slowly(stream: AsyncConversationStream) -> None:
        async for _event in stream:
            await asyncio.sleep(0.002)

    limit = 0.3
    async with (
        raw_server(answers(hurry)) as server,
        client_of(server, timeout=Timeout(total=limit)) as client,
        client.start_stream("Sky?", model="m") as stream,
        asyncio.timeout(5),
        within(limit),
    ):
        with pytest.raises(StreamTimeoutError) as caught:
            await read_slowly(stream)
    assert caught.value.phase == "total"
    assert caught.value.conversation_id == CONVERSATION_ID
    assert caught.value.partial is not None
    assert len(caught.value.partial.text) > 5


async def test_total_counts_while_connecting() -> None:
    with full_port() as port:
        url = f"http://127.0.0.1:{port}"
        async with (
            AsyncConversations("key", base_url=url, timeout=LIMIT) as client,
            within(LIMIT),
        ):
            with pytest.raises(APITimeoutError) as caught:
                await client.start("Sky?", model="m")
    assert caught.value.phase == "total"


async def test_total_counts_while_waiting_for_a_connection() -> None:
    async with (
        raw_server(answers(begin)) as server,
        client_of(server, limit=1) as client,
        client.start_stream("Sky?", model="m"),
        within(LIMIT),
    ):
        with pytest.raises(APITimeoutError) as caught:
            await client.start("Sky?", model="m", timeout=LIMIT)
    assert caught.value.phase == "total"


async def test_total_counts_while_the_key_is_asked_for() -> None:
    async def slow_key() -> str:
        await asyncio.sleep(1)
        return "key"

    client = AsyncConversations(slow_key, base_url="http://127.0.0.1:9", timeout=LIMIT)
    async with client, within(LIMIT):
        with pytest.raises(APITimeoutError) as caught:
            await client.start("Sky?", model="m")
    assert caught.value.phase == "total"


@pytest.mark.parametrize("operation", ["start", "start_stream"])
async def test_total_holds_for_all_attempts_together(operation: str) -> None:
    policy = RetryPolicy(max_retries=10_000, max_delay=0.02)
    async with (
        raw_server(answers(refusal(429))) as server,
        client_of(server, retries=policy, timeout=LIMIT) as client,
    ):
        with pytest.raises(SDKError):  # the first use of all takes its time
            await POSTS[operation](client.with_options(retries=0, timeout=30))
        begin = asyncio.get_running_loop().time()
        with pytest.raises((SDKError, APITimeoutError)) as caught:
            await POSTS[operation](client)
        assert asyncio.get_running_loop().time() - begin < LIMIT + 5
        sent = len(server.requests) - 1
        assert sent > 1
        on_its_way = getattr(caught.value, "attempts", 0) - sent
        assert on_its_way in {0, 1}


async def test_total_holds_while_a_busy_conversation_is_awaited() -> None:
    async with (
        raw_server(answers(busy_answer())) as server,
        client_of(server, timeout=LIMIT) as client,
    ):
        begin = asyncio.get_running_loop().time()
        with pytest.raises((ConversationBusyError, APITimeoutError)):
            await client.append(CONVERSATION_ID, "Sky?", wait_if_busy=30)
        assert asyncio.get_running_loop().time() - begin < LIMIT + 5


async def test_total_is_off_by_default() -> None:
    assert Timeout().total is None
