"""One coroutine on the shared loop, for a caller that waits on another thread."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Generic, TypeVar

from mistral_conversations.sync.caller_thread import CallerThread

__all__ = ["PortalCall"]

R = TypeVar("R")


class PortalCall(Generic[R]):
    """A coroutine to run, and what it returned or raised.

    No exception is raised on the loop, not even SystemExit from a function that the
    caller passed: it would end the loop for all clients.

    Args:
        function: returns the coroutine.
        caller: has the functions that the coroutine calls in the waiting thread.
    """

    def __init__(
        self,
        function: Callable[[], Coroutine[Any, Any, R]],
        caller: CallerThread | None = None,
    ) -> None:
        self._function = function
        self._caller = caller
        self._task: asyncio.Task[Any] | None = None
        self.is_cancelled: bool = False
        """Whether to cancel the coroutine, or to keep it from starting."""

        self._results: list[R] = []
        self._errors: list[BaseException] = []
        self._is_over = False
        self._woken = threading.Lock()
        self._woken.acquire()

    @property
    def was_cancelled(self) -> bool:
        """Whether a call that ended has neither returned nor raised."""
        return not self._results and not self._errors

    async def run(self) -> None:
        """Run the coroutine; called on the loop."""
        __tracebackhide__ = True
        self._task = task = asyncio.current_task()
        try:
            if not self.is_cancelled:
                self._results.append(await self._function())
        except asyncio.CancelledError as error:
            if task is not None and not task.cancelling():
                self._errors.append(error)  # raised by the coroutine itself
        except BaseException as error:  # noqa: BLE001 - for the caller to raise
            self._errors.append(error)
        finally:
            self._task = None
            self.end()

    def end(self) -> None:
        """Wake the caller for good; called on the loop."""
        self._is_over = True
        self.wake()

    def wake(self) -> None:
        """Wake the caller, to call a function or to see the end; called on the loop."""
        with suppress(RuntimeError):  # it is awake, and has yet to look
            self._woken.release()

    def wait(self) -> None:
        """Wait for the end, once; meanwhile, call functions for the coroutine."""
        while not self._is_over:
            if self._caller is None or not self._caller.call_next():
                self._woken.acquire()

    def settle(self, seconds: float) -> None:
        """Wait for the end after `wait` was interrupted, for some time at most.

        A call that has not begun, or has ended, returns at once.
        """
        deadline = time.monotonic() + seconds
        while self._task is not None:
            if not self._woken.acquire(timeout=max(0, deadline - time.monotonic())):
                return

    def cancel(self) -> None:
        """Cancel the coroutine, or keep it from starting; called on the loop."""
        self.is_cancelled = True
        task = self._task
        if task is not None and not task.cancelling():  # or it is about to end
            task.cancel()

    def result(self) -> R:
        """Return what the coroutine returned, or raise what it raised; call it once."""
        if self._errors:
            raise self._errors.pop()
        return self._results.pop()
