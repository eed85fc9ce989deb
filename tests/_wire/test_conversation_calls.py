"""The calls on conversations, built and checked before anything is sent."""

from typing import Any

import pytest

from mistral_conversations import (
    CompletionArgs,
    ToolCallConfirmation,
    WebSearchTool,
)
from mistral_conversations._wire import conversation_calls as calls
from mistral_conversations._wire import routes
from mistral_conversations._wire.call import Call
from mistral_conversations._wire.json import decode_json
from tests.support.for_each import for_each

START: dict[str, Any] = dict.fromkeys(
    [
        *["model", "agent_id", "agent_version", "instructions", "tools", "name"],
        *["completion_args", "guardrails", "description", "metadata", "store"],
        "handoff_execution",
    ]
)
RESTART: dict[str, Any] = {"from_entry_id": "msg_1"}


def body_of(call: Call) -> Any:
    assert call.body is not None
    return decode_json(call.body)


def start(**parameters: Any) -> Call:
    return calls.start("Hi", {**START, **parameters}, stream=False)


def test_nothing_that_is_none_is_in_the_body() -> None:
    assert body_of(start()) == {"inputs": "Hi"}
    assert body_of(calls.append("c", None, {"store": None}, stream=False)) == {}


def test_what_is_false_or_empty_is_in_the_body() -> None:
    given: dict[str, Any] = {"store": False, "tools": [], "metadata": {}, "name": ""}
    assert body_of(start(**given)) == {"inputs": "Hi", **given}


def test_a_stream_says_so() -> None:
    call = calls.start("Hi", START, stream=True)
    assert (call.stream, body_of(call)) == (True, {"inputs": "Hi", "stream": True})


def test_an_appended_call_knows_its_conversation_and_a_restarted_one_does_not() -> None:
    assert calls.append("conv_1", "Hi", {}, stream=True).conversation_id == "conv_1"
    assert calls.restart("conv_1", "Hi", RESTART, stream=True).conversation_id is None


@for_each(
    ("parameter", "value", "sent"),
    [
        ("tools", (WebSearchTool(),), [{"type": "web_search"}]),
        ("completion_args", CompletionArgs(stop="x"), {"stop": "x"}),
        ("guardrails", [{"block_on_error": True}], [{"block_on_error": True}]),
        ("metadata", {"a": [1, None]}, {"a": [1, None]}),
        ("agent_version", 3, 3),
        ("agent_version", "prod", "prod"),
        ("handoff_execution", "client", "client"),
    ],
)
def test_a_parameter_in_the_body(parameter: str, value: Any, sent: Any) -> None:
    assert body_of(start(**{parameter: value}))[parameter] == sent


def test_confirmations_in_the_body() -> None:
    allowed = ToolCallConfirmation(tool_call_id="1", confirmation="allow")
    denied = {"tool_call_id": "2", "confirmation": "deny"}
    call = calls.append(
        "c", None, {"tool_confirmations": [allowed, denied]}, stream=False
    )
    assert body_of(call) == {
        "tool_confirmations": [{"tool_call_id": "1", "confirmation": "allow"}, denied]
    }


def test_a_model_and_an_agent_together_are_refused() -> None:
    with pytest.raises(ValueError, match="model and agent_id are both given"):
        start(model="m", agent_id="ag_1")


@for_each(
    ("parameter", "value", "message"),
    [
        *[(name, 5, rf"^{name} must be .*not int") for name in (
            "model", "agent_id", "instructions", "name", "description",
            "handoff_execution")],
        ("agent_version", 1.5, r"^agent_version must be .*not float"),
        ("agent_version", True, r"^agent_version must be .*not bool"),
        ("store", 1, r"^store must be .*not int"),
        ("store", "yes", r"^store must be .*not str"),
        ("tools", [WebSearchTool(), "x"], r"^tools\[1\] must be .*not str"),
        ("completion_args", [], "^completion_args must be .*not list"),
        ("guardrails", [WebSearchTool()], r"^guardrails\[0\] must be .*WebSearchTool"),
        ("metadata", [("a", 1)], r"^metadata must be .*not list"),
    ],
)  # fmt: skip
def test_a_parameter_of_another_type_is_refused_by_its_name(
    parameter: str, value: Any, message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        start(**{parameter: value})


LOOP: dict[str, Any] = {}
LOOP["again"] = LOOP


def test_inputs_that_loop_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^inputs\[0\] is nested too deeply"):
        calls.append("c", [{"type": "new", "x": LOOP}], {}, stream=False)


def test_inputs_are_checked_by_their_place() -> None:
    with pytest.raises(TypeError, match=r"^inputs\[1\]\.content is of type bytes"):
        calls.append("c", ["a", {"role": "user", "content": b"x"}], {}, stream=False)


def test_start_needs_inputs_and_restart_an_entry() -> None:
    with pytest.raises(TypeError, match=r"^inputs must be text or entries"):
        calls.start(None, START, stream=False)
    with pytest.raises(TypeError, match=r"^from_entry_id must be the id"):
        calls.restart("c", "Hi", {"from_entry_id": None}, stream=False)
    with pytest.raises(TypeError, match=r"^from_entry_id must be .*not int"):
        calls.restart("c", "Hi", {"from_entry_id": 5}, stream=False)


@for_each(
    ("parameters", "query"),
    [
        ({}, {}),
        ({"page": 0}, {"page": "0"}),
        ({"page": 3, "page_size": 1}, {"page": "3", "page_size": "1"}),
        ({"metadata": {"a": "é"}}, {"metadata": '{"a":"é"}'}),
        ({"metadata": {}}, {"metadata": "{}"}),
    ],
)
def test_the_query_of_a_list(parameters: dict[str, Any], query: dict[str, str]) -> None:
    given = {"page": None, "page_size": None, "metadata": None, **parameters}
    call = calls.list_page(**given)
    assert (call.method, call.path, call.body) == ("GET", "/v1/conversations", None)
    assert call.query == query


@for_each(
    ("parameters", "kind", "message"),
    [
        ({"page": "1"}, TypeError, r"^page must be .*not str"),
        ({"page": True}, TypeError, r"^page must be .*not bool"),
        ({"page": -1}, ValueError, "^page must be 0 or more, not -1"),
        ({"page_size": 0}, ValueError, "^page_size must be 1 or more, not 0"),
        ({"page_size": 1.0}, TypeError, r"^page_size must be .*not float"),
        ({"metadata": "a"}, TypeError, r"^metadata must be .*not str"),
        ({"metadata": {"a": {1}}}, TypeError, r"^metadata\.a is of type set"),
    ],
)
def test_a_list_of_other_types_is_refused(
    parameters: dict[str, Any], kind: type[Exception], message: str
) -> None:
    given = {"page": None, "page_size": None, "metadata": None, **parameters}
    with pytest.raises(kind, match=message):
        calls.list_page(**given)


def test_calls_without_a_body() -> None:
    assert calls.get(routes.HISTORY, "c/1") == Call(
        method="GET", path="/v1/conversations/c%2F1/history"
    )
    assert calls.delete("c") == Call(method="DELETE", path="/v1/conversations/c")
