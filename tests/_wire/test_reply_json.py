"""The JSON of a reply: code fences, and a beginning that the service repeats."""

import json
from typing import Any

import pytest
from hypothesis import given

from mistral_conversations._wire.reply_json import parse_reply, reply_so_far
from tests._wire.test_partial_json import Values, is_beginning
from tests.support.cpu_time import cpu_seconds
from tests.support.for_each import for_each

RIVER = {"name": 'Loire "x" {a}[', "at": {"km": [1006, None]}}
TEXTS = [
    json.dumps(RIVER),
    json.dumps(RIVER, indent=2),
    '{"va\\"lue": [{"a": 1}, {"a": 2}]}',
    '[{"name": "a"}, {"name": "b"}]',
]
FENCES = [
    "%s",
    "```json\n%s\n```",
    "\ufeff\n\n```\n%s```\n\n",
    "```json5 %s",
    "%s\n````\n",
    "`%s`",
]


def never(_key: str) -> bool:
    return False


def always(_key: str) -> bool:
    return True


@for_each("text", TEXTS)
@for_each("fence", FENCES)
def test_a_fence_and_blanks_are_dropped(text: str, fence: str) -> None:
    assert parse_reply(fence % text) == json.loads(text)


@for_each("text", TEXTS)
@for_each("fence", FENCES)
def test_a_beginning_of_any_length_may_be_repeated(text: str, fence: str) -> None:
    for length in range(len(text) + 1):
        for blank in ("", "\n"):
            twice = text[:length] + blank + text
            assert parse_reply(fence % twice) == json.loads(text), twice


@for_each("text", TEXTS)
@for_each("fence", ["```json\n", "```\n", "\ufeff```json\n"])
def test_the_repetition_may_have_the_fence(text: str, fence: str) -> None:
    whole = fence + text + "\n```"
    for length in range(len(fence + text) + 1):
        assert parse_reply(whole[:length] + whole) == json.loads(text), length


@given(Values)
def test_json_that_is_right_is_not_changed(value: Any) -> None:
    for text in (json.dumps(value), json.dumps(value, indent=1)):
        assert parse_reply(text) == value


@for_each(
    "text,problem",
    [
        ("", "it is empty"),
        (" \ufeff\n", "it is empty"),
        ("```json\n```", "it is empty"),
        ("I cannot say that.", "Expecting value at character 0 of 18, near 'I cannot"),
        ('Sure: {"a": 1}', "Expecting value at character 0"),
        ('{"a": 1} Done.', "Extra data at character 9"),
        ('{"a": 1}{"a": 2}', "Extra data at character 8"),
        ('{"b": 1{"a": 1}', "delimiter at character 7 of 15"),
        ('{ "a{"a": 1}', "delimiter"),
        ('{{{"a": 1}', "at character 1 of 10"),
        ('{{"a": 1]', "at character 1 of 9"),
        ('{{"a" 1}', "at character 1 of 8"),
        ('{"a": 1}}', "Extra data at character 8 of 9"),
        ("}", "Expecting value"),
        ('["a]', "Unterminated string"),
        ("{'a': 1}", "at character 1 of 8, near \"{'a': 1}\""),
        ('{"a": "x', 'at character 6 of 8, near \'{"a": "x\'; it is cut off'),
        ('{"a": [1, 2', "at character 11 of 11.*; it is cut off"),
        ("[" * 100_000, "nested too deeply, more than 200 levels$"),
        ('{"a": ' + "9" * 5_000 + "}", "digits"),
    ],
)
def test_what_is_wrong_otherwise_stays_wrong(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        parse_reply(text)


@for_each("text", TEXTS)
@for_each("fence", FENCES)
@for_each("may_nest", [never, always])
def test_a_reply_grows_while_it_arrives(text: str, fence: str, may_nest: Any) -> None:
    arriving, value = fence % text, json.loads(text)
    known = None
    for length in range(len(arriving) + 1):
        found = reply_so_far(arriving[:length], may_nest)
        assert known is None or is_beginning(known, found)
        known = found
    assert known == value


@for_each("text", TEXTS[:3])
@for_each("fence", ["%s", "```json\n%s\n```"])
def test_a_reply_grows_while_its_beginning_is_repeated(text: str, fence: str) -> None:
    value = json.loads(text)
    for repeated in range(len(text) + 1):
        arriving = fence % (text[:repeated] + text)
        known = None
        for length in range(len(arriving) + 1):
            found = reply_so_far(arriving[:length], never)
            assert known is None or is_beginning(known, found), arriving[:length]
            known = found
        assert known == value, arriving


def test_a_fence_may_be_repeated_while_it_arrives() -> None:
    whole = '```json\n{"name": "Loire"}\n```'
    for length in range(len(whole) - 4):
        assert reply_so_far(whole[:length] + whole, never) == {"name": "Loire"}


@for_each(
    "text,value",
    [
        ("I cannot say that.", None),
        ("``", None),
        ('{"a\\', {}),
        ('{"a\\x": 1, "b"', {}),
        ("```js", None),
        ('Sure: {"a": 1}', None),
        ('{"a": 1} Done.', {"a": 1}),
        ('{"b": "x"{"a": 1}', {"b": "x"}),
        ('{"left": {"left": {"v', {"left": {"left": {}}}),
        ('{"left": {"v": 1}, "right": {"left"', {"left": {"v": 1}, "right": {}}),
        ('"a"', "a"),
    ],
)
def test_the_value_so_far_of_other_replies(text: str, value: Any) -> None:
    assert reply_so_far(text, always) == value


def test_a_second_beginning_is_told_from_an_object_by_its_key() -> None:
    text = '{"left": {"left": {"v": 1}'
    assert reply_so_far(text, always) == {"left": {"left": {"v": 1}}}
    assert reply_so_far(text, never) == {"left": {"v": 1}}


@for_each(
    "make",
    [
        lambda n: "{" + json.dumps([{"a": 'x"y\\'}] * n)[1:-1] + "}",
        lambda n: json.dumps({"a": [{"b": 'x"y\\'}] * n})[:-1],
        lambda n: "{" + json.dumps({"a": [{"b": 'x"y\\'}] * n}),
        lambda n: '{"a":' * n,
        lambda n: '{"a": "' + '\\"' * n,
        lambda n: "{" + "`" * n + "}",
        lambda n: "{" + "``` " * n + "}",
        lambda n: '{"a":' * n + " oops}",
    ],
)
def test_the_cost_is_linear(make: Any) -> None:
    def seconds(text: str) -> float:
        def work() -> None:
            reply_so_far(text, always)
            try:
                parse_reply(text)
            except ValueError:
                return

        return min(cpu_seconds(work) for _ in range(3))

    assert seconds(make(8_000)) < 24 * seconds(make(1_000)) + 0.01
