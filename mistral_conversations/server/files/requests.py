"""Reading the requests about files."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from mistral_conversations.server.files.schemas import LISTING, SIGNED_URL, UPLOAD
from mistral_conversations.server.web.failures import JSONObject
from mistral_conversations.server.web.reading import Read, checked_body, read_query
from mistral_conversations.server.web.uploads import Upload, read_form
from mistral_conversations.server.web.values import read_flag, read_integer, read_text

__all__ = ["read_file", "read_lifetime", "read_listing"]

_DEFAULT_LIFETIME = 24


async def read_file(request: web.Request) -> tuple[Upload, JSONObject]:
    """Read an upload: the file, and its purpose, visibility and expiry.

    Raises:
        RefusalError: it violates the API description. The same goes for the other
            functions of this module.
    """
    form = await read_form(request)
    given = {
        name: read(form.fields[name])
        for name, read in _FIELDS.items()
        if name in form.fields
    }
    defaults = {"purpose": "fine-tune", "visibility": "workspace", "expiry": None}
    return form.file, {**defaults, **checked_body(given, UPLOAD)}


def read_listing(request: web.Request) -> JSONObject:
    """Read the query of the list, with its defaults."""
    query = read_query(
        request,
        LISTING,
        page=read_integer,
        page_size=read_integer,
        include_total=read_flag,
        sample_type=[read_text],
        source=[read_text],
        search=read_text,
        purpose=read_text,
        mimetypes=[read_text],
    )
    return {"page": 0, "page_size": 100, "include_total": True, **query}


def read_lifetime(request: web.Request) -> int:
    """Read the hours for which a signed URL is to be valid, from 1 to 168."""
    query = read_query(request, SIGNED_URL, expiry=read_integer)
    hours: int = query.get("expiry", _DEFAULT_LIFETIME)
    return hours


def _read_expiry(given: str) -> Any:
    # A form has no null: clients send either of these.
    return None if given in {"", "null"} else read_integer(given)


_FIELDS: Mapping[str, Read] = {
    "purpose": read_text,
    "visibility": read_text,
    "expiry": _read_expiry,
}
