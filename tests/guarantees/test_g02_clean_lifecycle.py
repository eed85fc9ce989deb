"""G2: a client opens nothing before its time, and closes all it has opened."""

import ast
import asyncio
from pathlib import Path

import aiohttp
import pytest

import mistral_conversations
from mistral_conversations import (
    APIConnectionError,
    AsyncConversations,
    ConfigurationError,
    StreamInterruptedError,
)
from tests.support.clients import (
    OPERATIONS,
    POSTS,
    answers,
    becomes_true,
    begun_stream,
    client_of,
    connector_of,
    stay_mute,
    whole_answer,
    whole_stream,
)
from tests.support.for_each import for_each
from tests.support.raw_server import (
    Connection,
    Request,
    json_answer,
    raw_server,
)
from tests.support.threads import threads_now, threads_since

pytestmark = pytest.mark.anyio

SOON = 2.0


async def obey(request: Request, connection: Connection) -> None:
    wish = request.json["inputs"]
    if wish == "begin":
        await connection.send(begun_stream("one", "two"))
        await connection.until_client_closes()
    else:
        await connection.send(whole_answer() if wish == "plain" else whole_stream())


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
async def test_constructing_opens_nothing() -> None:
    files, threads, tasks = open_files(), threads_now(), asyncio.all_tasks()
    clients = [AsyncConversations("key", limit=n) for n in range(50)]
    streams = [client.start_stream("Sky?", model="m") for client in clients]
    assert open_files() <= files
    assert not threads_since(threads)
    assert asyncio.all_tasks() <= tasks
    assert not any(client._transport._pool._open for client in clients)
    del streams


def test_constructing_needs_no_event_loop() -> None:
    client = AsyncConversations("key")
    client.with_options(timeout=3).start_stream("Sky?", model="m")


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
async def test_rounds_of_create_call_close_leave_no_file_open() -> None:
    async with raw_server(obey) as server:

        async def go_round(number: int) -> None:
            async with client_of(server) as client:
                if number % 3 == 0:
                    await client.start("plain", model="m")
                elif number % 3 == 1:
                    await client.start_stream("stream", model="m").response()
                else:
                    await anext(client.start_stream("begin", model="m"))

        await go_round(0)
        await asyncio.sleep(0.05)
        before = open_files()
        for number in range(200):
            await go_round(number)
        assert await becomes_true(lambda: open_files() <= before)
        assert server.open_connections == 0


async def test_closing_is_idempotent() -> None:
    async with raw_server(obey) as server:
        client = client_of(server)
        await client.aclose()
        await client.aclose()
        other = client_of(server)
        await other.start("plain", model="m")
        await asyncio.gather(other.aclose(), other.aclose())
        await other.aclose()


@for_each("operation", OPERATIONS)
@for_each("used", [True, False])
async def test_closed_client_says_that_it_is_closed(
    operation: str, *, used: bool
) -> None:
    async with raw_server(answers(json_answer([]))) as server:
        async with client_of(server) as client:
            if used:
                await client.list()
        sent = len(server.requests)
        for closed in (client, client.with_options(timeout=3)):
            with pytest.raises(ConfigurationError, match="closed"):
                await OPERATIONS[operation](closed)
        with pytest.raises(ConfigurationError, match="closed"):
            await anext(aiter(client.list_all()))
        assert len(server.requests) == sent


async def test_closing_ends_the_streams_that_are_open() -> None:
    async with raw_server(obey) as server:
        client = client_of(server)
        stream = client.start_stream("begin", model="m")
        await anext(stream)
        reading = asyncio.create_task(stream.response())
        await asyncio.sleep(0.01)
        await client.aclose()
        with pytest.raises(StreamInterruptedError):
            await asyncio.wait_for(reading, SOON)


def waiters(client: AsyncConversations) -> int:
    return sum(map(len, connector_of(client)._waiters.values()))


