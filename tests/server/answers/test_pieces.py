import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from mistral_conversations.models.chunks import (
    TextChunk,
    ToolFileChunk,
    ToolReferenceChunk,
)
from mistral_conversations.server import (
    call,
    execute,
    fail,
    handoff,
    say,
    think,
)
from tests.support.local.http_caller import Serve

Play = Callable[..., tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, Any]]]

SHAPES: dict[str, set[str]] = {
    "message.output.delta": {"content_index", "model", "role", "content"},
    "function.call.delta": {"model", "name", "tool_call_id", "arguments"},
    "tool.execution.started": {"model", "name", "arguments", "function"},
    "tool.execution.delta": {"name", "arguments", "function"},
    "tool.execution.done": {"name", "function", "info"},
    "agent.handoff.started": {"previous_agent_id", "previous_agent_name"},
    "agent.handoff.done": {"next_agent_id", "next_agent_name"},
}
OF_ALL = {"type", "created_at", "output_index", "id"}


@pytest.fixture
def play(serve: Serve) -> Play:
    """Play a turn streamed and plain: events, entries of the answer, usage."""

    def run(
        *pieces: Any,
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, Any]]:
        caller = serve([list(pieces), list(pieces)])
        events = caller.start(stream=True).events
        kept = caller.history(events[0]["conversation_id"])[1:]
        plain = caller.start().json
        assert [_timeless(e) for e in plain["outputs"]] == [_timeless(e) for e in kept]
        assert plain["usage"] == events[-1]["usage"]
        for event in events[1:-1]:
            extra = {"confirmation_status", "agent_id"} & event.keys()
            assert event.keys() - extra == OF_ALL | SHAPES[event["type"]]
            assert kept[event["output_index"]]["id"] == event["id"]
        return events, kept, events[-1]["usage"]

    return run


def _timeless(entry: dict[str, Any]) -> dict[str, Any]:
    own = {"id", "created_at", "completed_at", "tool_call_id"}
    return {key: value for key, value in entry.items() if key not in own}


def _contents(events: list[dict[str, Any]]) -> list[tuple[int, Any]]:
    return [(e["content_index"], e["content"]) for e in events[1:-1]]


def _thought(text: str) -> dict[str, Any]:
    inner = [{"type": "text", "text": text}]
    return {"type": "thinking", "thinking": inner, "closed": True}


def test_say_streams_words_that_join(play: Play) -> None:
    events, [entry], _ = play(say("One two  three\n"))
    assert _contents(events) == [(0, "One"), (0, " two"), (0, "  three"), (0, "\n")]
    assert entry["content"] == "One two  three\n"
    assert entry["completed_at"] is not None


def test_says_side_by_side_are_one_text(play: Play) -> None:
    events, [entry], _ = play(say("Hel", "lo"), say(" you"))
    assert _contents(events) == [(0, "Hel"), (0, "lo"), (0, " you")]
    assert entry["content"] == "Hello you"


def test_say_nothing_is_an_empty_message(play: Play) -> None:
    events, [entry], _ = play(say())
    assert _contents(events) == [(0, "")]
    assert entry["content"] == ""


def test_chunks_have_their_own_places(play: Play) -> None:
    source = ToolReferenceChunk(tool="web_search", title="A page", url="https://a.test")
    file = {"type": "tool_file", "tool": "image_generation", "file_id": "f1"}
    events, [entry], _ = play(say("See", source, file, "there", TextChunk(text=".")))
    reference = {
        "type": "tool_reference",
        "tool": "web_search",
        "title": "A page",
        "url": "https://a.test",
    }
    last = {"type": "text", "text": "."}
    assert _contents(events) == [
        (0, "See"),
        (1, reference),
        (2, file),
        (3, "there"),
        (4, last),
    ]
    assert entry["content"] == [
        {"type": "text", "text": "See"},
        reference,
        file,
        {"type": "text", "text": "there"},
        last,
    ]


def test_chunk_alone_makes_a_list(play: Play) -> None:
    chunk = ToolFileChunk(tool="code_interpreter", file_id="f2", file_type="png")
    _, [entry], _ = play(say(chunk))
    assert [part["file_id"] for part in entry["content"]] == ["f2"]


def test_think_and_say_are_one_message(play: Play) -> None:
    events, [entry], _ = play(think("Let me"), think(" see"), say("It is 7"))
    assert _contents(events) == [
        (0, _thought("Let")),
        (0, _thought(" me")),
        (0, _thought(" see")),
        (1, "It"),
        (1, " is"),
        (1, " 7"),
    ]
    assert entry["content"] == [
        _thought("Let me see"),
        {"type": "text", "text": "It is 7"},
    ]


