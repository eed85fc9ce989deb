"""The body of a request, in the form that aiohttp sends."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress
from typing import TypeAlias, TypeVar

import aiohttp

from mistral_conversations._transport.aiohttp_internals import AbortablePayload
from mistral_conversations._transport.deadline import now

__all__ = ["Body", "Limit", "request_body", "within"]

R = TypeVar("R")

Body: TypeAlias = bytes | AsyncIterator[bytes] | None
"""JSON text, the pieces of a file, or nothing."""

_LARGE = 64 * 1024


class Limit:
    """End a request if the server does not accept a piece of its body in time.

    aiohttp has no limit for a request that the server does not read.

    Args:
        seconds: how long each piece may take.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.scope = asyncio.timeout(None)
        """What ends the request, to be entered around it."""

    def begin(self) -> None:
        """Start the server's time for the next piece."""
        self._reschedule(now() + self._seconds)

    def pause(self) -> None:
        """Stop the time while the caller produces the next piece."""
        self._reschedule(None)

    def _reschedule(self, when: float | None) -> None:
        with suppress(RuntimeError):  # the answer came before the body was sent
            self.scope.reschedule(when)


class _TextPayload(AbortablePayload, aiohttp.BytesIOPayload):
    """JSON text, which aiohttp reads piece by piece."""


class _PiecesPayload(AbortablePayload, aiohttp.AsyncIterablePayload):
    """A body that is produced piece by piece while it is sent."""


def request_body(
    body: Body, seconds: float | None
) -> tuple[bytes | AbortablePayload | None, asyncio.Timeout | None]:
    """Return a body for aiohttp, which sends a large one piece by piece.

    Args:
        body: the body.
        seconds: the seconds that each piece may take; None for no limit.

    Returns:
        The body, and what ends the request when that limit is reached.
    """
    if body is None or (isinstance(body, bytes) and len(body) <= _LARGE):
        return body, None
    limit = None if seconds is None else Limit(seconds)
    scope = None if limit is None else limit.scope
    if isinstance(body, bytes):
        text = io.BytesIO(body) if limit is None else _LimitedText(body, limit)
        return _TextPayload(text, disposition=None), scope
    return _PiecesPayload(body if limit is None else _Limited(body, limit)), scope


async def within(scope: asyncio.Timeout, answer: Awaitable[R]) -> R:
    """Wait for the answer to a request whose body has a limit."""
    async with scope:
        return await answer


class _LimitedText(io.BytesIO):
    """Text that restarts a limit with each piece that is read from it."""

    def __init__(self, body: bytes, limit: Limit) -> None:
        super().__init__(body)
        self._limit = limit

    def read(self, size: int | None = -1, /) -> bytes:
        self._limit.begin()
        return super().read(size)


class _Limited(AsyncIterator[bytes]):
    """Pieces that restart a limit, which does not count the wait for them."""

    def __init__(self, pieces: AsyncIterator[bytes], limit: Limit) -> None:
        self._pieces = pieces
        self._limit = limit

    async def __anext__(self) -> bytes:
        self._limit.pause()
        try:
            return await anext(self._pieces)
        finally:
            self._limit.begin()
