"""The headers of a part name its field, its file and its type."""

import time
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mistral_conversations.server.web.part_headers import PartHeaders, boundary_of
from tests.support.comparison import thorough
from tests.support.for_each import for_each

FORM = "form-data; name=a; filename"


@for_each(
    ("disposition", "name", "filename"),
    [
        ("", None, None),
        ("form-data", None, None),
        ('form-data; name="a"', "a", None),
        ('FORM-DATA; NAME="a"; FileName="b"', "a", "b"),
        (f'{FORM}="a;b.txt"', "a", "a;b.txt"),
        (f'{FORM}="a%22b%0D%0A%20.txt"', "a", 'a"b\r\n%20.txt'),
        (f"{FORM}=x; filename*=utf-8''%C3%A9%E2%82%AC", "a", "é€"),
        (f"{FORM}*=none''%C3%A9", "a", "Ã©"),
        (f'{FORM}=""', "a", ""),
        (f'{FORM}="né€\U0001f600"', "a", "né€\U0001f600"),
    ],
)
def test_names_are_read(disposition: str, name: str, filename: str) -> None:
    part = PartHeaders.parse(f"Content-Disposition: {disposition}".encode())
    assert (part.name, part.filename, part.declared_type) == (name, filename, None)


@for_each("charset", ["unicode_escape", "utf-7"])
def test_names_have_no_half_characters(charset: str) -> None:
    lines = rf"Content-Disposition: {FORM}*={charset}''%5Cud800x+2AA-".encode()
    filename = PartHeaders.parse(lines).filename
    assert filename
    assert filename.encode()


@for_each(
    ("type_", "expected"),
    [
        ("Image/PNG", "image/png"),
        ("text/plain; charset=utf-8", "text/plain"),
        ("application/octet-stream", None),
        ("no type", "text/plain"),
        ("te xt/html", None),
        ("a\x00/b", None),
    ],
)
def test_type_is_read(type_: str, expected: str | None) -> None:
    part = PartHeaders.parse(f"a: b\r\nContent-Type: {type_}".encode())
    assert part == PartHeaders(None, None, expected)


@for_each(
    ("content_type", "boundary"),
    [
        ("multipart/form-data; boundary=B", b"B"),
        ('Multipart/Form-Data; charset=utf-8; Boundary="a b;c"', b"a b;c"),
        ("multipart/form-data; boundary=é", "é".encode()),
        ("multipart/mixed; boundary=B", None),
        ("application/json", None),
        ("", None),
    ],
)
def test_boundary_is_read(content_type: str, boundary: bytes | None) -> None:
    assert boundary_of(content_type) == boundary


@for_each("content_type", ["multipart/form-data", "multipart/form-data; boundary="])
def test_form_without_a_boundary_is_refused(content_type: str) -> None:
    with pytest.raises(ValueError, match="the content type has no boundary"):
        boundary_of(content_type)


PARTS = (
    "filename",
    "*",
    "0",
    "1",
    "=",
    "utf-8",
    "'",
    "%ff",
    "%5c",
    '"',
    ";",
    "a",
    "\0",
)


@thorough
@given(st.lists(st.sampled_from([*PARTS, "idna", "hex", "\r\n ", "é"]), max_size=20))
@example(["filename", "*", "=", "a", ";", "filename", "*", "0", "=", "a"])
def test_any_header_is_read_or_refused(pieces: list[str]) -> None:
    value = "".join(pieces)
    with suppress(ValueError):
        PartHeaders.parse(f"Content-Disposition: form-data; {value}".encode())
    with suppress(ValueError):
        value = value.replace("filename", "boundary").replace("\r\n", "")
        boundary_of(f"multipart/form-data; {value}")


def test_hostile_header_takes_no_time() -> None:
    lines = b'Content-Disposition: form-data; name="' + b";" * 8000
    begin = time.process_time()
    PartHeaders.parse(lines)
    assert time.process_time() - begin < 2
