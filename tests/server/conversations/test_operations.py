import re
import time
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import RFC_4122, UUID

import pytest

from mistral_conversations.server import execute, handoff, say, think
from tests.support.local.http_caller import Caller, Serve


def _is_id(prefix: str, text: str) -> bool:
    return re.fullmatch(f"{prefix}_[0-9a-f]{{32}}", text) is not None


def test_start_echoes_the_text_of_the_user(caller: Caller) -> None:
    reply = caller.start(inputs="Once  upon a\ntime ")
    assert reply.status == 200
    assert reply.headers["content-type"].startswith("application/json")
    body = reply.json
    assert body["object"] == "conversation.response"
    assert _is_id("conv", body["conversation_id"])
    [entry] = body["outputs"]
    assert entry["object"] == "entry"
    assert entry["type"] == "message.output"
    assert entry["role"] == "assistant"
    assert entry["model"] == "mistral-small-latest"
    assert entry["content"] == "Once  upon a\ntime "
    assert _is_id("msg", entry["id"])
    assert body["usage"] == {
        "prompt_tokens": 4,
        "completion_tokens": 4,
        "total_tokens": 8,
    }


def test_timestamps_have_microseconds_and_z(caller: Caller) -> None:
    [entry] = caller.start().json["outputs"]
    form = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
    assert re.fullmatch(form, entry["created_at"])
    assert re.fullmatch(form, entry["completed_at"])
    created = datetime.fromisoformat(entry["created_at"])
    assert created <= datetime.fromisoformat(entry["completed_at"])


def test_start_stream_echoes_word_by_word(caller: Caller) -> None:
    reply = caller.start(inputs=" Once  upon a\ntime ", stream=True)
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/event-stream; charset=utf-8"
    started, *deltas, done = reply.events
    assert started["type"] == "conversation.response.started"
    assert _is_id("conv", started["conversation_id"])
    assert {delta["type"] for delta in deltas} == {"message.output.delta"}
    assert len(deltas) == 5
    assert "".join(delta["content"] for delta in deltas) == " Once  upon a\ntime "
    assert len({delta["id"] for delta in deltas}) == 1
    assert done["type"] == "conversation.response.done"
    assert done["usage"]["total_tokens"] == 8


def test_stream_leaves_its_entry_in_the_history(caller: Caller) -> None:
    started, first, *_ = caller.start(inputs="a b c", stream=True).events
    question, answer = caller.history(started["conversation_id"])
    assert question["content"] == "a b c"
    assert answer["id"] == first["id"]
    assert answer["created_at"] == first["created_at"]
    assert answer["content"] == "a b c"


def test_empty_text_makes_one_empty_delta(caller: Caller) -> None:
    _, delta, _ = caller.start(inputs="", stream=True).events
    assert delta["content"] == ""
    assert caller.start(inputs="").json["outputs"][0]["content"] == ""


def test_echo_reads_the_text_of_chunks(caller: Caller) -> None:
    content = [
        {"type": "text", "text": "What "},
        {"type": "image_url", "image_url": "https://images.test/a.png"},
        {"text": "is it?"},
    ]
    reply = caller.start(inputs=[{"role": "user", "content": content}])
    assert reply.json["outputs"][0]["content"] == "What is it?"


def test_append_keeps_the_id(caller: Caller) -> None:
    first = caller.start(inputs="one").json
    second = caller.append(first["conversation_id"], inputs="two three").json
    assert second["conversation_id"] == first["conversation_id"]
    assert second["usage"]["prompt_tokens"] == 4
    said = [entry["content"] for entry in caller.history(first["conversation_id"])]
    assert said == ["one", "one", "two three", "two three"]


def test_append_stream_keeps_the_id(caller: Caller) -> None:
    first = caller.start().json
    started, *_ = caller.append(
        first["conversation_id"], inputs="more", stream=True
    ).events
    assert started["conversation_id"] == first["conversation_id"]
    assert len(caller.history(first["conversation_id"])) == 4


@pytest.mark.parametrize("stream", [False, True])
def test_restart_makes_a_new_conversation(caller: Caller, stream: bool) -> None:
    old = caller.start(inputs="one").json["conversation_id"]
    caller.append(old, inputs="two")
    history = caller.history(old)
    reply = caller.restart(
        old, from_entry_id=history[1]["id"], inputs="other", stream=stream
    )
    new = (reply.events[0] if stream else reply.json)["conversation_id"]
    assert new != old
    assert [entry["content"] for entry in caller.history(new)] == [
        "one",
        "one",
        "other",
        "other",
    ]
    assert caller.history(old) == history


def test_restart_without_inputs_answers_again(caller: Caller) -> None:
    old = caller.start(inputs="one").json["conversation_id"]
    reply = caller.restart(old, from_entry_id=caller.history(old)[0]["id"])
    assert reply.json["outputs"][0]["content"] == "one"


