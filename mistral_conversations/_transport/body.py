"""The body of a request, as aiohttp is given it."""

import asyncio
import io
from collections.abc import Awaitable
from contextlib import suppress
from typing import TypeVar

from mistral_conversations._transport.deadline import now

__all__ = ["request_body", "within"]

R = TypeVar("R")

_LARGE = 64 * 1024


def request_body(
    body: bytes | None, limit: float | None
) -> tuple[bytes | io.BytesIO | None, asyncio.Timeout | None]:
    """Give a large body as a file, which aiohttp sends piece by piece.

    Args:
        body: JSON text, None for no body.
        limit: the seconds that each piece may take; None for no limit.

    Returns:
        The body, and what ends the request when that limit is reached.
    """
    if body is None or len(body) <= _LARGE:
        return body, None
    if limit is None:
        return io.BytesIO(body), None
    scope = asyncio.timeout(None)
    return _LimitedBody(body, limit, scope), scope


async def within(scope: asyncio.Timeout, answer: Awaitable[R]) -> R:
    """Wait for the answer to a request whose body has a limit."""
    async with scope:
        return await answer


class _LimitedBody(io.BytesIO):
    """A body each piece of which puts off the end of the request.

    aiohttp itself has no limit for a request that nobody reads.
    """

    def __init__(self, body: bytes, limit: float, scope: asyncio.Timeout) -> None:
        super().__init__(body)
        self._limit = limit
        self._scope = scope

    def read(self, size: int | None = -1, /) -> bytes:
        with suppress(RuntimeError):  # the answer came before the whole body went
            self._scope.reschedule(now() + self._limit)
        return super().read(size)
