"""The work of a streamed run between two answers, in a task that the run owns."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from mistral_conversations.errors import ConfigurationError

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

        Raises:
            ConfigurationError: the work is running on another event loop.
        """
        task = self._task
        if task is None or task.done():
            self._news = asyncio.Event()
            task = self._task = asyncio.create_task(start())
            task.add_done_callback(self._end)
        elif task.get_loop() is not asyncio.get_running_loop():
            raise ConfigurationError(
                "functions of this run are running on another event loop"
            )
        else:
            self._news.clear()
        await self._news.wait()

    def abandon(self) -> None:
        """Cancel the work without waiting, from any thread."""
        task = self._task
        if task is not None and not task.done():
            with suppress(RuntimeError):  # the loop is closed, which has ended the task
                task.get_loop().call_soon_threadsafe(task.cancel)

    async def aclose(self) -> None:
        """Cancel the work, and wait for its end, unless another event loop runs it."""
        task = self._task
        if task is None or task.done():
            return
        if task.get_loop() is not asyncio.get_running_loop():
            self.abandon()
            return
        if not task.cancelling():
            task.cancel()
        await asyncio.wait([task])

    def _end(self, _: object) -> None:
        self._news.set()
