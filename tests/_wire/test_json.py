"""JSON text and plain objects."""

import json
import math
from enum import IntEnum
from typing import Any

import pytest
from hypothesis import given

from mistral_conversations._wire.json import (
    check_json,
    decode_json,
    encode_json,
    load_json,
)
from tests.support.comparison import any_json, thorough
from tests.support.for_each import for_each


@thorough
@given(any_json)
def test_what_is_written_reads_back(value: Any) -> None:
    check_json(value, "value")
    assert decode_json(encode_json(value)) == value


@pytest.mark.parametrize("text", [r'["a\ud83d", 1]', rb'["a\uD83D", 1]'])
def test_half_a_character_is_text(text: bytes | str) -> None:
    """RFC 8259, section 8.2: a delta may end between the halves of a character."""
    assert decode_json(text) == ["a\ud83d", 1]


@for_each(
    "text",
    [
        *["", " ", "{", "nope", "nan", "+NaN", "1 2", "{'a': 1}", '"', "[1,]", "[NaN"],
        *['["\\ud800", nope]', '["\\ud800"', "[" * 99999 + "\\ud800"],
        *[b"\xff", b'"\xc3"', b"<html></html>", b"\xef\xbb\xbf", b"\xef\xbb{}"],
        *["\ufeff", "\ufeff\ufeff{}", "{\ufeff}", "[" + "9" * 10_000 + "]"],
    ],
)
def test_what_is_no_json_is_a_value_error(text: bytes | str) -> None:
    with pytest.raises(ValueError, match=r"\S") as caught:
        decode_json(text)
    assert type(caught.value) is ValueError
    assert caught.value.__cause__ is None


@for_each("text", ["\ufeff[1]", b"\xef\xbb\xbf[1]", b"\xef\xbb\xbf\r\n[1]\n"])
def test_a_byte_order_mark_is_skipped(text: bytes | str) -> None:
    """RFC 8259, section 8.1: a parser may ignore one."""
    assert decode_json(text) == [1]


@for_each("encoding", ["utf-16", "utf-16-be", "utf-16-le", "utf-32"])
def test_other_encodings_of_unicode_are_read(encoding: str) -> None:
    """RFC 4627, section 3, allowed them; some gateways still write UTF-16."""
    assert decode_json('["é", 1]'.encode(encoding)) == ["é", 1]


def test_a_byte_order_mark_before_half_a_character_is_skipped() -> None:
    assert decode_json('\ufeff["\\ud83d", NaN]')[0] == "\ud83d"


@for_each(
    ("text", "read"),
    [
        *[("Infinity", math.inf), ("-Infinity", -math.inf)],
        *[
            ("1e400", math.inf),
            ("-1E+400", -math.inf),
            ("1" + "0" * 400 + ".5", math.inf),
        ],
    ],
)
def test_a_number_beyond_a_float_is_infinite(text: str, read: float) -> None:
    assert decode_json(f'{{"a": [{text}, 1]}}') == {"a": [read, 1]}
    assert decode_json(f" {text} ".encode()) == read


def test_what_is_no_number_is_nan() -> None:
    assert math.isnan(decode_json('{"a": {"b": NaN}}')["a"]["b"])


@pytest.mark.parametrize("depth", [100_000, 1_000_000])
def test_json_that_is_nested_too_deeply_is_a_value_error(depth: int) -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        decode_json(b"[" * depth)


def read_at_depth(frames: int, text: str | bytes) -> Any:
    """Read a text below this many further frames of the caller's."""
    return read_at_depth(frames - 1, text) if frames else decode_json(text)


