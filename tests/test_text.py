"""Text for people: JSON laid out, long values cut, unseen characters escaped."""

import json
import sys
from typing import Any

from mistral_conversations._text import json_text, laid_out, one_line, printable
from tests.support.for_each import for_each


@for_each(
    ("text", "expected"),
    [
        ('{"a":[1,"é"]}', '{\n  "a": [\n    1,\n    "é"\n  ]\n}'),
        ("[]", "[]"),
        ('"\\u00e9"', '"é"'),
        *[(text, text) for text in (
            '{"a": 1, "a": 2}', '[{"a": 1, "a": 1}]', "[1.10]", "[1e2]", "[-0]",
            "[12345678901234567890.5]", "[1e999]", "{'a': 1}", "sunny", "", " [ ",
            f"[{'9' * 5000}]",
        )],
    ],
)  # fmt: skip
def test_json_is_laid_out_where_nothing_is_lost(text: str, expected: str) -> None:
    assert laid_out(text) == expected


def test_an_object_is_laid_out() -> None:
    assert laid_out({"a": 1.10}) == '{\n  "a": 1.1\n}'
    assert laid_out(None) == "null"


def test_deep_json_is_cut_like_any_other() -> None:
    deep: Any = []
    for _ in range(sys.getrecursionlimit() * 2):
        deep = [deep]
    assert len(json_text(deep)) < 110_000
    text = "[" * 50_000 + "]" * 50_000
    shown = laid_out(text)  # Python 3.14 reads it
    assert shown == text or (shown.startswith("[\n  [\n") and len(shown) < 110_000)


def test_what_json_cannot_hold_is_shown_all_the_same() -> None:
    loop: dict[Any, Any] = {}
    loop["loop"] = loop
    for value in ({(1, 2): 3}, loop, {1: object(), "b": {1}}):
        assert len(json_text(value)) > 5


def test_an_enormous_object_is_written_no_further_than_it_is_shown() -> None:
    once = json.dumps("a" * 1000)
    many = json_text(["a" * 1000] * 1_000_000)
    assert many.count(once) < 110
    assert laid_out("[" + "1, " * 50_000 + "1]").startswith("[1, 1")


@for_each(
    ("text", "shown"),
    [
        ("plain é 😀 \u200d", "plain é 😀 \u200d"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("a\x00\x7f\x84\x9b", r"a\x00\x7f\x84\x9b"),
        ("a\nb\r\n\tc\x0b", "a b  c "),
        ("\u202eabc\u2066\u200f\u061c", r"\u202eabc\u2066\u200f\u061c"),
        ("\u2028\u2029", "  "),
        ("half \ud83d, \ude00", r"half \ud83d, \ude00"),
        ("byte \udce9", r"byte \xe9"),
        (r"\x1b", r"\x1b"),
    ],
)
def test_characters_that_are_not_seen_are_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(shown) == shown
    assert shown.encode()


def test_no_character_that_is_not_seen_stays() -> None:
    """Python's repr escapes the same ones, and joiners and spaces that are seen."""
    every = map(chr, range(sys.maxunicode + 1))
    shown = printable("".join(text for text in every if not text.isprintable()))
    stay = "".join(text for text in shown if not text.isprintable())
    assert stay.encode()
    assert min(stay) > "\x9f"


def test_one_line_is_the_beginning_of_a_text() -> None:
    assert one_line(" a\n\tb ", 10) == "a b"
    assert one_line("x" * 50, 10) == "x" * 9 + "…"
    assert one_line("x\x1b" * 9, 10) == "x\\x1bx\\x1b…"[:9] + "…"
    assert one_line(" " * 10**6, 10) == ""
