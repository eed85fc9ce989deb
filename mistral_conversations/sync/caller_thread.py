"""The thread that waits for a blocking run, and runs its functions meanwhile."""

import asyncio
import inspect
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import attrs

from mistral_conversations.errors import ConfigurationError

__all__ = ["CallerThread"]

_REENTERED = (
    "a function of this run would wait for itself: only its caller may continue the run"
)


@attrs.define(eq=False)
class _Errand:
    """A function to call, and what waits for it on the loop."""

    function: Callable[[], Any]
    loop: asyncio.AbstractEventLoop
    outcome: "asyncio.Future[tuple[Any, BaseException | None]]"
    ended: "asyncio.Future[None]"
    """Done when the function has ended, even if nothing waits for its outcome."""

    def run(self) -> None:
        """Call the function in this thread.

        What is no `Exception`, such as KeyboardInterrupt, passes to the waiting caller,
        and the outcome is cancelled.
        """
        try:
            outcome = None if self.outcome.cancelled() else self._call()
        except BaseException:
            self._report(None)
            raise
        self._report(outcome)

    def _call(self) -> tuple[Any, BaseException | None]:
        try:
            return self.function(), None
        except Exception as error:  # noqa: BLE001 - raised where the call is awaited
            return None, error

    def _report(self, outcome: tuple[Any, BaseException | None] | None) -> None:
        try:
            self.loop.call_soon_threadsafe(self._resolve, outcome)
        except RuntimeError:  # a RecursionError is one, too
            if not self.loop.is_closed():
                raise

    def _resolve(self, outcome: tuple[Any, BaseException | None] | None) -> None:
        self.ended.set_result(None)
        if outcome is None:
            self.outcome.cancel()
        elif not self.outcome.done():
            self.outcome.set_result(outcome)
        elif inspect.iscoroutine(outcome[0]):
            outcome[0].close()  # nobody awaits it


class CallerThread:
    """The thread that waits for a blocking run; it calls functions while it waits.

    A run may consist of several waits, such as the steps of a stream. Functions that
    arrive between two waits are called in the next one.
    """

    def __init__(self) -> None:
        self._errands: deque[_Errand] = deque()
        self._last: asyncio.Future[None] | None = None
        self._wakes: dict[int, Callable[[], object]] = {}
        self._busy: int | None = None
        self.thread: int | None = None
        """The thread that waited last."""

    async def idle(self) -> None:
        """Wait until the last function has ended, even one that was abandoned."""
        if self._last is not None and not self._last.done():
            await asyncio.wait([self._last])

    async def call(self, function: Callable[[], Any]) -> Any:
        """Call a function in the thread; called on the loop.

        A cancel abandons the function: its outcome is discarded, and it is not called
        if it has not begun.
        """
        if threading.get_ident() in self._wakes:  # the loop runs on the caller's thread
            return function()
        loop = asyncio.get_running_loop()
        self._last = loop.create_future()
        errand = _Errand(function, loop, loop.create_future(), self._last)
        self._errands.append(errand)
        for wake in list(self._wakes.values()):
            wake()
        value, error = await errand.outcome
        if error is not None:
            raise error
        return value

    @contextmanager
    def waiting(self, wake: Callable[[], object]) -> Iterator[None]:
        """Accept functions for this thread, which waits.

        Args:
            wake: wakes the thread; called on the loop.

        Raises:
            ConfigurationError: a function of the run waits for the run.
        """
        thread = threading.get_ident()
        if self._busy == thread:
            raise ConfigurationError(_REENTERED)
        self._wakes[thread] = wake
        self.thread = thread
        try:
            yield
        finally:
            self._wakes.pop(thread, None)

    def call_next(self) -> bool:
        """Call the next function, if any, in this thread; return whether there was one.

        Raises:
            BaseException: the function raised one that is no Exception.
        """
        try:
            errand = self._errands.popleft()
        except IndexError:
            return False
        self._busy = threading.get_ident()
        try:
            errand.run()
        finally:
            self._busy = None
        return True
