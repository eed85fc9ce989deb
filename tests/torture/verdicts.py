"""What the checks return."""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import attrs

__all__ = ["Found", "Verdict", "Violation", "judged"]


@attrs.frozen
class Violation:
    """What violates a check."""

    text: str
    call: str = ""
    """The name of the call, if it is about one."""


@attrs.frozen
class Verdict:
    """What a check has found."""

    check: str
    examined: int
    violations: Sequence[Violation]


Found: TypeAlias = Iterator[Violation | None]
"""A violation, or None for what was examined and is right."""


def judged(check: str, found: Found) -> Verdict:
    """Return the verdict of a check."""
    each = [*found]
    return Verdict(check, len(each), [one for one in each if one is not None])
