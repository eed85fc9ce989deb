"""A thread for one file, so that the event loop never waits for a disk or a pipe."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from queue import SimpleQueue
from typing import Any, TypeAlias, TypeVar

import anyio

__all__ = ["FileThread", "on_thread"]

T = TypeVar("T")

Work: TypeAlias = Callable[[], object]


class FileThread:
    """Call what may wait for a file on a thread, one call after the other.

    A cancel ends the wait for the thread, not the thread: a pipe may block it for
    ever, and closing the file meanwhile would block the loop.

    Args:
        release: releases the file, once.
        daemon: whether the interpreter may exit while the thread waits for the file.
    """

    def __init__(self, release: Work, *, daemon: bool = True) -> None:
        self._release = release
        self._daemon = daemon
        self._queue: SimpleQueue[Work | None] | None = None
        self._last: asyncio.Future[None] | None = None

    async def run(self, function: Callable[[], T]) -> T:
        """Call a function on the thread, after the earlier ones."""
        loop = asyncio.get_running_loop()
        result: asyncio.Future[T] = loop.create_future()
        self._last = ended = loop.create_future()
        call = copy_context().run

        def work() -> None:
            outcome = _outcome(lambda: call(function))
            with suppress(RuntimeError):  # the loop is closed: nobody waits
                loop.call_soon_threadsafe(_resolve, ended, result, *outcome)

        self._submit(work)
        return await result

    async def run_shielded(self, function: Work) -> None:
        """Call a function on the thread although this task is being cancelled."""
        with anyio.CancelScope(shield=True):
            await self.run(function)

    async def settle(self) -> None:
        """Wait for a call whose caller stopped waiting."""
        if self._last is not None and not self._last.done():
            with anyio.CancelScope(shield=True):
                await asyncio.wait([self._last])

    def release(self) -> None:
        """Release the file: now, or on the thread that is using it."""
        queue, self._queue = self._queue, None
        if queue is None or self._last is None or self._last.done():
            self._release()
        else:
            queue.put(self._release)
        if queue is not None:
            queue.put(None)

    def _submit(self, work: Work) -> None:
        """Queue work for the thread, which starts if it does not run.

        Where no thread can be started, as at interpreter exit, work here.
        """
        if self._queue is None:
            queue: SimpleQueue[Work | None] = SimpleQueue()
            thread = threading.Thread(
                target=_work,
                args=[queue],
                name="mistral_conversations file",
                daemon=self._daemon,
            )
            try:
                thread.start()
            except RuntimeError:
                work()
                return
            self._queue = queue
        self._queue.put(work)


async def on_thread(function: Callable[[], T]) -> T:
    """Call one function on a thread of its own."""
    thread = FileThread(lambda: None)
    try:
        return await thread.run(function)
    finally:
        thread.release()


def _work(queue: "SimpleQueue[Work | None]") -> None:
    while (work := queue.get()) is not None:
        work()


def _outcome(function: Callable[[], T]) -> tuple[T | None, BaseException | None]:
    try:
        return function(), None
    except StopIteration as error:
        return None, RuntimeError(f"the file raised {error!r}")  # as a generator's is
    except BaseException as error:  # noqa: BLE001 - raised where the call is awaited
        return None, error


def _resolve(
    ended: "asyncio.Future[None]",
    result: "asyncio.Future[Any]",
    value: object,
    error: BaseException | None,
) -> None:
    ended.set_result(None)
    if result.done():
        return
    if error is None:
        result.set_result(value)
    else:
        result.set_exception(error)
