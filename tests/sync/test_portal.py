"""The way of one client to the loop."""

import asyncio
import gc
import os
import signal
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from mistral_conversations import ConfigurationError
from mistral_conversations.sync.portal import Portal
from tests.support.interruption import interrupted_at
from tests.support.obedient_server import eventually, loop_threads


@pytest.fixture
def portal() -> Iterator[Portal]:
    portal = Portal("Async")
    yield portal
    portal.close(nothing)


async def double(number: int, *, times: int = 2) -> int:
    await asyncio.sleep(0)
    return number * times


async def running_loop() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


async def fail() -> None:
    raise LookupError("gone")


async def nothing() -> None:
    pass


class Waiting:
    """A coroutine that waits until it is cancelled, and records both."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.cancelled = threading.Event()

    async def __call__(self) -> None:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise


def test_call_gives_what_the_coroutine_gives(portal: Portal) -> None:
    assert portal.call(double, 4) == 8
    assert portal.call(double, 4, times=3) == 12
    portal.close(nothing)


def test_call_raises_what_the_coroutine_raises(portal: Portal) -> None:
    with pytest.raises(LookupError, match="gone"):
        portal.call(fail)
    with pytest.raises(TypeError):
        portal.call(double, 1, 2, 3)  # type: ignore[call-arg]
    assert portal.call(double, 1) == 2
    portal.close(nothing)


def test_portal_enters_the_loop_at_its_first_call() -> None:
    portal = Portal("Async")
    assert not loop_threads()
    portal.call(double, 1)
    assert len(loop_threads()) == 1
    portal.close(nothing)
    assert not loop_threads()


def test_closing_runs_the_close_on_the_loop_once() -> None:
    portal = Portal("Async")
    closed: list[str] = []

    async def aclose() -> None:
        closed.append(threading.current_thread().name)

    portal.call(double, 1)
    portal.close(aclose)
    portal.close(aclose)
    assert closed == ["mistral_conversations"]


def test_closing_a_portal_that_was_not_used_runs_nothing() -> None:
    portal = Portal("Async")
    portal.close(fail)
    assert not loop_threads()
    with pytest.raises(ConfigurationError, match="closed"):
        portal.call(double, 1)


def test_portal_whose_close_fails_can_be_closed_again() -> None:
    portal = Portal("Async")
    portal.call(double, 1)
    with pytest.raises(LookupError):
        portal.close(fail)
    portal.close(nothing)
    assert not loop_threads()


def test_portal_that_is_closed_by_many_threads_is_closed_for_each() -> None:
    """Each of them comes back when it is closed, and none with an error."""
    for _ in range(50):
        portal = Portal("Async")
        portal.call(double, 1)
        barrier = threading.Barrier(4)

        def close(portal: Portal = portal, barrier: threading.Barrier = barrier) -> int:
            barrier.wait(5)
            portal.close(nothing)
            return len(loop_threads())

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(lambda _, do=close: do(), range(4))) == 0


def test_thread_that_closes_second_waits_for_the_first() -> None:
    portal = Portal("Async")
    portal.call(double, 1)
    begun, ended = threading.Event(), threading.Event()
    loop, word = portal.call(running_loop), asyncio.Event()

    async def slow() -> None:
        begun.set()
        await word.wait()
        ended.set()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(portal.close, slow)
        assert begun.wait(5)
        second = pool.submit(portal.close, nothing)
        loop.call_soon_threadsafe(word.set)
        second.result(5)
        first.result(5)
    assert ended.is_set()
    assert not loop_threads()


def test_dropped_portal_leaves_the_loop() -> None:
    portal = Portal("Async")
    portal.call(double, 1)
    del portal
    gc.collect()
    assert eventually(lambda: not loop_threads())


def test_closed_portal_leaves_the_loop_to_the_others() -> None:
    first, second = Portal("Async"), Portal("Async")
    first.call(double, 1)
    second.call(double, 1)
    first.close(nothing)
    first.close(nothing)
    del first
    gc.collect()
    assert second.call(double, 1) == 2
    second.close(nothing)
    assert not loop_threads()


def test_ctrl_c_cancels_what_the_caller_waits_for(portal: Portal) -> None:
    waiting = Waiting()

    def interrupt() -> None:
        waiting.begun.wait(5)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        portal.call(waiting)
    thread.join()
    assert waiting.cancelled.wait(5)
    assert portal.call(double, 1) == 2
    portal.close(nothing)
    assert not loop_threads()


def test_ctrl_c_waits_for_what_its_call_has_to_end(portal: Portal) -> None:
    begun, ended = threading.Event(), threading.Event()

    async def wait() -> None:
        try:
            begun.set()
            await asyncio.sleep(20)
        finally:
            await asyncio.sleep(0.05)  # such as for the disk
            ended.set()

    def interrupt() -> None:
        begun.wait(5)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        portal.call(wait)
    assert ended.is_set()
    thread.join()


ERRORS: list[type[BaseException]] = [KeyboardInterrupt, RuntimeError, RecursionError]


@pytest.mark.parametrize("error", ERRORS)
def test_loop_runs_on_after_an_error_at_any_step_of_a_call(
    portal: Portal, error: type[BaseException]
) -> None:
    assert portal.call(double, 1) == 2
    step = 1
    while interrupted_at(step, lambda: portal.call(double, 1), error):
        assert portal.call(double, 2) == 4
        step += 1
    assert step > 20


def test_portal_works_after_ctrl_c_at_any_step_of_its_first_call() -> None:
    step, interrupted = 1, True
    while interrupted:
        portal = Portal("Async")
        interrupted = interrupted_at(
            step, partial(portal.call, double, 1), KeyboardInterrupt
        )
        assert portal.call(double, 2) == 4
        portal.close(nothing)
        assert eventually(lambda: not loop_threads())
        step += 1
    assert step > 40


def test_portal_can_be_closed_after_ctrl_c_at_any_step_of_its_close() -> None:
    step, interrupted = 1, True
    while interrupted:
        portal = Portal("Async")
        portal.call(double, 1)
        interrupted = interrupted_at(
            step, partial(portal.close, nothing), KeyboardInterrupt
        )
        portal.close(nothing)
        assert eventually(lambda: not loop_threads())
        step += 1
    assert step > 20


@pytest.mark.parametrize("error", ERRORS)
def test_error_in_the_wait_cancels_the_call_and_comes_out(
    portal: Portal, error: type[BaseException]
) -> None:
    """Only a loop that has gone means that the client is closed."""
    waiting = Waiting()

    def fail(number: int, _frame: object) -> None:
        assert waiting.begun.is_set()
        raise error(number)

    before = signal.signal(signal.SIGALRM, fail)
    try:
        portal.call(double, 1)
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(error):
            portal.call(waiting)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert waiting.cancelled.wait(5)
    portal.close(nothing)


def test_call_on_a_stack_that_is_nearly_full_ends_and_starts_nothing(
    portal: Portal,
) -> None:
    portal.call(double, 1)
    running: set[str] = set()

    async def run() -> None:
        running.add("begun")
        await asyncio.sleep(0)
        running.clear()

    raised = 0

    def dive() -> None:
        nonlocal raised
        try:
            dive()
        except RecursionError:
            try:
                portal.run(run)
            except RecursionError:
                raised += 1
                assert not running
                raise

    dive()
    assert raised
    assert portal.call(double, 1) == 2
    portal.close(nothing)


def test_coroutine_that_raises_cancelled_error_does_not_mean_closed(
    portal: Portal,
) -> None:
    async def cancelled() -> None:
        raise asyncio.CancelledError("by a task of its own")

    with pytest.raises(asyncio.CancelledError, match="its own"):
        portal.call(cancelled)
    portal.close(nothing)


def test_call_on_the_loop_itself_is_refused_with_its_reason(portal: Portal) -> None:
    """It would wait forever; and the client is not closed."""

    async def call_again() -> str:
        warnings.simplefilter("ignore")
        try:
            portal.call(double, 1)
        except (ConfigurationError, RuntimeError) as error:
            return str(error)
        return "nothing"

    with warnings.catch_warnings():
        reason = portal.call(call_again)
    assert "closed" not in reason
    portal.close(nothing)


def test_calls_of_many_threads_are_answered_each_its_own(portal: Portal) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda number: portal.call(double, number), range(500)))
    assert answers == [2 * number for number in range(500)]
    portal.close(nothing)


def test_error_of_a_call_holds_no_portal() -> None:
    gc.disable()
    try:
        portal = Portal("Async")
        with pytest.raises(LookupError):
            portal.call(fail)
        del portal
        assert eventually(lambda: not loop_threads(), 1)
    finally:
        gc.enable()
