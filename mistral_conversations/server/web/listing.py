"""What all lists share: pages by number, filters, and the filter by metadata."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

__all__ = ["has_metadata", "newest_page", "page_from", "page_of", "passes"]

T = TypeVar("T")


def page_of(items: Sequence[T], page: int, page_size: int) -> Sequence[T]:
    """Return one page of a list; pages count from 0."""
    return items[page * page_size : (page + 1) * page_size]


def newest_page(oldest_first: Sequence[T], page: int, page_size: int) -> Sequence[T]:
    """Return one page of a list in reverse order; pages count from 0."""
    stop = max(0, len(oldest_first) - page * page_size)
    return oldest_first[max(0, stop - page_size) : stop][::-1]


def page_from(items: Iterable[T], page: int, page_size: int) -> Sequence[T]:
    """Return one page of what an iterable yields, and read it no further."""
    first = min(page * page_size, sys.maxsize)
    return tuple(islice(islice(items, first, None), page_size))


def passes(
    item: T, query: Mapping[str, Any], filters: Mapping[str, Callable[[T, Any], bool]]
) -> bool:
    """Check whether an item passes all filters that a query gives.

    Args:
        item: the item.
        query: the values, by the names of the filters; None does not filter.
        filters: the functions that compare an item with a value.
    """
    return all(
        is_passed(item, query[name])
        for name, is_passed in filters.items()
        if query.get(name) is not None
    )


def has_metadata(metadata: Mapping[str, Any] | None, pairs: Mapping[str, Any]) -> bool:
    """Check whether metadata contain all of some pairs."""
    present = metadata or {}
    return all(key in present and _equal(present[key], pairs[key]) for key in pairs)


def _equal(one: Any, other: Any) -> bool:
    """Compare two JSON values; in Python, True equals 1."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and has_metadata(one, other)
    equal: bool = one == other
    return equal and isinstance(one, bool) is isinstance(other, bool)