def test_think_alone_makes_a_list(play: Play) -> None:
    _, [entry], _ = play(think("Hm"))
    assert entry["content"] == [_thought("Hm")]


def test_call_streams_its_arguments_in_pieces(play: Play) -> None:
    events, [entry], usage = play(call("get_weather", city="Paris", name="x"))
    deltas = events[1:-1]
    assert {event["type"] for event in deltas} == {"function.call.delta"}
    assert len(deltas) > 1
    assert "".join(event["arguments"] for event in deltas) == entry["arguments"]
    assert json.loads(entry["arguments"]) == {"city": "Paris", "name": "x"}
    assert {event["tool_call_id"] for event in deltas} == {entry["tool_call_id"]}
    assert re.fullmatch(r"[A-Za-z0-9]{9}", entry["tool_call_id"])
    assert re.fullmatch(r"fc_[0-9a-f]{32}", entry["id"])
    assert entry["type"] == "function.call"
    assert "confirmation_status" not in entry
    assert "connectors" not in usage


def test_calls_side_by_side_are_two_entries(play: Play) -> None:
    events, [first, second], _ = play(call("a"), call("b"))
    assert [event["output_index"] for event in events[1:-1]] == [0, 1]
    assert first["name"] == "a"
    assert second["arguments"] == "{}"
    assert first["tool_call_id"] != second["tool_call_id"]


def test_pending_call_asks_for_a_confirmation(play: Play) -> None:
    events, [entry], _ = play(call("send", to="all").pending())
    assert {event["confirmation_status"] for event in events[1:-1]} == {"pending"}
    assert entry["confirmation_status"] == "pending"
    assert entry["completed_at"] is None


def test_execute_starts_and_is_done(play: Play) -> None:
    info = {"code": "21 * 2", "code_output": "42\n"}
    events, [entry], usage = play(
        execute("code_interpreter", arguments={"code": "21 * 2"}, info=info)
    )
    started, *deltas, done = events[1:-1]
    assert started["type"] == "tool.execution.started"
    assert started["arguments"] == ""
    assert {delta["type"] for delta in deltas} == {"tool.execution.delta"}
    assert "".join(delta["arguments"] for delta in deltas) == entry["arguments"]
    assert json.loads(entry["arguments"]) == {"code": "21 * 2"}
    assert done["info"] == entry["info"] == info
    assert done["function"] == entry["function"] == "code_interpreter"
    assert re.fullmatch(r"tool_exec_[0-9a-f]{32}", entry["id"])
    assert usage["connectors"] == {"code_interpreter": 1}


def test_execute_takes_json_text_and_a_function(play: Play) -> None:
    piece = execute("web_search", arguments='{"q": "x"}', function="news")
    _, [entry], _ = play(piece)
    assert entry["arguments"] == '{"q": "x"}'
    assert entry["function"] == "news"
    assert entry["info"] == {}


def test_handoff_gives_the_next_agent_the_word(play: Play) -> None:
    events, [first, said, second], _ = play(
        handoff("writer"), say("Here"), handoff("editor")
    )
    started, done = events[1:3]
    assert started["type"] == "agent.handoff.started"
    assert done["type"] == "agent.handoff.done"
    assert started["id"] == done["id"] == first["id"]
    assert re.fullmatch(r"handoff_[0-9a-f]{32}", first["id"])
    assert re.fullmatch(r"ag_[0-9a-f]{32}", first["previous_agent_id"])
    assert re.fullmatch(r"ag_[0-9a-f]{32}", first["next_agent_id"])
    assert first["next_agent_name"] == second["previous_agent_name"] == "writer"
    assert said["agent_id"] == first["next_agent_id"] == second["previous_agent_id"]
    assert events[3]["agent_id"] == said["agent_id"]


def test_handoff_comes_from_the_agent_of_the_conversation(serve: Serve) -> None:
    caller = serve([handoff("next"), handoff("next", previous="router")])
    body = {"inputs": "Hi", "agent_id": "ag_7"}
    [first] = caller.post("/v1/conversations", body).json["outputs"]
    [second] = caller.post("/v1/conversations", body).json["outputs"]
    assert first["previous_agent_id"] == "ag_7"
    assert second["previous_agent_name"] == "router"
    assert second["next_agent_id"] == first["next_agent_id"]


