"""Forms are parsed as their bytes arrive."""

from collections.abc import Iterable
from email.message import EmailMessage
from email.parser import BytesParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_conversations.server.web.multipart import PART_END, FormParser, Found
from mistral_conversations.server.web.part_headers import PartHeaders
from tests.support.comparison import thorough
from tests.support.for_each import for_each

HEAD = b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
END = b"\r\n--B--\r\n"
PIECES = [b"\r", b"\n", b"\r\n", b"-", b"--", b"B", b"\r\n--B", b"\r\n--Bx", b" ", b"x"]
BODIES = st.lists(st.sampled_from([*PIECES, HEAD, END]), max_size=12).map(b"".join)


def parsed(pieces: Iterable[bytes], boundary: bytes = b"B") -> list[Found | str]:
    """Parse a form, or return only why it is none; join the pieces of contents."""
    parser = FormParser(boundary)
    found: list[Found | str] = []
    try:
        for piece in pieces:
            for each in parser.feed(piece):
                last = found[-1] if found else None
                if isinstance(each, bytes) and isinstance(last, bytes):
                    found[-1] = last + each
                else:
                    found.append(each)
        parser.close()
    except ValueError as error:
        return [str(error)]
    return found


def contents(body: bytes) -> list[bytes]:
    """Parse a complete form of the boundary "B" into the contents of its parts."""
    parts: list[bytes] = []
    for each in parsed([body]):
        assert not isinstance(each, str), each
        if isinstance(each, PartHeaders):
            parts.append(b"")
        elif isinstance(each, bytes):
            parts[-1] += each
    return parts


@thorough
@given(BODIES, st.booleans(), st.data())
def test_any_split_finds_the_same(
    body: bytes, whole: bool, data: st.DataObject
) -> None:
    if whole:
        body = HEAD + body + END
    cuts = data.draw(st.lists(st.integers(0, len(body)), max_size=8).map(sorted))
    pieces = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    expected = parsed([body])
    assert parsed(pieces) == expected
    assert parsed(bytes([byte]) for byte in body) == expected


@thorough
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=9).map(b"".join)))
def test_parser_of_email_finds_the_same(given_contents: list[bytes]) -> None:
    boundary = b"another-boundary"
    head = HEAD.replace(b"--B", b"--" + boundary)
    parts = [head + content + b"\r\n" for content in given_contents]
    body = b"".join(parts) + b"--" + boundary + b"--\r\n"
    found = parsed([body], boundary)
    expected: list[Found | str] = []
    for content in given_contents:
        expected += [PartHeaders("a", None, None), *([content] if content else [])]
        expected.append(PART_END)
    assert found == expected
    if not given_contents or any(b"\r" in c or b"\n" in c for c in given_contents):
        return  # `email` changes line breaks
    type_ = b"Content-Type: multipart/form-data; boundary=" + boundary
    message: EmailMessage = BytesParser(EmailMessage).parsebytes(
        type_ + b"\r\n\r\n" + body
    )
    payloads = [part.get_payload(decode=True) for part in message.iter_parts()]
    assert payloads == given_contents


@for_each(
    ("body", "expected"),
    [
        (HEAD + b"x" + END, [b"x"]),
        (b"preamble\r\n" + HEAD + b"x" + END + b"epilogue" + HEAD, [b"x"]),
        (HEAD + b"x\r\n" + HEAD + b"y" + END, [b"x", b"y"]),
        (HEAD + b"x\r\n--B \t\r\n\r\ny" + END, [b"x", b"y"]),
        (HEAD + b"x\r\n--Bx\r\n--B y\r\n--B-" + END, [b"x\r\n--Bx\r\n--B y\r\n--B-"]),
        (HEAD + b"\r\n\r\n" + END, [b"\r\n\r\n"]),
        (HEAD + END, [b""]),
        (HEAD + b"--Bx" + END, [b"--Bx"]),
        (b"--B--", []),
        (HEAD + b"\r\n--B" + b" " * 300 + END, [b"\r\n--B" + b" " * 300]),
    ],
)
def test_contents_are_found(body: bytes, expected: list[bytes]) -> None:
    assert contents(body) == expected


@for_each(
    ("body", "message"),
    [
        (b"", "the form ends before its last boundary"),
        (b"no form", "the form ends before its last boundary"),
        (HEAD + b"x", "the form ends before its last boundary"),
        (HEAD + b"x\r\n--B-", "the form ends before its last boundary"),
        (HEAD + b"x\r\n--B\r\na: b", "the form ends before its last boundary"),
        (b"--B\r\na: b" + END, "a part has no end of its headers"),
        (b"--B\r\na: b\r\n\r\n--B--", "a part has no end of its headers"),
        (
            b"--B\r\na: " + b"b" * 70_000 + b"\r\n\r\n" + END,
            "the headers of a part are longer than 8 KiB",
        ),
    ],
)
def test_form_that_is_none_is_refused(body: bytes, message: str) -> None:
    assert parsed([body]) == parsed([body[:7], body[7:]]) == [message]


def test_headers_that_never_end_are_refused_before_they_fill_the_memory() -> None:
    parser = FormParser(b"B")
    parser.feed(b"--B\r\na: " + b"x" * 4 * 1024)
    assert parser.feed(b"x" * 3 * 1024) == []
    with pytest.raises(ValueError, match="longer than 8 KiB"):
        parser.feed(b"x" * 2 * 1024)


@for_each("data", [b"x" * 1000, b"\r\n--" * 200, b"\r\n--Bx" * 100, b"\r\n--B" * 100])
def test_content_is_held_back_no_longer_than_a_delimiter(data: bytes) -> None:
    parser = FormParser(b"B" * 70)
    parser.feed(HEAD.replace(b"B", b"B" * 70))
    found = b"".join(each for each in parser.feed(data) if isinstance(each, bytes))
    assert data.startswith(found)
    assert len(data) - len(found) < len(b"\r\n--") + 70
