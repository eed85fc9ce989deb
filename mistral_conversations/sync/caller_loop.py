"""An event loop on the thread of its callers, for calls at interpreter exit."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

__all__ = ["CallerLoop"]

# Seconds to wait for cancelled tasks, and for what the loop closes.
_STOP_TIMEOUT = 2.0


class CallerLoop:
    """An event loop that runs only while its callers, on one thread, wait for a task.

    Args:
        once: whether to close the loop after each task, because nothing will later.
    """

    def __init__(self, *, once: bool) -> None:
        self._once = once
        self._thread = threading.get_ident()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def is_free(self) -> bool:
        """Whether it can run now: on its thread, where no loop runs."""
        if self._thread != threading.get_ident():
            return False
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return True
        return False

    def run(self, task: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a task to its end."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
        running = self._loop.create_task(task())
        try:
            self._loop.run_until_complete(running)
        finally:
            running.cancel()  # if Ctrl-C ended the wait
            if self._once:
                self.close()

    def soon(self, function: Callable[[], object]) -> None:
        """Schedule a function to run with the next task."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(function)

    def close(self) -> None:
        """Close the loop, and what was opened on it."""
        loop, self._loop = self._loop, None
        if loop is not None:
            try:
                loop.run_until_complete(_end_tasks())
                loop.run_until_complete(loop.shutdown_asyncgens())
            finally:
                loop.close()


async def _end_tasks() -> None:
    """Wait for cancelled tasks, and for those that close what was dropped."""
    await asyncio.sleep(0)
    current = asyncio.current_task()
    if tasks := {task for task in asyncio.all_tasks() if task is not current}:
        await asyncio.wait(tasks, timeout=_STOP_TIMEOUT)
