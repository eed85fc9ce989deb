import json
from typing import Any

import pytest
from hypothesis import given

from mistral_conversations.server.cassettes.excerpts import excerpt, quoted, visible
from tests.support.comparison import thorough
from tests.support.odd_json import nested, odd_values


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Hello", '"Hello"'),
        ("", '""'),
        ("é 😀 漢", '"é 😀 漢"'),
        ('"\\/', '"\\"\\\\/"'),
        ("\n\t\x1b[31m\x7f\x85", '"\\n\\t\\u001b[31m\\u007f\\u0085"'),
        ("\u202e\u2066\u200b\ufeff\u2028", '"\\u202e\\u2066\\u200b\\ufeff\\u2028"'),
        ("a\ud83d", '"a\\ud83d"'),
        ("x" * 60, f'"{"x" * 60}"'),
        ("x" * 61, f'"{"x" * 60}"…'),
        (None, "null"),
        (True, "true"),
        (1.5, "1.5"),
        (float("nan"), "NaN"),
        ({}, "{}"),
        ([], "[]"),
        ({"a": [1, None], "b": {"c": "d"}}, '{"a": [1, null], "b": {"c": "d"}}'),
        ([*range(100)], "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, …"),
        (10**90, f"1{'0' * 58}…"),
    ],
)  # fmt: skip
def test_an_excerpt_is_json_on_one_line(value: Any, shown: str) -> None:
    assert excerpt(value) == shown


def test_an_excerpt_of_a_text_begins_anywhere() -> None:
    assert excerpt("abcdef", start=4) == '…"ef"'
    assert excerpt("a" + "b" * 100, start=1) == f'…"{"b" * 60}"…'


@pytest.mark.parametrize(
    "value",
    ["x" * 10_000_000, ["x" * 10_000_000] * 9, [[0] * 9] * 1_000_000, nested(180)],
    ids=["text", "texts", "arrays", "deep"],
)
def test_an_excerpt_of_a_large_value_is_short(value: Any) -> None:
    assert excerpt(value).rstrip("…") in excerpt(value)
    assert len(excerpt(value)) <= 64
    assert excerpt(value).endswith("…")


@thorough
@given(odd_values)
def test_an_excerpt_is_printable_and_has_an_encoding(value: Any) -> None:
    shown = excerpt(value)
    shown.encode()
    assert len(shown) < 400
    assert "\n" not in shown
    assert "\x1b" not in shown


@thorough
@given(odd_values)
def test_a_quoted_text_is_its_json(value: Any) -> None:
    text = json.dumps(value)
    assert json.loads(quoted(text)) == text
    assert visible(visible(text)) == visible(text)
