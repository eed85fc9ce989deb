"""Tasks that outlive the request which started them."""

import asyncio
from collections.abc import Iterable

__all__ = ["cancel"]

# How long cancelled tasks may take to end, in seconds.
_LONGEST_END = 5.0


async def cancel(tasks: Iterable["asyncio.Task[None]"]) -> bool:
    """Cancel tasks and wait for them; return whether all have ended."""
    cancelled = [*tasks]
    for task in cancelled:
        task.cancel()
    if not cancelled:
        return True
    _, left = await asyncio.wait(cancelled, timeout=_LONGEST_END)
    return not left
