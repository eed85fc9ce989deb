"""G3: a mute server raises in time, and the error names the limit."""

import asyncio
import math

import anyio
import pytest

from mistral_conversations import (
    APITimeoutError,
    AsyncConversations,
    AsyncConversationStream,
    SDKError,
    StreamError,
    StreamTimeoutError,
    Timeout,
)
from tests.support.bodies import CONVERSATION_ID
from tests.support.clients import (
    OPERATIONS,
    answers,
    begin,
    begin_plain,
    begin_text,
    begun_stream,
    client_of,
    full_port,
    keep_alive,
    refusal,
    silent_port,
    stay_mute,
    within,
)
from tests.support.raw_server import (
    Connection,
    chunked,
    json_answer,
    raw_server,
    raw_server_on_thread,
    stream_head,
)

pytestmark = pytest.mark.anyio

LIMIT = 0.15

OPERATION_NAMES = ["start", "start_stream", "get"]


@pytest.mark.parametrize("operation", OPERATION_NAMES)
async def test_pool_that_gives_no_connection_raises(operation: str) -> None:
    limits = Timeout(connect=LIMIT)
    async with (
        raw_server(answers(begin)) as server,
        client_of(server, limit=1, timeout=limits) as client,
    ):
        async with client.start_stream("Sky?", model="m"), within(LIMIT):
            with pytest.raises(APITimeoutError) as caught:
                await OPERATIONS[operation](client)
        assert len(server.requests) == 1
    assert caught.value.phase == "pool"
    assert not caught.value.may_have_been_processed
    assert not isinstance(caught.value, StreamError)


@pytest.mark.parametrize("operation", OPERATION_NAMES)
async def test_connection_that_is_never_made_raises(operation: str) -> None:
    with full_port() as port:
        client = AsyncConversations(
            "key",
            base_url=f"http://127.0.0.1:{port}",
            timeout=Timeout(connect=LIMIT),
            retries=0,
        )
        async with client, within(LIMIT):
            with pytest.raises(APITimeoutError) as caught:
                await OPERATIONS[operation](client)
    assert caught.value.phase == "connect"
    assert not caught.value.may_have_been_processed


@pytest.mark.parametrize("limit", [0, 1])
async def test_tls_that_is_never_agreed_on_raises(limit: int) -> None:
    async with silent_port() as port:
        client = AsyncConversations(
            "key",
            base_url=f"https://127.0.0.1:{port}",
            timeout=Timeout(connect=LIMIT),
            retries=0,
            limit=limit,
        )
        async with client, within(LIMIT):
            with pytest.raises(APITimeoutError) as caught:
                await client.start("Sky?", model="m")
    assert caught.value.phase == "connect"


@pytest.mark.slow
async def test_connection_raises_in_time_where_the_limit_is_over_five_seconds() -> None:
    """aiohttp rounds long limits up to a whole second of its clock."""
    limit = 5.2
    with full_port() as port:
        client = AsyncConversations(
            "key",
            base_url=f"http://127.0.0.1:{port}",
            timeout=Timeout(connect=limit),
            retries=0,
        )
        now = asyncio.get_running_loop().time()
        await asyncio.sleep(math.ceil(now) - now)
        async with client, within(limit):
            with pytest.raises(APITimeoutError):
                await client.start("Sky?", model="m")


@pytest.mark.parametrize("operation", OPERATION_NAMES)
async def test_answer_that_does_not_begin_raises(operation: str) -> None:
    async with (
        raw_server(answers(stay_mute)) as server,
        client_of(server, timeout=Timeout(response=LIMIT)) as client,
        within(LIMIT),
    ):
        with pytest.raises(APITimeoutError) as caught:
            await OPERATIONS[operation](client)
    assert caught.value.phase == "response"
    assert caught.value.may_have_been_processed
    assert not isinstance(caught.value, StreamError)


async def test_plain_answer_that_stops_raises() -> None:
    async with (
        raw_server(answers(begin_plain)) as server,
        client_of(server, timeout=Timeout(idle=LIMIT)) as client,
        within(LIMIT),
    ):
        with pytest.raises(APITimeoutError) as caught:
            await client.start("Sky?", model="m")
    assert caught.value.phase == "idle"
    assert caught.value.may_have_been_processed


