"""Functions that a coroutine on the loop calls in the thread that waits for it."""

import asyncio
import inspect
import os
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from functools import partial
from typing import Any

import pytest

from mistral_conversations import ConfigurationError
from mistral_conversations.sync.caller_thread import CallerThread
from mistral_conversations.sync.portal import Portal
from tests.support.interpreter import completed
from tests.support.interruption import interrupted_at
from tests.support.obedient_server import eventually, loop_threads


@pytest.fixture
def portal() -> Iterator[Portal]:
    portal = Portal("Async")
    yield portal
    portal.close(nothing)
    assert not loop_threads()


async def nothing() -> None:
    pass


def run(
    portal: Portal, coroutine: Callable[[CallerThread], Coroutine[Any, Any, Any]]
) -> Any:
    caller = CallerThread()
    return portal.call_for(caller, partial(coroutine, caller))


def test_functions_run_in_the_waiting_thread_one_after_the_other(
    portal: Portal,
) -> None:
    running: list[int] = []

    def function(number: int) -> tuple[int, int]:
        running.append(number)
        assert running == [number]
        running.clear()
        return number, threading.get_ident()

    async def coroutine(caller: CallerThread) -> list[Any]:
        calls = [caller.call(partial(function, number)) for number in range(20)]
        return await asyncio.gather(*calls)

    here = threading.get_ident()
    assert run(portal, coroutine) == [(number, here) for number in range(20)]


def test_function_has_the_context_of_its_thread_and_changes_it(portal: Portal) -> None:
    variable = ContextVar[str]("variable", default="before")

    async def coroutine(caller: CallerThread) -> None:
        await caller.call(partial(variable.set, "after"))

    run(portal, coroutine)
    assert variable.get() == "after"


@pytest.mark.parametrize("error", [LookupError, StopIteration, RecursionError])
def test_error_of_a_function_is_raised_in_the_coroutine(
    portal: Portal, error: type[Exception]
) -> None:
    def fail() -> None:
        raise error("mine")

    async def coroutine(caller: CallerThread) -> str:
        try:
            await caller.call(fail)
        except (error, RuntimeError) as raised:
            return f"{raised!r} {raised.__cause__!r}"
        return "nothing"

    assert f"{error.__name__}('mine')" in run(portal, coroutine)


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError]
)
def test_what_is_no_exception_ends_the_call_at_once(
    portal: Portal, error: type[BaseException]
) -> None:
    ended: list[str] = []

    def fail() -> None:
        raise error("mine")

    async def other() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("other")

    async def coroutine(caller: CallerThread) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(other())
                await caller.call(fail)
        finally:
            ended.append("all")

    with pytest.raises(error, match="mine"):
        run(portal, coroutine)
    assert ended == ["other", "all"]
    assert portal.call(asyncio.sleep, 0, "still usable") == "still usable"


def test_ctrl_c_in_a_function_cancels_the_coroutine(portal: Portal) -> None:
    cancelled = threading.Event()

    def interrupt() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        threading.Event().wait(5)

    async def coroutine(caller: CallerThread) -> None:
        try:
            await caller.call(interrupt)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    with pytest.raises(KeyboardInterrupt):
        run(portal, coroutine)
    assert cancelled.is_set()


def test_function_that_was_abandoned_before_its_turn_is_not_called(
    portal: Portal,
) -> None:
    called: list[str] = []
    begun, go_on = threading.Event(), threading.Event()

    def first() -> None:
        called.append("first")
        begun.set()
        assert go_on.wait(5)

    async def coroutine(caller: CallerThread) -> str:
        running = asyncio.create_task(caller.call(first))
        queued = asyncio.create_task(caller.call(partial(called.append, "second")))
        await asyncio.to_thread(begun.wait, 5)
        running.cancel()
        queued.cancel()
        await asyncio.wait([running, queued])
        assert running.cancelled()
        go_on.set()
        await caller.idle()
        await caller.call(partial(called.append, "third"))
        return "done"

    assert run(portal, coroutine) == "done"
    assert called == ["first", "third"]


def test_coroutine_that_ends_before_its_function_waits_for_nothing(
    portal: Portal,
) -> None:
    """The thread returns when the function does, with what the coroutine returned."""
    begun, go_on = threading.Event(), threading.Event()

    def function() -> str:
        begun.set()
        assert go_on.wait(5)
        return "too late"

    async def coroutine(caller: CallerThread) -> str:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await caller.call(function)
        asyncio.get_running_loop().call_later(0.01, go_on.set)
        return "in time"

    assert run(portal, coroutine) == "in time"


