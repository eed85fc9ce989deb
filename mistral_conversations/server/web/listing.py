"""What all lists share: pages by number, and the filter by metadata."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

__all__ = ["has_metadata", "page_of"]

T = TypeVar("T")


def page_of(items: Sequence[T], page: int, page_size: int) -> Sequence[T]:
    """Return one page of a list; pages count from 0."""
    return items[page * page_size : (page + 1) * page_size]


def has_metadata(metadata: Mapping[str, Any] | None, pairs: Mapping[str, Any]) -> bool:
    """Check whether metadata contain all of some pairs."""
    present = metadata or {}
    return all(key in present and present[key] == pairs[key] for key in pairs)