def test_restart_takes_over_settings_and_changes_those_given(caller: Caller) -> None:
    old = caller.start(name="notes", metadata={"a": 1}).json["conversation_id"]
    entry_id = caller.history(old)[0]["id"]
    reply = caller.restart(old, from_entry_id=entry_id, metadata={"b": 2})
    new = caller.get(f"/v1/conversations/{reply.json['conversation_id']}").json
    assert new["name"] == "notes"
    assert new["metadata"] == {"b": 2}


def test_get_returns_a_conversation_with_a_model(caller: Caller) -> None:
    settings = {
        "instructions": "Be brief.",
        "tools": [{"type": "web_search"}],
        "completion_args": {"temperature": 0.5},
        "name": "a name",
        "description": "a description",
        "metadata": {"k": ["v"]},
    }
    conversation_id = caller.start(**settings).json["conversation_id"]
    body = caller.get(f"/v1/conversations/{conversation_id}").json
    assert body["object"] == "conversation"
    assert body["id"] == conversation_id
    assert body["model"] == "mistral-small-latest"
    assert "agent_id" not in body
    assert body["created_at"] < body["updated_at"]
    assert settings.items() <= body.items()


def test_get_returns_a_conversation_with_an_agent(caller: Caller) -> None:
    body = {"inputs": "Hi", "agent_id": "ag_1", "agent_version": 3, "model": None}
    reply = caller.post("/v1/conversations", body)
    assert reply.json["outputs"][0]["agent_id"] == "ag_1"
    conversation = caller.get(f"/v1/conversations/{reply.json['conversation_id']}").json
    assert conversation["agent_id"] == "ag_1"
    assert conversation["agent_version"] == 3
    assert conversation["name"] is None
    assert "model" not in conversation
    assert "tools" not in conversation


def test_delete_forgets_the_conversation(caller: Caller) -> None:
    path = f"/v1/conversations/{caller.start().json['conversation_id']}"
    reply = caller.send("DELETE", path)
    assert (reply.status, reply.body) == (204, b"")
    assert caller.get(path).status == 404
    assert caller.send("DELETE", path).status == 404


def test_list_goes_from_the_newest_to_the_oldest(caller: Caller) -> None:
    ids = [caller.start().json["conversation_id"] for _ in range(5)]
    listed = caller.get("/v1/conversations").json
    assert [conversation["id"] for conversation in listed] == ids[::-1]
    page = caller.get("/v1/conversations?page=1&page_size=2").json
    assert [conversation["id"] for conversation in page] == [ids[2], ids[1]]
    assert caller.get("/v1/conversations?page=9").json == []
    assert caller.get(f"/v1/conversations?page={10**17}&page_size={10**17}").json == []


def test_list_keeps_those_that_have_all_metadata(caller: Caller) -> None:
    both = caller.start(metadata={"a": 1, "b": "x"}).json["conversation_id"]
    caller.start(metadata={"a": 1, "b": "y"})
    caller.start()
    listed = caller.get("/v1/conversations?metadata=%7B%22a%22:1,%22b%22:%22x%22%7D")
    assert [conversation["id"] for conversation in listed.json] == [both]
    assert len(caller.get("/v1/conversations?metadata=%7B%7D").json) == 3
    assert len(caller.get("/v1/conversations?metadata=null").json) == 3


def test_history_fills_in_what_inputs_leave_out(caller: Caller) -> None:
    inputs: list[dict[str, Any]] = [
        {"role": "user", "content": "hi"},
        {"type": "message.output", "content": "hello"},
        {"tool_call_id": "aB3dE6gH9", "name": "f", "arguments": {"x": 1}},
        {"tool_call_id": "aB3dE6gH9", "result": "7"},
        {"name": "web_search", "arguments": "{}", "function": "web_search"},
        {
            "previous_agent_id": "ag_1",
            "previous_agent_name": "a",
            "next_agent_id": "ag_2",
            "next_agent_name": "b",
        },
        {"id": "msg_own", "role": "user", "content": "and?", "completed_at": None},
    ]
    reply = caller.start(inputs=inputs)
    entries = caller.history(reply.json["conversation_id"])[:-1]
    assert [entry["type"] for entry in entries] == [
        "message.input",
        "message.output",
        "function.call",
        "function.result",
        "tool.execution",
        "agent.handoff",
        "message.input",
    ]
    assert {entry["object"] for entry in entries} == {"entry"}
    assert all(entry["created_at"].endswith("Z") for entry in entries)
    assert _is_id("msg", entries[0]["id"])
    assert _is_id("fc", entries[2]["id"])
    assert _is_id("tool_exec", entries[4]["id"])
    assert _is_id("handoff", entries[5]["id"])
    assert entries[1]["role"] == "assistant"
    assert entries[6]["id"] == "msg_own"
    for given, entry in zip(inputs, entries, strict=True):
        assert given.items() <= entry.items()


