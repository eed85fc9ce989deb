"""What is JSON and comes back: large integers; and what entries may be without."""

from typing import Any

import pytest

from mistral_conversations.server import LocalServer, call, execute, say
from tests.support.local.answer_forms import problems
from tests.support.local.http_caller import Caller, Serve

LARGE = [2**64, -(2**63) - 1, 10**40, -(10**4_000), 10**4_298]


@pytest.mark.parametrize("number", LARGE, ids=lambda number: str(number)[:9])
def test_large_integers_in_metadata_come_back(caller: Caller, number: int) -> None:
    metadata = {"n": number, "deep": [{"n": [number]}]}
    first = caller.start(metadata=metadata).json["conversation_id"]
    assert caller.get(f"/v1/conversations/{first}").json["metadata"] == metadata
    [listed] = caller.get("/v1/conversations").json
    assert listed["metadata"] == metadata
    entry_id = caller.history(first)[0]["id"]
    restart = caller.restart(first, from_entry_id=entry_id, metadata={"m": number})
    second = restart.json["conversation_id"]
    assert caller.get(f"/v1/conversations/{second}").json["metadata"] == {"m": number}


def test_list_is_filtered_by_large_integers(caller: Caller) -> None:
    first = caller.start(metadata={"n": 2**64}).json["conversation_id"]
    caller.start(metadata={"n": 2**64 + 1})
    found = caller.get('/v1/conversations?metadata={"n":18446744073709551616}').json
    assert [conversation["id"] for conversation in found] == [first]


def test_large_integers_in_arguments_and_results_come_back(serve: Serve) -> None:
    info = {"n": 10**40}
    turn = [call("f", n=10**40), execute("t", arguments=info, info=info)]
    caller = serve([turn, "Done", "Done"])
    reply = caller.start()
    [f, t] = reply.json["outputs"]
    assert f["arguments"] == t["arguments"] == '{"n":1' + "0" * 40 + "}"
    assert t["info"] == info
    result = {"type": "function.result", "tool_call_id": f["tool_call_id"]}
    inputs = [{**result, "result": "1"}, {**t, "id": "tool_exec_2"}]
    assert caller.append(reply.json["conversation_id"], inputs=inputs).status == 200
    arguments = {**f, "arguments": info}
    inputs = [arguments, {**result, "result": "1"}]
    again = caller.start(inputs=inputs).json["conversation_id"]
    assert caller.history(again)[0]["arguments"] == info


def test_large_integers_in_schemas_and_agents_come_back(caller: Caller) -> None:
    parameters = {"type": "object", "maximum": 10**40}
    tool = {"type": "function", "function": {"name": "f", "parameters": parameters}}
    body = {"model": "m", "name": "n", "tools": [tool], "metadata": {"n": -(10**40)}}
    agent = caller.post("/v1/agents", body).json
    found = caller.get(f"/v1/agents/{agent['id']}").json
    assert found["tools"][0]["function"]["parameters"] == parameters
    assert found["metadata"] == {"n": -(10**40)}


def test_large_integers_where_small_ones_belong_are_refused_in_words(
    caller: Caller,
) -> None:
    reply = caller.start(completion_args={"temperature": 10**400})
    assert {item["type"] for item in problems(reply)} >= {"less_than_equal"}
    path = "/v1/conversations?page=99999999999999999999"
    assert {item["type"] for item in problems(caller.get(path))} == {"int_type"}


def test_a_record_holds_large_integers(server: LocalServer) -> None:
    Caller(server.base_url).start(metadata={"n": 2**70})
    assert server.requests[0].json["metadata"] == {"n": 2**70}
    assert server.conversations[0].json["metadata"] == {"n": 2**70}


ENTRIES: list[dict[str, Any]] = [
    {"role": "user", "content": "x"},
    {"type": "message.input", "role": "user", "content": "x"},
    {"type": "message.output", "content": "x"},
    {"type": "function.result", "tool_call_id": "a", "result": "x"},
    {"type": "function.call", "tool_call_id": "a", "name": "f", "arguments": "{}"},
    {"type": "tool.execution", "name": "t", "arguments": "{}"},
    {
        "type": "agent.handoff",
        "previous_agent_id": "a",
        "previous_agent_name": "a",
        "next_agent_id": "b",
        "next_agent_name": "b",
    },
]


@pytest.mark.parametrize("key", ["id", "created_at", "object", "type"])
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: str(entry.get("type")))
def test_null_where_a_key_may_be_left_out_is_refused(
    caller: Caller, entry: dict[str, Any], key: str
) -> None:
    reply = caller.start(inputs=[{**entry, key: None}])
    assert problems(reply)


REFERENCE = {"tool": "web_search", "title": "A page", "url": None}
REFERRING: list[list[dict[str, Any]]] = [
    [{"type": "tool_reference", **REFERENCE}],
    [{"type": "text", "text": "Blue"}, {"type": "tool_reference", **REFERENCE}],
    [{"text": "Blue"}, REFERENCE],
]


@pytest.mark.parametrize("content", REFERRING, ids=len)
def test_assistant_without_type_may_refer_to_tools(
    caller: Caller, content: list[dict[str, Any]]
) -> None:
    entry = {"role": "assistant", "content": content}
    first = caller.start(inputs=[entry, {"role": "user", "content": "x"}])
    assert first.status == 200
    stored = caller.history(first.json["conversation_id"])[0]
    assert (stored["type"], stored["role"]) == ("message.output", "assistant")
    assert stored["content"][-1] == {"type": "tool_reference", **REFERENCE}


def test_only_an_assistant_may_refer_to_tools(caller: Caller) -> None:
    for role in ("user", "system"):
        entry = {"role": role, "content": REFERRING[0]}
        assert problems(caller.start(inputs=[entry]))
    prefix = {"role": "assistant", "content": REFERRING[0], "prefix": True}
    assert problems(caller.start(inputs=[prefix]))


def test_assistant_without_type_and_references_stays_an_input(caller: Caller) -> None:
    entry = {"role": "assistant", "content": "x"}
    first = caller.start(inputs=[entry]).json["conversation_id"]
    assert caller.history(first)[0]["type"] == "message.input"


def test_references_may_be_integers_or_strings(serve: Serve) -> None:
    chunk: dict[str, Any] = {"type": "reference", "reference_ids": [1, "a"]}
    caller = serve([say("x")] * 2)
    thought = {"type": "thinking", "thinking": [chunk]}
    entry = {"role": "user", "content": [thought]}
    assert caller.start(inputs=[entry]).status == 200
    chunk["reference_ids"] = [1.5]
    assert problems(caller.start(inputs=[entry]))
