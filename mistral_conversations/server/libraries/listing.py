"""The list of documents of a library: searched, filtered, sorted, one page."""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mistral_conversations.server.web.failures import JSONObject
from mistral_conversations.server.web.listing import page_of

__all__ = ["document_page"]


def document_page(bodies: Iterable[JSONObject], query: Mapping[str, Any]) -> JSONObject:
    """Return the page that a query asks for, with its pagination.

    Args:
        bodies: the documents as JSON, oldest first.
        query: `search`, a part of the name; `filters_attributes`, pairs that a document
            must have, all of them; `sort_by` and `sort_order`; `page` and `page_size`.
    """
    searched = query.get("search", "").casefold()
    pairs = query.get("filters_attributes") or {}
    found = [
        body
        for body in bodies
        if searched in body["name"].casefold() and _has(body["attributes"], pairs)
    ]
    found.sort(key=_order(query.get("sort_by", "created_at")))
    if query.get("sort_order", "desc") == "desc":
        found.reverse()
    return _page(found, query.get("page", 0), query.get("page_size", 100))


def _has(attributes: Mapping[str, Any] | None, pairs: Mapping[str, Any]) -> bool:
    """Check whether all pairs are present; one item of a list is enough."""
    present = attributes or {}
    return all(
        key in present and (present[key] == value or _is_item(value, present[key]))
        for key, value in pairs.items()
    )


def _is_item(value: Any, items: Any) -> bool:
    return isinstance(items, list) and value in items


def _order(key: str) -> Callable[[JSONObject], tuple[bool, Any]]:
    def order(body: JSONObject) -> tuple[bool, Any]:
        value = body[key]
        return value is not None, value.casefold() if isinstance(value, str) else value

    return order


def _page(found: list[JSONObject], page: int, page_size: int) -> JSONObject:
    total = len(found)
    return {
        "pagination": {
            "total_items": total,
            "total_pages": math.ceil(total / page_size),
            "current_page": page,
            "page_size": page_size,
            "has_more": (page + 1) * page_size < total,
        },
        "data": page_of(found, page, page_size),
    }
