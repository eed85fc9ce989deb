"""JSON Schemas of the answers of operations on libraries, written by hand.

They state the facts of the published description, and are stricter in two ways: ids
are UUIDs, and every key found in an observed body is required.
"""

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator

from tests.support.local.schema_terms import (
    COUNT,
    FLAG,
    OBJECT,
    TEXT,
    TEXT_OR_NULL,
    Schema,
    closed_object,
    list_of,
    nullable,
    ref,
    words,
)

__all__ = ["ANSWERS", "SCHEMAS", "misfits"]

_UUID: Schema = {
    "type": "string",
    "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
}
_TIME: Schema = {
    "type": "string",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$",
}
_COUNT_OR_NULL = nullable(COUNT)
_KIND = words("User", "Workspace", "Org")
_STATUS: Mapping[str, Schema] = {
    "process_status": words(
        *("self_managed", "missing_content", "noop", "done", "todo"),
        *("in_progress", "error", "waiting_for_capacity"),
    ),
    "processing_status": words("Running", "Completed", "Error"),
}
_PAGINATION = closed_object(
    total_items=COUNT,
    total_pages=COUNT,
    current_page=COUNT,
    page_size=COUNT,
    has_more=FLAG,
)

SCHEMAS: Mapping[str, Schema] = {
    "Library": closed_object(
        id=_UUID,
        name=TEXT,
        created_at=_TIME,
        updated_at=_TIME,
        owner_id=nullable(_UUID),
        owner_type=TEXT,
        total_size=COUNT,
        nb_documents=COUNT,
        chunk_size=_COUNT_OR_NULL,
        emoji=TEXT_OR_NULL,
        description=TEXT_OR_NULL,
        generated_name=TEXT_OR_NULL,
        generated_description=TEXT_OR_NULL,
        explicit_user_members_count=_COUNT_OR_NULL,
        explicit_workspace_members_count=_COUNT_OR_NULL,
        org_sharing_role=TEXT_OR_NULL,
    ),
    "Libraries": closed_object(
        data=list_of(ref("Library")),
        next_page_token=TEXT_OR_NULL,
        pagination=nullable(_PAGINATION),
    ),
    "Document": closed_object(
        id=_UUID,
        library_id=_UUID,
        hash=nullable(TEXT),
        mime_type=TEXT_OR_NULL,
        extension=TEXT_OR_NULL,
        size=_COUNT_OR_NULL,
        name=TEXT,
        created_at=_TIME,
        expires_at=nullable(_TIME),
        last_processed_at=nullable(_TIME),
        uploaded_by_id=nullable(_UUID),
        uploaded_by_type=TEXT,
        summary=TEXT_OR_NULL,
        number_of_pages=_COUNT_OR_NULL,
        tokens_processing_main_content=_COUNT_OR_NULL,
        tokens_processing_summary=_COUNT_OR_NULL,
        tokens_processing_total=COUNT,
        url=TEXT_OR_NULL,
        attributes=nullable(OBJECT),
        **_STATUS,
    ),
    "Documents": closed_object(
        pagination=_PAGINATION,
        data=list_of(ref("Document")),
    ),
    "Text": closed_object(text=TEXT),
    "Status": closed_object(document_id=_UUID, **_STATUS),
    "URL": {"type": "string", "pattern": "^http://"},
    "Access": closed_object(
        library_id=_UUID,
        user_id=nullable(_UUID),
        org_id=_UUID,
        role=TEXT,
        share_with_type=_KIND,
        share_with_uuid=nullable(_UUID),
    ),
    "Accesses": closed_object(data=list_of(ref("Access"))),
}

_LIBRARY = "/v1/libraries/{library_id}"
_DOCUMENT = f"{_LIBRARY}/documents/{{document_id}}"
ANSWERS: Mapping[tuple[str, str, int], str | None] = {
    ("POST", "/v1/libraries", 201): "Library",
    ("GET", "/v1/libraries", 200): "Libraries",
    ("GET", _LIBRARY, 200): "Library",
    ("PATCH", _LIBRARY, 200): "Library",
    ("PUT", _LIBRARY, 200): "Library",
    ("DELETE", _LIBRARY, 200): "Library",
    ("POST", f"{_LIBRARY}/documents", 201): "Document",
    ("POST", f"{_LIBRARY}/documents", 200): "Document",
    ("GET", f"{_LIBRARY}/documents", 200): "Documents",
    ("GET", _DOCUMENT, 200): "Document",
    ("PATCH", _DOCUMENT, 200): "Document",
    ("PUT", _DOCUMENT, 200): "Document",
    ("DELETE", _DOCUMENT, 204): None,
    ("GET", f"{_DOCUMENT}/text_content", 200): "Text",
    ("GET", f"{_DOCUMENT}/status", 200): "Status",
    ("GET", f"{_DOCUMENT}/signed-url", 200): "URL",
    ("GET", f"{_DOCUMENT}/extracted-text-signed-url", 200): "URL",
    ("POST", f"{_DOCUMENT}/reprocess", 204): None,
    ("GET", f"{_LIBRARY}/share", 200): "Accesses",
    ("PUT", f"{_LIBRARY}/share", 200): "Access",
    ("DELETE", f"{_LIBRARY}/share", 200): "Access",
}
"""The names of the schemas, by method, route and status; None is no body."""


def misfits(value: Any, name: str) -> list[str]:
    """Return where plain JSON does not fit the schema of that name."""
    validator = Draft202012Validator({**ref(name), "$defs": SCHEMAS})
    return [f"{e.json_path}: {e.message}" for e in validator.iter_errors(value)]
