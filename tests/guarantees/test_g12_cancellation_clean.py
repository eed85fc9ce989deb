"""G12: a cancel, a limit around the loop, another task's close: all end cleanly."""

import ast
import asyncio
import gc
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

import mistral_conversations
from mistral_conversations import AsyncConversations
from mistral_conversations.stream import AsyncConversationStream
from tests.support.clients import (
    begun_stream,
    client_of,
    in_use,
    nothing_in_use,
    whole_answer,
)
from tests.support.for_each import for_each
from tests.support.raw_server import Connection, Request, raw_server, stream_head

pytestmark = pytest.mark.anyio

SOON = 2.0
MOMENT = 0.03


async def obey(request: Request, connection: Connection) -> None:
    wish = request.json["inputs"]
    if wish == "plain":
        await connection.send(whole_answer())
        return
    if wish == "head":
        await connection.send(stream_head())
    elif wish == "begin":
        await connection.send(begun_stream("one", "two"))
    await connection.until_client_closes()


@asynccontextmanager
async def limited_client() -> AsyncIterator[AsyncConversations]:
    """Yield a client with one connection, which must be free at the end."""
    async with raw_server(obey) as server, client_of(server, limit=1) as client:
        await client.start("plain", model="m")
        yield client
        gc.collect()  # a caught error's traceback holds the stream in a cycle
        assert await nothing_in_use(client)
        answer = await client.start("plain", model="m", timeout=SOON)
        assert answer.text == "Blue, mostly."


async def opens(stream: AsyncConversationStream) -> None:
    async with stream:
        await asyncio.sleep(SOON)


async def iterates(stream: AsyncConversationStream) -> None:
    async for _ in stream:
        pass


async def enters_and_iterates(stream: AsyncConversationStream) -> None:
    async with stream:
        await iterates(stream)


async def takes_the_text(stream: AsyncConversationStream) -> None:
    async for _ in stream.text():
        pass


async def takes_the_response(stream: AsyncConversationStream) -> None:
    await stream.response()


Use = Callable[[AsyncConversationStream], Awaitable[None]]
USES: list[Use] = [
    opens,
    iterates,
    enters_and_iterates,
    takes_the_text,
    takes_the_response,
]


@pytest.mark.parametrize("use", USES, ids=lambda use: use.__name__)
@pytest.mark.parametrize("wish", ["mute", "head", "begin"])
async def test_cancel_ends_a_task_that(use: Use, wish: str) -> None:
    async with limited_client() as client:
        stream = client.start_stream(wish, model="m")
        task = asyncio.ensure_future(use(stream))
        await asyncio.sleep(MOMENT)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(asyncio.shield(task), SOON)
        del stream, task


@pytest.mark.parametrize("use", USES, ids=lambda use: use.__name__)
@pytest.mark.parametrize("wish", ["mute", "head", "begin"])
async def test_move_on_after_ends_a_task_that(use: Use, wish: str) -> None:
    task = asyncio.current_task()
    assert task is not None
    async with limited_client() as client:
        with anyio.move_on_after(MOMENT) as scope:
            await use(client.start_stream(wish, model="m"))
        assert scope.cancelled_caught
        assert task.cancelling() == 0


@pytest.mark.parametrize("use", USES, ids=lambda use: use.__name__)
@pytest.mark.parametrize("wish", ["mute", "begin"])
async def test_timeout_of_asyncio_ends_a_task_that(use: Use, wish: str) -> None:
    async with limited_client() as client:
        with pytest.raises(TimeoutError) as caught:
            async with asyncio.timeout(MOMENT):
                await use(client.start_stream(wish, model="m"))
        assert type(caught.value) is TimeoutError
        del caught


async def test_task_group_whose_other_task_fails_ends() -> None:
    async def fail_soon() -> None:
        await asyncio.sleep(MOMENT)
        raise ZeroDivisionError

    async def read_and_fail(stream: AsyncConversationStream) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(takes_the_text, stream)
            group.start_soon(fail_soon)

    async with limited_client() as client:
        with pytest.raises(ExceptionGroup) as caught:
            await read_and_fail(client.start_stream("begin", model="m"))
        assert [type(error) for error in caught.value.exceptions] == [ZeroDivisionError]
        del caught


async def test_stream_is_iterated_in_one_task_and_closed_in_another() -> None:
    async with limited_client() as client:
        stream = client.start_stream("begin", model="m")
        async with anyio.create_task_group() as group:
            group.start_soon(iterates, stream)
            await asyncio.sleep(MOMENT)
            with anyio.fail_after(SOON):
                await stream.aclose()
        assert in_use(client) == 0


async def test_each_event_may_be_read_in_a_task_of_its_own() -> None:
    """As a portal does: no scope may be left open between two events."""

    async def read(stream: AsyncConversationStream) -> object:
        return await anext(stream)

    async with (
        limited_client() as client,
        client.start_stream("begin", model="m") as stream,
    ):
        for _ in range(3):
            await asyncio.create_task(read(stream))


