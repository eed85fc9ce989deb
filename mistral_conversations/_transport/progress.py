"""Reports of how much of a file was sent or received."""

from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any, TypeAlias

__all__ = ["Progress", "check_progress"]

Progress: TypeAlias = Callable[[int, int | None], object]
"""Called with the bytes so far and the size of the file, None if it is unknown."""


def check_progress(progress: Any) -> None:
    """Reject a `progress` that cannot be called, or must be awaited.

    Raises:
        TypeError: it is not a plain function.
    """
    if progress is None:
        return
    called = getattr(progress, "__call__", None)  # noqa: B004 - it may be async
    if not callable(progress) or any(map(iscoroutinefunction, (progress, called))):
        raise TypeError(f"progress must be a plain function, not {progress!r}")
