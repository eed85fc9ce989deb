"""The state of a stream: frames in, events out, without a connection."""

import sys
import threading
from typing import Any

import pytest

from mistral_conversations import (
    APIConnectionError,
    APITimeoutError,
    ConfigurationError,
    ConversationEvents,
    MessageOutputEvent,
    ResponseFailedError,
    ResponseMeta,
    StreamDecodeError,
    StreamError,
    StreamInterruptedError,
    StreamTimeoutError,
    UnknownEvent,
    from_dict,
)
from mistral_conversations._stream.state import StreamState, TextPieces
from mistral_conversations._wire.json import encode_json
from mistral_conversations._wire.sse import Frame
from tests.support.bodies import (
    CONVERSATION_ID,
    call_delta,
    delta,
    done,
    error_event,
    reference,
    started,
    text_chunk,
    text_stream,
    thinking,
    without,
)
from tests.support.for_each import for_each


def frames(*events: Any) -> list[Frame]:
    return [
        ("message", each if isinstance(each, str) else as_text(each)) for each in events
    ]


def as_text(event: Any) -> str:
    return encode_json(event).decode()


def state_after(*events: Any) -> StreamState:
    """Return a state whose events have been taken."""
    state = StreamState()
    state.frames.extend(frames(*events))
    while state.next_event() is not None:
        pass
    return state


def test_new_state_knows_nothing() -> None:
    state = StreamState()
    assert (state.conversation_id, state.usage, state.snapshot) == (None, None, None)
    assert (state.meta, state.error) == (None, None)
    assert (state.sent, state.done, state.closed) == (False, False, False)
    assert not state.is_iterating
    assert state.next_event() is None


def test_conversation_of_the_request_is_known() -> None:
    assert StreamState("conv_1").conversation_id == "conv_1"


def test_events_come_in_the_order_of_their_frames() -> None:
    state = StreamState()
    bodies = text_stream("Blue, ", "mostly.")
    state.frames.extend(frames(*bodies[:2]))
    state.frames.extend(frames(*bodies[2:]))
    assert state.frames
    types = [event.type for _ in bodies if (event := state.next_event())]
    assert types == [body["type"] for body in bodies]
    assert not state.frames
    assert state.next_event() is None


def test_snapshot_grows_with_the_events_taken_not_with_the_frames() -> None:
    state = StreamState()
    state.frames.extend(frames(*text_stream("Blue, ", "mostly.")))
    assert state.snapshot is None
    texts: list[str] = []
    while state.next_event():
        assert state.snapshot is not None
        texts.append(state.snapshot.text)
    assert texts == ["", "Blue, ", "Blue, mostly.", "Blue, mostly."]
    assert state.conversation_id == CONVERSATION_ID
    assert state.usage is not None
    assert state.response().usage == state.usage


def test_snapshot_has_the_meta_once_it_is_known() -> None:
    state = state_after(started())
    assert state.snapshot is not None
    assert state.snapshot.meta is None
    state.meta = ResponseMeta(status=200)
    assert state.snapshot.meta is state.meta


def test_last_event_ends_it_and_drops_what_follows() -> None:
    state = StreamState()
    state.frames.extend(frames(*text_stream("Blue"), delta("more"), error_event()))
    while state.next_event():
        pass
    assert state.done
    assert not state.frames
    assert state.response().text == "Blue"


def test_end_of_another_shape_ends_it_too() -> None:
    assert state_after(started(), {**done(), "usage": "none"}).done


@for_each("data", ["{", "", "[DONE]", "<html>"])
def test_data_that_is_not_json_fails(data: str) -> None:
    state = StreamState()
    state.meta = ResponseMeta(status=200)
    state.frames.extend(frames(started(), delta("Bl"), data, delta("ue"), done()))
    state.next_event()
    state.next_event()
    with pytest.raises(StreamDecodeError, match="an event is not JSON") as caught:
        state.next_event()
    assert caught.value.body == data
    assert caught.value.meta is state.meta
    check_failed(state, caught.value)


@for_each(
    ("body", "message", "code"),
    [
        (error_event("Out of order", 3000), "Out of order", 3000),
        (error_event('{"detail": "Too busy"}', 3000), "Too busy", 3000),
        (without(error_event(), "message"), "ended the stream with an error", 3000),
        ({"type": "conversation.response.error"}, "ended the stream with an", None),
    ],
)
def test_error_event_fails(body: Any, message: str, code: Any) -> None:
    state = StreamState()
    state.frames.extend(frames(started(), delta("Bl"), body, done()))
    state.next_event()
    state.next_event()
    with pytest.raises(ResponseFailedError, match=message) as caught:
        state.next_event()
    assert caught.value.code == code
    check_failed(state, caught.value)


def check_failed(state: StreamState, error: StreamError) -> None:
    """Check that the error is kept, knows the answer so far, and is the last thing."""
    assert state.error is error
    assert error.conversation_id == CONVERSATION_ID
    assert error.partial is not None
    assert error.partial.text == "Bl"
    assert not state.frames
    assert not state.done
    assert state.next_event() is None


def test_lost_connection_is_an_interruption() -> None:
    state = state_after(started(), delta("Bl"))
    error = state.lose_connection(APIConnectionError("reset by peer"))
    assert type(error) is StreamInterruptedError
    assert str(error) == "reset by peer"
    check_failed(state, error)


def test_limit_reached_is_a_timeout_of_the_stream() -> None:
    state = state_after(started(), delta("Bl"))
    state.meta = ResponseMeta(status=200, attempts=2)
    error = state.lose_connection(APITimeoutError("too slow", phase="idle"))
    assert isinstance(error, StreamTimeoutError)
    assert (error.phase, error.attempts) == ("idle", 2)
    assert error.may_have_been_processed
    check_failed(state, error)


