"""The body of a request, as aiohttp is given it."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress
from typing import TypeAlias, TypeVar

import aiohttp

from mistral_conversations._transport.aiohttp_internals import AbortablePayload
from mistral_conversations._transport.deadline import now

__all__ = ["Body", "Limit", "StreamedBody", "request_body", "within"]

R = TypeVar("R")

_LARGE = 64 * 1024


class Limit:
    """Ends a request when nobody takes the next piece of its body in time.

    aiohttp itself has no limit for a request that nobody reads.

    Args:
        seconds: how long each piece may take.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.scope = asyncio.timeout(None)
        """What ends the request, to be entered around it."""

    def begin(self) -> None:
        """Give the service its time for the next piece."""
        self._reschedule(now() + self._seconds)

    def pause(self) -> None:
        """Let the time that the caller takes for the next piece not count."""
        self._reschedule(None)

    def _reschedule(self, when: float | None) -> None:
        with suppress(RuntimeError):  # the answer came before the whole body went
            self.scope.reschedule(when)


class StreamedBody(AsyncIterator[bytes]):
    """A body that is made piece by piece while it is sent."""

    limit: Limit | None = None
    """What ends the request when nobody takes a piece; None without a limit."""


Body: TypeAlias = bytes | StreamedBody | None


class _Text(AbortablePayload, aiohttp.BytesIOPayload):
    """JSON text, of which aiohttp takes one piece after the other."""


class _Stream(AbortablePayload, aiohttp.AsyncIterablePayload):
    """A body that is streamed."""


def request_body(
    body: Body, seconds: float | None
) -> tuple[bytes | AbortablePayload | None, asyncio.Timeout | None]:
    """Give a large body in a form that aiohttp sends piece by piece.

    Args:
        body: JSON text, a body that is streamed, or None for no body.
        seconds: the seconds that each piece may take; None for no limit.

    Returns:
        The body, and what ends the request when that limit is reached.
    """
    if body is None or (isinstance(body, bytes) and len(body) <= _LARGE):
        return body, None
    limit = None if seconds is None else Limit(seconds)
    scope = None if limit is None else limit.scope
    if isinstance(body, StreamedBody):
        body.limit = limit
        return _Stream(body), scope
    text = io.BytesIO(body) if limit is None else _LimitedText(body, limit)
    return _Text(text, disposition=None), scope


async def within(scope: asyncio.Timeout, answer: Awaitable[R]) -> R:
    """Wait for the answer to a request whose body has a limit."""
    async with scope:
        return await answer


class _LimitedText(io.BytesIO):
    """A body each piece of which puts off the end of the request."""

    def __init__(self, body: bytes, limit: Limit) -> None:
        super().__init__(body)
        self._limit = limit

    def read(self, size: int | None = -1, /) -> bytes:
        self._limit.begin()
        return super().read(size)