def test_handoff_for_the_client_ends_the_answer(serve: Serve) -> None:
    turn = [say("One moment."), handoff("writer"), say("Here")]
    caller = serve([turn, turn, turn])
    body = {"inputs": "Hi", "agent_id": "ag_7", "handoff_execution": "client"}
    plain = caller.post("/v1/conversations", body).json["outputs"]
    streamed = caller.post("/v1/conversations", {**body, "stream": True}).events
    assert [entry["type"] for entry in plain] == ["message.output", "agent.handoff"]
    assert [event["type"] for event in streamed[-2:]] == [
        "agent.handoff.done",
        "conversation.response.done",
    ]
    body["handoff_execution"] = "server"
    assert len(caller.post("/v1/conversations", body).json["outputs"]) == 3


def test_usage_adds_up(play: Play) -> None:
    _, _, usage = play(
        execute("web_search", info={"found": "two words"}),
        execute("web_search"),
        execute("code_interpreter"),
        say("one two three"),
    )
    assert usage["prompt_tokens"] == 2
    assert usage["completion_tokens"] == 6
    assert usage["connector_tokens"] > 2
    assert usage["connectors"] == {"web_search": 2, "code_interpreter": 1}
    counted = ("prompt_tokens", "completion_tokens", "connector_tokens")
    assert usage["total_tokens"] == sum(usage[key] for key in counted)


def test_entries_follow_the_order_of_the_pieces(play: Play) -> None:
    _, entries, _ = play(say("a"), execute("web_search"), say("b"), call("c"))
    assert [entry["type"] for entry in entries] == [
        "message.output",
        "tool.execution",
        "message.output",
        "function.call",
    ]


def test_turn_of_no_pieces_has_no_outputs(play: Play) -> None:
    events, entries, _ = play()
    assert len(events) == 2
    assert entries == []


def test_script_goes_turn_by_turn_and_ends(serve: Serve) -> None:
    caller = serve([say("one"), say("two")])
    first = caller.start().json
    assert first["outputs"][0]["content"] == "one"
    assert caller.append("conv_unknown", inputs="x").status == 404
    assert caller.append(first["conversation_id"], tools=[]).status == 422
    second = caller.append(first["conversation_id"], inputs="x").json
    assert second["outputs"][0]["content"] == "two"
    for stream in (False, True):
        reply = caller.append(first["conversation_id"], inputs="x", stream=stream)
        assert reply.status == 500
        assert "script of 2 turns is used up" in reply.json["message"]
        assert reply.json["object"] == "Error"
    assert len(caller.history(first["conversation_id"])) == 4


def test_fail_ends_a_stream_with_an_error_event(serve: Serve) -> None:
    caller = serve([[say("Half an"), fail("Out of order", code=1234)]])
    events = caller.start(stream=True).events
    assert [event["type"] for event in events[1:]] == [
        "message.output.delta",
        "message.output.delta",
        "conversation.response.error",
    ]
    assert events[-1]["message"] == "Out of order"
    assert events[-1]["code"] == 1234
    [kept] = caller.history(events[0]["conversation_id"])
    assert kept["type"] == "message.input"


def test_fail_first_still_starts_a_stream(serve: Serve) -> None:
    started, error = serve([fail("No")]).start(stream=True).events
    assert started["type"] == "conversation.response.started"
    assert error["code"] == 3000


@pytest.mark.parametrize(("status", "seen"), [(None, 500), (503, 503)])
def test_fail_is_an_error_for_a_plain_call(
    serve: Serve, status: int | None, seen: int
) -> None:
    caller = serve([[say("Half"), fail("Out of order", code=7, status=status)]])
    reply = caller.start()
    assert reply.status == seen
    assert reply.json == {
        "object": "Error",
        "message": "Out of order",
        "type": "invalid_request_error",
        "code": 7,
    }


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("status", "shape"),
    [
        (400, {"object": "Error", "type": "invalid_request_error", "code": 3000}),
        (401, {"detail": "No"}),
        (429, {"object": "error", "type": "rate_limited", "code": "1300"}),
        (500, {"object": "Error", "message": "No"}),
    ],
)
def test_fail_with_a_status_refuses(
    serve: Serve, status: int, shape: dict[str, Any], stream: bool
) -> None:
    caller = serve([fail("No", status=status), say("Yes")])
    reply = caller.start(stream=stream)
    assert reply.status == status
    assert shape.items() <= reply.json.items()
    assert caller.get("/v1/conversations").json == []
    assert caller.start().json["outputs"][0]["content"] == "Yes"


def test_fail_with_422_has_a_list(serve: Serve) -> None:
    body = serve([fail("No", status=422)]).start().json
    assert body["detail"] == body["message"]
    assert body["detail"][0]["msg"] == "No"
