from typing import Any
from urllib.parse import quote

import pytest

from tests.support.for_each import for_each
from tests.support.local.http_caller import START, Caller, Reply

MODEL = "function-after[validate_req(), ModelConversationRequest]"
AGENT = "function-after[validate_req(), AgentConversationRequest]"
TEMPERATURE_9 = {
    "type": "less_than_equal",
    "loc": ["body", MODEL, "completion_args", "temperature"],
    "msg": "Input should be less than or equal to 1",
    "input": 9,
    "ctx": {"le": 1.0},
}
FUNCTION = {"name": "f", "parameters": {}}


def _problems(reply: Reply) -> list[dict[str, Any]]:
    assert reply.status == 422, reply.body
    body = reply.json
    assert body.keys() == {"object", "detail", "message", "type", "code"}
    assert body["detail"] == body["message"]
    assert body["object"] == "Error"
    assert body["type"] == "invalid_request_error"
    assert body["code"] == 3001
    problems: list[dict[str, Any]] = body["detail"]
    for item in problems:
        assert {"type", "loc", "msg", "input"} <= item.keys()
    assert problems
    return problems


def _found(reply: Reply) -> set[tuple[str, str]]:
    return {(item["type"], str(item["loc"][-1])) for item in _problems(reply)}


def test_problems_of_both_kinds_of_start_are_reported(caller: Caller) -> None:
    problems = _problems(caller.start(completion_args={"temperature": 9}))
    assert problems[0] == TEMPERATURE_9
    assert [(item["type"], item["loc"][1:]) for item in problems[1:]] == [
        ("missing", [AGENT, "agent_id"]),
        ("extra_forbidden", [AGENT, "model"]),
        ("extra_forbidden", [AGENT, "completion_args"]),
    ]


def test_message_that_quotes_the_input_is_cut(caller: Caller) -> None:
    inputs = [{"type": "a" * 2_000, "role": "user", "content": "hi"}]
    longest = max(len(item["msg"]) for item in _problems(caller.start(inputs=inputs)))
    assert longest == 1_000


def test_start_needs_a_model_or_an_agent(caller: Caller) -> None:
    found = _found(caller.post("/v1/conversations", {"inputs": "hi"}))
    assert found == {("missing", "model"), ("missing", "agent_id")}


def test_start_takes_no_model_beside_an_agent(caller: Caller) -> None:
    assert _found(caller.start(agent_id="ag_1")) == {
        ("extra_forbidden", "agent_id"),
        ("extra_forbidden", "model"),
    }


@pytest.mark.parametrize("key", ["completion_args", "tools", "instructions"])
def test_start_takes_no_settings_beside_an_agent(caller: Caller, key: str) -> None:
    body = {"inputs": "hi", "agent_id": "ag_1", key: {}}
    assert ("extra_forbidden", key) in _found(caller.post("/v1/conversations", body))


def test_start_needs_inputs(caller: Caller) -> None:
    assert ("missing", "inputs") in _found(
        caller.post("/v1/conversations", {"model": "m"})
    )
    assert ("string_type", "str") in _found(caller.start(inputs=None))


