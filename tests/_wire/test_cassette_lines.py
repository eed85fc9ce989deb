"""Lines of a cassette keep every byte of a body."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_conversations._wire.cassette_lines import (
    json_field,
    read_line,
    write_line,
)
from tests.support.comparison import thorough

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def kept(body: bytes) -> tuple[str, bytes | None]:
    field = json_field(body)
    line = write_line({"id": 1}, field)
    assert line.count(b"\n") == 1
    json.loads(line)  # others read it
    return field[0], read_line(line).content()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"a": 1.0, "a":2,"b":"\\u00e9\\/"}', "json"),
        (b"null", "json"),
        (b'"text"', "json"),
        (b"123456789012345678901234567890", "json"),
        ("\u2028\x85é😀".join('""').encode(), "json"),
        (b"", "text"),
        (b'{"a":\n1}', "text"),
        (b' {"a":1}', "text"),
        (b'{"a":1}\r\n', "text"),
        (b'{"a":NaN}', "text"),
        (b'{"half":"\\ud83d"}', "text"),
        (b'{"a":1', "text"),
        (b"\xef\xbb\xbf{}", "text"),
        (b"[" * 200 + b"]" * 200, "json"),
        (b"[" * 201 + b"]" * 201, "text"),
        (b"[" * 5_000 + b"]" * 5_000, "text"),
        (b"<h1>Bad gateway</h1>", "text"),
        (b"a\x00b\r\n", "text"),
        (b"\xff\xfe{\x00}\x00", "base64"),
        (bytes(range(256)), "base64"),
    ],
)
def test_a_body_keeps_every_byte(body: bytes, kind: str) -> None:
    assert kept(body) == (kind, body)


@thorough
@given(st.binary() | st.text().map(str.encode))
def test_any_body_keeps_every_byte(body: bytes) -> None:
    assert kept(body)[1] == body


@thorough
@given(VALUES)
def test_the_body_of_a_request_is_the_value(value: object) -> None:
    line = write_line({"id": 1, "method": "POST", "path": "/", "json": value})
    assert read_line(line).body() == {"json": value}


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b'{"id":0}',
        b'{"id":"1"}',
        b'{"id":1,"at":-1}',
        b'{"id":1,"at":NaN}',
        b'{"id":1,"status":99}',
        b'{"id":1,"status":200,"headers":{"a b":"c"}}',
        b'{"id":1,"status":200,"headers":{"a":"b\\r\\nc: d"}}',
        b'{"id":1,"status":200,"headers":{"a":"b\\n"}}',
        b'{"id":1,"method":"GET X","path":"/"}',
        b'{"id":1,"method":"GET","path":"/a b"}',
        b'{"id":1,"event":"a\\nb","data":1}',
        b'{"id":1,"base64":"?"}',
        b'{"id":1,"end":"later"}',
        b'{"id":1,"text":"\xff"}',
        b"[" * 100_000,
    ],
)
def test_a_wrong_line_is_rejected(line: bytes) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - any text
        read_line(line)
    assert type(caught.value) is ValueError


def test_later_versions_may_add_keys() -> None:
    assert read_line(b'{"id":1,"event":"a","data":{},"new":[1]}').event == "a"
