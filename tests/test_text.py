"""Text for people: JSON laid out, long values cut."""

import json
import sys
from typing import Any

import pytest

from mistral_conversations._text import json_text, laid_out


@pytest.mark.parametrize(
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
    assert laid_out(text) == text


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
