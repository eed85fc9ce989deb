"""G2: a call or stream under way when its client is closed says so, at once."""

import asyncio
import gc
import os
import re
import threading
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp
import attrs
import pytest

from mistral_conversations import (
    APIConnectionError,
    AsyncConversations,
    AsyncLibraries,
    ConfigurationError,
    Conversations,
    Libraries,
    MistralConversationsError,
    StreamInterruptedError,
)
from tests.support.bodies import CONVERSATION_ID
from tests.support.clients import (
    Reply,
    answers,
    becomes_true,
    begin_plain,
    begin_text,
    begin_without_an_event,
    busy_answer,
    client_of,
    refusal,
    stay_mute,
)
from tests.support.obedient_server import eventually
from tests.support.raw_server import (
    RawServer,
    raw_server,
    raw_server_on_thread,
)
from tests.support.upload_servers import LIBRARY_ID

if TYPE_CHECKING:
    from mistral_conversations._transport.exchange import Exchange

anyio = pytest.mark.anyio

SOON = 2.0


def start(client: Any) -> Any:
    return client.start("Sky?", model="m")


def retry(client: Any) -> Any:
    return client.start("Sky?", model="m", retries=1)


def delete(client: Any) -> Any:
    return client.delete(CONVERSATION_ID, retries=1)


def append(client: Any) -> Any:
    return client.append(CONVERSATION_ID, "Sky?", wait_if_busy=60)


def stream(client: Any) -> Any:
    return client.start_stream("Sky?", model="m").response()


@attrs.frozen
class Case:
    """A call, the server's reply to it, and the error when the client is closed."""

    call: Callable[[Any], Any]
    reply: Reply
    error: type[MistralConversationsError]
    processed: bool


CASES = {
    "answer": Case(start, stay_mute, APIConnectionError, processed=True),
    "rest_of_an_answer": Case(start, begin_plain, APIConnectionError, processed=True),
    "retry": Case(
        retry, refusal(503, Retry_After="40"), ConfigurationError, processed=False
    ),
    "retry_of_what_may_be_processed": Case(
        delete, refusal(502, Retry_After="40"), APIConnectionError, processed=True
    ),
    "busy_conversation": Case(
        append, busy_answer(), ConfigurationError, processed=False
    ),
    "stream_to_open": Case(stream, stay_mute, APIConnectionError, processed=True),
    "first_event": Case(
        stream, begin_without_an_event, StreamInterruptedError, processed=True
    ),
    "event": Case(stream, begin_text, StreamInterruptedError, processed=True),
}


def assert_closed(error: MistralConversationsError, case: Case) -> None:
    assert type(error) is case.error
    assert re.search("this client (was|is) closed", str(error))
    assert error.may_have_been_processed == case.processed
    if case.reply is begin_text:
        assert isinstance(error, StreamInterruptedError)
        assert error.conversation_id == CONVERSATION_ID
        assert error.partial is not None
        assert error.partial.text == "onetwo"


@anyio
@pytest.mark.parametrize("given", [False, True], ids=["own", "given"])
@pytest.mark.parametrize("wait", CASES)
async def test_call_that_waits_is_ended_by_its_client_for(
    wait: str, *, given: bool
) -> None:
    case = CASES[wait]
    async with (
        raw_server(answers(case.reply)) as server,
        aiohttp.ClientSession() as session,
    ):
        client = client_of(server, session=session if given else None)
        call = asyncio.ensure_future(case.call(client))
        assert await becomes_true(lambda: server.requests)
        await asyncio.sleep(0.05)
        await client.aclose()
        with pytest.raises(MistralConversationsError) as caught:
            await asyncio.wait_for(call, SOON)
        assert_closed(caught.value, case)


@pytest.mark.parametrize("wait", CASES)
def test_call_of_another_thread_is_ended_by_its_client_for(wait: str) -> None:
    case = CASES[wait]
    with (
        raw_server_on_thread(answers(case.reply)) as server,
        ThreadPoolExecutor(1) as pool,
    ):
        client = Conversations("key", base_url=server.base_url, retries=0)
        call = pool.submit(case.call, client)
        wait_for_requests(server)
        client.close()
        with pytest.raises(MistralConversationsError) as caught:
            call.result(SOON)
        assert_closed(caught.value, case)


@pytest.mark.parametrize("wait", CASES)
def test_call_on_another_loop_is_ended_by_its_client_for(wait: str) -> None:
    case = CASES[wait]
    with (
        raw_server_on_thread(answers(case.reply)) as server,
        ThreadPoolExecutor(1) as pool,
    ):
        client = client_of(server)

        async def run() -> None:
            with pytest.raises(MistralConversationsError) as caught:
                await asyncio.wait_for(case.call(client), 10)
            assert_closed(caught.value, case)

        running = pool.submit(asyncio.run, run())
        wait_for_requests(server)
        asyncio.run(client.aclose())
        running.result(SOON)


def wait_for_requests(server: RawServer) -> None:
    assert eventually(lambda: server.requests)
    threading.Event().wait(0.05)  # for the answer to arrive


@anyio
async def test_wait_for_the_key_is_ended() -> None:
    asked = asyncio.Event()

    async def key() -> str:
        asked.set()
        await asyncio.sleep(60)
        return "key"

    async with raw_server(answers(stay_mute)) as server:
        client = AsyncConversations(key, base_url=server.base_url, retries=0)
        call = asyncio.ensure_future(start(client))
        await asked.wait()
        await client.aclose()
        with pytest.raises(ConfigurationError, match="this client was closed"):
            await asyncio.wait_for(call, SOON)
        assert server.requests == []


