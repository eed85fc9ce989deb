"""Any object as a parameter: it is sent as JSON, or an error names its place."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_conversations._wire import agent_calls, routes
from mistral_conversations._wire import conversation_calls as calls
from mistral_conversations._wire.call import Call
from mistral_conversations._wire.json import decode_json
from tests.support.comparison import thorough
from tests.support.for_each import for_each
from tests.support.odd_objects import (
    OBJECTS,
    Raising,
    Unresolved,
    UnresolvedAttributes,
    odd_objects,
)

NOTHING: dict[str, Any] = dict.fromkeys(
    [
        *["model", "agent_id", "agent_version", "instructions", "tools", "name"],
        *["completion_args", "guardrails", "description", "metadata", "store"],
        *["handoff_execution"],
    ]
)


def start(inputs: Any = "Hi", **parameters: Any) -> Call:
    return calls.start(inputs, {**NOTHING, **parameters}, stream=False)


def parameter(name: str) -> Callable[[Any], Call]:
    return lambda value: start(**{name: value})


PLACES: dict[str, Callable[[Any], Call]] = {
    "inputs": start,
    "inputs[1]": lambda value: start(["Hi", value]),
    "inputs[0].content": lambda value: start([{"role": "user", "content": value}]),
    "inputs[0].x[1]": lambda value: start({"type": "new", "x": ("Hi", value)}),
    **{name: parameter(name) for name in ("metadata", "tools", "completion_args")},
    **{name: parameter(name) for name in ("guardrails", "name", "model", "store")},
    "metadata.a[0]": lambda value: start(metadata={"a": [value]}),
    "tools[0]": lambda value: start(tools=[value]),
    "tools[1].a": lambda value: start(tools=({"type": "b"}, {"type": "n", "a": value})),
    "completion_args.stop": lambda value: start(completion_args={"stop": value}),
    "guardrails[0]": lambda value: start(guardrails=[value]),
    "agent_version": parameter("agent_version"),
    "conversation_id": lambda value: calls.get(routes.CONVERSATION, value),
    "page": lambda value: calls.list_page(page=value, page_size=None, metadata=None),
    "from_entry_id": lambda value: calls.restart(
        "conv_1", None, {"from_entry_id": value}, stream=False
    ),
    "tool_confirmations[0]": lambda value: calls.append(
        "conv_1", None, {"tool_confirmations": [value]}, stream=True
    ),
    "handoffs": lambda value: agent_calls.update("ag_1", {"handoffs": value}),
}


def check(place: str, value: Any) -> None:
    """Build a call; check the JSON of its body, or the error."""
    found = tried(PLACES[place], value)
    if isinstance(found, Call):
        assert found.body is None or isinstance(decode_json(found.body), dict)
    else:
        assert re.split(r"\W", place)[0] in str(found)
        assert str(found).encode()
        assert len(str(found)) < 1000


def tried(build: Callable[[Any], Call], value: Any) -> Call | Exception:
    try:
        return build(value)
    except (TypeError, ValueError) as error:
        return error


@for_each("place", PLACES)
@for_each("value", OBJECTS)
def test_any_object_is_sent_or_refused_by_its_place(place: str, value: Any) -> None:
    check(place, value)


@thorough
@given(st.sampled_from(list(PLACES)), odd_objects)
def test_objects_inside_each_other_are_sent_or_refused(place: str, value: Any) -> None:
    check(place, value)


@for_each("place", ["metadata.a[0]", "tools[1].a", "inputs[0].content"])
def test_an_exception_of_a_callers_class_is_the_cause_of_a_type_error(
    place: str,
) -> None:
    with pytest.raises(
        TypeError, match=r"cannot be written as JSON: Runt.*: no connec"
    ) as caught:
        PLACES[place](Raising())
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_a_class_is_written_whose_annotations_are_for_type_checkers() -> None:
    """Python evaluates no annotation, so it need not be importable."""
    values = [Unresolved(2), UnresolvedAttributes(3, Unresolved())]
    call = start(metadata={"values": values})
    assert decode_json(call.body or b"")["metadata"] == {
        "values": [{"value": 2}, {"value": 3, "_private": {"value": 1}}]
    }
