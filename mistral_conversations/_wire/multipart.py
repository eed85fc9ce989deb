"""A form with texts and one file, as multipart/form-data (RFC 7578)."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import quote

__all__ = ["NO_TEXTS", "Form", "file_form"]

NO_TEXTS: Mapping[str, str] = MappingProxyType({})

_ESCAPED = re.compile('["\x00-\x1f\x7f-\x9f\u2028\u2029]')
"""Quotes and line ends, and what some servers take for the end of a line."""


class Form(NamedTuple):
    """The parts of the form around the bytes of the file."""

    head: bytes
    tail: bytes
    content_type: str
    """The content type of the whole body."""


def file_form(
    name: str,
    filename: str,
    content_type: str,
    boundary: str,
    texts: Mapping[str, str] = NO_TEXTS,
) -> Form:
    """Make a form whose last field contains a file.

    Args:
        name: the name of that field.
        filename: the name of the file. It is written in UTF-8, with quotes and line
            ends percent-encoded, as the HTML standard requires ("multipart form data"),
            and other control characters, too; RFC 7578, 4.2, forbids the alternative,
            `filename*`.
        content_type: the content type of the file.
        boundary: a text that does not occur in the file, nor in `texts`.
        texts: the other fields by name. They come first, so that a server knows them
            when it begins to read the file.
    """
    before = "".join(
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="{key}"\r\n\r\n'
        f"{text}\r\n"
        for key, text in texts.items()
    )
    head = (
        f"{before}"
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="{name}"; '
        f'filename="{_ESCAPED.sub(_encoded, filename)}"\r\n'
        f"Content-Type: {content_type}\r\n\r\n"
    )
    return Form(
        head=head.encode(),
        tail=f"\r\n--{boundary}--\r\n".encode(),
        content_type=f"multipart/form-data; boundary={boundary}",
    )


def _encoded(found: re.Match[str]) -> str:
    return quote(found[0])
