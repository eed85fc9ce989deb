"""Reports of how much of a file was sent or received."""

from collections.abc import Callable
from typing import Any, TypeAlias

from mistral_conversations._callables import is_async

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
    if not callable(progress) or is_async(progress):
        raise TypeError(f"progress must be a plain function, not {progress!r}")