def test_coroutine_that_an_abandoned_function_returns_is_closed(
    portal: Portal,
) -> None:
    """Else Python would warn that it was never awaited."""
    go_on, returned = threading.Event(), list[Any]()

    def function() -> Any:
        assert go_on.wait(5)
        returned.append(nothing())
        return returned[0]

    async def coroutine(caller: CallerThread) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await caller.call(function)
        go_on.set()
        await caller.idle()

    run(portal, coroutine)
    assert inspect.getcoroutinestate(returned[0]) == "CORO_CLOSED"


def test_function_calls_the_portal_again(portal: Portal) -> None:
    def inner() -> Any:
        async def coroutine(caller: CallerThread) -> int:
            return int(await caller.call(threading.get_ident))

        return run(portal, coroutine)

    async def coroutine(caller: CallerThread) -> Any:
        return await caller.call(inner)

    assert run(portal, coroutine) == threading.get_ident()


def test_function_that_waits_for_its_own_run_is_refused(portal: Portal) -> None:
    caller = CallerThread()

    async def coroutine() -> None:
        await caller.call(lambda: portal.call_for(caller, nothing))

    with pytest.raises(ConfigurationError, match="would wait for itself"):
        portal.call_for(caller, coroutine)


def test_function_that_arrives_between_two_waits_is_called_in_the_next(
    portal: Portal,
) -> None:
    caller, called = CallerThread(), list[int]()

    async def begin() -> "asyncio.Task[Any]":
        task = asyncio.create_task(
            caller.call(lambda: called.append(threading.get_ident()))
        )
        await asyncio.sleep(0)
        return task

    async def end(task: "asyncio.Task[Any]") -> None:
        await task

    with ThreadPoolExecutor(1) as pool:
        task = pool.submit(portal.call, begin).result(5)
    assert called == []
    portal.call_for(caller, partial(end, task))
    assert called == [threading.get_ident()]


def test_runs_of_many_threads_call_each_in_its_own(portal: Portal) -> None:
    async def coroutine(caller: CallerThread) -> set[int]:
        return {await caller.call(threading.get_ident) for _ in range(20)}

    def in_thread(_: int) -> bool:
        return bool(run(portal, coroutine) == {threading.get_ident()})

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(in_thread, range(64)))


def test_closing_the_client_during_a_function_ends_the_call(portal: Portal) -> None:
    async def coroutine(caller: CallerThread) -> None:
        await caller.call(partial(portal.close, nothing))
        await asyncio.Event().wait()

    with pytest.raises(ConfigurationError, match="closed"):
        run(portal, coroutine)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RecursionError])
def test_loop_runs_on_after_an_error_at_any_step(
    portal: Portal, error: type[BaseException]
) -> None:
    async def coroutine(caller: CallerThread) -> int:
        first = int(await caller.call(lambda: 1))
        return first + int(await caller.call(lambda: 2))

    assert run(portal, coroutine) == 3
    step = 1
    while interrupted_at(step, lambda: run(portal, coroutine), error):
        assert run(portal, coroutine) == 3
        step += 1
    assert step > 40


def test_at_interpreter_exit_the_function_runs_where_its_loop_does() -> None:
    program = """
import atexit
import threading
from functools import partial
from mistral_conversations.sync.caller_thread import CallerThread
from mistral_conversations.sync.portal import Portal

async def nothing():
    pass

async def coroutine(caller):
    await caller.idle()
    return await caller.call(threading.get_ident)

def end():
    portal, caller = Portal("Async"), CallerThread()
    found = portal.call_for(caller, partial(coroutine, caller))
    print(found == threading.get_ident())
    portal.close(nothing)

atexit.register(end)
"""
    ended = completed(program)
    assert (ended.code, ended.out, ended.err) == (0, "True\n", "")


def test_dropped_loop_is_no_error_for_a_late_function(portal: Portal) -> None:
    """A function outlives its loop, and its outcome has nowhere to go."""
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def function() -> None:
        begun.set()
        go_on.wait(5)

    def wait() -> None:
        with pytest.raises(ConfigurationError):
            run(portal, lambda caller: caller.call(function))
        ended.set()

    threading.Thread(target=wait).start()
    assert begun.wait(5)
    portal.close(nothing)
    assert eventually(lambda: not loop_threads())
    go_on.set()
    assert ended.wait(5)
