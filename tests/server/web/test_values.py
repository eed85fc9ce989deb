"""Values read from text: what is no value stays text, for a check to reject."""

from typing import Any

import pytest

from mistral_conversations.server.web.values import (
    read_flag,
    read_integer,
    read_json,
    read_json_value,
)
from tests.support.for_each import for_each


@for_each(
    ("text", "value"),
    [
        *[("0", 0), ("7", 7), ("-7", -7), ("+7", 7), ("007", 7)],
        *[("9" * 18, 10**18 - 1), ("9" * 19, "9" * 19)],
        *[
            ("", ""),
            ("7.0", "7.0"),
            ("1_000", "1_000"),
            (" 7", " 7"),
            ("\u0667", "\u0667"),
        ],
    ],
)
def test_integer(text: str, value: object) -> None:
    read = read_integer(text)
    assert (read, type(read)) == (value, type(value))


@for_each(
    ("text", "value"),
    [("true", True), ("False", False), ("1", "1"), ("", ""), ("yes", "yes")],
)
def test_flag(text: str, value: object) -> None:
    read = read_flag(text)
    assert (read, type(read)) == (value, type(value))


@for_each(
    ("text", "value"),
    [
        *[('{"a": [1]}', {"a": [1]}), ("null", None), ('"x"', "x"), ("{", "{")],
        *[("", ""), ('"\\ud800"', '"\\ud800"'), ("NaN", "NaN")],
        ('"~?~unset~?~sentinel~?~"', None),
    ],
)
def test_json_value(text: str, value: Any) -> None:
    assert read_json_value(text) == value


def test_json_is_read_to_a_depth_of_200() -> None:
    deep = read_json("[" * 200 + "]" * 200)
    assert isinstance(deep, list)
    with pytest.raises(ValueError, match="nested too deeply"):
        read_json("[" * 201 + "]" * 201)
