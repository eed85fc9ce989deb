"""The body of a request, in the form that aiohttp sends."""

import io
from collections.abc import AsyncIterator
from typing import TypeAlias

import aiohttp

from mistral_conversations._transport.aiohttp_internals import AbortablePayload
from mistral_conversations._transport.limit import Limit

__all__ = ["Body", "request_body"]

Body: TypeAlias = bytes | AsyncIterator[bytes] | None
"""JSON text, the pieces of a file, or nothing."""

_LARGE = 64 * 1024


class _TextPayload(AbortablePayload, aiohttp.BytesIOPayload):
    """JSON text, which aiohttp reads piece by piece."""


class _PiecesPayload(AbortablePayload, aiohttp.AsyncIterablePayload):
    """A body that is produced piece by piece while it is sent."""


def request_body(body: Body, limit: Limit) -> bytes | AbortablePayload | None:
    """Return a body for aiohttp, which sends a large one piece by piece.

    aiohttp has no limit for a request that the server does not read.

    Args:
        body: the body.
        limit: what ends the request if the server does not accept a piece in time.
    """
    if body is None or (isinstance(body, bytes) and len(body) <= _LARGE):
        return body
    if isinstance(body, bytes):
        return _TextPayload(_LimitedText(body, limit), disposition=None)
    return _PiecesPayload(_Limited(body, limit))


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