@for_each(
    ("key", "value", "expected"),
    [
        ("inputs", 7, ("string_type", "str")),
        ("inputs", {"role": "user", "content": "x"}, ("list_type", "list")),
        ("inputs", ["text"], ("model_attributes_type", "0")),
        ("inputs", [{"role": "user"}], ("missing", "content")),
        ("inputs", [{"role": "robot", "content": "x"}], ("literal_error", "role")),
        ("inputs", [{"type": "message.new"}], ("union_tag_invalid", "0")),
        ("inputs", [{"type": 7}], ("union_tag_invalid", "0")),
        ("inputs", [{"text": "x"}], ("union_tag_not_found", "0")),
        ("inputs", [{"role": "user", "content": 7}], ("string_type", "str")),
        (
            "inputs",
            [{"role": "user", "content": [{"type": "text"}]}],
            ("missing", "text"),
        ),
        (
            "inputs",
            [{"role": "user", "content": [{"type": "tool_reference", "title": "x"}]}],
            ("union_tag_invalid", "0"),
        ),
        (
            "inputs",
            [{"role": "user", "content": "x", "new": 1}],
            ("extra_forbidden", "new"),
        ),
        (
            "inputs",
            [{"role": "user", "content": "x", "created_at": "noon"}],
            ("datetime_type", "created_at"),
        ),
        ("inputs", [{"type": "function.result"}], ("missing", "result")),
        ("inputs", [{"tool_call_id": "x"}], ("missing", "arguments")),
        ("inputs", [{"tool_call_id": "x", "result": {}}], ("string_type", "result")),
        ("inputs", [{"previous_agent_id": "x"}], ("missing", "next_agent_id")),
        ("model", 7, ("string_type", "model")),
        ("stream", "yes", ("bool_type", "stream")),
        ("store", 1, ("bool_type", "store")),
        ("handoff_execution", "robot", ("literal_error", "handoff_execution")),
        ("instructions", ["x"], ("string_type", "instructions")),
        ("name", 7, ("string_type", "name")),
        ("description", {}, ("string_type", "description")),
        ("metadata", "x", ("dict_type", "metadata")),
        ("temperature", 0.5, ("extra_forbidden", "temperature")),
        ("tools", {}, ("list_type", "tools")),
        ("tools", [{"type": "telescope"}], ("union_tag_invalid", "0")),
        ("tools", [{"function": FUNCTION}], ("union_tag_not_found", "0")),
        ("tools", [{"type": "function"}], ("missing", "function")),
        (
            "tools",
            [{"type": "function", "function": {"name": "f"}}],
            ("missing", "parameters"),
        ),
        (
            "tools",
            [{"type": "document_library", "library_ids": []}],
            ("too_short", "library_ids"),
        ),
        ("tools", [{"type": "connector"}], ("missing", "connector_id")),
        (
            "tools",
            [{"type": "web_search", "tool_configuration": {"exclude": [1]}}],
            ("string_type", "0"),
        ),
        ("guardrails", {}, ("list_type", "guardrails")),
        (
            "guardrails",
            [{"moderation_llm_v2": {"action": "shout"}}],
            ("literal_error", "action"),
        ),
        (
            "guardrails",
            [{"moderation_llm_v1": {"custom_category_thresholds": {"pii": "x"}}}],
            ("float_type", "pii"),
        ),
        ("completion_args", [], ("model_attributes_type", "completion_args")),
    ],
)
def test_start_refuses_what_the_description_does_not_have(
    caller: Caller, key: str, value: object, expected: tuple[str, str]
) -> None:
    assert expected in _found(caller.start(**{key: value}))


@for_each(
    ("key", "value", "expected"),
    [
        ("temperature", -0.1, "greater_than_equal"),
        ("temperature", 1.1, "less_than_equal"),
        ("temperature", "0.5", "float_type"),
        ("temperature", True, "float_type"),
        ("top_p", 2, "less_than_equal"),
        ("presence_penalty", -2.5, "greater_than_equal"),
        ("frequency_penalty", 2.5, "less_than_equal"),
        ("max_tokens", -1, "greater_than_equal"),
        ("max_tokens", 1.5, "int_type"),
        ("max_tokens", False, "int_type"),
        ("random_seed", -1, "greater_than_equal"),
        ("tool_choice", "perhaps", "literal_error"),
        ("tool_choice", None, "literal_error"),
        ("reasoning_effort", "immense", "literal_error"),
        ("prediction", "text", "model_attributes_type"),
        ("response_format", "text", "model_attributes_type"),
        ("top_k", 3, "extra_forbidden"),
    ],
)
@for_each("append", [False, True])
def test_completion_args_have_limits(
    caller: Caller, key: str, value: object, expected: str, append: bool
) -> None:
    arguments = {"completion_args": {key: value}}
    send = caller.append("conv_any", **arguments) if append else None
    reply = send or caller.start(**arguments)
    assert (expected, key) in _found(reply)


def test_what_the_description_has_is_accepted(caller: Caller) -> None:
    reply = caller.start(
        stream=False,
        store=None,
        handoff_execution="client",
        instructions=None,
        agent_id=None,
        tools=[
            {"type": "function", "function": {**FUNCTION, "strict": True}},
            {"type": "web_search", "tool_configuration": {"include": ["a"]}},
            {"type": "code_interpreter", "tool_configuration": None},
            {"type": "image_generation"},
            {"type": "document_library", "library_ids": ["l"]},
            {
                "type": "connector",
                "connector_id": "c",
                "authorization": {"type": "api-key", "value": "v"},
            },
        ],
        completion_args={
            "stop": ["a", "b"],
            "presence_penalty": -2,
            "frequency_penalty": 2,
            "temperature": 1,
            "top_p": 0.0,
            "max_tokens": 0,
            "random_seed": None,
            "prediction": {"type": "content", "content": "x"},
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "n", "schema": {}, "strict": False},
            },
            "tool_choice": "none",
            "reasoning_effort": "high",
        },
        guardrails=[
            {
                "block_on_error": True,
                "moderation_llm_v1": {"action": "none"},
                "moderation_llm_v2": {
                    "custom_category_thresholds": {"jailbreaking": 0.5, "law": None},
                    "action": "block",
                },
            }
        ],
        metadata={},
    )
    assert reply.status == 200, reply.body


