"""One call of the API, as it is built before anything is sent."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

__all__ = ["Call"]


class Call(NamedTuple):
    """One call: what goes on the wire, whatever carries it."""

    method: str
    path: str
    """Below the base URL, percent-encoded."""

    query: Mapping[str, str | Sequence[str]] = MappingProxyType({})
    """A parameter with several values is sent several times."""

    body: bytes | None = None
    """JSON text."""

    stream: bool = False
    """Whether the answer is to be an event stream."""

    conversation_id: str | None = None
    """The conversation that the answer belongs to, where that is known before."""
