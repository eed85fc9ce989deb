"""Data URLs and media types, by RFC 2397 and the formats' first bytes."""

from base64 import b64decode, b64encode
from typing import Any

import pytest

from mistral_conversations._wire.data_urls import (
    check_content_type,
    data_url,
    media_type_of,
    read_data_url,
)
from tests.support.for_each import for_each

HEADS = {
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR": "image/png",
    b"\xff\xd8\xff\xe0\0\x10JFIF\0": "image/jpeg",
    b"GIF87a\1\0": "image/gif",
    b"GIF89a\1\0": "image/gif",
    b"RIFF\x24\0\0\0WEBPVP8 ": "image/webp",
    b"II*\0\x08\0\0\0": "image/tiff",
    b"MM\0*\0\0\0\x08": "image/tiff",
    b"\0\0\0\x1cftypavif": "image/avif",
    b"\0\0\0\x18ftypheic": "image/heic",
    b"%PDF-1.7\n": "application/pdf",
    b"\xef\xbb\xbf\r\n%PDF-2.0": "application/pdf",
}
UNCLEAR = [
    *[b"", b"\x89PN", b"RIFF\x24\0\0\0WAVEfmt ", b"\0\0\0\x18ftypmp42"],
    *[b"BM", b"PK\3\4", b"plain text", b"How a %PDF- begins", b"<svg/>"],
]


@for_each(("head", "kind"), HEADS.items())
def test_the_first_bytes_show_the_media_type(head: bytes, kind: str) -> None:
    assert media_type_of(head + bytes(100)) == media_type_of(head) == kind


@for_each("content", UNCLEAR)
def test_other_contents_are_unclear(content: bytes) -> None:
    assert media_type_of(content) is None


@for_each("content", [b"a", b"ab", b"abc", bytes(range(256))])
def test_a_data_url_has_the_contents(content: bytes) -> None:
    url = data_url("text/plain; charset=utf-8", content)
    head, _, text = url.partition(",")
    assert head == "data:text/plain;charset=utf-8;base64"
    assert b64decode(text, validate=True) == content
    kind, size = read_data_url(url)
    assert kind == "text/plain;charset=utf-8"
    assert len(content) <= size <= len(content) + 2


@for_each(
    ("url", "found"),
    [
        ("data:,a%20b", ("text/plain", 3)),
        ("DATA:Image/SVG+xml,%3Csvg/%3E", ("image/svg+xml", 6)),
        ("data:;base64,YWJj", ("text/plain", 3)),
        ("data:image/png;BASE64," + b64encode(bytes(30)).decode(), ("image/png", 30)),
        ("data:image/png;base64,", ("image/png", 0)),
    ],
)
def test_a_data_url_is_read(url: str, found: tuple[str, int]) -> None:
    assert read_data_url(url) == found


def test_a_data_url_needs_a_comma() -> None:
    with pytest.raises(ValueError, match="comma"):
        read_data_url("data:image/png")


@for_each(
    "value", ["image/png", "image/svg+xml", "text/plain;charset=utf-8", "a/b ; c=d"]
)
def test_a_media_type_is_accepted(value: str) -> None:
    check_content_type("content_type", value)


@for_each(
    ("value", "kind"),
    [(5, TypeError), (b"image/png", TypeError)]
    + [
        (value, ValueError)
        for value in ("", "png", ".png", "image/", "/png", "a/b/c", "a/b,c", "a/b;")
    ]
    + [(value, ValueError) for value in ("image/png\n", "a/é", 'a/b;c="d"', " a/b")],
)
def test_anything_else_is_no_media_type(value: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="content_type must be a"):
        check_content_type("content_type", value)
