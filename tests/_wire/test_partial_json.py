"""The value so far of a JSON text, cut anywhere."""

import json
from functools import partial
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mistral_conversations._wire.partial_json import Beginning, parse_beginning
from tests.support.cpu_time import cpu_seconds
from tests.support.for_each import for_each

Texts = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from('"\\/{}[]:, \n😀é'),
    max_size=6,
)
Values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | Texts,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(Texts, inner, max_size=3)
    ),
    max_leaves=8,
)


def is_beginning(part: Any, whole: Any) -> bool:
    """Return whether a value may grow to another: only the last item differs."""
    if isinstance(part, str) and isinstance(whole, str):
        return whole.startswith(part)
    if isinstance(part, dict) and isinstance(whole, dict):
        keys = list(part)
        return keys == list(whole)[: len(keys)] and is_beginning(
            list(part.values()), list(whole.values())[: len(keys)]
        )
    if isinstance(part, list) and isinstance(whole, list):
        if not part or len(part) > len(whole):
            return not part
        return part[:-1] == whole[: len(part) - 1] and is_beginning(
            part[-1], whole[len(part) - 1]
        )
    return type(part) is type(whole) and part == whole


@given(Values, st.booleans(), st.sampled_from([None, 1]))
def test_a_value_grows_with_its_text(value: Any, ascii: bool, indent: Any) -> None:
    text = json.dumps(value, ensure_ascii=ascii, indent=indent)
    known = None
    for length in range(len(text) + 1):
        found = parse_beginning(text[:length])
        assert found.wrong_at is None
        assert known is None or is_beginning(known, found.value)
        known = found.value
    if not isinstance(value, int | float):  # the next character may be a digit
        assert known == value
    assert parse_beginning(text + " ") == Beginning(value)


@for_each(
    "text,value",
    [
        *[("", None), (" ", None), ("{", {}), ('{"', {}), ('{"a', {}), ('{"a"', {})],
        *[('{"a":', {}), ('{"a" : ', {}), ('{"a":"', {"a": ""}), ('{"a":[', {"a": []})],
        *[('{"a":1', {}), ('{"a":1 ', {"a": 1}), ('{"a":1,', {"a": 1})],
        *[("[-", []), ("[1e", []), ("[1.5e+", []), ("[12", []), ("[1,2", [1])],
        *[
            ("[tr", []),
            ("[true", [True]),
            ("[fals", []),
            ("[null", [None]),
        ],
        *[('"a\\', "a"), ('"a\\u12', "a"), ('"a\\n', "a\n"), ('"\\\\', "\\")],
        *[('"\\ud83d', ""), ('"\\ud83d\\', ""), ('"\\ud83d\\ude0', "")],
        *[
            ('"\\ud83d\\ude00', "😀"),
            ('"\\ud83dx', "\ud83dx"),
            ('"\\\\ud83d', "\\ud83d"),
        ],
        *[('"a\ud83d', "a"), ('"\\"', '"')],
        ('{"a":"x","b"', {"a": "x"}),
        ('{"a":"x" , "b" :', {"a": "x"}),
        ('{"a":{"b":[{"c":"d\\"', {"a": {"b": [{"c": 'd"'}]}}),
        ('{"\\"{":"}","c', {'"{': "}"}),
        ('{"a\\\\":1,"b\\\\\\""', {"a\\": 1}),
        ('{"a":1,"a":"x', {"a": "x"}),
        ("\ufeff[1,", [1]),
        ('{"a":1e999,"b":2', {"a": float("inf")}),
    ],
)
def test_the_value_of_a_cut_text(text: str, value: Any) -> None:
    assert parse_beginning(text) == Beginning(value)


@for_each(
    "text,value,wrong_at",
    [
        ("[1 2", [1], 3),
        ('{"a": 1} and "more', {"a": 1}, 9),
        ('{"a": "b" c', {"a": "b"}, 10),
        ('{"a": "x\ny"', {"a": "x"}, 8),
        ("{{", {}, 1),
        ('{"na{"name":', {}, 6),
        ("]", None, 0),
        ('Sure: {"a": 1}', None, 0),
        ('{"a":"x\\qy","b":"', {"a": "x"}, 7),
    ],
)
def test_a_value_ends_before_a_mistake(text: str, value: Any, wrong_at: int) -> None:
    assert parse_beginning(text) == Beginning(value, wrong_at)


@for_each("text", ["[" * 100_000, '{"a":' * 100_000, "[" + "9" * 5_000 + ",", "Sure"])
def test_a_text_without_a_value(text: str) -> None:
    assert parse_beginning(text) == Beginning(None)


@for_each(
    "part",
    ['"a b":{"c":["\\"",1.5]},', '"\\\\\\"":"\\ud83d\\ude00",', '"k":[[[[]]]],'],
)
def test_the_cost_is_linear(part: str) -> None:
    small, large = ("{" + part * count + '"a' for count in (2_000, 16_000))
    for text in (small, large):
        assert parse_beginning(text).wrong_at is None
    seconds = [
        min(cpu_seconds(partial(parse_beginning, text)) for _ in range(3))
        for text in (small, large)
    ]
    assert seconds[1] < 24 * seconds[0]
