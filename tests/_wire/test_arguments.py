"""The arguments of a function call, as a dict."""

import copy
import pickle
from typing import Any

import pytest

from mistral_conversations import (
    ArgumentsError,
    DecodeError,
    FunctionCallEntry,
    from_dict,
    to_dict,
)
from tests.support.bodies import function_call
from tests.support.for_each import for_each


def call(arguments: Any) -> FunctionCallEntry:
    return from_dict(FunctionCallEntry, function_call(arguments=arguments))


@for_each(
    ("arguments", "parsed"),
    [
        ('{"city": "Paris", "days": [1, null]}', {"city": "Paris", "days": [1, None]}),
        ({"city": "Paris"}, {"city": "Paris"}),
        *[("{}", {}), ({}, {}), ("", {}), (" \n", {}), ("\ufeff{}", {})],
        (' {"a": 1}\n', {"a": 1}),
        ('{"a": 1, "a": 2}', {"a": 2}),
        ('{"a": "\\ud83d\\ude00"}', {"a": "😀"}),
        ('{"a": "\\ud83d"}', {"a": "\ud83d"}),
        ('{"a": "\ud83d\ude00"}', {"a": "😀"}),
        ('{"a": 1e400}', {"a": float("inf")}),
        ('{"a": 18446744073709551616}', {"a": 2**64}),
    ],
)
def test_arguments_are_a_dict(arguments: Any, parsed: dict[str, Any]) -> None:
    entry = call(arguments)
    assert entry.parsed_arguments == parsed
    assert type(entry.parsed_arguments) is dict
    assert to_dict(entry)["arguments"] == arguments


def test_a_changed_dict_does_not_change_the_call() -> None:
    for arguments in ('{"a": 1}', {"a": 1}):
        entry = call(arguments)
        entry.parsed_arguments["a"] = 2
        assert entry.parsed_arguments == {"a": 1}


@for_each(
    ("arguments", "message"),
    [
        (
            '{"city": Paris}',
            'Expecting value at character 9 of 15, near \'{"city": Par',
        ),
        ('{"a": 1}{"a": 1}', "Extra data at character 8 of 16"),
        ('{"a": 1', "at character 7 of 7"),
        (
            '{"a": "\x1b"}',
            r"control character at character 7 of 10, near '{\"a\": \"\\x1b\"}'",
        ),
        ("null", "must be a JSON object, not null: 'null'"),
        ("[1]", "must be a JSON object, not list"),
        ('"{}"', "must be a JSON object, not str"),
        ("5", "must be a JSON object, not int"),
        ("Paris", "Expecting value at character 0"),
        ("{'a': 1}", "at character 1"),
        ('{"a": ' * 100_000, "nested too deeply|Expecting"),
        ("9" * 10_000, "digits"),
        ("\ud83d", r"near '\\ud83d'"),
    ],
)
def test_an_error_says_what_is_wrong_and_where(arguments: str, message: str) -> None:
    with pytest.raises(ArgumentsError, match=message) as caught:
        _ = call(arguments).parsed_arguments
    error = caught.value
    assert isinstance(error, ValueError)
    assert isinstance(error, DecodeError)
    assert str(error).startswith("the arguments of 'weather' ")
    assert len(str(error).encode()) < 300
    assert error.body == arguments
    assert str(pickle.loads(pickle.dumps(error))) == str(copy.copy(error)) == str(error)


def test_the_traceback_of_an_error_ends_at_the_caller() -> None:
    with pytest.raises(ArgumentsError) as caught:
        _ = call("{").parsed_arguments
    assert [entry.name for entry in caught.traceback] == [
        "test_the_traceback_of_an_error_ends_at_the_caller"
    ]
