"""A thread that uses a file, for a loop that must not wait for a disk or a pipe."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from queue import SimpleQueue
from typing import Any, TypeAlias, TypeVar

import anyio

__all__ = ["Turns", "on_thread"]

T = TypeVar("T")

Work: TypeAlias = Callable[[], object]


class Turns:
    """Calls what may wait for a file on a thread, one after the other.

    A cancel ends the wait for the thread, and not the thread: a pipe may hold it for
    ever, and closing the file meanwhile would hold the loop.

    Args:
        leave: lets go of the file, once.
        outlived: whether the interpreter may exit while the thread waits for the file.
    """

    def __init__(self, leave: Work, *, outlived: bool = True) -> None:
        self._leave = leave
        self._outlived = outlived
        self._given: SimpleQueue[Work | None] | None = None
        self._last: asyncio.Future[None] | None = None

    async def run(self, function: Callable[[], T]) -> T:
        """Call a function on the thread, after those that it was given before."""
        loop = asyncio.get_running_loop()
        result: asyncio.Future[T] = loop.create_future()
        self._last = ended = loop.create_future()
        call = copy_context().run

        def work() -> None:
            outcome = _outcome(lambda: call(function))
            with suppress(RuntimeError):  # the loop is closed: nobody waits
                loop.call_soon_threadsafe(_tell, ended, result, *outcome)

        self._queue().put(work)
        return await result

    async def settle(self) -> None:
        """Wait for the call that somebody has stopped waiting for."""
        if self._last is not None and not self._last.done():
            with anyio.CancelScope(shield=True):
                await asyncio.wait([self._last])

    def leave(self) -> None:
        """Let go of the file: now, or on the thread that is using it."""
        given, self._given = self._given, None
        if self._last is None or self._last.done():
            self._leave()
        elif given is not None:
            given.put(self._leave)
        if given is not None:
            given.put(None)

    def _queue(self) -> "SimpleQueue[Work | None]":
        """Give the queue of the thread, which is begun where there is none."""
        if self._given is None:
            self._given = SimpleQueue()
            threading.Thread(
                target=_work,
                args=[self._given],
                name="mistral_conversations file",
                daemon=self._outlived,
            ).start()
        return self._given


async def on_thread(function: Callable[[], T]) -> T:
    """Call one function on a thread of its own."""
    turns = Turns(lambda: None)
    try:
        return await turns.run(function)
    finally:
        turns.leave()


def _work(given: "SimpleQueue[Work | None]") -> None:
    while (work := given.get()) is not None:
        work()


def _outcome(function: Callable[[], T]) -> tuple[T | None, BaseException | None]:
    try:
        return function(), None
    except StopIteration as error:
        return None, RuntimeError(f"the file raised {error!r}")  # as a generator's is
    except BaseException as error:  # noqa: BLE001 - told to who waits
        return None, error


def _tell(
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
