"""The choice of the union member for an object."""

from typing import Any, get_args

import pytest

from mistral_conversations import (
    AgentConversation,
    APIKeyAuth,
    BaseModelCard,
    BlobResourceContents,
    Conversation,
    ConversationEvents,
    CustomConnector,
    DecodeError,
    FTModelCard,
    FunctionTool,
    ImageURL,
    ImageURLChunk,
    InputEntries,
    MessageEntries,
    MessageInputContentChunks,
    MessageInputEntry,
    MessageOutputContentChunks,
    ModelConversation,
    OutputEntries,
    ReferenceChunk,
    ResourceContents,
    TextResourceContents,
    ThinkChunk,
    ThinkingChunks,
    ToolContents,
    Tools,
    UnknownAuthorization,
    UnknownChunk,
    UnknownContent,
    UnknownEntry,
    UnknownEvent,
    UnknownResourceContents,
    UnknownTool,
    from_dict,
    to_dict,
)
from mistral_conversations.models.model import Unknown
from tests.support.bodies import (
    agent_conversation,
    message_input,
    model_conversation,
    thinking,
    without,
)
from tests.support.comparison import json_differences
from tests.support.for_each import for_each

UNIONS = [
    *[InputEntries, OutputEntries, MessageEntries, ConversationEvents, Tools],
    *[MessageInputContentChunks, MessageOutputContentChunks, ThinkingChunks],
]


@for_each("union", UNIONS)
@for_each(
    "body",
    [
        *[{}, {"type": "brand.new", "a": {"b": None}}, {"type": None}, {"type": 5}],
        *[{"type": ["text"]}, {"type": {}}, None, 1, 1.5, True, "text", [], [{}]],
        {"type": "brand.new", "type_": "x", "raw": 1, "extra": {}},
    ],
)
def test_what_fits_no_member_is_kept_as_it_came(union: Any, body: Any) -> None:
    (unknown,) = (cls for cls in get_args(union) if issubclass(cls, Unknown))
    item = from_dict(union, body)
    assert type(item) is unknown
    assert item.raw == body
    tag = body.get("type") if isinstance(body, dict) else None
    assert item.type == (tag if isinstance(tag, str) else None)
    assert to_dict(item) == body


@for_each("union", UNIONS)
def test_every_tag_leads_to_its_class(union: Any) -> None:
    for cls in get_args(union):
        if not issubclass(cls, Unknown):
            tag = cls.__attrs_attrs__.type.default
            item = from_dict(union, {"type": tag, **REQUIRED.get(tag, {})})
            assert type(item) is cls


AGENT = {"id": "handoff_1", "previous_agent_id": "ag_1", "previous_agent_name": "one"}
NEXT = {"id": "handoff_1", "next_agent_id": "ag_2", "next_agent_name": "two"}
TOOL = {"id": "tool_exec_1", "name": "web_search", "arguments": "{}"}
CALL = {"id": "fc_1", "tool_call_id": "1", "name": "f", "arguments": "{}"}
REQUIRED: dict[str, dict[str, Any]] = {
    "message.input": {"role": "user", "content": "Hi"},
    "message.output": {"content": "Hi"},
    "function.call": CALL,
    "function.result": {"tool_call_id": "1", "result": "{}"},
    "tool.execution": TOOL,
    "agent.handoff": AGENT | NEXT,
    "text": {"text": "Hi"},
    "image_url": {"image_url": "https://skies.example/blue.png"},
    "document_url": {"document_url": "https://skies.example/blue.pdf"},
    "tool_file": {"tool": "image_generation", "file_id": "1"},
    "tool_reference": {"tool": "web_search", "title": "Skies"},
    "reference": {"reference_ids": [1]},
    "thinking": {"thinking": []},
    "function": {"function": {"name": "f", "parameters": {}}},
    "document_library": {"library_ids": ["1"]},
    "connector": {"connector_id": "1"},
    "conversation.response.started": {"conversation_id": "conv_1"},
    "conversation.response.done": {"usage": {}},
    "conversation.response.error": {"message": "no", "code": 1},
    "message.output.delta": {"id": "msg_1", "content": "Hi"},
    "function.call.delta": CALL,
    "tool.execution.started": TOOL,
    "tool.execution.delta": TOOL,
    "tool.execution.done": TOOL,
    "agent.handoff.started": AGENT,
    "agent.handoff.done": NEXT,
}


