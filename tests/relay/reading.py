"""What a browser reads of a relay."""

import json
from collections.abc import AsyncIterable
from typing import Any

from tests.support.standard_sse import read_by_the_standard

__all__ = ["names", "read", "whole"]


def read(content: bytes) -> list[tuple[str, Any]]:
    """Return the names and the data of events, read by the standard."""
    events, _ = read_by_the_standard(content)
    return [(each.event, json.loads(each.data)) for each in events]


def names(content: bytes) -> list[str]:
    """Return the names of events."""
    return [name for name, _ in read(content)]


async def whole(chunks: AsyncIterable[bytes]) -> bytes:
    """Read a relay to its end."""
    return b"".join([chunk async for chunk in chunks])
