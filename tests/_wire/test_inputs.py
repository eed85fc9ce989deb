"""Every form of `inputs`."""

from collections import UserDict, UserList
from types import MappingProxyType
from typing import Any

import pytest

from mistral_conversations import (
    FunctionCallEntry,
    FunctionResultEntry,
    InputEntries,
    MessageInputEntry,
    TextChunk,
    UnknownChunk,
    UnknownEntry,
    from_dict,
)
from mistral_conversations._wire.inputs import inputs_to_json
from tests.support.bodies import (
    function_call,
    handoff,
    message,
    tool_execution,
    without,
)
from tests.support.for_each import for_each

USER = {"object": "entry", "type": "message.input", "role": "user", "content": "Hi"}
MESSAGE = MessageInputEntry(role="user", content="Hi")
BARE = {"role": "user", "content": "Hi"}
RESULT = {
    "object": "entry",
    "type": "function.result",
    "tool_call_id": "Ab3dEf6hI",
    "result": "{}",
}


@for_each(
    ("inputs", "sent"),
    [
        ("Hi", "Hi"),
        ("", ""),
        (MESSAGE, [USER]),
        (BARE, [BARE]),
        ({"type": "brand.new", "x": 1}, [{"type": "brand.new", "x": 1}]),
        ([], []),
        ((), []),
        (["Hi"], [USER]),
        (("Hi",), [USER]),
        (UserList(["Hi"]), [USER]),
        (["Hi", BARE, MESSAGE], [USER, BARE, USER]),
        ([BARE | {"extra": None}], [BARE | {"extra": None}]),
        (MappingProxyType(BARE), [BARE]),
        ([UserDict(BARE)], [BARE]),
        (FunctionResultEntry(tool_call_id="Ab3dEf6hI", result="{}"), [RESULT]),
        ([{"type": "text"}], [{"type": "text"}]),
    ],
)
def test_a_form_of_inputs_is_sent(inputs: Any, sent: Any) -> None:
    assert inputs_to_json(inputs) == sent


@for_each("body", [message(), function_call(), tool_execution(), handoff()])
def test_an_entry_of_an_answer_goes_back_as_it_came(body: dict[str, Any]) -> None:
    entry = from_dict(InputEntries, body)
    (sent,) = inputs_to_json(entry)
    assert from_dict(InputEntries, sent) == entry
    assert sent == {key: value for key, value in sent.items() if value is not None}


def test_models_inside_a_mapping_are_written() -> None:
    item = {
        "role": "user",
        "content": [TextChunk(text="Hi"), UnknownChunk(raw={"n": 1})],
    }
    assert inputs_to_json([item]) == [
        {"role": "user", "content": [{"type": "text", "text": "Hi"}, {"n": 1}]}
    ]


def test_an_unknown_entry_goes_as_its_raw_object() -> None:
    raw = {"type": "brand.new", "deep": [{"null": None}]}
    assert inputs_to_json(UnknownEntry(type="brand.new", raw=raw)) == [raw]


def test_extra_keys_go_with_their_entry() -> None:
    entry = FunctionCallEntry(
        tool_call_id="1", name="f", arguments={"a": None}, extra={"new": 1}
    )
    assert inputs_to_json(entry) == [
        {
            "object": "entry",
            "type": "function.call",
            "tool_call_id": "1",
            "name": "f",
            "arguments": {"a": None},
            "new": 1,
        }
    ]


@for_each(
    ("inputs", "kind", "message"),
    [
        (1, TypeError, "^inputs is of type int"),
        (None, TypeError, "^inputs is of type NoneType"),
        (b"Hi", TypeError, "^inputs is of type bytes"),
        (bytearray(b"Hi"), TypeError, "^inputs is of type bytearray"),
        ({"Hi"}, TypeError, "^inputs is of type set"),
        (iter(["Hi"]), TypeError, "^inputs is of type list_iterator"),
        (TextChunk(text="Hi"), TypeError, "^inputs is of type TextChunk: put it into"),
        (["Hi", "Hi", 3], TypeError, r"^inputs\[2\] is of type int"),
        (["Hi", None], TypeError, r"^inputs\[1\] is of type NoneType"),
        ([["Hi"]], TypeError, r"^inputs\[0\] is of type list: pass text, an entry"),
        ([TextChunk(text="Hi")], TypeError, r"^inputs\[0\] is of type TextChunk"),
        ({}, ValueError, r"^inputs has neither `type` nor `role` and `content`.*\[\]"),
        ({"content": "Hi"}, ValueError, r"^inputs has neither .*\['content'\]"),
        (["Hi", {"role": "user"}], ValueError, r"^inputs\[1\] has neither"),
        ([without(USER, "type", "role")], ValueError, r"^inputs\[0\] has neither"),
    ],
)
def test_what_is_no_entry_is_refused_by_its_place(
    inputs: Any, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        inputs_to_json(inputs)