@for_each(
    ("union", "unknown", "body"),
    [
        (OutputEntries, UnknownEntry, {"type": "message.output", "content": 5}),
        (OutputEntries, UnknownEntry, {"type": "message.output"}),
        (OutputEntries, UnknownEntry, {"type": "message.input"} | {"content": ""}),
        (InputEntries, UnknownEntry, {"type": "function.call", "name": "f"}),
        (MessageOutputContentChunks, UnknownChunk, {"type": "text", "text": None}),
        (ThinkingChunks, UnknownChunk, {"type": "image_url", "image_url": "u"}),
        (Tools, UnknownTool, {"type": "function", "function": {"name": "f"}}),
        (Tools, UnknownTool, {"type": "connector", "connector_id": 1}),
        (ToolContents, UnknownContent, {"type": "image", "data": "AA=="}),
        (ConversationEvents, UnknownEvent, {"type": "conversation.response.done"}),
        (ConversationEvents, UnknownEvent, {"type": "message.output.delta", "id": 3}),
    ],
)  # fmt: skip
def test_a_known_tag_whose_body_does_not_fit_is_unknown(
    union: Any, unknown: type[Unknown], body: dict[str, Any]
) -> None:
    item = from_dict(union, body)
    assert item == unknown(type=body["type"], raw=body)


def test_an_odd_chunk_does_not_cost_its_message() -> None:
    odd = {"type": "text", "text": 5}
    body = message_input([{"type": "text", "text": "Hi"}, odd, {"type": "new"}])
    entry = from_dict(MessageInputEntry, body)
    assert isinstance(entry.content, tuple)
    assert entry.content[1:] == (
        UnknownChunk(type="text", raw=odd),
        UnknownChunk(type="new", raw={"type": "new"}),
    )


def test_unions_inside_models() -> None:
    chunk = from_dict(ThinkChunk, thinking("Hm") | {"signature": "seal"})
    assert chunk.signature == "seal"
    body = {
        "type": "thinking",
        "thinking": [{"type": "reference", "reference_ids": [1]}],
    }
    assert from_dict(ThinkChunk, body).thinking == (ReferenceChunk(reference_ids=(1,)),)


@for_each(
    ("given", "read"),
    [
        ("https://a.example", "https://a.example"),
        ({"url": "https://a.example"}, ImageURL(url="https://a.example")),
        ({"url": "u", "detail": "extreme"}, ImageURL(url="u", detail="extreme")),
    ],
)
def test_an_image_is_its_address_or_an_object(given: Any, read: Any) -> None:
    body = {"type": "image_url", "image_url": given}
    chunk = from_dict(ImageURLChunk, body)
    assert chunk.image_url == read
    assert to_dict(chunk) == body


def test_authorization_goes_by_its_tag() -> None:
    auth = {"type": "api-key", "value": "v"}
    tool = from_dict(
        Tools, {"type": "connector", "connector_id": "c", "authorization": auth}
    )
    assert tool == CustomConnector(
        connector_id="c", authorization=APIKeyAuth(value="v")
    )


@for_each(
    "auth", [{"type": "brand-new", "value": "v"}, {"type": "api-key"}, {"key": "v"}]
)
def test_a_new_authorization_does_not_cost_its_tool(auth: dict[str, Any]) -> None:
    body = {"type": "connector", "connector_id": "c", "authorization": auth}
    tool = from_dict(Tools, body)
    unknown = UnknownAuthorization(type=auth.get("type"), raw=auth)
    assert tool == CustomConnector(connector_id="c", authorization=unknown)
    assert to_dict(tool) == body


@for_each(
    ("body", "cls"),
    [
        ({"uri": "u", "text": "t"}, TextResourceContents),
        ({"uri": "u", "blob": "AA==", "text": None}, BlobResourceContents),
        (
            {"uri": "u", "blob": "AA==", "text": "t", "type": "new"},
            BlobResourceContents,
        ),
        ({"uri": "u"}, UnknownResourceContents),
        ({"uri": 5, "text": "t"}, UnknownResourceContents),
    ],
)
def test_without_tags_the_required_keys_decide(body: Any, cls: Any) -> None:
    assert type(from_dict(ResourceContents, body)) is cls


def test_a_conversation_is_an_agents_where_it_has_an_agent() -> None:
    assert type(from_dict(Conversation, agent_conversation())) is AgentConversation
    assert type(from_dict(Conversation, model_conversation())) is ModelConversation
    body = model_conversation(agent_id=None)
    assert type(from_dict(Conversation, body)) is ModelConversation
    body = agent_conversation(model="mistral-small-latest", agent_version=3)
    found = from_dict(Conversation, body)
    assert isinstance(found, AgentConversation)
    assert (found.agent_version, found.extra) == (3, {"model": "mistral-small-latest"})


