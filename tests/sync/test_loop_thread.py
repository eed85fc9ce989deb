"""The event loop on a thread, and its users."""

import asyncio
import gc
import threading
import weakref
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

import pytest

from mistral_conversations.sync.loop_thread import LoopThread, SharedLoop, shared_loop
from tests.support.interruption import interrupted_at
from tests.support.obedient_server import eventually, loop_threads

T = TypeVar("T")


async def where() -> threading.Thread:
    return threading.current_thread()


def running_thread() -> LoopThread:
    thread = LoopThread()
    thread.start()
    return thread


def begun_on(thread: LoopThread, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
    """Start a coroutine on a loop; return its future."""
    future: Future[T] = Future()

    async def run() -> None:
        try:
            future.set_result(await coroutine)
        except asyncio.CancelledError:
            future.cancel()

    def refuse() -> None:
        coroutine.close()
        future.cancel()

    thread.start_task(run, refuse)
    return future


@pytest.fixture
def shared() -> Iterator[SharedLoop]:
    shared = SharedLoop()
    yield shared
    shared.end()


def test_loop_runs_on_a_daemon_thread_of_its_own() -> None:
    thread = running_thread()
    found = begun_on(thread, where()).result(5)
    assert found is not threading.current_thread()
    assert found.daemon
    assert found.name == "mistral_conversations"
    thread.stop()
    thread.join()
    assert not found.is_alive()


def test_loop_that_stops_lets_its_tasks_end() -> None:
    thread = running_thread()
    begun, word = threading.Event(), asyncio.Event()

    async def wait() -> str:
        begun.set()
        await word.wait()
        return "ended"

    future = begun_on(thread, wait())
    assert begun.wait(5)
    thread.stop()
    thread.soon(word.set)
    assert future.result(5) == "ended"
    thread.join()
    assert not loop_threads()


def test_loop_that_stops_cancels_its_tasks_if_so_asked() -> None:
    thread = running_thread()
    begun = threading.Event()

    async def wait() -> None:
        begun.set()
        await asyncio.Event().wait()

    future = begun_on(thread, wait())
    assert begun.wait(5)
    thread.stop(cancels=True)
    thread.join()
    assert future.cancelled()
    assert not loop_threads()


def test_stopped_loop_takes_no_calls_and_no_harm() -> None:
    thread = running_thread()
    thread.stop()
    thread.join()
    thread.soon(lambda: None)
    thread.stop()
    thread.join()
    with pytest.raises(CancelledError):
        begun_on(thread, where()).result(5)


def test_loop_closes_its_generators_when_it_ends() -> None:
    closed = threading.Event()
    thread = running_thread()

    async def own() -> None:
        generator = owned()
        await anext(generator)
        kept.append(generator)

    async def owned() -> "asyncio.AsyncIterator[None]":  # type: ignore[name-defined]
        try:
            yield
        finally:
            closed.set()

    kept: list[object] = []
    begun_on(thread, own()).result(5)
    thread.stop()
    thread.join()
    assert closed.is_set()


def test_users_share_a_thread_until_the_last_one_leaves(shared: SharedLoop) -> None:
    first = shared.enter("a")
    assert shared.enter("b") is first
    assert shared.leave("a") is None
    assert begun_on(first, where()).result(5) in loop_threads()
    assert shared.leave("b") is first
    first.join()
    assert not loop_threads()


def test_user_that_enters_twice_leaves_once(shared: SharedLoop) -> None:
    """As when Ctrl-C interrupts its first call just after it entered."""
    first = shared.enter("a")
    assert shared.enter("a") is first
    assert shared.leave("a") is first
    assert shared.leave("a") is None


def test_next_user_begins_another_thread(shared: SharedLoop) -> None:
    first = shared.enter("a")
    assert shared.leave("a") is first
    second = shared.enter("b")
    assert second is not first
    assert begun_on(second, where()).result(5).is_alive()
    assert shared.leave("a") is None
    assert shared.leave("b") is second
    second.join()
    first.join()


def test_users_that_enter_at_once_begin_one_thread(shared: SharedLoop) -> None:
    barrier = threading.Barrier(16)

    def enter(user: int) -> LoopThread:
        barrier.wait(5)
        return shared.enter(user)

    with ThreadPoolExecutor(16) as pool:
        entered = [pool.submit(enter, user) for user in range(16)]
    assert len({id(each.result()) for each in entered}) == 1
    assert eventually(loop_threads)
    assert len(loop_threads()) == 1


def test_end_stops_the_thread_even_in_use(shared: SharedLoop) -> None:
    shared.enter("a")
    shared.enter("b")
    shared.end()
    assert not loop_threads()
    shared.end()


def test_user_after_the_end_has_a_thread_again(shared: SharedLoop) -> None:
    shared.enter("a")
    shared.end()
    assert begun_on(shared.enter("a"), where()).result(5).is_alive()


def test_forgotten_thread_is_no_longer_the_users(shared: SharedLoop) -> None:
    """As in the child of a fork, where the thread does not run."""
    thread = shared.enter("a")
    shared.forget()
    other = shared.enter("b")
    assert other is not thread
    assert shared.leave("a") is None
    assert shared.leave("b") is other
    thread.stop()
    thread.join()
    other.join()


def test_thread_that_died_is_replaced(shared: SharedLoop) -> None:
    thread = shared.enter("a")
    thread.stop()
    thread.join()
    assert begun_on(shared.enter("b"), where()).result(5).is_alive()


def test_start_that_is_interrupted_at_any_step_leaves_one_loop_or_none() -> None:
    """The thread never waits for a lock that its interrupted starter holds."""
    step, interrupted = 1, True
    while interrupted:
        thread = LoopThread()
        interrupted = interrupted_at(step, thread.start, KeyboardInterrupt)
        thread.start()
        assert begun_on(thread, where()).result(5).is_alive()
        thread.stop()
        thread.join()
        assert eventually(lambda: not loop_threads())
        step += 1
    assert step > 5


@pytest.mark.parametrize(
    "start", ["mistral_conversations.sync.loop_thread", "threading.Thread"]
)
def test_thread_that_cannot_start_refuses_its_tasks(
    start: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system may refuse either of the two threads."""

    def fail(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    name = "start" if start == "threading.Thread" else "start_new_thread"
    monkeypatch.setattr(f"{start}.{name}", fail)
    thread = LoopThread()
    thread.start()
    with pytest.raises(CancelledError):
        begun_on(thread, where()).result(5)
    thread.join()
    assert "can't start" in str(thread.error)
    assert thread.is_over


def test_function_that_overflows_the_stack_is_not_swallowed() -> None:
    """A RecursionError is a RuntimeError, as that of a closed loop is."""
    thread = running_thread()
    begun_on(thread, where()).result(5)

    def dive() -> None:
        try:
            dive()
        except RecursionError:
            thread.soon(lambda: None)
            raise

    with pytest.raises(RecursionError):
        dive()
    thread.stop()
    thread.join()


def test_package_begins_no_thread_by_being_imported() -> None:
    assert isinstance(shared_loop, SharedLoop)
    assert not loop_threads()


def test_ended_thread_is_not_kept(shared: SharedLoop) -> None:
    ended = shared.enter("a")
    thread = weakref.ref(ended)
    assert shared.leave("a") is ended
    ended.join()
    del ended
    gc.collect()
    assert eventually(lambda: thread() is None)


def test_what_a_left_task_held_is_closed_before_the_loop_ends() -> None:
    closed: list[str] = []

    async def session() -> AsyncIterator[None]:
        try:
            yield
        finally:
            await asyncio.sleep(0.01)
            closed.append("session")

    async def hold(held: AsyncIterator[None]) -> None:
        await anext(held)
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)

    async def leave() -> "asyncio.Task[None]":
        task = asyncio.create_task(hold(session()))
        await asyncio.sleep(0.01)
        return task

    thread = running_thread()
    task = begun_on(thread, leave()).result(5)
    thread.stop()
    thread.join()
    assert task.done()
    assert closed == ["session"]
