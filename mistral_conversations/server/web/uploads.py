"""Uploads: reading a file and fields from multipart/form-data (RFC 7578)."""

from collections.abc import Mapping
from mimetypes import MimeTypes
from pathlib import PurePosixPath

import attrs
from aiohttp import web

from mistral_conversations.server.web.checks import problem
from mistral_conversations.server.web.failures import RefusalError, unprocessable
from mistral_conversations.server.web.multipart import PART_END, FormParser
from mistral_conversations.server.web.part_headers import (
    UNKNOWN_TYPE,
    PartHeaders,
    boundary_of,
)

__all__ = ["Form", "Upload", "read_form", "read_upload"]

_FIELD = "file"
_OFFICE = "application/vnd.openxmlformats-officedocument"

# Beyond those that Python 3.11 knows.
_TYPES = MimeTypes()
_TYPES.add_type(f"{_OFFICE}.wordprocessingml.document", ".docx")
_TYPES.add_type(f"{_OFFICE}.presentationml.presentation", ".pptx")
_TYPES.add_type(f"{_OFFICE}.spreadsheetml.sheet", ".xlsx")
_TYPES.add_type("application/yaml", ".yaml")
_TYPES.add_type("application/yaml", ".yml")
_TYPES.add_type("application/jsonl", ".jsonl")
_TYPES.add_type("text/markdown", ".md")


@attrs.frozen
class Upload:
    """An uploaded file."""

    filename: str
    content: bytes = attrs.field(repr=False)
    declared_type: str | None = None
    """The content type that the uploader gave; None for none, an invalid one, or the
    generic one.
    """

    @property
    def mime_type(self) -> str:
        """The declared content type, or one guessed from the name."""
        guessed, _ = _TYPES.guess_type(f"file.{self.extension}")
        return self.declared_type or guessed or UNKNOWN_TYPE

    @property
    def extension(self) -> str | None:
        """The extension of the name, without the dot and in lower case."""
        return PurePosixPath(self.filename).suffix[1:].lower() or None


@attrs.frozen
class Form:
    """A form with a file."""

    file: Upload
    fields: Mapping[str, str]
    """The other fields by name, the first of each."""


async def read_upload(request: web.Request) -> Upload:
    """Read the field `file` of a form.

    Raises:
        RefusalError: the body is not a form, or the form has no file. The same goes
            for `read_form`.
    """
    form = await read_form(request)
    return form.file


async def read_form(request: web.Request) -> Form:
    """Read a form: the field `file`, and the others as text."""
    body = await request.read()
    file: Upload | None = None
    fields: dict[str, str] = {}
    try:
        boundary = boundary_of(request.headers.get("Content-Type", ""))
        for part, content in _parts(body, boundary):
            if part.name == _FIELD and file is None:
                file = _upload(part, content)
            elif part.name is not None and part.name != _FIELD:
                fields.setdefault(part.name, content.decode(errors="replace"))
    except ValueError as error:
        msg = f"There was an error parsing the body: {error}"
        raise unprocessable([problem("value_error", ("body",), msg, None)]) from None
    if file is None:
        raise _refused("missing", "Field required")
    return Form(file, fields)


def _upload(part: PartHeaders, content: bytes) -> Upload:
    if part.filename is None:
        raise _refused("value_error", "Value error, Expected UploadFile, received: str")
    if not part.filename.strip():
        raise _refused("value_error", "Value error, the file has no name")
    return Upload(part.filename, content, part.declared_type)


def _parts(body: bytes, boundary: bytes | None) -> list[tuple[PartHeaders, bytes]]:
    """Return the parts of a form with their contents; of another body, none."""
    if boundary is None:
        return []
    parser = FormParser(boundary)
    parts: list[tuple[PartHeaders, list[bytes]]] = []
    for found in parser.feed(body):
        if isinstance(found, PartHeaders):
            parts.append((found, []))
        elif found is not PART_END:
            parts[-1][1].append(found)
    parser.close()
    return [(part, b"".join(pieces)) for part, pieces in parts]


def _refused(type_: str, msg: str) -> RefusalError:
    return unprocessable([problem(type_, ("body", _FIELD), msg, None)])