async def test_text_is_begun_in_one_task_and_closed_in_another() -> None:
    async with limited_client() as client:
        stream = client.start_stream("begin", model="m")
        text = stream.text()
        assert await asyncio.ensure_future(anext(text)) == "one"
        await asyncio.create_task(stream.aclose())
        assert [piece async for piece in text] == []
        assert in_use(client) == 0


async def test_stream_that_is_dropped_mid_way_lets_go() -> None:
    async with limited_client() as client:
        stream = client.start_stream("begin", model="m")
        await anext(stream)
        assert in_use(client) == 1
        del stream


async def test_cancelled_reader_may_go_on_reading() -> None:
    """A limit on one event takes none of the next ones away."""
    go_on = asyncio.Event()

    async def begin_and_wait(_: Request, connection: Connection) -> None:
        await connection.send(begun_stream("one"))
        await go_on.wait()
        await connection.send(begun_stream("two").partition(b"\r\n\r\n")[2])
        await connection.until_client_closes()

    async with (
        raw_server(begin_and_wait) as server,
        client_of(server) as client,
        client.start_stream("Sky?", model="m") as stream,
    ):
        await anext(stream)
        await anext(stream)
        with anyio.move_on_after(MOMENT) as scope:
            await anext(stream)
        assert scope.cancelled_caught
        go_on.set()
        await anext(stream)
        await anext(stream)
        assert stream.snapshot is not None
        assert stream.snapshot.text == "onetwo"


async def test_cancel_wins_over_a_close_at_the_same_time() -> None:
    """A cancelled task ends, even if its stream is closed at the same time."""
    async with limited_client() as client:
        for wish in ("mute", "head", "begin"):
            for turns in range(0, 30, 3):
                stream = client.start_stream(wish, model="m")
                task = asyncio.ensure_future(iterates(stream))
                await asyncio.sleep(0)
                for _ in range(turns):
                    await asyncio.sleep(0)
                task.cancel()
                await stream.aclose()
                with pytest.raises(asyncio.CancelledError):
                    await asyncio.wait_for(asyncio.shield(task), SOON)


async def test_closing_while_cancelled_lets_go() -> None:
    async with limited_client() as client:
        stream = client.start_stream("begin", model="m")
        with anyio.move_on_after(MOMENT):
            try:
                await iterates(stream)
            finally:
                await stream.aclose()
        assert in_use(client) == 0


@pytest.mark.parametrize("wish", ["mute", "begin"])
async def test_cancelled_call_of_list_all_ends(wish: str) -> None:
    async def stop(_: Request, connection: Connection) -> None:
        if wish == "begin":
            await connection.send(whole_answer()[:-5])
        await connection.until_client_closes()

    async with raw_server(stop) as server, client_of(server) as client:
        with anyio.move_on_after(MOMENT) as scope:
            async for _conversation in client.list_all():
                pass
        assert scope.cancelled_caught
        assert await nothing_in_use(client)


_SCOPE = re.compile(r"timeout|scope|move_on|fail_after|task_?group", re.IGNORECASE)

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def yields_in_scopes(code: str) -> Iterator[int]:
    """Find the lines of yields that stand inside a cancel scope or task group."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.With | ast.AsyncWith):
            entered = " ".join(ast.unparse(item.context_expr) for item in node.items)
            if _SCOPE.search(entered):
                yield from yields(node.body)


def yields(nodes: list[ast.stmt]) -> Iterator[int]:
    """Find yields in statements, but not in functions defined among them."""
    rest: list[ast.AST] = list(nodes)
    while rest:
        node = rest.pop()
        if isinstance(node, _FUNCTIONS):
            continue
        if isinstance(node, ast.Yield | ast.YieldFrom):
            yield node.lineno
        rest.extend(ast.iter_child_nodes(node))


def test_no_yield_stands_inside_a_cancel_scope() -> None:
    package = Path(mistral_conversations.__file__).parent
    found = {
        f"{path.relative_to(package)}:{line}"
        for path in package.rglob("*.py")
        for line in yields_in_scopes(path.read_text())
    }
    assert found == set()


@for_each(
    "scope",
    [
        "async with asyncio.timeout(3)",
        "async with timeout_at(3) as limit",
        "with anyio.CancelScope()",
        "with move_on_after(3)",
        "async with lock, asyncio.TaskGroup()",
        "async with anyio.create_task_group() as group",
    ],
)
def test_search_for_yields_finds_one(scope: str) -> None:
    assert [*yields_in_scopes(f"async def f():\n {scope}:\n  if x:\n   yield 1")] == [4]
    assert [*yields_in_scopes(f"async def f():\n {scope}:\n  pass\n yield 1")] == []
