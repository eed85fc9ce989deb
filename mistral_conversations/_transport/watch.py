"""A limit on each wait for the next bytes of a body."""

import asyncio
import math

import aiohttp

from mistral_conversations._transport.aiohttp_internals import (
    end_wait,
    received_bytes,
)

__all__ = ["LimitReachedError", "Watch"]


class LimitReachedError(Exception):
    """Raised in a wait that reaches its limit."""


class Watch:
    """End the waits of one reader at their limits.

    `asyncio.timeout` makes and cancels a timer for every wait, which costs more than
    the event that ends it. Here one timer runs over many waits: when it is due, the
    wait that set it is usually over, or a later wait is running.

    Args:
        content: the body, which one task reads at a time.
    """

    def __init__(self, content: aiohttp.StreamReader) -> None:
        self._content = content
        self._loop = asyncio.get_running_loop()
        self._limit: float | None = None
        self._bytes = 0
        self._begun: float | None = None
        self._waited = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._due = math.inf

    def begin(self, idle: float | None, limit: float | None) -> None:
        """Begin to watch a wait.

        Args:
            idle: the seconds that it may take, together with the silent waits before;
                None for no limit.
            limit: the loop's time at which it must end; None for never.
        """
        if idle is not None:
            self._begun = begun = self._loop.time() - self._waited
            end = begun + idle
            limit = end if limit is None or end < limit else limit
        content = self._content
        if limit is None or content.is_eof() or content.exception() is not None:
            return
        self._limit, self._bytes = limit, received_bytes(self._content)
        if limit < self._due:
            self._set(limit)

    def end(self, *, silent: bool = False) -> None:
        """End watching until the next wait.

        Args:
            silent: whether no bytes have come: the next wait then continues this one.
        """
        self._limit = None
        if not silent:
            self._waited = 0.0
        elif self._begun is not None:
            self._waited = self._loop.time() - self._begun

    def stop(self) -> None:
        """Cancel the timer."""
        self._limit = None
        self._unset()

    def _set(self, limit: float) -> None:
        self._unset()
        self._due = limit
        self._timer = self._loop.call_at(limit, self._check)

    def _unset(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._due = None, math.inf

    def _check(self) -> None:
        self._unset()
        if self._limit is None or received_bytes(self._content) != self._bytes:
            return
        if self._limit > self._loop.time():
            self._set(self._limit)
        else:
            end_wait(self._content, LimitReachedError())
