"""Events for a browser, as server-sent events (WHATWG HTML, section 9.2)."""

from collections.abc import Mapping
from typing import Any

from mistral_conversations._wire.converter import to_dict
from mistral_conversations._wire.json import decode_json, encode_exactly
from mistral_conversations._wire.values import write
from mistral_conversations.models.events import ResponseErrorEvent
from mistral_conversations.models.runs import (
    FunctionFinished,
    FunctionStarted,
    RunCall,
    RunEvents,
    TurnFinished,
    TurnStarted,
)
from mistral_conversations.relay.pause import Pause

__all__ = ["HEADERS", "KEEP_ALIVE", "SSE", "plain", "to_sse"]

HEADERS: Mapping[str, str] = {
    "content-type": "text/event-stream",
    "cache-control": "no-cache, no-transform",
    "x-accel-buffering": "no",
}
"""The last one is for nginx; without it, nginx collects a response before it sends."""

KEEP_ALIVE = b": keep-alive\n\n"

_INTERNAL_ERROR = 500

_OWN = (TurnStarted, FunctionStarted, FunctionFinished, TurnFinished)


class SSE:
    """The events as they are."""

    headers = HEADERS
    keep_alive = KEEP_ALIVE

    def event(self, event: RunEvents) -> bytes:
        """Write an event."""
        return to_sse(event)

    def end(self, *, is_done: bool) -> bytes:  # noqa: ARG002 - the events say it
        """Write nothing: `conversation.response.done` is the last event."""
        return b""

    def pause(self, pause: Pause) -> bytes:
        """Write the event `run.paused`, with the calls that wait."""
        data = {
            "type": "run.paused",
            "conversation_id": pause.conversation_id,
            "calls": [to_dict(call) for call in pause.calls],
        }
        return _frame("run.paused", encode_exactly(data))

    def failure(self, text: str) -> bytes:
        """Write the event by which the service reports that an answer failed."""
        return to_sse(ResponseErrorEvent(message=text, code=_INTERNAL_ERROR))


def to_sse(event: Any) -> bytes:
    """Return an event as a server-sent event."""
    data = _fields(event) if isinstance(event, _OWN) else to_dict(event)
    return _frame(event.type, encode_exactly(data))


def _frame(name: str | None, data: bytes) -> bytes:
    """Write a frame; JSON is one line, and a name of several lines is left out."""
    if not name or not name.isprintable():
        return b"data: %b\n\n" % data
    return b"event: %b\ndata: %b\n\n" % (name.encode(), data)


def plain(value: Any) -> Any:
    """Convert what may hold objects of the application, which their class names.

    What cannot be converted at all, such as a list that contains itself, is None.
    """
    try:
        return decode_json(write(value, otherwise=_class_name))
    except Exception:  # noqa: BLE001 - the classes of values are the caller's
        return None


def _class_name(value: Any) -> str:
    return f"<{type(value).__name__}>"


def _fields(event: Any) -> dict[str, Any]:
    more: dict[str, Any]
    match event:
        case FunctionStarted():
            more = {
                "tool_call_id": event.tool_call_id,
                "name": event.name,
                "arguments": plain(event.arguments),
            }
        case FunctionFinished():
            more = {"call": _fields_of_call(event.call)}
        case TurnFinished():
            more = {"response": to_dict(event.response)}
        case _:
            more = {}
    return {"type": event.type, "turn": event.turn, **more}


def _fields_of_call(call: RunCall) -> dict[str, Any]:
    """Return what a browser may see of a call: what the model sees."""
    names = ("tool_call_id", "name", "turn", "result", "error", "seconds")
    seen = {name: getattr(call, name) for name in names}
    return {**seen, "arguments": plain(call.arguments)}
