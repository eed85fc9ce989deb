"""The threads in which plain functions run."""

import asyncio
import inspect
import math
from collections.abc import Callable
from contextvars import ContextVar
from typing import Generic, TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

from mistral_conversations._event_loop import is_exiting

__all__ = ["call_in_thread", "thread_limiter"]

T = TypeVar("T")

_MOST = 64
"""Threads at once for all runs of an event loop, unless a run asks for more."""

_depth: ContextVar[int] = ContextVar("mistral_conversations_depth", default=0)
_limiters: RunVar[dict[int, CapacityLimiter]] = RunVar("mistral_conversations_limiters")


def thread_limiter(least: int) -> CapacityLimiter:
    """Return what limits the threads of all runs on this event loop.

    A run that a function of another run begins in its thread has a limiter of its own:
    the functions would otherwise wait for the threads in which they themselves wait.

    Args:
        least: the number of threads that the run asks for.
    """
    limiters = _limiters.get({})
    _limiters.set(limiters)
    limiter = limiters.setdefault(_depth.get(), CapacityLimiter(_MOST))
    limiter.total_tokens = max(limiter.total_tokens, least)
    return limiter


async def call_in_thread(function: Callable[[], T]) -> T:
    """Call a function in a worker thread, with the context variables of this task.

    A cancel abandons the function: the thread finishes it, and its outcome is
    discarded. At interpreter exit, where no thread can start, it runs here.
    """
    if is_exiting():
        return function()
    work = _Called(function)
    try:
        return await to_thread.run_sync(
            work.run, abandon_on_cancel=True, limiter=CapacityLimiter(math.inf)
        )
    except asyncio.CancelledError:
        work.abandon()
        raise


class _Called(Generic[T]):
    """A function, and what it returned; a coroutine that nobody awaits is closed."""

    def __init__(self, function: Callable[[], T]) -> None:
        self._function = function
        self._returned: T | None = None
        self._is_abandoned = False

    def run(self) -> T:
        _depth.set(_depth.get() + 1)
        self._returned = returned = self._function()
        if self._is_abandoned:
            self._close()
        return returned

    def abandon(self) -> None:
        self._is_abandoned = True
        self._close()

    def _close(self) -> None:
        if inspect.iscoroutine(self._returned):
            self._returned.close()
