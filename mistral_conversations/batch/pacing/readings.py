"""What the headers of an answer say about the limits of the service."""

from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

import attrs

__all__ = ["Kind", "Reading", "readings"]

Kind: TypeAlias = Literal["tokens", "requests"]
"""What a limit counts."""

_KINDS: Mapping[str, Kind] = {
    "tokens": "tokens",
    "requests": "requests",
    "req": "requests",
}
_MOST_DIGITS = 15

# Not hours, days and months: no batch should spread a month's tokens evenly.
_NAMES: Mapping[str, tuple[str, Kind]] = {
    f"x-ratelimit-{part}-{word}-minute": (part, kind)
    for part in ("limit", "remaining")
    for word, kind in _KINDS.items()
}


@attrs.frozen
class Reading:
    """What an answer says about one limit."""

    kind: Kind
    limit: int
    """How much a minute allows."""

    remaining: int | None
    """How much of it was left; None if unknown."""


def readings(headers: Mapping[str, str]) -> Iterator[Reading]:
    """Read the limits that an answer names; skip what is no number.

    Args:
        headers: the headers, with names in lower case.
    """
    found: dict[tuple[str, Kind], int] = {}
    for name, value in headers.items():
        key = _NAMES.get(name)
        number = None if key is None else _number(value)
        if key is not None and number is not None:
            found[key] = number
    for (part, kind), limit in found.items():
        if part == "limit" and limit > 0:
            yield Reading(kind, limit, found.get(("remaining", kind)))


def _number(value: str) -> int | None:
    text = value.strip()
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if is_number else None
