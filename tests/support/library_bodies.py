"""Bodies of libraries in the observed shapes, with this project's own values."""

from typing import Any

from tests.support.bodies import LATER, TIME

__all__ = [
    "DOCUMENT_ID",
    "LIBRARY_ID",
    "ORG_ID",
    "USER_ID",
    "document",
    "document_id",
    "documents",
    "libraries",
    "library",
    "sharing",
    "sharings",
    "status",
]

LIBRARY_ID = "019f0000-1111-7000-8000-0000000000a1"
DOCUMENT_ID = "019f0000-2222-7000-8000-0000000000b1"
USER_ID = "019f0000-3333-7000-8000-0000000000c1"
ORG_ID = "019f0000-4444-7000-8000-0000000000d1"

Body = dict[str, Any]


def library(**others: Any) -> Body:
    return {
        "id": LIBRARY_ID,
        "name": "Skies",
        "created_at": TIME,
        "updated_at": LATER,
        "owner_id": USER_ID,
        "owner_type": "User",
        "total_size": 2048,
        "nb_documents": 2,
        "chunk_size": None,
        "emoji": None,
        "description": "What colour they are.",
        "generated_name": None,
        "generated_description": "Blue ones above all.",
        "explicit_user_members_count": None,
        "explicit_workspace_members_count": None,
        "org_sharing_role": None,
        **others,
    }


def libraries(*bodies: Body) -> Body:
    return {"data": list(bodies or (library(),))}


def document_id(number: int) -> str:
    return f"019f0000-2222-7000-8000-{number:012x}"


def document(number: int | None = None, **others: Any) -> Body:
    """Return a document as observed: no `process_status`, no `url`."""
    return {
        "id": DOCUMENT_ID if number is None else document_id(number),
        "library_id": LIBRARY_ID,
        "hash": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        "mime_type": "text/plain",
        "extension": "txt",
        "size": 1024,
        "name": "sky.txt",
        "created_at": TIME,
        "processing_status": "Running",
        "uploaded_by_id": USER_ID,
        "uploaded_by_type": "User",
        "tokens_processing_total": 0,
        "summary": None,
        "last_processed_at": None,
        "number_of_pages": None,
        "tokens_processing_main_content": None,
        "tokens_processing_summary": None,
        **others,
    }


def documents(*numbers: int, **pagination: Any) -> Body:
    """Return a page of documents of these numbers."""
    return {
        "pagination": {
            "total_items": len(numbers),
            "total_pages": 1,
            "current_page": 0,
            "page_size": 100,
            "has_more": False,
            **pagination,
        },
        "data": [document(number) for number in numbers],
    }


def status(word: str = "Running", **others: Any) -> Body:
    """Return a status as observed: no `process_status`."""
    return {"document_id": DOCUMENT_ID, "processing_status": word, **others}


def sharing(**others: Any) -> Body:
    return {
        "library_id": LIBRARY_ID,
        "user_id": None,
        "org_id": ORG_ID,
        "role": "Viewer",
        "share_with_type": "User",
        "share_with_uuid": USER_ID,
        **others,
    }


def sharings(*bodies: Body) -> Body:
    return {"data": list(bodies or (sharing(),))}
