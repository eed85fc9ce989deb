"""What a search for a lost answer finds: its place in a history, or why it has none."""

from typing import TypeAlias

import attrs

__all__ = ["Found", "Miss", "Place"]


@attrs.frozen
class Place:
    """A place in a history."""

    start: int
    """The position of the first output, or where it is to stand."""

    first: int
    """The position of the first entry of the request."""

    streamed: int = -1
    """The position of the last entry that was streamed; -1 if none is known by its
    id."""


@attrs.frozen
class Miss:
    """Why the answer was not found."""

    reason: str
    is_nothing: bool = False
    """Whether nothing newer than the request is there."""

    has_arrived: bool | None = None
    """Whether a part of the answer is there; None if unclear."""

    is_final: bool = False
    """Whether later entries cannot help."""

    first: int | None = None
    """The position of the first entry of the request, if it is known."""


Found: TypeAlias = Place | Miss
