"""Each answer and event of the server, checked against the schemas of answers."""

from typing import Any

import pytest

from mistral_conversations.server import LocalServer, fail
from tests.support import bodies
from tests.support.api_description import (
    described_paths,
    described_streams,
    problems,
)
from tests.support.local.answer_schemas import DEPARTURES, EVENT_TYPES, SCHEMAS
from tests.support.local.http_caller import Caller, Serve
from tests.support.local.recording_caller import (
    Answer,
    RecordingCaller,
    all_misfits,
    id_in,
    record,
)
from tests.support.local.turns import (
    AGENT,
    IMAGE,
    TURNS,
    WHO,
    each_kind,
    each_turn,
    get_all,
    streamed_and_plain,
    use_every_operation,
)


@streamed_and_plain
@each_kind
@each_turn
def test_every_answer_fits(serve: Serve, turn: str, who: str, stream: bool) -> None:
    caller = record(serve, [TURNS[turn]] * 4)
    replies = use_every_operation(caller, who, stream)
    get_all(caller, [id_in(reply) for reply in replies])
    assert {answer.reply.status for answer in caller.answers} == {200}
    assert {answer.streamed for answer in caller.answers} == {False, stream}
    assert all_misfits(caller) == []


def as_published(value: Any) -> Any:
    """Leave out the keys that the service adds to the description."""
    if isinstance(value, list):
        return [as_published(item) for item in value]
    if not isinstance(value, dict):
        return value
    added = ADDED.get(value.get("type"), ())
    return {key: as_published(v) for key, v in value.items() if key not in added}


ADDED: dict[Any, Any] = {
    SCHEMAS[name]["properties"]["type"]["enum"][0]: keys
    for name, keys in DEPARTURES.items()
}


def unpublished(answer: Answer) -> list[str]:
    """Return where an answer departs from the description."""
    paths = described_streams() if answer.streamed else described_paths()
    described = paths[answer.route][answer.method.lower()]["responses"][
        str(answer.reply.status)
    ]
    [content] = described.get("content", {"": {"schema": {}}}).values()
    if answer.streamed:
        whole = [{"event": e["type"], "data": e} for _, e in answer.parts()]
    else:
        whole = [value for _, value in answer.parts()]
    return [p for v in whole for p in problems(as_published(v), content["schema"])]


@streamed_and_plain
@each_kind
@each_turn
def test_every_answer_fits_the_description(
    serve: Serve, turn: str, who: str, stream: bool
) -> None:
    described_paths()
    caller = record(serve, [TURNS[turn]] * 4)
    replies = use_every_operation(caller, who, stream)
    get_all(caller, [id_in(reply) for reply in replies])
    assert [p for answer in caller.answers for p in unpublished(answer)] == []
    caller.append(id_in(replies[0]), inputs=5, stream=stream)
    caller.send("DELETE", f"/v1/conversations/{id_in(replies[0])}")
    refused, deleted = caller.answers[-2:]
    assert unpublished(refused) == unpublished(deleted) == []


def test_every_kind_is_among_what_was_held_against_the_schemas(serve: Serve) -> None:
    caller = record(
        serve, [[piece for turn in TURNS.values() for piece in turn], fail("No")]
    )
    events = caller.start(**WHO["agent"], stream=True).events
    error = caller.start(stream=True).events[-1]
    assert {event["type"] for event in [*events, error]} == EVENT_TYPES.keys()
    entries = caller.history(id_in(caller.answers[0].reply))
    kinds = {entry["type"] for entry in entries}
    assert kinds == {*INPUTS_BY_TYPE} - {"function.result"}
    chunks = [c for e in entries for c in e.get("content", "") if isinstance(c, dict)]
    assert {chunk["type"] for chunk in chunks} == {
        *("text", "thinking", "tool_reference", "tool_file"),
        *("image_url", "document_url"),
    }
    assert all_misfits(caller) == []


@streamed_and_plain
@each_kind
def test_confirmed_calls_fit(serve: Serve, who: str, stream: bool) -> None:
    caller = record(serve, [TURNS["pending"]] * 2)
    path_id = id_in(caller.start(**WHO[who], stream=stream))
    said = [
        {"tool_call_id": entry["tool_call_id"], "confirmation": word}
        for entry, word in zip(
            caller.history(path_id)[1:], ("allow", "deny"), strict=True
        )
    ]
    reply = caller.append(path_id, tool_confirmations=said, stream=stream)
    assert id_in(reply) == path_id
    get_all(caller, [path_id])
    asked = [e.get("confirmation_status") for e in caller.history(path_id)]
    assert asked == [None, "allowed", "denied", "pending", "pending"]
    assert all_misfits(caller) == []


def test_conversations_fit_after_the_server_was_entered_again() -> None:
    server = LocalServer([TURNS["chunks"]])
    with server:
        path_id = id_in(Caller(server.base_url).start())
    with server:
        caller = RecordingCaller(server.base_url)
        get_all(caller, [path_id])
    assert len(caller.answers) == 4
    assert all_misfits(caller) == []


INPUTS_BY_TYPE: dict[str, dict[str, Any]] = {
    "message.input": {"role": "user", "content": [bodies.text_chunk(), IMAGE]},
    "message.output": {"content": [bodies.thinking("Hm"), bodies.reference()]},
    "function.call": {"tool_call_id": "Ab3dEf6hI", "name": "f", "arguments": {"x": 1}},
    "function.result": {"tool_call_id": "Ab3dEf6hI", "result": "7"},
    "tool.execution": {"name": "web_search", "arguments": "{}"},
    "agent.handoff": {
        "previous_agent_id": AGENT,
        "previous_agent_name": "front desk",
        "next_agent_id": AGENT,
        "next_agent_name": "weather desk",
    },
}


@pytest.mark.parametrize("typed", [False, True])
def test_inputs_of_every_type_fit_in_the_history(serve: Serve, typed: bool) -> None:
    caller = record(serve)
    inputs = [
        {"type": type_, **entry} if typed else entry
        for type_, entry in INPUTS_BY_TYPE.items()
    ]
    path_id = id_in(caller.start(inputs=inputs))
    caller.append(path_id, inputs=inputs[:2])
    get_all(caller, [path_id])
    types = [entry["type"] for entry in caller.history(path_id)]
    assert types[:6] == [*INPUTS_BY_TYPE]
    assert all_misfits(caller) == []


SETTINGS: dict[str, Any] = {
    "instructions": "Answer in one word.",
    "tools": [
        {"type": "function", "function": {"name": "f", "parameters": {}}},
        {"type": "web_search", "tool_configuration": {"include": ["a"]}},
        {"type": "code_interpreter", "tool_configuration": None},
        {"type": "image_generation"},
        {"type": "document_library", "library_ids": ["1"]},
        {
            "type": "connector",
            "connector_id": "c",
            "authorization": {"type": "api-key", "value": "v"},
        },
    ],
    "completion_args": {
        "stop": ["a"],
        "temperature": 0.5,
        "max_tokens": None,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "n", "schema": {}},
        },
        "tool_choice": "auto",
    },
    "guardrails": [{"moderation_llm_v2": {"action": "block"}}],
    "name": "skies",
    "description": "All about skies.",
    "metadata": {"a": [1, None]},
}


def test_conversation_with_all_settings_fits(serve: Serve) -> None:
    caller = record(serve)
    path_id = id_in(caller.start(**SETTINGS))
    body = caller.get(f"/v1/conversations/{path_id}").json
    assert body.keys() == SCHEMAS["ModelConversation"]["properties"].keys()
    assert caller.get("/v1/conversations").json == [body]
    assert all_misfits(caller) == []
