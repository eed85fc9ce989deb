"""The work of a streamed run between two answers, in a task that the run owns."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

__all__ = ["Work"]


class Work:
    """One piece of work at a time, in a task of its own.

    A cancelled wait leaves the work running: another wait continues.
    """

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self._news = asyncio.Event()

    def report(self) -> None:
        """End the wait, if there is one: the work has brought something."""
        self._news.set()

    async def wait(self, start: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Wait until the work ends or reports something; start it unless it runs.

        Args:
            start: returns the work, which must not raise.
        """
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(start())
            self._task.add_done_callback(self._end)
        self._news.clear()
        await self._news.wait()

    def abandon(self) -> None:
        """Cancel the work without waiting, from any thread."""
        task = self._task
        if task is not None and not task.done():
            with suppress(RuntimeError):  # the loop is closed, which has ended the task
                task.get_loop().call_soon_threadsafe(task.cancel)

    async def aclose(self) -> None:
        """Cancel the work, and wait for its end."""
        task = self._task
        if task is None or task.done():
            return
        if not task.cancelling():
            task.cancel()
        await asyncio.wait([task])

    def _end(self, _: object) -> None:
        self._news.set()
