"""What the headers of an answer say about the limits of the service."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

import attrs

__all__ = ["Kind", "Reading", "readings"]

Kind: TypeAlias = Literal["tokens", "requests"]
"""What a limit counts."""

# Not of a day or a month: no batch should spread a month's tokens evenly.
_NAMES: Mapping[str, Kind] = {
    "tokens-minute": "tokens",
    "requests-minute": "requests",
    "req-minute": "requests",
}
_HEADERS: Sequence[tuple[Kind, str, str]] = tuple(
    (kind, f"x-ratelimit-limit-{name}", f"x-ratelimit-remaining-{name}")
    for name, kind in _NAMES.items()
)
_MOST_DIGITS = 15


@attrs.frozen
class Reading:
    """What an answer says about one limit."""

    kind: Kind
    limit: int
    """How much a minute allows."""

    remaining: int | None
    """How much of it was left; None if unknown."""


def readings(headers: Mapping[str, str]) -> Iterator[Reading]:
    """Read the limits of a minute that an answer names; skip what is no number.

    Args:
        headers: the headers, with names in lower case.
    """
    for kind, limit, remaining in _HEADERS:
        most = _number(headers.get(limit, ""))
        if most:
            yield Reading(kind, most, _number(headers.get(remaining, "")))


def _number(text: str) -> int | None:
    is_number = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    return int(text) if is_number else None
