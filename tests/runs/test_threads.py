"""The worker threads of plain functions."""

import asyncio
import inspect
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from functools import partial
from typing import Any

import anyio.from_thread
import pytest

from mistral_conversations.runs.calls.threads import call_in_thread, thread_limiter
from tests.support.obedient_server import eventually
from tests.support.threads import threads_now, threads_since

pytestmark = pytest.mark.anyio


async def test_function_runs_in_a_thread_with_the_context_of_the_task() -> None:
    variable = ContextVar[str]("variable")
    variable.set("mine")

    def function() -> tuple[str, int]:
        found = variable.get()
        variable.set("changed")
        return found, threading.get_ident()

    found, thread = await call_in_thread(function)
    assert found == "mine"
    assert thread != threading.get_ident()
    assert variable.get() == "mine"


async def test_function_reaches_the_loop_by_anyio() -> None:
    async def inner() -> int:
        return threading.get_ident()

    found = await call_in_thread(partial(anyio.from_thread.run, inner))
    assert found == threading.get_ident()


async def test_limiter_is_that_of_the_loop_and_grows_with_what_is_asked() -> None:
    limiter = thread_limiter(5)
    assert limiter.total_tokens == 64
    assert thread_limiter(100) is limiter
    assert thread_limiter(5).total_tokens == 100

    async def of_another_loop() -> float:
        return thread_limiter(5).total_tokens

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(asyncio.run, of_another_loop())
        assert await asyncio.to_thread(running.result, 5) == 64


async def test_run_inside_a_function_has_a_limiter_of_its_own() -> None:
    """Else functions that fill all threads would wait for one more, for ever."""
    limiter = thread_limiter(1)

    async def inner() -> bool:
        return thread_limiter(1) is limiter

    assert await inner()
    assert not await call_in_thread(partial(anyio.from_thread.run, inner))


async def test_cancel_abandons_the_function_and_its_outcome() -> None:
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def function() -> None:
        begun.set()
        go_on.wait(5)
        ended.set()
        raise LookupError("nobody waits")

    before = threads_now()
    task = asyncio.create_task(call_in_thread(function))
    await asyncio.to_thread(begun.wait, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not ended.is_set()
    go_on.set()
    assert await asyncio.to_thread(ended.wait, 5)
    assert threads_since(before)


def is_closed(coroutines: list[Any]) -> bool:
    states = [inspect.getcoroutinestate(each) for each in coroutines]
    return states == [inspect.CORO_CLOSED]


async def test_coroutine_that_an_abandoned_function_returns_is_closed() -> None:
    """Else Python would warn that it was never awaited."""
    begun, go_on, returned = threading.Event(), threading.Event(), list[Any]()

    async def inner() -> None:
        """Do nothing."""

    def function() -> Any:
        begun.set()
        go_on.wait(5)
        returned.append(inner())
        return returned[0]

    task = asyncio.create_task(call_in_thread(function))
    assert await asyncio.to_thread(begun.wait, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    assert await asyncio.to_thread(eventually, lambda: is_closed(returned))


async def test_fifty_functions_wait_at_the_same_time() -> None:
    barrier = threading.Barrier(50)

    async def call() -> int:
        async with thread_limiter(50):
            return await call_in_thread(partial(barrier.wait, 10))

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(call()) for _ in range(50)]
    assert sorted(task.result() for task in tasks) == [*range(50)]


async def test_loop_runs_on_while_functions_sleep() -> None:
    steps = 0
    task = asyncio.create_task(call_in_thread(partial(time.sleep, 0.02)))
    while not task.done():
        await asyncio.sleep(0)
        steps += 1
    assert steps > 5