@for_each(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[1,{"[":', "}]")])
def test_the_limit_of_nesting_is_the_same_for_every_caller(
    opening: str, closing: str
) -> None:
    """RFC 8259, section 9: an implementation may set such a limit."""
    levels = 200 // len(closing)
    for innermost in ("", "1", "[]"):
        text = opening * levels + (innermost or "null") + closing * levels
        for frames in (0, 600):
            if innermost == "[]":
                with pytest.raises(ValueError, match=r"deeply, more than 200 levels$"):
                    read_at_depth(frames, text)
                with pytest.raises(ValueError, match=r"deeply, more than 200 levels$"):
                    load_json(text)
            else:
                assert read_at_depth(frames, text.encode()) == load_json(text)


def test_brackets_side_by_side_or_in_a_text_are_not_nested() -> None:
    values: list[Any] = [[[]] * 1000, "[" * 1000, {"[{" * 500: ["[{" * 500]}]
    for value in values:
        assert decode_json(json.dumps(value)) == value
    for text in ('["\\ud83d' + "[" * 1000 + '"]', "[NaN" + ",[]" * 1000 + "]"):
        assert len(decode_json(text)) == text.count(",") + 1
    deep = '["\\ud83d",' + "[" * 200 + "]" * 201
    with pytest.raises(ValueError, match="nested too deeply"):
        decode_json(deep)


def test_a_large_integer_is_read() -> None:
    assert decode_json("[123456789012345678901234567890]") == [
        123456789012345678901234567890
    ]


LOOP: list[Any] = []
LOOP.append(LOOP)


@pytest.mark.parametrize(
    ("value", "kind", "message"),
    [
        ({"a": [1, object()]}, TypeError, r"^here\.a\[1\] is of type object"),
        ({"a": b"bytes"}, TypeError, r"^here\.a is of type bytes"),
        ({"a": {1: 2}}, TypeError, r"^here\.a has the key 1"),
        ({"a": {1, 2}}, TypeError, r"^here\.a is of type set"),
        ([1, float("nan")], ValueError, r"^here\[1\] is nan"),
        ([float("-inf")], ValueError, r"^here\[0\] is -inf"),
        ([2**14_280], ValueError, r"^here\[0\] is an integer of more than 14,280 bits"),
        ([-(2**14_280)], ValueError, r"^here\[0\] is an integer"),
        (["\ud800"], ValueError, r"^here\[0\] cannot be sent as UTF-8"),
        ({"\ud800": 1}, ValueError, r"^here cannot be sent as UTF-8"),
        (LOOP, ValueError, "^here is nested too deeply"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_json_cannot_hold_is_refused_by_its_place(
    value: Any, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        check_json(value, "here")


@for_each(
    ("value", "written"),
    [
        ("a\ud83d", "a\ufffd"),
        ("\ude00b", "\ufffdb"),
        ("a\ud83d\ude00b", "a😀b"),
        ("\ud83d\ud83d\ude00", "\ufffd😀"),
        ({"\udfff": [("\ud800", 1), None]}, {"\ufffd": [["\ufffd", 1], None]}),
    ],
)
def test_half_a_character_is_written_as_its_replacement(
    value: Any, written: Any
) -> None:
    check_json(value, "here", halves=True)
    assert decode_json(encode_json(value)) == written


@pytest.mark.parametrize(
    "value",
    [
        *[None, True, 0, -(2**63), 2**64 - 1, 1.5, "é🙂\0", [], {}, (1, [2]), {"": 1}],
        *[2**64, -(2**63) - 1, {"a": [10**4298]}, -(2**14_280) + 1],
    ],
    ids=lambda value: repr(value)[:20],
)
def test_what_json_can_hold_passes(value: Any) -> None:
    check_json(value, "here")
    assert decode_json(encode_json([value])) == json.loads(json.dumps([value]))


class Text(str):
    __slots__ = ()


class Number(float):
    pass


class Level(IntEnum):
    LOW = 1


def test_numbers_and_texts_of_subclasses_are_written_as_what_they_are() -> None:
    value = {"text": Text("é"), "number": Number(1.5), "level": Level.LOW}
    check_json(value, "here")
    assert decode_json(encode_json(value)) == {"text": "é", "number": 1.5, "level": 1}


def test_what_was_not_checked_is_not_written() -> None:
    with pytest.raises((TypeError, NotImplementedError)):
        encode_json({"a": object()})
