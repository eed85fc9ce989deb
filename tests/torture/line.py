"""The line on which a message passes: at once or drop by drop, whole or up to a cut."""

import asyncio

from .troubles import Place, Trouble
from .wire import Head, Side

__all__ = ["Line"]

_SINGLE = 500
"""The bytes that drip one by one; the others come in small pieces."""
_PIECE = 200
_ABOUT = 20_000
"""What the place of a cut is drawn from, in a message of unknown length."""


class Line:
    """Write one message to a side.

    Args:
        sink: the side.
        head: the head of the message.
        trouble: what goes wrong.
        place: whether it is the request or the answer.
    """

    def __init__(self, sink: Side, head: Head, trouble: Trouble, place: Place) -> None:
        self._sink = sink
        self.drips = trouble.drips == place
        self._passed = 0
        cut_here = trouble.cut is not None and trouble.at == place
        self._cut_at = _position(head, trouble.fraction) if cut_here else None

    async def pass_on(self, data: bytes) -> bool:
        """Write data; return False if the message is cut there."""
        if self._cut_at is None or self._passed + len(data) < self._cut_at:
            await self._write(data)
            return True
        await self._write(data[: self._cut_at - self._passed])
        return False

    async def _write(self, data: bytes) -> None:
        while data and self.drips:
            size = 1 if self._passed < _SINGLE else _PIECE
            drop, data = data[:size], data[size:]
            await self._sink.write(drop)
            await asyncio.sleep(0)
            self._passed += len(drop)
        await self._sink.write(data)
        self._passed += len(data)


def _position(head: Head, fraction: float) -> int:
    """Return the bytes of a message after which it is cut, at least one too few."""
    if head.is_chunked:
        return max(1, int(_ABOUT**fraction))
    return max(1, int((len(head.data) + head.length) * fraction))
