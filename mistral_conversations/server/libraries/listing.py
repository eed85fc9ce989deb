"""The lists of libraries and of documents: searched, filtered, sorted, one page."""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from mistral_conversations.server.libraries.documents import Document
from mistral_conversations.server.libraries.store import Library
from mistral_conversations.server.web.failures import JSONObject
from mistral_conversations.server.web.listing import newest_page, page_of
from mistral_conversations.server.web.tokens import PageTokens

__all__ = ["TOKENS", "document_page", "library_page"]

TOKENS = PageTokens("libraries-before:")

_PAGE_SIZE = 100


def library_page(
    newest_first: Sequence[Library], query: Mapping[str, Any]
) -> JSONObject:
    """Return the page that a query asks for, with the token of the next one.

    Args:
        newest_first: all libraries.
        query: `search`, a part of the name; `page_size`; `page_token`, read as a
            position, or else the deprecated `page`, whose answer has `pagination`.
    """
    searched = query.get("search", "").casefold()
    found = [
        library
        for library in newest_first
        if searched in library.settings["name"].casefold()
    ]
    before, page = query.get("page_token"), query.get("page")
    size = query.get("page_size", _PAGE_SIZE)
    if before is None:
        left = found[(page or 0) * size :]
    else:
        left = [library for library in found if library.position < before]
    shown = left[:size]
    if before is None and page is not None:
        pagination = _pagination(len(found), page, size)
    else:
        pagination = None
    return {
        "data": [library.body() for library in shown],
        "next_page_token": TOKENS.of(shown[-1].position) if left[size:] else None,
        "pagination": pagination,
    }


def document_page(
    documents: Sequence[Document], now: datetime, query: Mapping[str, Any]
) -> JSONObject:
    """Return the page that a query asks for, with its pagination.

    Without search, filters and an order of its own, only the documents of the page are
    looked at.

    Args:
        documents: the documents, oldest first.
        now: the time, which decides the states of the documents.
        query: `search`, a part of the name; `filters_attributes`, pairs that a document
            must have, all of them; `sort_by` and `sort_order`; `page` and `page_size`.
    """
    found = _matching(documents, query)
    sort_by = query.get("sort_by", "created_at")
    if sort_by != "created_at":
        order = _order(sort_by)
        found = sorted(found, key=lambda document: order(_body(document, now)))
    page, page_size = query.get("page", 0), query.get("page_size", _PAGE_SIZE)
    is_descending = query.get("sort_order", "desc") == "desc"
    shown = (newest_page if is_descending else page_of)(found, page, page_size)
    return {
        "pagination": _pagination(len(found), page, page_size),
        "data": [_body(document, now) for document in shown],
    }


def _matching(
    documents: Sequence[Document], query: Mapping[str, Any]
) -> Sequence[Document]:
    searched = query.get("search", "").casefold()
    pairs = query.get("filters_attributes") or {}
    if not searched and not pairs:
        return documents
    return [
        document
        for document in documents
        if searched in document.name.casefold() and _has(document.attributes, pairs)
    ]


def _body(document: Document, now: datetime) -> JSONObject:
    return document.body(document.status(now))


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


def _pagination(total: int, page: int, page_size: int) -> JSONObject:
    return {
        "total_items": total,
        "total_pages": math.ceil(total / page_size),
        "current_page": page,
        "page_size": page_size,
        "has_more": (page + 1) * page_size < total,
    }
