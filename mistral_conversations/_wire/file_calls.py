"""The calls on files, built and checked before sending."""

from mistral_conversations._wire import routes
from mistral_conversations._wire.call import Call
from mistral_conversations._wire.parameters import (
    Checks,
    Parameters,
    a_bool,
    a_count,
    a_text,
    each,
    not_empty,
    to_query,
)

__all__ = ["download", "list_files", "of_file", "signed_url", "upload", "upload_texts"]

_MOST_HOURS = 168


def upload() -> Call:
    """POST /v1/files, without the form."""
    return Call("POST", routes.FILES)


def upload_texts(parameters: Parameters) -> dict[str, str]:
    """Return the fields of the form beside the file; None is not sent."""
    fields = to_query(parameters, _UPLOADED)
    return {name: str(value) for name, value in fields.items()}


def list_files(parameters: Parameters) -> Call:
    """GET /v1/files; None is not sent."""
    return Call("GET", routes.FILES, to_query(parameters, _LISTED))


def of_file(route: str, file_id: str, *, method: str = "GET") -> Call:
    """GET, or another method, for a file."""
    return Call(method, routes.path_of(route, file_id=file_id))


def download(file_id: str) -> Call:
    """GET /v1/files/{file_id}/content, which answers with the bytes."""
    call = of_file(routes.FILE_CONTENT, file_id)
    return call._replace(accept="application/octet-stream")


def signed_url(file_id: str, parameters: Parameters) -> Call:
    """GET /v1/files/{file_id}/url; None is not sent."""
    query = to_query(parameters, _SIGNED)
    return of_file(routes.FILE_URL, file_id)._replace(query=query)


_names = not_empty(each("a str", str))

_LISTED: Checks = {
    "page": a_count(0),
    "page_size": a_count(1),
    "include_total": a_bool,
    "sample_type": _names,
    "source": _names,
    "search": a_text,
    "purpose": a_text,
    "mimetypes": _names,
}

_UPLOADED: Checks = {
    "purpose": a_text,
    "expiry": a_count(1),
    "visibility": a_text,
}

_SIGNED: Checks = {"expiry": a_count(1, _MOST_HOURS)}
