"""The places inside a JSON value, which tests change."""

from collections.abc import Iterator
from typing import Any

__all__ = ["places_in"]


def places_in(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each place inside a value: its container, and its key or index."""
    pairs: Any = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    for key, inner in pairs:
        yield value, key
        yield from places_in(inner)
