"""Uploads: reading a file and fields from multipart/form-data (RFC 7578)."""

import re
from collections.abc import Mapping
from email.message import Message
from email.parser import HeaderParser
from email.utils import collapse_rfc2231_value
from mimetypes import MimeTypes
from pathlib import PurePosixPath

import attrs
from aiohttp import web

from mistral_conversations.server.web.checks import problem
from mistral_conversations.server.web.failures import RefusalError, unprocessable

__all__ = ["Form", "Upload", "read_form", "read_upload"]

_FIELD = "file"
_UNKNOWN_TYPE = "application/octet-stream"
_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+", re.ASCII)
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
        return self.declared_type or guessed or _UNKNOWN_TYPE

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
        for headers, content in _parts(body, _boundary(request)):
            name = _parameter(headers, "name")
            if name == _FIELD and file is None:
                file = _upload(headers, content)
            elif name is not None and name != _FIELD:
                fields.setdefault(name, content.decode(errors="replace"))
    except ValueError as error:
        msg = f"There was an error parsing the body: {error}"
        raise unprocessable([problem("value_error", ("body",), msg, None)]) from None
    if file is None:
        raise _refused("missing", "Field required")
    return Form(file, fields)


def _upload(headers: Message, content: bytes) -> Upload:
    filename = _filename(headers)
    if filename is None:
        raise _refused("value_error", "Value error, Expected UploadFile, received: str")
    if not filename.strip():
        raise _refused("value_error", "Value error, the file has no name")
    type_ = headers.get_content_type() if "Content-Type" in headers else _UNKNOWN_TYPE
    is_known = type_ != _UNKNOWN_TYPE and _TYPE.fullmatch(type_)
    return Upload(filename, content, type_ if is_known else None)


def _boundary(request: web.Request) -> str | None:
    if request.content_type != "multipart/form-data":
        return None
    head = HeaderParser().parsestr(f"Content-Type: {request.headers['Content-Type']}")
    boundary = head.get_boundary()
    if not boundary:
        raise ValueError("the content type has no boundary")
    return boundary


def _parts(body: bytes, boundary: str | None) -> list[tuple[Message, bytes]]:
    """Split a form into its parts (RFC 2046, 5.1.1).

    The parsers of aiohttp and `email` need a stream, also parse parts that are
    messages or forms, and fail on names with semicolons. With all bytes in memory, a
    split at the boundaries is enough.
    """
    if boundary is None:
        return []
    delimiter = rb"\r\n--%b(?=--|[ \t]*\r\n)" % re.escape(boundary.encode())
    _preamble, *parts = re.split(delimiter, b"\r\n" + body)
    ends = [part.startswith(b"--") for part in parts]
    if True not in ends:
        raise ValueError("the form ends before its last boundary")
    return [_part(part) for part in parts[: ends.index(True)]]


def _part(part: bytes) -> tuple[Message, bytes]:
    head, found, content = part.partition(b"\r\n\r\n")
    if not found:
        raise ValueError("a part has no end of its headers")
    _padding, _, lines = head.partition(b"\r\n")
    return HeaderParser().parsestr(lines.decode(errors="replace")), content


def _filename(headers: Message) -> str | None:
    """Return the name of a file, however it is encoded.

    Browsers use UTF-8 and escape three characters (WHATWG's HTML, "multipart form
    data"); `filename*` (RFC 5987) takes precedence if both are present.
    """
    extended = _parameter(headers, "filename", extended=True)
    if extended is not None:
        return extended
    plain = _parameter(headers, "filename")
    if plain is None:
        return None
    return plain.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")


def _parameter(headers: Message, name: str, *, extended: bool = False) -> str | None:
    parameters = headers.get_params([], "content-disposition")
    for key, value in parameters:
        if key.lower() == name and isinstance(value, tuple) is extended:
            return collapse_rfc2231_value(value)
    return None


def _refused(type_: str, msg: str) -> RefusalError:
    return unprocessable([problem(type_, ("body", _FIELD), msg, None)])
