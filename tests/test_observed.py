"""Bodies the service really answered, where a variable names their folder."""

import json
from pathlib import Path
from typing import Any

import mistral_conversations
from mistral_conversations import (
    Agent,
    AgentConversation,
    Conversation,
    ConversationEvents,
    ConversationHistory,
    ConversationMessages,
    ConversationResponse,
    DocumentOut,
    DocumentTextContent,
    LibraryOut,
    ModelConversation,
    ProcessingStatusOut,
    from_dict,
    to_dict,
)
from mistral_conversations._stream.accumulator import Accumulator
from mistral_conversations._wire.direct import DirectWay, direct_way
from mistral_conversations._wire.events import decode_event
from mistral_conversations._wire.failure import failure
from mistral_conversations._wire.sse import Frame, FrameDecoder
from mistral_conversations.models.model import Unknown
from tests.support.api_description import api_folder
from tests.support.comparison import json_differences

CLASSES: dict[str, Any] = {
    "conversation.response": ConversationResponse,
    "conversation.history": ConversationHistory,
    "conversation.messages": ConversationMessages,
    "conversation": Conversation,
    "agent": Agent,
}
KEYS: dict[str, Any] = {
    "nb_documents": LibraryOut,
    "library_id": DocumentOut,
    "document_id": ProcessingStatusOut,
    "text": DocumentTextContent,
}
"""Keys that identify a body without `object`."""
ERRORS = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    409: "ConflictError",
    422: "HTTPValidationError",
    429: "RateLimitError",
    500: "ServerError",
}


def bodies() -> list[tuple[str, Any, Any]]:
    """Yield each object that answers an operation, with its class."""
    found = []
    for path in sorted((api_folder() / "payloads" / "json").iterdir()):
        read = json.loads(path.read_text())
        for body in read if isinstance(read, list) else [read]:
            by_key = (kind for key, kind in KEYS.items() if key in body)
            kind = CLASSES.get(body.get("object", "")) or next(by_key)
            found.append((path.name, kind, body))
    return found


def unknown_in(value: Any) -> list[Unknown]:
    """Find what stands for something that fits no class, anywhere in a model."""
    if isinstance(value, Unknown):
        return [value]
    if isinstance(value, tuple):
        return [found for item in value for found in unknown_in(item)]
    names = getattr(type(value), "__attrs_attrs__", ())
    return [found for each in names for found in unknown_in(getattr(value, each.name))]


def test_every_observed_answer_decodes_and_comes_back() -> None:
    found = bodies()
    assert len(found) >= 10
    for name, kind, body in found:
        answer = from_dict(kind, body)
        assert unknown_in(answer) == [], name
        assert json_differences(body, to_dict(answer)) == [], name
        direct = direct_way(kind)
        if direct is not None:
            assert direct.read(json.dumps(body)) in (None, answer), name


def test_observed_answers_are_of_these_kinds() -> None:
    kinds = {type(from_dict(kind, body)) for _, kind, body in bodies()}
    assert kinds >= {
        *[ConversationResponse, ConversationHistory, ConversationMessages],
        *[ModelConversation, AgentConversation, Agent, LibraryOut],
        *[DocumentOut, DocumentTextContent, ProcessingStatusOut],
    }


def test_observed_documents_show_whether_they_are_processed() -> None:
    statuses = {
        (answer.processing_status, answer.is_processed, answer.has_failed)
        for _, kind, body in bodies()
        if kind in {DocumentOut, ProcessingStatusOut}
        and isinstance(answer := from_dict(kind, body), kind)
    }
    assert statuses == {("Running", False, False), ("Completed", True, False)}


def frames_of(path: Path) -> list[Frame]:
    return FrameDecoder().feed(path.read_bytes())


def test_every_observed_event_decodes_and_comes_back() -> None:
    paths = sorted((api_folder() / "payloads" / "sse").iterdir())
    assert paths
    for path in paths:
        for name, data in frames_of(path):
            event = decode_event(name, data)
            body = json.loads(data)
            assert event.type == name
            assert unknown_in(event) == [], path.name
            assert json_differences(body, to_dict(event)) == [], path.name
            assert from_dict(ConversationEvents, body) == event
            assert DirectWay(ConversationEvents).read(data) == event


def test_every_observed_stream_adds_up() -> None:
    for path in (api_folder() / "payloads" / "sse").iterdir():
        accumulator = Accumulator()
        events = [decode_event(*frame) for frame in frames_of(path)]
        for event in events:
            accumulator.add(event)
        answer = accumulator.response()
        assert answer is not None
        text = "".join(getattr(event, "text", "") for event in events)
        assert answer.text == text != ""
        assert answer.usage.total_tokens > 0
        assert answer.conversation_id.startswith("conv_")


def test_every_observed_error_has_its_class_and_message() -> None:
    paths = sorted((api_folder() / "payloads" / "errors").iterdir())
    assert paths
    for path in paths:
        recorded = json.loads(path.read_text())
        content = recorded.get("body_text", "").encode()
        if "body" in recorded:
            content = json.dumps(recorded["body"]).encode()
        error = failure(recorded["status"], recorded["headers"], content)
        kind = getattr(mistral_conversations, ERRORS[recorded["status"]])
        assert isinstance(error, kind), path.name
        assert error.message in str(error)
        assert expected_word(recorded) in error.message, path.name


def expected_word(recorded: Any) -> str:
    """Return a part of the text or the first field, which the message must have."""
    body = recorded.get("body")
    if body is None:
        return str(recorded["body_text"])[:20]
    inner = body.get("error") or body
    for key in ("detail", "message"):
        if isinstance(inner.get(key), str):
            return str(inner[key])[:60]
    return str(body["detail"][0]["loc"][-1])
