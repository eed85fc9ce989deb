"""The list of files: filtered, newest first, one page."""

from collections.abc import Mapping, Sequence
from typing import Any

from mistral_conversations.server.files.stored_file import StoredFile
from mistral_conversations.server.web.failures import JSONObject
from mistral_conversations.server.web.listing import newest_page

__all__ = ["file_page"]


def file_page(files: Sequence[StoredFile], query: Mapping[str, Any]) -> JSONObject:
    """Return the page that a query asks for.

    Args:
        files: the files, oldest first.
        query: `search`, a part of the name; `purpose`; `sample_type`, `source` and
            `mimetypes`, lists of the accepted ones; `page`, `page_size` and
            `include_total`.
    """
    found = [file for file in files if _matches(file, query)]
    shown = newest_page(found, query["page"], query["page_size"])
    return {
        "data": [file.body() for file in shown],
        "object": "list",
        "total": len(found) if query["include_total"] else None,
    }


def _matches(file: StoredFile, query: Mapping[str, Any]) -> bool:
    among = (
        ("sample_type", file.sample_type),
        ("source", file.source),
        ("mimetypes", file.file.mime_type),
    )
    return (
        query.get("search", "").casefold() in file.file.filename.casefold()
        and query.get("purpose", file.purpose) == file.purpose
        and all(value in query.get(name, (value,)) for name, value in among)
    )
