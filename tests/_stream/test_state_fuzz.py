"""Any frames: events that add up to the plain answer, or an error of a stream."""

import json
import pickle
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mistral_conversations import (
    ConversationEvents,
    ConversationResponse,
    StreamError,
    from_dict,
    to_dict,
)
from mistral_conversations._stream.state import StreamState
from mistral_conversations._wire.answer import decode_answer
from mistral_conversations._wire.sse import FrameDecoder
from mistral_conversations.models.model import ResponseMeta
from tests.support.comparison import pieces, thorough
from tests.support.drawn_streams import answers_and_events, event_stream_of
from tests.support.odd_json import bodies, keys, odd_values, texts_of

META = ResponseMeta(status=200)

cuts = st.lists(st.integers(0, 10_000), max_size=4)


def read(stream: bytes, cuts: list[int], state: StreamState) -> None:
    """Feed a stream in pieces, as the reader does, to its end or its error."""
    decoder = FrameDecoder()
    for piece in pieces(stream, cuts):
        state.frames.extend(decoder.feed(piece))
        while state.next_event() is not None:
            continue
    if not state.done:
        raise state.end_early(decoder.pending, decoder.unread)


@thorough
@given(answers_and_events(), cuts)
def test_a_stream_adds_up_to_the_plain_answer(
    drawn: tuple[dict[str, Any], list[dict[str, Any]]], cuts: list[int]
) -> None:
    body, events = drawn
    plain = decode_answer(ConversationResponse, json.dumps(body).encode(), META)
    state = StreamState()
    read(event_stream_of(events), cuts, state)
    assert state.response() == plain
    assert state.usage == plain.usage
    assert state.conversation_id == plain.conversation_id


names = st.sampled_from(["", "message", "error", "conversation.response.error"]) | keys
texts = texts_of(bodies(ConversationEvents) | odd_values) | st.binary(max_size=9)


def frame(name: str, text: bytes) -> bytes:
    data = text.replace(b"\n", b"\ndata: ")
    return b"event: %b\ndata: %b\n\n" % (name.encode("utf-8", "replace"), data)


streams = st.lists(st.builds(frame, names, texts) | texts, max_size=4).map(b"".join)


@thorough
@given(streams, cuts)
def test_any_stream_ends_with_an_answer_or_an_error_of_a_stream(
    stream: bytes, cuts: list[int]
) -> None:
    state = StreamState()
    state.meta = META
    try:
        read(stream, cuts, state)
        check_answer(state.response())
    except StreamError as error:
        check_error(error)
        if error.partial is not None:
            check_answer(error.partial)


def check_error(error: StreamError) -> None:
    """Check that an error can be shown, written and sent to another process."""
    assert str(error).encode()
    assert len(str(error)) < 20_000
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), repr(again.partial)) == (str(error), repr(error.partial))


def check_answer(answer: ConversationResponse) -> None:
    """Check that what was added up is an answer as the service sends one."""
    assert isinstance(answer.text.encode(), bytes)
    again = from_dict(ConversationResponse, to_dict(answer))
    assert repr(again) == repr(answer)
    assert repr(pickle.loads(pickle.dumps(answer))) == repr(answer)
