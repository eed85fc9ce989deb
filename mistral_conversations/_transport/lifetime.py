"""Tie the lifetime of an async generator to that of another object."""

import weakref
from collections.abc import AsyncGenerator, Callable
from typing import Any

__all__ = ["tie_lifetime"]


def tie_lifetime(
    owner: AsyncGenerator[Any, None], *, to: object
) -> Callable[[], object]:
    """Keep `owner` alive as long as `to`; the loop closes it after that.

    A plain reference does not suffice: if `to` is part of a reference cycle, the
    garbage collector finalizes everything that the cycle reaches at once, the open
    socket before the generator that closes it.

    Returns:
        A function that unties them earlier.
    """
    finalizer = weakref.finalize(to, _drop, owner)
    finalizer.atexit = False
    return finalizer.detach


def _drop(_owner: AsyncGenerator[Any, None]) -> None:
    """Do nothing: the call's end drops the last reference."""
