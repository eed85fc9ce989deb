"""A thread that uses a file, and the moment at which the file is released."""

import asyncio
import threading
from contextvars import ContextVar

import anyio
import pytest

from mistral_conversations._transport.file_thread import FileThread, on_thread
from tests.support.clients import becomes_true

pytestmark = pytest.mark.anyio


class File:
    """Something that a thread may use for long, and the threads that released it."""

    def __init__(self) -> None:
        self.used = threading.Event()
        self.free = threading.Event()
        self.released_by: list[int] = []
        self.thread = FileThread(lambda: self.released_by.append(threading.get_ident()))

    def use(self) -> str:
        self.used.set()
        self.free.wait(5)
        return "used"


async def in_use(file: File) -> asyncio.Task[str]:
    task = asyncio.ensure_future(file.thread.run(file.use))
    assert await becomes_true(file.used.is_set)
    return task


async def test_thread_gives_what_its_function_gives() -> None:
    file = File()
    file.free.set()
    assert await file.thread.run(file.use) == "used"


async def test_error_of_a_thread_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        await File().thread.run(lambda: 1 // 0)


async def test_end_of_an_iteration_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="StopIteration"):
        await File().thread.run(lambda: next(iter(())))


async def test_function_sees_the_context_of_its_caller() -> None:
    said = ContextVar("said", default="nothing")
    said.set("something")
    assert await on_thread(said.get) == "something"


async def test_all_is_called_on_one_thread_which_ends_with_the_file() -> None:
    file = File()
    threads = {await file.thread.run(threading.current_thread) for _ in range(3)}
    assert len(threads) == 1
    file.thread.release()
    assert await becomes_true(lambda: not any(each.is_alive() for each in threads))


async def test_calls_follow_one_another() -> None:
    file = File()
    first = await in_use(file)
    second = asyncio.ensure_future(file.thread.run(file.free.is_set))
    await asyncio.sleep(0.02)
    assert not second.done()
    file.free.set()
    assert await first == "used"
    assert await second


async def test_unused_file_is_released_at_once() -> None:
    file = File()
    file.thread.release()
    assert file.released_by == [threading.get_ident()]


async def test_file_in_use_is_released_by_its_thread() -> None:
    file = File()
    task = await in_use(file)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    file.thread.release()
    assert file.released_by == []
    file.free.set()
    assert await becomes_true(lambda: file.released_by)
    assert threading.get_ident() not in file.released_by


async def test_file_is_settled_once_its_thread_has_ended() -> None:
    """Not even a cancel scope ends the wait."""
    file = File()
    await file.thread.settle()
    (await in_use(file)).cancel()
    with anyio.move_on_after(0.01):
        settling = asyncio.ensure_future(asyncio.sleep(0.05))
        settling.add_done_callback(lambda _: file.free.set())
        await file.thread.settle()
        assert settling.done()
    assert file.released_by == []


async def test_file_is_used_here_where_no_thread_can_be_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    file = File()
    file.free.set()
    for _ in range(2):
        assert await file.thread.run(file.use) == "used"
    with pytest.raises(ZeroDivisionError):
        await file.thread.run(lambda: 1 // 0)
    file.thread.release()
    assert file.released_by == [threading.get_ident()]