def test_body_that_ends_early_names_the_bytes_of_the_open_event() -> None:
    state = state_after(started(), delta("Bl"))
    error = state.end_early(7)
    assert isinstance(error, StreamInterruptedError)
    assert "ended before conversation.response.done, 7 bytes into" in str(error)
    check_failed(state, error)


FAILED = {"type": "response.error", "message": "Rate limited", "code": 1300}


def test_an_unknown_error_is_the_failure_of_a_stream_that_ends_after_it() -> None:
    for error in (
        state_after(started(), FAILED).end_early(0),
        state_after(started(), FAILED).lose_connection(APIConnectionError("reset")),
    ):
        assert isinstance(error, ResponseFailedError)
        assert (str(error), error.code) == ("Rate limited", 1300)
        assert error.conversation_id == CONVERSATION_ID


def test_an_unknown_error_within_a_stream_is_an_event() -> None:
    error = state_after(started(), FAILED, delta("Hel")).end_early(0)
    assert isinstance(error, StreamInterruptedError)
    assert "Rate limited" not in str(error)


def test_the_words_of_the_last_unknown_event_are_shown() -> None:
    error = state_after(started(), {"status": 500, "message": "no luck"}).end_early(0)
    assert isinstance(error, StreamInterruptedError)
    assert str(error).endswith("; the last event: no luck")


def test_error_that_is_raised_elsewhere_learns_how_far_the_stream_came() -> None:
    state = state_after(started(), delta("Bl"))
    error = StreamError("no luck")
    assert state.fail(error) is error
    check_failed(state, error)


def test_iteration_begins_once() -> None:
    state = StreamState()
    state.begin_iteration()
    assert state.is_iterating
    with pytest.raises(ConfigurationError, match="its events come only once"):
        state.begin_iteration()


@pytest.mark.parametrize("end", ["done", "closed"])
def test_iteration_ends_with_the_stream(end: str) -> None:
    state = StreamState()
    state.begin_iteration()
    if end == "done":
        state.frames.extend(frames(*text_stream("Blue")))
        while state.next_event():
            pass
    else:
        state.close()
    assert not state.is_iterating
    with pytest.raises(ConfigurationError, match="its events come only once"):
        state.begin_iteration()


def test_no_iteration_begins_once_the_response_is_read() -> None:
    state = StreamState()
    state.mark_read()
    with pytest.raises(ConfigurationError, match="its events come only once"):
        state.begin_iteration()


@pytest.mark.parametrize(
    ("sent", "message"), [(False, "nothing was sent"), (True, "its request was sent")]
)
def test_closed_stream_is_refused(*, sent: bool, message: str) -> None:
    state = StreamState()
    if sent:
        state.begin_sending()
    state.check_open()
    state.close()
    for use in (state.check_open, state.begin_iteration):
        with pytest.raises(ConfigurationError, match=f"is closed; {message}"):
            use()
    assert not state.frames


def test_request_is_sent_once() -> None:
    state = StreamState()
    state.begin_sending()
    assert state.sent
    with pytest.raises(ConfigurationError, match="make the call again"):
        state.begin_sending()


def test_closing_drops_the_frames_that_are_left() -> None:
    state = StreamState()
    state.frames.extend(frames(*text_stream("Blue")))
    state.next_event()
    state.close()
    assert state.next_event() is None
    with pytest.raises(StreamInterruptedError, match="closed before its end") as caught:
        state.response()
    assert state.error is caught.value
    assert caught.value.conversation_id == CONVERSATION_ID


def test_response_is_there_after_closing_if_the_end_was_seen() -> None:
    state = state_after(*text_stream("Blue"))
    state.close()
    assert state.response().text == "Blue"


@for_each(
    ("body", "text"),
    [
        (delta("Bl"), "Bl"),
        (delta(text_chunk("ue")), "ue"),
        (delta([text_chunk("Bl"), reference(), text_chunk("ue")]), "Blue"),
        (delta([{"text": "Bl"}]), "Bl"),
        (delta([]), ""),
        (delta([thinking("Hm")]), ""),
        (delta(""), ""),
        (delta(thinking("Hm")), ""),
        (delta(reference()), ""),
        (call_delta("{}"), ""),
        (started(), ""),
    ],
)
def test_text_is_only_that_of_the_messages(body: Any, text: str) -> None:
    state = StreamState()
    state.frames.extend(frames(body))
    event = state.next_event()
    assert event is not None
    assert TextPieces().take(event) == text


def test_halves_join_within_a_message_alone() -> None:
    events = [
        *[delta("a\ud83d"), call_delta("{}"), delta(text_chunk("\ude00b\ud83d"))],
        *[delta("\ude00c", id="msg_2"), delta("\ud83d", id="msg_2")],
    ]
    pieces = TextPieces()
    taken = [pieces.take(from_dict(ConversationEvents, event)) for event in events]
    assert taken == ["a", "", "😀b", "\ufffd\ufffdc", ""]
    assert (pieces.rest(), pieces.rest()) == ("\ufffd", "")


def test_event_of_an_unknown_type_is_an_event() -> None:
    state = StreamState()
    state.frames.extend(frames({"type": "weather.changed"}, delta("Hi")))
    assert isinstance(state.next_event(), UnknownEvent)
    assert isinstance(state.next_event(), MessageOutputEvent)


def test_close_on_another_thread_is_no_error_between_two_steps() -> None:
    switch = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(100):
            state = StreamState()
            state.frames.extend(frames({"type": "x"}) * 20)
            closing = threading.Thread(target=state.close)
            closing.start()
            while state.next_event() is not None:
                pass
            closing.join()
            assert state.closed
    finally:
        sys.setswitchinterval(switch)
