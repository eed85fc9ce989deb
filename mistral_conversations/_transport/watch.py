"""A limit on each wait for the next bytes of a body."""

import asyncio

import aiohttp

__all__ = ["LimitReachedError", "Watch"]


class LimitReachedError(Exception):
    """What a reader is told whose wait has reached its limit."""


class Watch:
    """End the waits of one reader at their limits.

    `asyncio.timeout` makes and cancels a timer for every wait, which costs more than
    the event that ends it. Here a timer is left to run over many waits: when it is due,
    it most often finds that the wait of then is over, or that a later one goes on. The
    reader is told as aiohttp tells it of a lost connection, and is of no more use.

    Args:
        content: the body, which one task reads at a time.
    """

    def __init__(self, content: aiohttp.StreamReader) -> None:
        self._content = content
        self._loop = asyncio.get_running_loop()
        self._limit: float | None = None
        self._bytes = 0
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, limit: float | None) -> None:
        """Watch a wait.

        Args:
            limit: the loop's time at which it has been too long; None for never.
        """
        if limit is None or self._content.is_eof():
            return
        self._limit, self._bytes = limit, self._content.total_bytes
        if self._timer is None or self._timer.when() > limit:
            self._set(limit)

    def end(self) -> None:
        """Watch no more, until the next wait."""
        self._limit = None

    def stop(self) -> None:
        """Let go of the timer."""
        self._limit = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set(self, limit: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(limit, self._check)

    def _check(self) -> None:
        self._timer = None
        if self._limit is None or self._content.total_bytes != self._bytes:
            return
        if self._limit > self._loop.time():
            self._set(self._limit)
        else:
            self._content.set_exception(LimitReachedError())
