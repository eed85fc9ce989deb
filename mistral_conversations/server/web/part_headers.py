"""The headers of a part of multipart/form-data (RFC 7578, 4)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from email.parser import HeaderParser
from email.utils import collapse_rfc2231_value
from typing import Self

import attrs

__all__ = ["UNKNOWN_TYPE", "PartHeaders", "boundary_of"]

UNKNOWN_TYPE = "application/octet-stream"
_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+", re.ASCII)
_parse = HeaderParser().parsestr


@attrs.frozen
class PartHeaders:
    """What a part says of itself."""

    name: str | None
    """The name of the field; None for a part that is no field."""

    filename: str | None
    """The name of the file, however it is encoded; None for a part that is no file."""

    declared_type: str | None
    """The content type that the sender gave; None for none, an invalid one, or the
    generic one.
    """

    @classmethod
    def parse(cls, lines: bytes) -> Self:
        """Parse the lines of the headers.

        Raises:
            ValueError: a parameter has no valid form or encoding.
        """
        headers = _parse(lines.decode(errors="replace"))
        with _no_type_error():
            return cls(_parameter(headers, "name"), _filename(headers), _type(headers))


def boundary_of(content_type: str) -> bytes | None:
    """Return the boundary of a form; None for the content type of another body.

    Raises:
        ValueError: the form has no boundary.
    """
    head = _parse(f"Content-Type: {content_type}")
    if head.get_content_type() != "multipart/form-data":
        return None
    with _no_type_error():
        boundary = head.get_boundary()
    if not boundary:
        raise ValueError("the content type has no boundary")
    return boundary.encode()


@contextmanager
def _no_type_error() -> Iterator[None]:
    try:
        yield
    except TypeError:  # of `email`, which sorts the parts of a parameter
        raise ValueError("a parameter is given in two ways") from None


def _filename(headers: Message) -> str | None:
    """Return the name of a file.

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
            text = collapse_rfc2231_value(value)
            return text.encode(errors="replace").decode()  # of any encoding
    return None


def _type(headers: Message) -> str | None:
    type_ = headers.get_content_type() if "Content-Type" in headers else UNKNOWN_TYPE
    is_known = type_ != UNKNOWN_TYPE and _TYPE.fullmatch(type_)
    return type_ if is_known else None
