"""The schemas of requests about libraries, as tables of checks.

Their objects are open: unlike for conversations, the published description does not
forbid other keys.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from mistral_conversations.server.web.checks import (
    Check,
    Location,
    any_object,
    boolean,
    date_time,
    either,
    exactly,
    integer,
    items,
    nullable,
    number,
    open_fields,
    string,
)
from mistral_conversations.server.web.failures import JSONObject
from mistral_conversations.server.web.tokens import page_token
from mistral_conversations.server.web.uuids import uuid_text

__all__ = [
    "DOCUMENT_UPDATE",
    "LIBRARIES",
    "LIBRARY",
    "LIBRARY_UPDATE",
    "LISTING",
    "SHARING",
    "SHARING_DELETE",
    "TEXT_PAGES",
]

_LARGEST_PAGE = 100
_SORTED_BY = (
    *("created_at", "last_processed_at", "name", "size", "extension", "mime_type"),
    *("number_of_pages", "processing_status", "tokens_processing_total", "expires_at"),
)


def _attributes(value: Any, loc: Location) -> Iterator[JSONObject]:
    yield from any_object(value, loc)
    for key, item in value.items() if isinstance(value, dict) else ():
        yield from _attribute(item, (*loc, key))


_text_or_null = nullable(string)

_attribute: Check = either(
    bool=boolean,
    str=string,
    float=number(),
    **{
        "list[str]": items(string),
        "list[float]": items(number()),
        "list[bool]": items(boolean),
    },
)

LIBRARY = open_fields(
    "name",
    name=string,
    description=_text_or_null,
    chunk_size=nullable(integer(ge=256, le=32_768)),
    owner_type=nullable(exactly("User", "Workspace")),
)
"""The body that creates a library."""

LIBRARIES = open_fields(
    page_size=integer(ge=1, le=_LARGEST_PAGE),
    page_token=page_token,
    page=integer(ge=0),
    search=string,
    filter_owned_by_me=boolean,
)
"""The query that lists libraries."""

LIBRARY_UPDATE = open_fields(name=string, description=_text_or_null)
"""The body that updates a library."""

DOCUMENT_UPDATE = open_fields(
    name=string, attributes=nullable(_attributes), expires_at=nullable(date_time)
)
"""The body that updates a document."""

_number_of_page = integer(ge=0)
TEXT_PAGES = open_fields(page_start=_number_of_page, page_end=_number_of_page)
"""The query for the text of a document."""

LISTING = open_fields(
    page=integer(ge=0),
    page_size=integer(ge=1, le=_LARGEST_PAGE),
    search=string,
    filters_attributes=nullable(any_object),
    sort_by=exactly(*_SORTED_BY),
    sort_order=exactly("asc", "desc"),
)
"""The query that lists documents."""

_sharing = partial(
    open_fields,
    "share_with_uuid",
    "share_with_type",
    org_id=nullable(uuid_text),
    share_with_uuid=uuid_text,
    share_with_type=exactly("User", "Workspace", "Org"),
)
SHARING = _sharing("level", level=exactly("Viewer", "Editor"))
"""The body that grants access to a library."""

SHARING_DELETE = _sharing()
"""The body that revokes access.

The description requires a `level` without meaning; here it may be left out.
"""
