"""Failures that a stream reports in another shape than the API's own event.

Gateways do so, and the service where it fails before the model answers: an event named
`error`, the JSON of an error answer, or a page. Other unknown events stay events.
"""

from typing import TYPE_CHECKING, Any

from mistral_conversations._wire.json import decode_json
from mistral_conversations._wire.sse import FrameDecoder
from mistral_conversations.errors import ResponseFailedError

if TYPE_CHECKING:
    from mistral_conversations._wire.reason import Reason

__all__ = [
    "failure_at_end",
    "failure_of_body",
    "failure_of_data",
    "failure_of_event",
    "failure_of_frame",
    "words_of",
    "words_of_last",
]

_ERROR = "conversation.response.error"
_NAMES = frozenset({"error", "exception", "failure", "failed", "conversation.error"})
_UNNAMED = "message"
_WORDLESS = "the service ended the stream with an error"
_HOLDERS = ("error", "errors", "fault")
_OF_AN_ANSWER = ("outputs", "conversation_id")


def failure_of_event(raw: Any) -> ResponseFailedError:
    """Return the error for an event that reports one, in JSON's plain types."""
    from mistral_conversations._wire.reason import beginning_of  # noqa: PLC0415

    reason = _reason_of(raw)
    shown = beginning_of(raw)
    return ResponseFailedError(
        reason.message or (f"{_WORDLESS}: {shown}" if shown else _WORDLESS),
        code=reason.code,
    )


def failure_of_frame(name: str, data: str) -> ResponseFailedError | None:
    """Return the error that a frame reports; None if it is no error."""
    try:
        body = decode_json(data)
    except ValueError:
        body = data
    return failure_of_data(name, body)


def failure_of_data(name: str, data: Any) -> ResponseFailedError | None:
    """Return the error that an event of this name and data reports; None if none."""
    return failure_of_event(data) if _is_error(name, data) else None


def failure_of_body(rest: bytes) -> ResponseFailedError | None:
    """Return the error in what a body has besides whole events; None if none."""
    for name, text in FrameDecoder().feed(rest + b"\n\n"):
        if (found := failure_of_frame(name, text)) is not None:
            return found
    try:
        data = decode_json(rest)
    except ValueError:
        return None
    if not isinstance(data, dict) or any(key in data for key in _OF_AN_ANSWER):
        return None
    is_error = _is_error(_UNNAMED, data) or _reason_of(data).message
    return failure_of_event(data) if is_error else None


def failure_at_end(raw: Any) -> ResponseFailedError | None:
    """Return the error in the unknown event after which a stream ended; None if none.

    An event of a new type, such as `response.error`, is a failure only if no event
    follows it.
    """
    if not isinstance(raw, dict):
        return None
    kind = str(raw.get("type")).lower().rpartition(".")[2]
    is_error = kind in _NAMES or any(map(raw.get, _HOLDERS))
    return failure_of_event(raw) if is_error else None


def words_of_last(raw: Any) -> str:
    """Return the words of an unknown event after which a stream ended early."""
    words = _reason_of(raw).message if raw is not None else ""
    return f"; the last event: {words}" if words else ""


def words_of(body: bytes | str) -> str:
    """Return the words of a body that is no event, to add to a message.

    Empty for an event that is cut off, and for a body without words.
    """
    text = body.decode(errors="replace") if isinstance(body, bytes) else body
    if text.lstrip().startswith(("event:", "data:", "id:", "retry:", ":")):
        return ""
    from mistral_conversations._wire.reason import said  # noqa: PLC0415

    return said(text)


def _is_error(name: str, data: Any) -> bool:
    """Return whether an event of this name and data reports a failure of the stream.

    An event of a dotted type, such as `tool.execution.failed`, is a new type.
    """
    if name.lower() in _NAMES:
        return True
    if not isinstance(data, dict):
        return False
    kind = data.get("type")
    kind = None if kind == name else kind  # data without a type takes the name
    if name == _ERROR or (isinstance(kind, str) and kind.lower() in {*_NAMES, _ERROR}):
        return True
    if "." in name or (isinstance(kind, str) and "." in kind):
        return False
    if str(data.get("object")).lower() == "error" or any(map(data.get, _HOLDERS)):
        return True
    untyped = name == _UNNAMED and kind is None
    return untyped and ("detail" in data or {"message", "code"} <= data.keys())


def _reason_of(body: Any) -> "Reason":
    from mistral_conversations._wire.reason import reason_of  # noqa: PLC0415

    return reason_of(body)
