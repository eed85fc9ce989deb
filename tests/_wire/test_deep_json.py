"""JSON nested to any depth, at the usual recursion limit, which Hypothesis raises."""

import copy
import os
import pickle
import random
from collections.abc import Callable
from typing import Any

from mistral_conversations import (
    ConversationHistory,
    ConversationResponse,
    DecodeError,
    StreamError,
    to_dict,
)
from mistral_conversations._stream.state import StreamState
from mistral_conversations._wire.answer import decode_answer
from mistral_conversations._wire.batch_lines import Line, read_line
from mistral_conversations._wire.failure import failure
from mistral_conversations.models.model import ResponseMeta
from tests.support.for_each import for_each

META = ResponseMeta(status=200)

IS_THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
DEEP = range(600, 1000, 7)
DEPTHS = [190, 201, 480, 20_000, *(DEEP if IS_THOROUGH else random.sample(DEEP, 2))]

BODIES = [
    ("", ""),
    ('{"message": ', "}"),
    ('{"object": ', "}"),
    ('{"error": ', "}"),
    ('{"code": ', ', "message": "no"}'),
    ('{"custom_id": ', "}"),
    ('{"detail": [{"msg": "no", "loc": [', "]}]}"),
    ('{"detail": [{"msg": "no", "loc": ["a"], "input": ', "}]}"),
    ('{"conversation_id": "c", "outputs": [], "new_key": ', "}"),
    ('{"conversation_id": "c", "entries": [{"type": ', "}]}"),
    ('{"type": "message.output.delta", "id": "1", "content": ', "}"),
    ('{"type": "conversation.response.done", "usage": ', "}"),
    ('{"type": "agent.handoff.done", "id": ', "}"),
    ('{"outputs": [{"tool_call_id": "1", "name": "f", "arguments": {"a": ', "}}]}"),
]


def an_event(text: str) -> Any:
    state = StreamState()
    try:
        state.accept(("message", text))
    except StreamError as error:
        return error
    return state.snapshot


def the_end_of_a_stream(text: str) -> StreamError:
    return StreamState().end_early(0, text.encode())


def an_answer_of(cls: Any) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        try:
            return decode_answer(cls, text.encode(), META)
        except DecodeError as error:
            return error

    return read


READERS: list[Callable[[str], Any]] = [
    an_event,
    the_end_of_a_stream,
    an_answer_of(ConversationResponse),
    an_answer_of(ConversationHistory),
    lambda text: failure(422, {}, text.encode()),
    lambda text: failure(500, {}, text.encode()),
    lambda text: read_line(Line(1, text.encode()), "/v1/conversations"),
]


@for_each("depth", DEPTHS)
@for_each("read", READERS)
@for_each(("begin", "end"), BODIES)
def test_json_nested_to_any_depth_is_read_or_an_error(
    depth: int, read: Callable[[str], Any], begin: str, end: str
) -> None:
    opening, closing = ("[", "]") if depth % 2 else ('{"a": ', "}")
    found = read(f"{begin}{opening * depth}1{closing * depth}{end}")
    assert type(pickle.loads(pickle.dumps(found))) is type(found)
    if isinstance(found, Exception):
        assert len(str(found)) < 2000
    else:
        assert repr(copy.deepcopy(found)) == repr(found)
        assert to_dict(found)
