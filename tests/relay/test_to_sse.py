"""Events as server-sent events, read back by the standard's own rules."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from mistral_conversations import (
    ConversationEvents,
    ConversationResponse,
    FunctionFinished,
    FunctionStarted,
    MessageOutputEvent,
    RunCall,
    TurnFinished,
    TurnStarted,
    UnknownEvent,
    from_dict,
    to_dict,
)
from tests.support.bodies import (
    call_delta,
    delta,
    done,
    error_event,
    handoff_done,
    handoff_started,
    reference,
    response,
    started,
    thinking,
    tool_delta,
    tool_done,
    tool_started,
)
from tests.support.standard_sse import read_by_the_standard

BODIES = [
    started(),
    delta("Blue"),
    delta(thinking("Hm")),
    delta(reference()),
    call_delta('{"city": "Oslo"}'),
    tool_started(),
    tool_delta('{"code": "6 * 7"}'),
    tool_done(),
    handoff_started(),
    handoff_done(),
    done(),
    error_event(),
    {"type": "weather.changed", "sky": "blue"},
    {"type": "message.output.delta", "content": 7},
]


def read(frame: bytes) -> tuple[str, Any]:
    """Return the name and the data of the one event of a frame."""
    events, _ = read_by_the_standard(frame)
    (event,) = events
    assert frame.endswith(b"\n\n")
    return event.event, json.loads(event.data)


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body["type"])
def test_an_event_keeps_every_key_of_the_service(body: dict[str, Any]) -> None:
    event = from_dict(ConversationEvents, body)
    name, data = read(event.to_sse())
    assert name == body["type"]
    assert data == to_dict(event)
    assert from_dict(ConversationEvents, data) == event


HOSTILE = "a\nb\r\ndata: evil\n\n\u2028\x00<script>\u202e🌍"


def test_hostile_text_stays_in_its_event() -> None:
    event = from_dict(ConversationEvents, delta(HOSTILE, id=HOSTILE))
    _, data = read(event.to_sse())
    assert (data["content"], data["id"]) == (HOSTILE, HOSTILE)


@pytest.mark.parametrize("name", ["x\ndata: evil", "x\r", "", "\ud83d", "a\x00b"])
def test_a_type_that_is_no_name_is_in_the_data_alone(name: str) -> None:
    event = UnknownEvent(type=name, raw={"type": name})
    assert read(event.to_sse()) == ("message", {"type": name})


@pytest.mark.parametrize("raw", [None, 7, "text", [1], {"a": float("nan")}])
def test_an_unknown_event_may_be_any_json(raw: Any) -> None:
    name, data = read(UnknownEvent(raw=raw).to_sse())
    assert name == "message"
    assert data == ({"a": None} if isinstance(raw, dict) else raw)


def test_the_halves_of_a_character_join_in_the_browser() -> None:
    first, second = "Hi \ud83c", "\udf0d!"
    halves = [from_dict(ConversationEvents, delta(each)) for each in (first, second)]
    texts = [read(half.to_sse())[1]["content"] for half in halves]
    joined = "".join(texts).encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    assert joined == "Hi 🌍!"


def test_half_a_character_beside_nan_is_json() -> None:
    raw = {"type": "odd", "text": "\ud83c", "numbers": [1.5, float("inf"), None]}
    _, data = read(UnknownEvent(type="odd", raw=raw).to_sse())
    assert data == {"type": "odd", "text": "\ud83c", "numbers": [1.5, None, None]}


SECRET = "only for the application"


class Own:
    def __repr__(self) -> str:
        return SECRET


def run_events() -> list[Any]:
    call = RunCall(
        tool_call_id="c1",
        name="weather",
        arguments={"city": "Oslo"},
        turn=1,
        value=Own(),
        metadata={"secret": SECRET},
        result="grey",
        seconds=0.5,
    )
    answer = from_dict(ConversationResponse, response())
    return [
        TurnStarted(turn=1),
        FunctionStarted(turn=1, tool_call_id="c1", name="f", arguments={"a": 1}),
        FunctionFinished(turn=1, call=call),
        TurnFinished(turn=1, response=answer),
    ]


@pytest.mark.parametrize("event", run_events(), ids=lambda event: event.type)
def test_an_event_of_a_run_has_its_fields(event: Any) -> None:
    name, data = read(event.to_sse())
    assert (name, data["type"], data["turn"]) == (event.type, event.type, 1)


def test_a_browser_sees_of_a_call_what_the_model_sees() -> None:
    frame = run_events()[2].to_sse()
    assert SECRET.encode() not in frame
    assert read(frame)[1]["call"] == {
        "tool_call_id": "c1",
        "name": "weather",
        "arguments": {"city": "Oslo"},
        "turn": 1,
        "result": "grey",
        "error": None,
        "seconds": 0.5,
    }


def test_arguments_may_be_objects_of_the_application() -> None:
    endless: list[Any] = []
    endless.append(endless)
    when = datetime(2026, 7, 1, tzinfo=UTC)
    for value, written in [
        ({"a": when}, {"a": "2026-07-01T00:00:00Z"}),
        ({"a": Own()}, {"a": "<Own>"}),
        ({"a": endless}, None),
        ({object(): 1}, {"<object>": 1}),
        ("no { json", "no { json"),
    ]:
        event = FunctionStarted(turn=1, tool_call_id="c", name="f", arguments=value)  # type: ignore[arg-type]
        assert read(event.to_sse())[1]["arguments"] == written


def test_a_subclass_of_the_application_is_written_as_well() -> None:
    class Mine(MessageOutputEvent):
        pass

    name, _ = read(Mine(id="m", content="Hi").to_sse())
    assert name == "message.output.delta"
