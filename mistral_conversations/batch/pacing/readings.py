"""What the headers of an answer say about the limits of the service."""

from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

import attrs

from mistral_conversations.models.model import ResponseMeta

__all__ = ["Kind", "Reading", "readings"]

Kind: TypeAlias = Literal["tokens", "requests"]
"""What a limit counts."""

# Not of a day or a month: no batch should spread a month's tokens evenly.
_KINDS: Mapping[str, Kind] = {
    "tokens-minute": "tokens",
    "requests-minute": "requests",
    "req-minute": "requests",
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
    """Read the limits of a minute that an answer names; skip what is no number.

    Args:
        headers: the headers, with names in lower case.
    """
    limits = ResponseMeta(status=200, headers=headers).rate_limits
    for name, kind in _KINDS.items():
        found = limits.get(name)
        if found is not None and found.limit:
            yield Reading(kind, found.limit, found.remaining)
