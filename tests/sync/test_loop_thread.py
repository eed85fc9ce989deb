"""The event loop on a thread, and its users."""

import asyncio
import gc
import threading
import weakref
from collections.abc import Coroutine, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Any, TypeVar

import pytest

from mistral_conversations.sync.loop_thread import LoopThread, SharedLoop, shared_loop
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
    first = shared.enter()
    assert shared.enter() is first
    assert not shared.leave(first)
    assert len(loop_threads()) == 1
    assert shared.leave(first)
    first.join()
    assert not loop_threads()


def test_next_user_begins_another_thread(shared: SharedLoop) -> None:
    first = shared.enter()
    shared.leave(first)
    second = shared.enter()
    assert second is not first
    assert begun_on(second, where()).result(5).is_alive()
    assert not shared.leave(first)
    assert shared.leave(second)
    second.join()
    first.join()


def test_users_that_enter_at_once_begin_one_thread(shared: SharedLoop) -> None:
    barrier = threading.Barrier(16)

    def enter() -> LoopThread:
        barrier.wait(5)
        return shared.enter()

    with ThreadPoolExecutor(16) as pool:
        entered = [pool.submit(enter) for _ in range(16)]
    assert len({id(each.result()) for each in entered}) == 1
    assert len(loop_threads()) == 1


def test_end_stops_the_thread_even_in_use(shared: SharedLoop) -> None:
    shared.enter()
    shared.enter()
    shared.end()
    assert not loop_threads()
    shared.end()


def test_user_after_the_end_has_a_thread_again(shared: SharedLoop) -> None:
    shared.enter()
    shared.end()
    assert begun_on(shared.enter(), where()).result(5).is_alive()


def test_forgotten_thread_is_no_longer_the_users(shared: SharedLoop) -> None:
    """As in the child of a fork, where the thread does not run."""
    thread = shared.enter()
    shared.forget()
    other = shared.enter()
    assert other is not thread
    assert not shared.leave(thread)
    assert shared.leave(other)
    thread.stop()
    thread.join()
    other.join()


def test_thread_that_died_is_replaced(shared: SharedLoop) -> None:
    thread = shared.enter()
    thread.stop()
    thread.join()
    assert begun_on(shared.enter(), where()).result(5).is_alive()


def test_package_begins_no_thread_by_being_imported() -> None:
    assert isinstance(shared_loop, SharedLoop)
    assert not loop_threads()


def test_ended_thread_is_not_kept(shared: SharedLoop) -> None:
    ended = shared.enter()
    thread = weakref.ref(ended)
    assert shared.leave(ended)
    ended.join()
    del ended
    gc.collect()
    assert eventually(lambda: thread() is None)
