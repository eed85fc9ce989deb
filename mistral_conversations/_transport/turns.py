"""Threads that use one file, one after the other."""

import threading
from collections.abc import Callable
from typing import TypeVar

from anyio import CancelScope, to_thread

__all__ = ["Turns"]

T = TypeVar("T")


class Turns:
    """Runs what may wait for a file on threads.

    A cancel ends the wait for a thread, and not the thread: a pipe may hold it for
    ever, and closing the file meanwhile would hold the loop.

    Args:
        leave: lets go of the file, once.
    """

    def __init__(self, leave: Callable[[], object]) -> None:
        self._lock = threading.Lock()
        self._leave = leave
        self._left = False

    async def run(self, function: Callable[[], T]) -> T:
        """Call a function on a thread, after those that were called before."""
        return await to_thread.run_sync(self._run, function, abandon_on_cancel=True)

    async def settle(self) -> None:
        """Wait for a thread that somebody has stopped waiting for."""
        if self._lock.locked():
            with CancelScope(shield=True):
                await self.run(lambda: None)

    def leave(self) -> None:
        """Let go of the file: now, or on the thread that is using it."""
        self._left = True
        if self._lock.acquire(blocking=False):
            try:
                self._leave()
            finally:
                self._lock.release()

    def _run(self, function: Callable[[], T]) -> T:
        try:
            with self._lock:
                return function()
        finally:
            if self._left:
                self.leave()
