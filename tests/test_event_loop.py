"""The event loop: which one the async clients need, and steps with a time limit."""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any

import pytest

from mistral_conversations import (
    APITimeoutError,
    AsyncConversations,
    AsyncLibraries,
    ConfigurationError,
    Timeout,
)
from mistral_conversations._event_loop import running_loop, within
from tests.support.clients import OPERATIONS, Operation
from tests.support.for_each import for_each
from tests.support.obedient_server import obedient_server

NEEDS = "no asyncio event loop is running here"


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine without any loop."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    pytest.fail("the coroutine waits")


async def awaited(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


@for_each("operation", OPERATIONS.values())
@for_each("timeout", [Timeout(), Timeout(total=3)])
def test_call_says_what_it_needs(operation: Operation, timeout: Timeout) -> None:
    client = AsyncConversations("key", base_url="http://localhost:9", timeout=timeout)
    with pytest.raises(ConfigurationError, match=NEEDS) as caught:
        run(awaited(operation(client)))
    assert 'backend="asyncio"' in str(caught.value)
    assert "trio" in str(caught.value)


def test_list_all_and_uploads_say_what_they_need() -> None:
    client = AsyncConversations("key", base_url="http://localhost:9")
    with pytest.raises(ConfigurationError, match=NEEDS):
        run(awaited(anext(aiter(client.list_all()))))
    libraries = AsyncLibraries("key", base_url="http://localhost:9")
    with pytest.raises(ConfigurationError, match=NEEDS):
        run(libraries.documents.upload("id", b"Sky", name="a.txt"))
    with pytest.raises(ConfigurationError, match=NEEDS):
        run(libraries.documents.wait_until_processed("library", "document"))


def test_streams_and_clients_can_be_closed() -> None:
    """Leaving `async with` does not hide the error of the call inside."""

    async def use() -> None:
        async with AsyncConversations("key", base_url="http://localhost:9") as client:
            stream = client.start_stream("Hi", model="m")
            await stream.aclose()
            await client.with_options(timeout=3).aclose()
            async with client.start_stream("Hi", model="m") as stream:
                await anext(stream)

    with pytest.raises(ConfigurationError, match=NEEDS):
        run(use())


def test_client_that_has_no_calls_under_way_can_be_closed() -> None:
    run(AsyncConversations("key").aclose())


def test_client_whose_loops_have_ended_can_be_closed() -> None:
    with obedient_server() as server:
        client = AsyncConversations("key", base_url=server.base_url)
        asyncio.run(client.start("plain", model="m"))
        run(client.aclose())
        with pytest.raises(ConfigurationError, match="closed"):
            asyncio.run(client.start("plain", model="m"))


def test_running_loop_is_asyncios() -> None:
    async def run() -> bool:
        return running_loop() is asyncio.get_running_loop()

    assert asyncio.run(run())


def test_a_run_says_it_too() -> None:
    with pytest.raises(ConfigurationError, match=NEEDS):
        run(AsyncConversations("key").run("Hi", model="m"))


@pytest.mark.anyio
@pytest.mark.parametrize("seconds", [None, 5.0])
async def test_a_step_within_its_time_returns_or_raises(seconds: float | None) -> None:
    async def late() -> str:
        raise TimeoutError("its own")

    async def soon() -> str:
        return "done"

    assert await within(seconds, soon) == "done"
    with pytest.raises(TimeoutError, match="its own"):
        await within(seconds, late)


@pytest.mark.anyio
async def test_a_step_that_takes_longer_is_cancelled() -> None:
    ended: list[type] = []

    async def wait() -> str:
        try:
            return await asyncio.sleep(60, "late")
        except asyncio.CancelledError as error:
            ended.append(type(error))
            raise

    assert await within(0.001, wait) is None
    assert ended == [asyncio.CancelledError]


@pytest.mark.anyio
async def test_an_error_that_ends_a_cancelled_step_is_raised() -> None:
    async def fail_late() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise APITimeoutError("late", phase="idle") from None

    with pytest.raises(APITimeoutError, match="late"):
        await within(0.001, fail_late)
