"""Where plain functions are called: worker thread, calling thread or event loop."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial
from typing import Any, Protocol

import attrs

from mistral_conversations.runs.calls.threads import call_in_thread, thread_limiter
from mistral_conversations.runs.settings import RunOptions

__all__ = ["CallerThread", "Place", "place_of_plain"]


class CallerThread(Protocol):
    """The thread that waits for a blocking run."""

    async def idle(self) -> None:
        """Wait until the last function has ended, even one that was abandoned."""

    async def call(self, function: Callable[[], Any]) -> Any:
        """Call a function in that thread; a cancel abandons it."""


@attrs.frozen
class Place:
    """Where a function is called."""

    reserved: Callable[[], AbstractAsyncContextManager[object]]
    """Waits until the place is free, and occupies it."""

    call: Callable[[Callable[[], Any]], Awaitable[Any]]
    """Calls a function there."""


def place_of_plain(options: RunOptions, caller: CallerThread | None) -> Place:
    """Return where the plain functions of a run are called.

    Args:
        options: how functions are called.
        caller: the thread of a blocking run.
    """
    if options.threads:
        return Place(partial(thread_limiter, options.max_concurrency), call_in_thread)
    if caller is not None:
        return Place(_OneAtATime(caller).reserved, caller.call)
    return Place(nullcontext, _call_here)


async def _call_here(function: Callable[[], Any]) -> Any:
    return function()


class _OneAtATime:
    """Who may use the calling thread: one function, even after it was abandoned."""

    def __init__(self, caller: CallerThread) -> None:
        self._caller = caller
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def reserved(self) -> AsyncIterator[None]:
        async with self._lock:
            await self._caller.idle()
            yield
