"""Errors for arguments that a constructor does not take."""

import inspect
from typing import Any

import pytest

from mistral_conversations import FunctionResultEntry
from mistral_conversations._constructors import keywords_only
from tests.support.for_each import for_each


@keywords_only("takes names: Point(x=1)", first=1)
class Point:
    def __init__(self, x: int = 0, y: int = 0) -> None:
        self.place = (x, y)


def test_names_are_taken_and_too_many_positions_refused() -> None:
    assert Point(1, y=2).place == Point(x=1, y=2).place == (1, 2)
    with pytest.raises(TypeError, match=r"^Point takes names: Point\(x=1\)$"):
        Point(*[1, 2])


def test_signature_is_that_of_the_class() -> None:
    assert list(inspect.signature(Point).parameters) == ["x", "y"]


@for_each("value", [{"a": 1}, None, 5, b"x", ["a"]])
def test_result_of_a_function_is_text(value: Any) -> None:
    with pytest.raises(TypeError, match=r"result must be a str, .*json\.dumps"):
        FunctionResultEntry(tool_call_id="x", result=value)


def test_result_of_a_function_may_be_any_text() -> None:
    class Text(str):
        __slots__ = ()

    assert FunctionResultEntry(tool_call_id="x", result=Text("{}")).result == "{}"
    with pytest.raises(TypeError, match="result"):
        FunctionResultEntry(tool_call_id="x")  # type: ignore[call-arg]