@for_each("body", [{}, [], "conv_1", None, {"id": "conv_1"}])
def test_what_is_no_conversation_is_an_error(body: Any) -> None:
    with pytest.raises(DecodeError):
        from_dict(Conversation, body)


@for_each(
    ("body", "message"),
    [
        (None, "expected an object, got null"),
        ([], "expected an object, got list"),
        ("m", "expected an object, got str"),
        ({"type": []}, "expected a type that is a string, got list"),
    ],
)
def test_what_is_no_object_is_named(body: Any, message: str) -> None:
    with pytest.raises(DecodeError, match=message):
        from_dict(BaseModelCard | FTModelCard, body)


def test_a_tool_with_its_function() -> None:
    body = {
        "type": "function",
        "function": {"name": "f", "parameters": {"type": "object"}, "new": 1},
    }
    tool = from_dict(Tools, body)
    assert isinstance(tool, FunctionTool)
    assert tool.function.extra == {"new": 1}
    assert to_dict(tool) == body


@for_each(
    ("union", "body", "tag"),
    [
        (OutputEntries, {"content": "Example."}, "message.output"),
        (OutputEntries, {"content": [{"text": "Hi"}], "role": "x"}, "message.output"),
        (OutputEntries, CALL, "function.call"),
        (OutputEntries, without(CALL, "tool_call_id"), "tool.execution"),
        (OutputEntries, AGENT | NEXT, "agent.handoff"),
        (InputEntries, {"role": "user", "content": "Hi"}, "message.input"),
        (InputEntries, {"role": "assistant", "content": "Hi"}, "message.output"),
        (InputEntries, {"content": "Hi", "model": "m"}, "message.output"),
        (InputEntries, {"role": "system", "content": "Hi"}, "message.input"),
        (InputEntries, {"role": "assistant", "content": "Hi", "prefix": True},
         "message.input"),
        (InputEntries, {"tool_call_id": "1", "result": "{}"}, "function.result"),
        (MessageEntries, {"role": "user", "content": "Hi", "id": "1"}, "message.input"),
        (MessageOutputContentChunks, {"text": "Hi", "new": 1}, "text"),
        (MessageOutputContentChunks, {"image_url": {"url": "u"}}, "image_url"),
        (MessageOutputContentChunks, {"document_url": "u"}, "document_url"),
        (MessageOutputContentChunks, {"thinking": [{"text": "Hm"}]}, "thinking"),
        (MessageOutputContentChunks, REQUIRED["tool_file"], "tool_file"),
        (MessageOutputContentChunks, REQUIRED["tool_reference"], "tool_reference"),
        (ThinkingChunks, {"reference_ids": [1, "007", "a"]}, "reference"),
        (OutputEntries, {"name": "web_search", "arguments": {"q": 1}, "info": {}},
         "tool.execution"),
        (Tools, REQUIRED["function"], "function"),
        (Tools, {"connector_id": "1"}, "connector"),
    ],
)  # fmt: skip
@for_each("null", [True, False])
def test_without_a_tag_the_shape_leads_to_the_class(
    union: Any, body: dict[str, Any], tag: str, null: bool
) -> None:
    item = from_dict(union, {"type": None, **body} if null else body)
    assert item == from_dict(union, {"type": tag, **body})
    assert item.type == tag
    assert not isinstance(item, Unknown)
    assert json_differences(body, to_dict(item)) == []


@for_each(
    ("union", "body"),
    [
        (OutputEntries, {"content": 5}),
        (OutputEntries, {"content": None}),
        (OutputEntries, {"id": "msg_1", "created_at": "2026-07-01T10:20:30Z"}),
        (Tools, {"tool_configuration": {"include": []}}),
        (Tools, {"tool_configuration": None}),
        (MessageOutputContentChunks, {"text": 5}),
        (MessageOutputContentChunks, {"text": "a", "document_url": "u"}),
        (ThinkingChunks, {"image_url": "u"}),
    ],
)
def test_without_a_tag_what_fits_no_class_or_several_is_unknown(
    union: Any, body: dict[str, Any]
) -> None:
    item = from_dict(union, body)
    assert isinstance(item, Unknown)
    assert (item.type, item.raw) == (None, body)