async def test_stream_that_stops_raises_with_what_had_come() -> None:
    async with (
        raw_server(answers(begin)) as server,
        client_of(server, timeout=Timeout(idle=LIMIT)) as client,
        within(LIMIT),
    ):
        with pytest.raises(StreamTimeoutError) as caught:
            await client.start_stream("Sky?", model="m").response()
    assert caught.value.phase == "idle"
    assert caught.value.may_have_been_processed
    assert caught.value.conversation_id == CONVERSATION_ID
    assert caught.value.partial is not None
    assert caught.value.partial.text == "Blue"


async def test_stream_without_its_first_event_raises() -> None:
    async with (
        raw_server(answers(stream_head())) as server,
        client_of(server, timeout=Timeout(idle=LIMIT)) as client,
        within(LIMIT),
    ):
        with pytest.raises(StreamTimeoutError) as caught:
            await client.start_stream("Sky?", model="m").response()
    assert caught.value.phase == "idle"
    assert caught.value.partial is None


async def test_refusal_whose_body_stops_is_still_reported() -> None:
    async def refuse(connection: Connection) -> None:
        await connection.send(refusal(400)[:-9])
        await connection.until_client_closes()

    async with (
        raw_server(answers(refuse)) as server,
        client_of(server, timeout=Timeout(idle=LIMIT)) as client,
        within(LIMIT),
    ):
        with pytest.raises(SDKError) as caught:
            await client.start("Sky?", model="m")
    assert caught.value.status == 400


@pytest.mark.parametrize("idle", [None, 0.1])
async def test_keep_alive_comments_do_not_reset_event_idle(idle: float | None) -> None:
    limits = Timeout(idle=idle, event_idle=LIMIT)
    async with (
        raw_server(answers(keep_alive)) as server,
        client_of(server, timeout=limits) as client,
        within(LIMIT),
    ):
        with pytest.raises(StreamTimeoutError) as caught:
            await client.start_stream("Sky?", model="m").response()
    assert caught.value.phase == "idle"


async def test_flood_of_comments_does_not_keep_event_idle_from_ending() -> None:
    """There is always something to read, and never an event."""

    async def flood(connection: Connection) -> None:
        await connection.send(begun_stream())
        while True:
            await connection.send(chunked(*[b": x\n\n"] * 100))

    limits = Timeout(event_idle=LIMIT)
    with raw_server_on_thread(answers(flood)) as server:
        async with client_of(server, timeout=limits) as client, asyncio.timeout(5):
            stream = client.start_stream("Sky?", model="m")
            for _ in range(3):
                await anext(stream)
            async with within(LIMIT):
                with pytest.raises(StreamTimeoutError) as caught:
                    await anext(stream)
    assert caught.value.phase == "idle"
    assert caught.value.partial is not None
    assert caught.value.partial.text == "Blue"


@pytest.mark.parametrize("limit", ["idle", "event_idle"])
async def test_cancelled_steps_do_not_make_silence_longer(limit: str) -> None:
    """A program may wait a little at a time, to do something in between."""
    silence = begin_text if limit == "idle" else keep_alive
    async with (
        raw_server(answers(silence)) as server,
        client_of(server, timeout=Timeout(**{limit: LIMIT})) as client,
        asyncio.timeout(5),
    ):
        stream = client.start_stream("Sky?", model="m")
        while stream.snapshot is None or not stream.snapshot.text:
            await anext(stream)
        async with within(LIMIT):
            with pytest.raises(StreamTimeoutError):
                await in_steps(stream, 1000)


async def test_time_between_steps_is_no_silence() -> None:
    async with (
        raw_server(answers(begin_text)) as server,
        client_of(server, timeout=Timeout(idle=LIMIT, event_idle=LIMIT)) as client,
    ):
        stream = client.start_stream("Sky?", model="m")
        for _ in range(3):
            await anext(stream)
        await in_steps(stream, 2)
        await asyncio.sleep(2 * LIMIT)
        await in_steps(stream, 2)


async def in_steps(stream: AsyncConversationStream, steps: int) -> None:
    """Wait for an event that does not come, a little at a time."""
    for _ in range(steps):
        with anyio.move_on_after(LIMIT / 10):
            await anext(stream)


async def test_limits_of_one_call_leave_the_others_alone() -> None:
    async with (
        raw_server(answers(stay_mute, json_answer([]))) as server,
        client_of(server) as client,
    ):
        with pytest.raises(APITimeoutError):
            await client.list(timeout=Timeout(response=0.02))
        assert len(await client.list()) == 0
