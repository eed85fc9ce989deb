"""Async generators that own what is open, and how long they do."""

import weakref
from collections.abc import AsyncGenerator, Callable
from typing import Any

__all__ = ["hold"]


def hold(owner: AsyncGenerator[Any, None], *, holder: object) -> Callable[[], object]:
    """Keep `owner` alive as long as `holder`; dropped with it, the loop closes it.

    A reference of the holder's alone would not do: where the holder is part of a
    reference cycle, the garbage collector finalizes all that the cycle reaches at once,
    the open socket before the generator that would have closed it.

    Returns:
        A function that lets go of `owner` before that.
    """
    finalizer = weakref.finalize(holder, _drop, owner)
    finalizer.atexit = False
    return finalizer.detach


def _drop(_owner: AsyncGenerator[Any, None]) -> None:
    """Do nothing: the last reference goes with the call."""