@for_each("operation", ["start", "start_stream"])
@for_each("held", ["start", "start_stream"])
@for_each("retries", [0, 2])
async def test_closing_ends_the_wait_for_a_connection(
    retries: int, held: str, operation: str
) -> None:
    """One call has the only connection, others wait for it."""
    async with raw_server(answers(stay_mute)) as server:
        client = client_of(server, limit=1, retries=retries)
        holding = asyncio.ensure_future(POSTS[held](client))
        assert await becomes_true(lambda: server.requests)
        waiting = [asyncio.ensure_future(POSTS[operation](client)) for _ in range(3)]
        assert await becomes_true(lambda: waiters(client) == 3)
        await client.aclose()
        for task in waiting:
            with pytest.raises(ConfigurationError, match="client was closed"):
                await asyncio.wait_for(task, SOON)
        with pytest.raises(APIConnectionError) as caught:
            await asyncio.wait_for(holding, SOON)
        assert caught.value.may_have_been_processed
        assert len(server.requests) == 1


@pytest.mark.parametrize("operation", ["start", "start_stream"])
async def test_closing_ends_the_wait_for_the_connection_of_a_stream(
    operation: str,
) -> None:
    async with raw_server(obey) as server:
        client = client_of(server, limit=1)
        stream = client.start_stream("begin", model="m")
        await anext(stream)
        waiting = asyncio.ensure_future(POSTS[operation](client))
        assert await becomes_true(lambda: waiters(client) == 1)
        await client.aclose()
        with pytest.raises(ConfigurationError, match="client was closed"):
            await asyncio.wait_for(waiting, SOON)
        assert len(server.requests) == 1


@for_each("operation", ["start", "start_stream"])
@for_each("closed", [False, True])
async def test_cancel_of_a_wait_for_a_connection_is_a_cancel(
    operation: str, *, closed: bool
) -> None:
    """Even where the client is closed at the same time."""
    async with (
        raw_server(answers(stay_mute)) as server,
        client_of(server, limit=1) as client,
    ):
        holding = asyncio.ensure_future(client.start("Sky?", model="m"))
        assert await becomes_true(lambda: server.requests)
        waiting = asyncio.ensure_future(POSTS[operation](client))
        assert await becomes_true(lambda: waiters(client) == 1)
        waiting.cancel()
        if closed:
            await client.aclose()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(asyncio.shield(waiting), SOON)
        holding.cancel()
        await asyncio.wait({holding})


async def test_closed_stream_says_that_it_is_closed() -> None:
    async with raw_server(obey) as server, client_of(server) as client:
        stream = client.start_stream("begin", model="m")
        await stream.aclose()
        with pytest.raises(ConfigurationError, match="closed"):
            async with stream:
                pass
        with pytest.raises(ConfigurationError, match="closed"):
            aiter(stream)
        assert server.requests == []


async def test_session_handed_in_is_never_closed() -> None:
    async with raw_server(obey) as server, aiohttp.ClientSession() as session:
        async with client_of(server, session=session) as client:
            await client.start("plain", model="m")
            async with client.start_stream("begin", model="m") as stream:
                await anext(stream)
        await client.aclose()
        assert not session.closed
        with pytest.raises(ConfigurationError, match="closed"):
            await client.start("plain", model="m")
        async with client_of(server, session=session) as again:
            await again.start("plain", model="m")


async def test_closed_session_handed_in_is_reported() -> None:
    async with raw_server(obey) as server:
        async with aiohttp.ClientSession() as session:
            client = client_of(server, session=session)
        with pytest.raises(ConfigurationError, match=r"session.*closed"):
            await client.start("plain", model="m")
        assert server.requests == []


async def test_view_closes_nothing() -> None:
    async with raw_server(obey) as server, client_of(server) as client:
        await client.start("plain", model="m")
        async with client.with_options(timeout=3) as view:
            await view.start("plain", model="m")
        await view.with_options(retries=1).aclose()
        await client.start("plain", model="m")
        await view.start("plain", model="m")
        assert server.connections == 1


def test_no_class_has_a_finalizer() -> None:
    """What `__del__` does is done on any thread, at any time."""
    package = Path(mistral_conversations.__file__).parent
    found = [
        f"{path.name}:{node.lineno}"
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name == "__del__"
    ]
    assert found == []
