"""The calls on libraries, built and checked before sending."""

from collections.abc import Mapping

from mistral_conversations._wire import routes
from mistral_conversations._wire.call import Call
from mistral_conversations._wire.parameters import (
    Checks,
    Parameters,
    a_count,
    a_mapping,
    a_text,
    a_time,
    an_int,
    check_required,
    given,
    never_null,
    one,
    or_null,
    to_body,
    to_query,
)
from mistral_conversations.models.unset import set_values

__all__ = [
    "create",
    "list_documents",
    "list_libraries",
    "of_document",
    "of_library",
    "share",
    "text_content",
    "unshare",
    "update",
    "update_document",
    "upload",
]


def create(parameters: Parameters) -> Call:
    """POST /v1/libraries; None is not sent, and rejected for `name`."""
    check_required(parameters, _CHECKS, "name")
    return Call("POST", routes.LIBRARIES, body=to_body(given(parameters), _CHECKS))


def list_libraries(parameters: Parameters) -> Call:
    """GET /v1/libraries; None is not sent."""
    return Call("GET", routes.LIBRARIES, to_query(parameters, _LISTED))


def of_library(route: str, library_id: str, *, method: str = "GET") -> Call:
    """GET, or another method, for a library or its sharing list."""
    return Call(method, routes.path_of(route, library_id=library_id))


def update(library_id: str, parameters: Parameters) -> Call:
    """PATCH /v1/libraries/{library_id}; UNSET is not sent, None is sent as null."""
    body = to_body(set_values(parameters), _UPDATED)
    return of_library(routes.LIBRARY, library_id, method="PATCH")._replace(body=body)


def upload(library_id: str) -> Call:
    """POST /v1/libraries/{library_id}/documents, without the file."""
    return of_library(routes.DOCUMENTS, library_id, method="POST")


def list_documents(library_id: str, parameters: Parameters) -> Call:
    """GET /v1/libraries/{library_id}/documents; None is not sent."""
    query = to_query(parameters, _LISTED)
    return of_library(routes.DOCUMENTS, library_id)._replace(query=query)


def of_document(
    route: str, library_id: str, document_id: str, *, method: str = "GET"
) -> Call:
    """GET, or another method, for a document, its text, its status or a URL of it."""
    path = routes.path_of(route, library_id=library_id, document_id=document_id)
    return Call(method, path)


def update_document(library_id: str, document_id: str, parameters: Parameters) -> Call:
    """PATCH .../documents/{document_id}; UNSET is not sent, None is sent as null."""
    call = of_document(routes.DOCUMENT, library_id, document_id, method="PATCH")
    return call._replace(body=to_body(set_values(parameters), _UPDATED))


def text_content(library_id: str, document_id: str, pages: Parameters) -> Call:
    """GET .../documents/{document_id}/text_content; None is not sent."""
    query = to_query(pages, _PAGES)
    start, end = pages["page_start"], pages["page_end"]
    if start is not None and end is not None and end < start:
        raise ValueError(f"page_end must be {start} (page_start) or more, not {end}")
    call = of_document(routes.DOCUMENT_TEXT_CONTENT, library_id, document_id)
    return call._replace(query=query)


def share(library_id: str, parameters: Parameters) -> Call:
    """PUT /v1/libraries/{library_id}/share."""
    check_required(parameters, _CHECKS, "level", *_WHOM)
    return _share("PUT", library_id, parameters)


def unshare(library_id: str, parameters: Parameters) -> Call:
    """DELETE /v1/libraries/{library_id}/share; the service needs no `level` here."""
    check_required(parameters, _CHECKS, *_WHOM)
    return _share("DELETE", library_id, parameters)


def _share(method: str, library_id: str, parameters: Parameters) -> Call:
    body = to_body(given(parameters), _CHECKS)
    return of_library(routes.LIBRARY_SHARE, library_id, method=method)._replace(
        body=body
    )


_CHECKS: Checks = {
    "name": a_text,
    "description": a_text,
    "chunk_size": an_int,
    "owner_type": a_text,
    "attributes": a_mapping,
    "expires_at": a_time,
    "org_id": a_text,
    "level": a_text,
    "share_with_uuid": a_text,
    "share_with_type": a_text,
}

_WHOM = ("share_with_uuid", "share_with_type")

_UPDATED: Checks = {
    **{name: or_null(check) for name, check in _CHECKS.items()},
    "name": never_null(a_text, "leave it out to keep the name"),
}

_PAGES: Checks = {"page_start": a_count(0), "page_end": a_count(0)}

_LISTED: Checks = {
    "page_token": a_text,
    "search": a_text,
    "page": a_count(0),
    "page_size": a_count(1),
    "filters_attributes": one("a mapping, or JSON text", str, Mapping),
    "sort_by": a_text,
    "sort_order": a_text,
}
