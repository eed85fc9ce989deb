"""A client on loops that end, pause or run on."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any

import pytest

from mistral_conversations import AsyncConversations
from tests.pytest_runs.asking import ask, drop, is_closed

Call = Callable[[AsyncConversations], Coroutine[Any, Any, object]]

kept: list[AsyncConversations] = []


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def anyio_fixture(anyio_backend: str) -> AsyncIterator[str]:
    """Hold the test's loop for longer than the client lives."""
    yield anyio_backend
    await asyncio.sleep(0)


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """Run a loop, the thread's current one, that outlives the client."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        yield runner
        assert asyncio.get_event_loop() is loop
    asyncio.set_event_loop(None)


@pytest.fixture(scope="module")
def busy_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Run a loop in another thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


@pytest.fixture
def a_loop_runs_here() -> Iterator[None]:
    """Set a running loop on this thread, as in a notebook."""
    loop = asyncio.new_event_loop()
    asyncio._set_running_loop(loop)
    yield
    asyncio._set_running_loop(None)
    loop.close()


def test_a_loop_after_the_other(async_conversations: AsyncConversations) -> None:
    kept.append(async_conversations)
    for text in ["Hello", "there"]:
        assert asyncio.run(ask(async_conversations, text)) == text


def test_the_client_is_closed_after_its_test() -> None:
    assert is_closed(kept.pop())


def test_a_paused_loop(
    runner: asyncio.Runner, async_conversations: AsyncConversations
) -> None:
    assert runner.run(ask(async_conversations)) == "Hello there"
    runner.run(drop(async_conversations))


def test_a_loop_in_another_thread(
    busy_loop: asyncio.AbstractEventLoop, async_conversations: AsyncConversations
) -> None:
    kept.append(async_conversations)
    calls: list[Call] = [ask, drop]
    for call in calls:
        future = asyncio.run_coroutine_threadsafe(call(async_conversations), busy_loop)
        future.result(10)


def test_the_client_is_closed_on_a_loop_in_another_thread(
    busy_loop: asyncio.AbstractEventLoop,
) -> None:
    assert busy_loop.is_running()
    assert is_closed(kept.pop())


@pytest.mark.usefixtures("a_loop_runs_here", "async_conversations")
def test_a_loop_that_runs_around_pytest() -> None:
    assert asyncio.get_running_loop()


@pytest.mark.anyio
async def test_anyio(async_conversations: AsyncConversations) -> None:
    assert await ask(async_conversations) == "Hello there"
    await drop(async_conversations)


@pytest.mark.anyio
@pytest.mark.usefixtures("anyio_fixture")
async def test_anyio_with_a_fixture_on_the_loop(
    async_conversations: AsyncConversations,
) -> None:
    assert await ask(async_conversations) == "Hello there"
    await drop(async_conversations)


@pytest.mark.asyncio
async def test_pytest_asyncio(async_conversations: AsyncConversations) -> None:
    assert await ask(async_conversations) == "Hello there"
    await drop(async_conversations)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("_", range(2))
async def test_pytest_asyncio_with_a_loop_for_all(
    async_conversations: AsyncConversations, _: int
) -> None:
    assert await ask(async_conversations) == "Hello there"
    await drop(async_conversations)
