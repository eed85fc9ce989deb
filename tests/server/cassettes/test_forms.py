"""The facts of an upload: its fields, and the hash of its files."""

import hashlib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mistral_conversations.server.cassettes.forms import FormFacts
from tests.support.comparison import thorough
from tests.support.for_each import for_each
from tests.support.local.forms import FORM, form, form_of

TYPE = FORM["Content-Type"]


def facts(body: bytes, content_type: str = TYPE, size: int = 7) -> Any:
    read = FormFacts(content_type)
    for at in range(0, len(body), size):
        read.feed(body[at : at + size])
    return read.facts()


def digest(content: bytes) -> dict[str, Any]:
    return {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def field(content: bytes, name: str = "a") -> bytes:
    return form(content, f'form-data; name="{name}"', None)


def test_fields_and_files_are_kept_by_name() -> None:
    body = form_of(form(b"Blue"), {"purpose": "ocr", "note": "né\r\n"})
    assert facts(body) == {
        "purpose": "ocr",
        "note": "né\r\n",
        "file": {"filename": "notes.txt", "type": "text/plain", **digest(b"Blue")},
    }


def test_repeated_names_are_a_list() -> None:
    body = form_of(form_of(field(b"3"), {"a": "2"}), {"a": "1"})
    assert facts(body) == {"a": ["1", "2", "3"]}


@for_each("type_", [None, "application/octet-stream", "no type at all;"])
def test_file_may_have_no_type(type_: str | None) -> None:
    disposition = 'form-data; name="file"; filename=""'
    assert facts(form(b"", disposition, type_))["file"].keys() >= {"size", "sha256"}
    file = facts(form(b"", disposition, None))["file"]
    assert file == {"filename": "", **digest(b"")}


@for_each(
    ("content", "expected"),
    [
        (b"", ""),
        (b"x" * 65536, "x" * 65536),
        (b"x" * 65537, digest(b"x" * 65537)),
        (b"x" * 300_000, digest(b"x" * 300_000)),
        (b"\xff", digest(b"\xff")),
        (b"\xed\xa0\x80", digest(b"\xed\xa0\x80")),
    ],
)
def test_field_is_its_text_or_a_hash(content: bytes, expected: Any) -> None:
    assert facts(field(content), size=4096) == {"a": expected}


@for_each(
    ("body", "content_type"),
    [
        (b"", TYPE),
        (b"{}", TYPE),
        (form(b"x")[:-5], TYPE),
        (form(b"x"), TYPE + "x"),
        (form(b"x"), ""),
        (form(b"x"), "multipart/form-data"),
        (form(b"x"), "multipart/mixed; boundary=x"),
        (b'{"a": 1}', "application/json"),
        (form(b"x", "form-data"), TYPE),
        (form(b"x", f'form-data; name="{"n" * 70_000}"'), TYPE),
        (form_of(field(b""), dict.fromkeys(map(str, range(1000)), "")), TYPE),
    ],
)
def test_other_bodies_have_no_facts(body: bytes, content_type: str) -> None:
    assert facts(body, content_type, size=4096) is None


@thorough
@given(st.binary(max_size=40), st.integers(1, 50))
def test_any_content_in_any_pieces_has_its_hash(content: bytes, size: int) -> None:
    file = facts(form(content), size=size)["file"]
    assert {name: file[name] for name in ("size", "sha256")} == digest(content)