@pytest.mark.parametrize(
    "chunk",
    [
        {"type": "text", "text": "x"},
        {"text": "x"},
        {"type": "image_url", "image_url": {"url": "u", "detail": "low"}},
        {"type": "document_url", "document_url": "u", "document_name": None},
        {"type": "tool_file", "tool": "t", "file_id": "f"},
        {
            "type": "thinking",
            "thinking": [
                {"type": "text", "text": "x"},
                {"type": "reference", "reference_ids": [1]},
            ],
            "signature": "s",
        },
    ],
)
def test_inputs_may_have_chunks(caller: Caller, chunk: dict[str, Any]) -> None:
    inputs = [{"role": "user", "content": [chunk]}]
    assert caller.start(inputs=inputs).status == 200


@pytest.mark.parametrize("key", ["tools", "model", "metadata", "from_entry_id"])
def test_append_takes_no_settings(caller: Caller, key: str) -> None:
    [item] = _problems(caller.append("conv_any", inputs="x", **{key: []}))
    assert item == {
        "type": "extra_forbidden",
        "loc": ["body", key],
        "msg": "Extra inputs are not permitted",
        "input": [],
    }


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"stream": None}, ("bool_type", "stream")),
        ({"handoff_execution": None}, ("literal_error", "handoff_execution")),
        ({"tool_confirmations": {}}, ("list_type", "tool_confirmations")),
        ({"tool_confirmations": [{}]}, ("missing", "confirmation")),
        (
            {"tool_confirmations": [{"tool_call_id": "x", "confirmation": "yes"}]},
            ("literal_error", "confirmation"),
        ),
    ],
)
def test_append_has_its_own_checks(
    caller: Caller, body: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert expected in _found(caller.append("conv_any", **body))


def test_restart_needs_an_entry(caller: Caller) -> None:
    [item] = _problems(caller.restart("conv_any", inputs="x"))
    assert item["type"] == "missing"
    assert item["loc"] == ["body", "from_entry_id"]
    found = _found(caller.restart("conv_any", from_entry_id=7, agent_version=1.5))
    assert ("string_type", "from_entry_id") in found
    assert ("int_type", "int") in found


@for_each("path", ["", "/conv_any", "/conv_any/restart"])
@for_each(
    ("body", "expected"),
    [
        (b"{", "json_invalid"),
        (b'{"a": 1e999}', "json_invalid"),
        (b'{"a": "\xff"}', "json_invalid"),
        (b'{"a": ' + b"9" * 4_301 + b"}", "json_invalid"),
        (b'{"a": "\\ud800"}', "json_invalid"),
        (b"[" * 100_000, "json_invalid"),
        (b'{"inputs": ' + b"[" * 900 + b"]" * 900 + b"}", "json_invalid"),
        (b"[]", "model_attributes_type"),
        (b"null", "model_attributes_type"),
        (b'"text"', "model_attributes_type"),
        (b"", "missing"),
    ],
)
def test_body_must_be_a_json_object(
    caller: Caller, path: str, body: bytes, expected: str
) -> None:
    problems = _problems(caller.post(f"/v1/conversations{path}", body))
    assert {item["type"] for item in problems} == {expected}
    assert {item["loc"][0] for item in problems} == {"body"}


def test_body_must_be_declared_as_json(caller: Caller) -> None:
    headers = {"Content-Type": "text/plain"}
    reply = caller.send("POST", "/v1/conversations", START, headers)
    assert {item["type"] for item in _problems(reply)} == {"model_attributes_type"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("page=x", ("int_type", "page")),
        ("page=", ("int_type", "page")),
        ("page=-1", ("greater_than_equal", "page")),
        ("page=1.5", ("int_type", "page")),
        ("page_size=0", ("greater_than_equal", "page_size")),
        ("page_size=" + "9" * 30, ("int_type", "page_size")),
        ("metadata=x", ("dict_type", "metadata")),
        ("metadata=" + quote("[1]"), ("dict_type", "metadata")),
    ],
)
def test_list_refuses_wrong_queries(
    caller: Caller, query: str, expected: tuple[str, str]
) -> None:
    reply = caller.get(f"/v1/conversations?{query}")
    assert expected in _found(reply)
    assert _problems(reply)[0]["loc"][0] == "query"
