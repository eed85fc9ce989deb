"""A form with one file, read by Python's email package."""

import pytest

from mistral_conversations._wire.multipart import file_form
from tests.raw_server import Request
from tests.uploads import Part, part_of


def sent(filename: str, content: bytes = b"Blue.", kind: str = "text/plain") -> Part:
    form = file_form("file", filename, kind, "a0b1")
    headers = {"content-type": form.content_type}
    return part_of(Request("POST", "/", headers, form.head + content + form.tail))


def test_form_is_the_published_one() -> None:
    form = file_form("file", "sky.txt", "text/plain", "a0b1")
    assert form.content_type == "multipart/form-data; boundary=a0b1"
    assert form.head == (
        b"--a0b1\r\n"
        b'Content-Disposition: form-data; name="file"; filename="sky.txt"\r\n'
        b"Content-Type: text/plain\r\n\r\n"
    )
    assert form.tail == b"\r\n--a0b1--\r\n"


@pytest.mark.parametrize("content", [b"", b"\r\n", b"--a0b\r\n", bytes(range(256))])
def test_content_comes_as_it_is(content: bytes) -> None:
    kind = "application/octet-stream"
    assert sent("a.bin", content, kind) == Part("file", "a.bin", kind, content)


@pytest.mark.parametrize(
    ("filename", "told"),
    [
        ('the "sky".txt', "the %22sky%22.txt"),
        ("a\r\nX-Evil: 1\r\n\r\nb", "a%0D%0AX-Evil: 1%0D%0A%0D%0Ab"),
        ("a; filename=b", "a; filename=b"),
    ],
)
def test_name_stays_one_name(filename: str, told: str) -> None:
    assert sent(filename) == Part("file", told, "text/plain", b"Blue.")


def test_name_is_sent_in_utf_8() -> None:
    head = file_form("file", "Größe ☂.txt", "text/plain", "a0b1").head
    assert 'filename="Größe ☂.txt"'.encode() in head
