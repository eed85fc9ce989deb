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
from mistral_conversations.server.web.uuids import uuid_text

__all__ = [
    "DOCUMENT_UPDATE",
    "LIBRARY",
    "LIBRARY_UPDATE",
    "LISTING",
    "SHARING",
    "SHARING_DELETE",
]

_LARGEST_PAGE = 100
_SORTED_BY = (
    *("created_at", "last_processed_at", "name", "size", "extension", "mime_type"),
    *("number_of_pages", "processing_status", "tokens_processing_total"),
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
    chunk_size=nullable(integer()),
    # Beyond the schema: the vendor's client sends it.
    owner_type=nullable(exactly("User", "Workspace")),
)
"""The body that creates a library."""

LIBRARY_UPDATE = open_fields(name=_text_or_null, description=_text_or_null)
"""The body that updates a library."""

DOCUMENT_UPDATE = open_fields(name=_text_or_null, attributes=nullable(_attributes))
"""The body that updates a document."""

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
