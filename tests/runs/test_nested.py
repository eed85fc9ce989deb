"""Functions that use a client themselves."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest

from mistral_conversations import (
    AsyncConversations,
    Conversations,
    RunOptions,
    ToolError,
)
from mistral_conversations.server import LocalServer, RecordedConversation, call

pytestmark = pytest.mark.anyio

MODEL = "mistral-medium-latest"
KEY = "a-key-that-nobody-reads"


def model(conversation: RecordedConversation, _: object) -> Any:
    """Call the function that the first input names; then answer with its result."""
    last = conversation.entries[-1]
    if last["type"] == "function.result":
        return last["result"]
    return [call(last["content"])]


@pytest.fixture
async def server() -> AsyncIterator[LocalServer]:
    async with LocalServer(model) as server:
        yield server


@pytest.fixture
async def client(server: LocalServer) -> AsyncIterator[AsyncConversations]:
    async with AsyncConversations(KEY, base_url=server.base_url) as client:
        yield client


def inner() -> str:
    return "from inside"


@pytest.mark.parametrize("threads", [True, False])
async def test_async_function_runs_again_with_the_same_client(
    client: AsyncConversations, threads: bool
) -> None:
    options = RunOptions(threads=threads)

    async def outer() -> str:
        result = await client.run("inner", model=MODEL, tools=[inner], options=options)
        return result.text

    result = await client.run("outer", model=MODEL, tools=[outer], options=options)
    assert result.text == "from inside"


async def test_plain_function_of_an_async_run_uses_a_blocking_client(
    client: AsyncConversations, server: LocalServer
) -> None:
    def outer() -> str:
        with Conversations(KEY, base_url=server.base_url) as blocking:
            return blocking.run("inner", model=MODEL, tools=[inner]).text

    result = await client.run("outer", model=MODEL, tools=[outer])
    assert result.text == "from inside"


@pytest.mark.parametrize("threads", [True, False])
async def test_plain_function_returns_a_run_to_await(
    client: AsyncConversations, threads: bool
) -> None:
    options = RunOptions(threads=threads)

    def outer() -> Any:
        return client.run("inner", model=MODEL, tools=[inner], options=options)

    result = await client.run("outer", model=MODEL, tools=[outer], options=options)
    assert result.text == "from inside"
    assert result.calls[0].value.text == "from inside"


async def test_plain_function_awaits_on_the_loop_of_its_run(
    client: AsyncConversations,
) -> None:
    async def nested() -> str:
        result = await client.run("inner", model=MODEL, tools=[inner])
        return result.text

    def outer() -> str:
        return anyio.from_thread.run(nested)

    result = await client.run("outer", model=MODEL, tools=[outer])
    assert result.text == "from inside"


@pytest.mark.parametrize("error", [ToolError, ValueError])
async def test_error_text_never_holds_the_key(
    client: AsyncConversations, server: LocalServer, error: type[Exception]
) -> None:
    def leak() -> None:
        raise error(f"refused: Authorization: Bearer {KEY}")

    result = await client.run("leak", model=MODEL, tools=[leak])
    assert result.text == "refused: Authorization: Bearer ***"
    assert KEY not in repr(result)
    assert KEY not in str([request.json for request in server.requests])


async def test_cancel_of_the_outer_run_ends_the_inner_one(
    client: AsyncConversations,
) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def outer() -> str:
        return (await client.run("wait", model=MODEL, tools=[wait])).text

    task = asyncio.create_task(client.run("outer", model=MODEL, tools=[outer]))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()