@anyio
async def test_upload_is_ended_while_it_waits_for_its_pieces() -> None:
    taken, closed = asyncio.Event(), asyncio.Event()

    async def pieces() -> AsyncIterator[bytes]:
        try:
            yield b"Sky"
            taken.set()
            await asyncio.sleep(60)
        finally:
            closed.set()

    async with raw_server(answers(stay_mute)) as server:
        client = AsyncLibraries("key", base_url=server.base_url, retries=0)
        documents = client.documents
        call = asyncio.ensure_future(documents.upload(LIBRARY_ID, pieces(), name="a"))
        await asyncio.wait_for(taken.wait(), SOON)
        await client.aclose()
        with pytest.raises(APIConnectionError, match="this client was closed"):
            await asyncio.wait_for(call, SOON)
        assert closed.is_set()


def test_blocking_upload_of_a_pipe_that_stays_mute_is_ended() -> None:
    read, write = os.pipe()
    sent = threading.Event()
    with (
        raw_server_on_thread(answers(stay_mute)) as server,
        ThreadPoolExecutor(1) as pool,
        os.fdopen(read, "rb", buffering=0) as pipe,
        os.fdopen(write, "wb", buffering=0) as end,
    ):
        client = Libraries("key", base_url=server.base_url, retries=0)
        upload = partial(client.documents.upload, LIBRARY_ID, pipe, name="a")
        call = pool.submit(upload, progress=lambda *_: sent.set())
        end.write(b"Sky")
        assert sent.wait(5)
        client.close()
        with pytest.raises(APIConnectionError, match="this client was closed"):
            call.result(SOON)


@anyio
async def test_events_that_have_arrived_are_read_before_the_error() -> None:
    async with raw_server(answers(begin_text)) as server:
        client = client_of(server)
        reading = client.start_stream("Sky?", model="m")
        read = [await anext(reading)]
        await asyncio.sleep(0.05)
        await client.aclose()
        with pytest.raises(StreamInterruptedError, match="this client was closed"):
            read.extend([event async for event in reading])
        assert len(read) >= 1
        with pytest.raises(StreamInterruptedError, match="this client was closed"):
            await reading.response()


def test_blocking_stream_that_was_begun_says_that_its_client_was_closed() -> None:
    with raw_server_on_thread(answers(begin_text)) as server:
        client = Conversations("key", base_url=server.base_url, retries=0)
        reading = client.start_stream("Sky?", model="m")
        next(reading)
        client.close()
        for _ in range(2):
            with pytest.raises(StreamInterruptedError, match="client was") as caught:
                list(reading)
            assert caught.value.conversation_id == CONVERSATION_ID
        with pytest.raises(StreamInterruptedError, match="this client was closed"):
            reading.response()


@anyio
async def test_call_that_is_cancelled_and_closed_at_once_is_cancelled() -> None:
    async with raw_server(answers(stay_mute)) as server:
        client = client_of(server)
        call = asyncio.ensure_future(start(client))
        assert await becomes_true(lambda: server.requests)
        call.cancel()
        await client.aclose()
        with pytest.raises(asyncio.CancelledError):
            await call


# What ends the wait of a stream that another task reads.
async def close_the_stream(_: AsyncConversations, reading: Any) -> None:
    await reading.aclose()


async def close_the_client(client: AsyncConversations, _: Any) -> None:
    await client.aclose()


@anyio
@pytest.mark.parametrize("close", [close_the_stream, close_the_client])
@pytest.mark.parametrize("given", [False, True], ids=["own", "given"])
async def test_stream_closed_while_another_task_reads_it_is_freed(
    close: Callable[[AsyncConversations, Any], Awaitable[None]], *, given: bool
) -> None:
    """No exception that outlives it holds its frames."""
    exchanges: list[weakref.ref[Exchange]] = []
    async with (
        raw_server(answers(begin_text)) as server,
        aiohttp.ClientSession() as session,
    ):
        for _ in range(20):
            client = client_of(server, session=session if given else None)
            exchanges.append(await closed_while_read(client, close))
            await client.aclose()
        assert await becomes_true(lambda: number_alive(exchanges) == 0)


def number_alive(exchanges: Iterable[weakref.ref[Any]]) -> int:
    gc.collect()
    return sum(each() is not None for each in exchanges)


async def closed_while_read(client: AsyncConversations, close: Any) -> Any:
    reading = client.start_stream("Sky?", model="m")
    task = asyncio.ensure_future(reading.response())
    assert await becomes_true(lambda: reading.snapshot and reading.snapshot.outputs)
    await asyncio.sleep(0.005)
    exchange = weakref.ref(reading._reader._source._exchange)  # type: ignore[union-attr]
    await close(client, reading)
    with suppress(StreamInterruptedError):
        await asyncio.wait_for(task, SOON)
    return exchange


def test_blocking_stream_closed_while_another_thread_reads_it_is_freed() -> None:
    exchanges: list[weakref.ref[Exchange]] = []
    with (
        raw_server_on_thread(answers(begin_text)) as server,
        ThreadPoolExecutor(1) as pool,
        Conversations("key", base_url=server.base_url, retries=0) as client,
    ):
        for _ in range(20):
            reading = client.start_stream("Sky?", model="m")
            next(reading)
            exchange = reading._reader._source._exchange  # type: ignore[union-attr]
            exchanges.append(weakref.ref(exchange))
            del exchange
            rest = pool.submit(list, reading)
            threading.Event().wait(0.01)
            reading.close()
            rest.result(SOON)
            del reading, rest
        assert eventually(lambda: number_alive(exchanges) <= 1)