def test_entries_of_a_history_can_be_sent_back(serve: Serve) -> None:
    turn = [think("hm"), say("a", {"type": "text", "text": "b"}), execute("web_search")]
    caller = serve([[*turn, handoff("b")], say("ok")])
    first = caller.start().json["conversation_id"]
    assert caller.start(inputs=caller.history(first)).status == 200


def test_messages_are_the_messages_of_the_history(serve: Serve) -> None:
    caller = serve([[execute("web_search"), say("found")]])
    conversation_id = caller.start().json["conversation_id"]
    reply = caller.get(f"/v1/conversations/{conversation_id}/messages")
    assert reply.json["object"] == "conversation.messages"
    assert reply.json["conversation_id"] == conversation_id
    question, _, answer = caller.history(conversation_id)
    assert reply.json["messages"] == [question, answer]


@pytest.mark.parametrize("stream", [False, True])
def test_store_false_answers_and_keeps_nothing(caller: Caller, stream: bool) -> None:
    reply = caller.start(store=False, stream=stream)
    new = (reply.events[0] if stream else reply.json)["conversation_id"]
    assert caller.get(f"/v1/conversations/{new}").status == 404
    assert caller.get("/v1/conversations").json == []


def test_append_with_store_false_leaves_the_conversation(caller: Caller) -> None:
    first = caller.start(inputs="one").json["conversation_id"]
    reply = caller.append(first, inputs="two", store=False).json
    assert reply["conversation_id"] == first
    assert reply["outputs"][0]["content"] == "two"
    assert len(caller.history(first)) == 2


def test_restart_with_store_false_keeps_nothing(caller: Caller) -> None:
    first = caller.start().json["conversation_id"]
    entry_id = caller.history(first)[0]["id"]
    new = caller.restart(first, from_entry_id=entry_id, store=False).json
    assert caller.get(f"/v1/conversations/{new['conversation_id']}").status == 404


@pytest.mark.parametrize("path", ["/v1/conversations", "/v1/nothing"])
def test_every_answer_names_its_request(caller: Caller, path: str) -> None:
    first, second = caller.get(path), caller.get(path)
    ids = [reply.headers["mistral-correlation-id"] for reply in (first, second)]
    assert len(set(ids)) == 2
    assert ids[0] == str(UUID(ids[0]))
    assert UUID(ids[0]).version == 7
    assert UUID(ids[0]).variant == RFC_4122
    seconds = (UUID(ids[0]).int >> 80) / 1000
    assert abs(seconds - time.time()) < 60
    assert first.headers["x-kong-request-id"] == ids[0]
    assert "x-ratelimit-limit-tokens-minute" not in first.headers


def test_only_plain_answers_have_rate_limits(caller: Caller) -> None:
    plain, streamed = caller.start(), caller.start(stream=True)
    limit = int(plain.headers["x-ratelimit-limit-tokens-minute"])
    left = int(plain.headers["x-ratelimit-remaining-tokens-minute"])
    assert limit - left == plain.json["usage"]["total_tokens"]
    assert "mistral-correlation-id" in streamed.headers
    assert not [name for name in streamed.headers if "ratelimit" in name]


@pytest.mark.parametrize("operation", ["start", "append", "restart"])
def test_plain_answers_of_a_code_interpreter_have_its_rate_limits(
    serve: Serve, operation: str
) -> None:
    run = execute("code_interpreter", info={"code": "21 * 2"})
    caller = serve([[run, run, "42"]] * 4)
    reply = caller.start()
    first = reply.json["conversation_id"]
    if operation == "append":
        reply = caller.append(first)
    elif operation == "restart":
        reply = caller.restart(first, from_entry_id=caller.history(first)[-1]["id"])
    for unit in ("day", "minute"):
        limit = int(reply.headers[f"x-ratelimit-limit-code-interpreter-{unit}"])
        left = int(reply.headers[f"x-ratelimit-remaining-code-interpreter-{unit}"])
        assert limit - left == 2
    streamed = caller.start(stream=True)
    assert not [name for name in streamed.headers if "ratelimit" in name]


def test_other_answers_have_no_rate_limits_of_a_code_interpreter(serve: Serve) -> None:
    caller = serve([["Hi"], [execute("web_search"), "Hi"]])
    for _ in range(2):
        headers = caller.start().headers
        assert "x-ratelimit-limit-tokens-minute" in headers
        assert not [name for name in headers if "code-interpreter" in name]


def test_latency_comes_before_each_event(serve: Serve) -> None:
    caller = serve([say("a"), say("b")], latency=0.02)
    events = caller.start(stream=True).events
    times = [datetime.fromisoformat(event["created_at"]) for event in events]
    gaps = [(b - a).total_seconds() for a, b in pairwise(times)]
    assert min(gaps) >= 0.015
    assert caller.start().json["outputs"][0]["content"] == "b"


def test_large_bodies_are_taken(caller: Caller) -> None:
    image = "data:image/png;base64," + "A" * 3_000_000
    content = [{"type": "image_url", "image_url": {"url": image}}]
    assert caller.start(inputs=[{"role": "user", "content": content}]).status == 200
