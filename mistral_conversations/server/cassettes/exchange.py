"""An exchange with a service: a request, and its answer in pieces with their times."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import attrs

__all__ = ["End", "Exchange", "Piece", "RequestFacts"]

End: TypeAlias = Literal["complete", "cut", "left"]
"""How an answer ended: whole, by the service breaking off, or by the caller leaving."""


@attrs.frozen
class RequestFacts:
    """The parts of a request that a cassette keeps, and that are compared."""

    method: str
    path: str
    """Percent-encoded as received, without the query."""

    query: Sequence[tuple[str, str]] = ()
    body: Mapping[str, Any] = attrs.field(factory=dict)
    """One kind of body by its name, as in a line of a cassette; empty without a body.

    - `json`: plain JSON types
    - `text`: any other text
    - `form`: the fields of an upload; of files, their name, type, size and hash
    - `bytes`: the size and hash of anything else
    """


@attrs.frozen
class Piece:
    """Bytes of an answer that arrived at one time."""

    at: float
    """Seconds after the request arrived."""

    data: bytes


@attrs.define(eq=False)
class Exchange:
    """A request and its answer."""

    number: int
    """The place of the request in the order of arrival."""

    line: int
    """The line of the request in the cassette, from 1."""

    request: RequestFacts
    status: int | None = None
    """None if the exchange ended before there was an answer."""

    headers: Mapping[str, str] = attrs.field(factory=dict)
    begun: float = 0.0
    """When the answer began, in seconds after the request arrived."""

    pieces: list[Piece] = attrs.field(factory=list)
    end: End = "cut"
    ended: float = 0.0
    """When the answer ended, in seconds after the request arrived."""
