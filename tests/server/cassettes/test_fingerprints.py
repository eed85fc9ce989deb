import math
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_conversations._wire.json import decode_json
from mistral_conversations.server.cassettes.fingerprints import canonical, digest
from tests.support.comparison import thorough
from tests.support.odd_json import odd_values


def shuffled(value: Any, order: random.Random) -> Any:
    """Return an equal value: members in another order, whole numbers as floats."""
    if isinstance(value, dict):
        items = [(key, shuffled(item, order)) for key, item in value.items()]
        order.shuffle(items)
        return dict(items)
    if isinstance(value, list):
        return [shuffled(item, order) for item in value]
    if type(value) is int and abs(value) < 2**53 and order.random() < 0.5:
        return float(value)
    return value


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (0, -0.0),
        (10**22, 1e22),
        (math.nan, decode_json("NaN")),
        (math.inf, decode_json("1e999")),
        ({"a": 1, "b": [{"c": 2, "d": 3}]}, {"b": [{"d": 3.0, "c": 2.0}], "a": 1.0}),
        ("😀", decode_json('"\\ud83d\\ude00"')),
        (decode_json("12345678901234567890123"), 12345678901234567890123),
    ],
)
def test_equal_values_have_one_text(one: Any, other: Any) -> None:
    assert canonical(one) == canonical(other)
    assert digest(canonical(one)) == digest(canonical(other))


@pytest.mark.parametrize(
    "values",
    [
        [True, 1, "1", "true", [1], {"1": 1}],
        [False, 0, None, "", [], {}, [None], [[]]],
        [{"a": None}, {}, {"a": None, "b": None}],
        [[1, 2], [2, 1], [12], ["1,2"]],
        [10**22, 10**22 + 1, 1e22 + 2**21],
        [math.nan, "NaN", None],
        [math.inf, -math.inf, 1.7976931348623157e308, 10**400],
        ["\ud83d", "\ude00", "\ufffd", "\\ud83d"],
        ["é", "e\u0301"],
        [{"a": {"b": 1}}, {"a": {}, "b": 1}],
    ],
)
def test_different_values_have_different_texts(values: list[Any]) -> None:
    assert len({canonical(value) for value in values}) == len(values)
    assert len({digest(canonical(value)) for value in values}) == len(values)


@thorough
@given(odd_values, st.randoms(use_true_random=False))
def test_a_value_equals_itself_in_another_order(
    value: Any, order: random.Random
) -> None:
    assert canonical(shuffled(value, order)) == canonical(value)
