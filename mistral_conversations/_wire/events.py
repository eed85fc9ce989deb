"""Events from the frames of an event stream."""

from functools import cache
from typing import Any, cast

from mistral_conversations._wire.compiled import Hook
from mistral_conversations._wire.converter import structure_hook
from mistral_conversations._wire.json import decode_json
from mistral_conversations._wire.sse import DEFAULT_EVENT
from mistral_conversations.models.events import ConversationEvents

__all__ = ["END_OF_STREAM", "decode_event"]

END_OF_STREAM = "[DONE]"
"""The data of the frame with which some services end a stream; it is no event."""


def decode_event(name: str, data: str) -> ConversationEvents:
    """Return the event of a frame; data without a `type` takes the frame's name.

    If the frame has none either, the shape of the data decides.

    Raises:
        ValueError: the data is not JSON.
    """
    body = decode_json(data)
    if body.__class__ is dict and ("type" not in body or body["type"] is None):
        return _event_without_type(body, name)
    event: ConversationEvents = _hook()(body, None)
    return event


def _event_without_type(data: dict[str, Any], name: str) -> ConversationEvents:
    named: ConversationEvents = _hook()({**data, "type": name}, None)
    if name != DEFAULT_EVENT:
        return named
    event: ConversationEvents = _hook()(data, None)
    return named if event.type is None else event


@cache
def _hook() -> Hook:
    return structure_hook(cast("Any", ConversationEvents))
