"""Parsing a frame into an event."""

import json
from typing import Any

import pytest

from mistral_conversations import (
    FunctionCallEvent,
    MessageOutputEvent,
    ResponseDoneEvent,
    ResponseStartedEvent,
    TextChunk,
    UnknownChunk,
    UnknownEvent,
)
from mistral_conversations._wire.events import decode_event
from mistral_conversations._wire.json import encode_json
from mistral_conversations._wire.sse import Frame
from tests.support.bodies import (
    call_delta,
    delta,
    done,
    error_event,
    handoff_done,
    handoff_started,
    started,
    text_chunk,
    tool_delta,
    tool_done,
    tool_started,
    without,
)
from tests.support.for_each import for_each


def frame(data: Any, event: str = "message") -> Frame:
    return event, encode_json(data).decode()


def test_the_type_is_that_of_the_data() -> None:
    event = decode_event(*frame(started(), "conversation.response.done"))
    assert isinstance(event, ResponseStartedEvent)


@pytest.mark.parametrize("data", [without(done(), "type"), done() | {"type": None}])
def test_data_without_a_type_takes_the_frames(data: dict[str, Any]) -> None:
    event = decode_event(*frame(data, "conversation.response.done"))
    assert isinstance(event, ResponseDoneEvent)
    assert event.usage.total_tokens == 10


@pytest.mark.parametrize(
    ("content", "read"), [("Hi", "Hi"), (text_chunk("Hi"), TextChunk(text="Hi"))]
)
def test_a_delta_is_text_or_one_chunk(content: Any, read: Any) -> None:
    event = decode_event(*frame(delta(content)))
    assert isinstance(event, MessageOutputEvent)
    assert (event.content, event.text) == (read, "Hi")


@for_each("data", [{"type": "new", "x": 1}, {"type": "new"}, {}])
def test_an_event_of_another_type_is_unknown(data: dict[str, Any]) -> None:
    event = decode_event(*frame(data, "new"))
    assert event == UnknownEvent(type="new", raw={"type": "new", **data})


@for_each("data", [None, 1, "text", [], [{"type": "new"}]])
def test_data_that_is_no_object_is_unknown(data: Any) -> None:
    assert decode_event(*frame(data)) == UnknownEvent(type=None, raw=data)


@for_each("text", ["", "{", "[DONE]", "<html>", "[" * 100_000])
def test_data_that_is_no_json_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        decode_event("message", text)


@for_each("tag", [5, True, ["message.output.delta"], {"a": 1}])
def test_a_type_that_is_no_text_is_kept_and_not_replaced_by_the_frames(
    tag: Any,
) -> None:
    data = {**delta("Hi"), "type": tag}
    event = decode_event(*frame(data, "message.output.delta"))
    assert event == UnknownEvent(type=None, raw=data)


SHAPES: dict[str, dict[str, Any]] = {
    "conversation.response.started": started(),
    "conversation.response.done": done(),
    "conversation.response.error": error_event(),
    "message.output.delta": delta("Hi"),
    "function.call.delta": call_delta("{}"),
    "tool.execution.done": tool_done(),
    "agent.handoff.started": handoff_started(),
    "agent.handoff.done": handoff_done(),
}


@for_each("tag", SHAPES)
@for_each("null", [True, False])
def test_data_without_any_type_is_read_by_its_shape(tag: str, null: bool) -> None:
    data = SHAPES[tag] | {"type": None} if null else without(SHAPES[tag], "type")
    event = decode_event(*frame(data))
    assert event == decode_event(*frame(SHAPES[tag]))
    assert event.type == tag


@for_each("data", [tool_delta("{}"), without(tool_started(), "model"), {}, {"id": "a"}])
def test_data_that_fits_several_events_is_unknown(data: dict[str, Any]) -> None:
    event = decode_event(*frame(without(data, "type")))
    assert isinstance(event, UnknownEvent)
    assert event.type == "message"


def test_the_name_of_a_frame_comes_before_the_shape() -> None:
    data = without(tool_delta("{}"), "type")
    assert decode_event(*frame(data, "tool.execution.delta")) == decode_event(
        *frame(tool_delta("{}"))
    )
    said = without(delta("Hi"), "type")
    assert decode_event(*frame(said, "brand.new")).type == "brand.new"


def test_a_delta_may_be_several_chunks() -> None:
    event = decode_event(*frame(delta([text_chunk("a"), {"text": "b"}, {"n": 1}])))
    assert isinstance(event, MessageOutputEvent)
    assert event.text == "ab"
    assert event.content == (
        *[TextChunk(text="a"), TextChunk(text="b")],
        UnknownChunk(type=None, raw={"n": 1}),
    )


def test_half_a_character_is_its_replacement_in_the_text_alone() -> None:
    event = decode_event("message", json.dumps(delta("a\ud83d")))
    assert isinstance(event, MessageOutputEvent)
    assert (event.content, event.text) == ("a\ud83d", "a\ufffd")


def test_arguments_may_be_an_object() -> None:
    event = decode_event(*frame(call_delta("") | {"arguments": {"a": [None]}}))
    assert isinstance(event, FunctionCallEvent)
    assert event.arguments == {"a": [None]}
    assert hash(event) == hash(decode_event(*frame(call_delta("{}"))))
