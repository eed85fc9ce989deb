"""Parsing a frame into an event."""

from typing import Any

import pytest

from mistral_conversations import (
    MessageOutputEvent,
    ResponseDoneEvent,
    ResponseStartedEvent,
    ServerSentEvent,
    TextChunk,
    UnknownEvent,
)
from mistral_conversations._wire.events import decode_event
from mistral_conversations._wire.json import encode_json
from tests.support.bodies import delta, done, started, text_chunk, without


def frame(data: Any, event: str = "message") -> ServerSentEvent:
    return ServerSentEvent(event, encode_json(data).decode())


def test_the_type_is_that_of_the_data() -> None:
    event = decode_event(frame(started(), "conversation.response.done"))
    assert isinstance(event, ResponseStartedEvent)


@pytest.mark.parametrize("data", [without(done(), "type"), done() | {"type": None}])
def test_data_without_a_type_takes_the_frames(data: dict[str, Any]) -> None:
    event = decode_event(frame(data, "conversation.response.done"))
    assert isinstance(event, ResponseDoneEvent)
    assert event.usage.total_tokens == 10


@pytest.mark.parametrize(
    ("content", "read"), [("Hi", "Hi"), (text_chunk("Hi"), TextChunk(text="Hi"))]
)
def test_a_delta_is_text_or_one_chunk(content: Any, read: Any) -> None:
    event = decode_event(frame(delta(content)))
    assert isinstance(event, MessageOutputEvent)
    assert (event.content, event.text) == (read, "Hi")


@pytest.mark.parametrize("data", [{"type": "new", "x": 1}, {"type": "new"}, {}])
def test_an_event_of_another_type_is_unknown(data: dict[str, Any]) -> None:
    event = decode_event(frame(data, "new"))
    assert event == UnknownEvent(type="new", raw={"type": "new", **data})


@pytest.mark.parametrize("data", [None, 1, "text", [], [{"type": "new"}]])
def test_data_that_is_no_object_is_unknown(data: Any) -> None:
    assert decode_event(frame(data)) == UnknownEvent(type=None, raw=data)


@pytest.mark.parametrize("text", ["", "{", "[DONE]", "<html>", "[" * 100_000])
def test_data_that_is_no_json_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        decode_event(ServerSentEvent("message", text))


@pytest.mark.parametrize("tag", [5, True, ["message.output.delta"], {"a": 1}])
def test_a_type_that_is_no_text_is_kept_and_not_replaced_by_the_frames(
    tag: Any,
) -> None:
    data = {**delta("Hi"), "type": tag}
    event = decode_event(frame(data, "message.output.delta"))
    assert event == UnknownEvent(type=None, raw=data)
