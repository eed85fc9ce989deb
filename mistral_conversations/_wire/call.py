"""`Call`: one call of the API, before it is sent."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

__all__ = ["Call"]


class Call(NamedTuple):
    """One call as it is sent, independent of the transport."""

    method: str
    path: str
    """The path below the base URL, percent-encoded."""

    query: Mapping[str, str | Sequence[str]] = MappingProxyType({})
    """A parameter with several values is sent several times."""

    body: bytes | None = None
    """JSON text."""

    stream: bool = False
    """Whether the answer is an event stream."""

    accept: str = "application/json"
    """The media type of another answer."""

    conversation_id: str | None = None
    """The conversation of the answer, if known before sending."""

    copied_id: str | None = None
    """The conversation that the answer's conversation is a copy of."""
