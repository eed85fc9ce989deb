"""`Timeout.response`: the time until the final status and its headers are there."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from mistral_conversations._transport.deadline import now

__all__ = ["Limit"]

R = TypeVar("R")


class Limit:
    """End a request whose answer does not begin in time.

    The time starts when the request has its connection, and again with each piece of a
    large body. aiohttp has a limit only for the silence between two bytes: a server may
    drip the headers, or send 103 (Early Hints) without end.

    Args:
        seconds: the time; None for no limit.
    """

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._scope: asyncio.Timeout | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_over = False
        self.is_reached = False
        """Whether it ended the request."""

    @property
    def when(self) -> float | None:
        """The loop's time at which it ends the request; None if it does not run."""
        return None if self._timer is None else self._timer.when()

    def begin(self) -> None:
        """Start the server's time, now."""
        self.pause()
        if self._seconds is not None and not self._is_over:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._seconds, self._end)

    def pause(self) -> None:
        """Stop the time while the caller produces the next piece."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def within(self, answer: Awaitable[R]) -> R:
        """Wait for the answer.

        Raises:
            TimeoutError: the limit was reached.
        """
        if self._seconds is None:
            return await answer
        self._scope = scope = asyncio.Timeout(None)
        try:
            async with scope:
                return await answer
        finally:
            self.is_reached = scope.expired()
            self._is_over = True  # a body may be written after its answer
            self._scope = None  # which holds on to the task, and so to its errors
            self.pause()

    def _end(self) -> None:
        """End the request in the loop's next turn.

        An answer that arrived while something blocked the loop is taken by then.
        """
        self._timer = None
        if self._scope is not None:
            self._scope.reschedule(now())
