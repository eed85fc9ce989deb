"""Forms with a file, written by hand."""

from collections.abc import Mapping

__all__ = ["BOUNDARY", "FORM", "form", "form_of"]

BOUNDARY = "----a-boundary-of-the-test"
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
"""The header of a request with such a form."""


def form(
    content: bytes,
    disposition: str = 'form-data; name="file"; filename="notes.txt"',
    content_type: str | None = "text/plain",
) -> bytes:
    """Write a form of one field."""
    type_line = "" if content_type is None else f"\r\nContent-Type: {content_type}"
    head = f"--{BOUNDARY}\r\nContent-Disposition: {disposition}{type_line}\r\n\r\n"
    return head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


def form_of(file: bytes, fields: Mapping[str, str]) -> bytes:
    """Write a form of some fields, followed by the form of a file."""
    parts = [
        f"--{BOUNDARY}\r\n"
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    return "".join(parts).encode() + file
