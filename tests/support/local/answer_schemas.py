"""JSON Schemas of the answers of operations on conversations, written by hand.

They state the facts of the published description: the keys, their types, the tags,
and whether other keys are allowed. They are stricter in two ways: a key found in every
observed body is required, and ids have the observed form. `DEPARTURES` lists where the
service does what the description forbids.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from tests.support.local.entry_schemas import (
    ASKED,
    CHUNKS,
    ENTRIES,
    NEXT,
    OUTPUTS,
    PREVIOUS,
    SAID_CHUNK,
    VOICE,
)
from tests.support.local.schema_terms import (
    CALL_ID,
    COUNT,
    OBJECT,
    TEXT,
    TEXT_OR_NULL,
    TIME,
    Schema,
    closed_object,
    id_of,
    list_of,
    nullable,
    open_object,
    ref,
    tagged,
    words,
)
from tests.support.local.setting_schemas import SETTINGS, TOOL

__all__ = [
    "ADDED_KEYS",
    "ANSWERS",
    "DEPARTURES",
    "ERRORS",
    "EVENT_TYPES",
    "SCHEMAS",
    "misfits",
]

_FUNCTION = {"function": "every recorded run of a tool names the function that ran"}
ADDED_KEYS: Mapping[str, Mapping[str, str]] = {
    "ToolExecutionEntry": _FUNCTION,
    "ToolExecutionStartedEvent": _FUNCTION,
    "ToolExecutionDeltaEvent": _FUNCTION,
    "ToolExecutionDoneEvent": _FUNCTION,
    "ToolReferenceChunk": {"source": "references of 2025 name the search engine"},
}
"""Keys that the service adds, all of them texts, and why they are accepted."""

DEPARTURES: Mapping[str, Mapping[str, str]] = {
    **ADDED_KEYS,
    "HTTPValidationError": {
        "object": "the frame of the other errors stands around this one too",
        "message": "the same list as in `detail`",
        "type": "of the frame",
        "code": "of the frame",
    },
}
"""All keys that the service adds, by schema name: those, and the frame of errors."""


def _event(tag: str, optional: str = "", /, **own: Schema) -> Schema:
    return closed_object(optional, type=words(tag), created_at=TIME, **own)


def _step(tag: str, prefix: str, optional: str = "", /, **own: Schema) -> Schema:
    """Return the schema of an event that belongs to an entry."""
    return _event(tag, optional, output_index=COUNT, id=id_of(prefix), **own)


_TOOL = {"name": TEXT, "function": TEXT}
_EVENTS = {
    "ResponseStartedEvent": _event(
        "conversation.response.started", conversation_id=id_of("conv")
    ),
    "ResponseDoneEvent": _event(
        "conversation.response.done", usage=ref("ConversationUsageInfo")
    ),
    "ResponseErrorEvent": _event(
        "conversation.response.error", message=TEXT, code={"type": "integer"}
    ),
    "MessageOutputEvent": _step(
        "message.output.delta",
        "msg",
        "agent_id",
        **VOICE,
        content_index=COUNT,
        role=words("assistant"),
        content={"anyOf": [TEXT, SAID_CHUNK]},
    ),
    "FunctionCallEvent": _step(
        "function.call.delta",
        "fc",
        "agent_id confirmation_status",
        **VOICE,
        tool_call_id=CALL_ID,
        name=TEXT,
        arguments=TEXT,
        confirmation_status=ASKED,
    ),
    "ToolExecutionStartedEvent": _step(
        "tool.execution.started",
        "tool_exec",
        "agent_id",
        **VOICE,
        **_TOOL,
        arguments=TEXT,
    ),
    "ToolExecutionDeltaEvent": _step(
        "tool.execution.delta", "tool_exec", **_TOOL, arguments=TEXT
    ),
    "ToolExecutionDoneEvent": _step(
        "tool.execution.done", "tool_exec", **_TOOL, info=OBJECT
    ),
    "AgentHandoffStartedEvent": _step("agent.handoff.started", "handoff", **PREVIOUS),
    "AgentHandoffDoneEvent": _step("agent.handoff.done", "handoff", **NEXT),
}
EVENT_TYPES: Mapping[str, str] = {
    schema["properties"]["type"]["enum"][0]: name for name, schema in _EVENTS.items()
}
"""The names of the schemas of the events, by the `type`."""


def _whole(kind: str, optional: str = "", /, **own: Schema) -> Schema:
    about = {"conversation_id": id_of("conv")} if "." in kind else {}
    return closed_object(optional, object=words(kind), **about, **own)


def _conversation(optional: str, /, **own: Schema) -> Schema:
    return _whole(
        "conversation",
        f"name description metadata {optional}",
        id=id_of("conv"),
        created_at=TIME,
        updated_at=TIME,
        name=TEXT_OR_NULL,
        description=TEXT_OR_NULL,
        metadata=nullable(OBJECT),
        **own,
    )


_ANSWERS = {
    "ConversationResponse": _whole(
        "conversation.response",
        "guardrails",
        outputs=list_of(tagged(ENTRIES, *OUTPUTS)),
        usage=ref("ConversationUsageInfo"),
        guardrails=nullable(list_of(OBJECT)),
    ),
    "ConversationHistory": _whole(
        "conversation.history", entries=list_of(tagged(ENTRIES, *ENTRIES))
    ),
    "ConversationMessages": _whole(
        "conversation.messages",
        messages=list_of(tagged(ENTRIES, "MessageInputEntry", "MessageOutputEntry")),
    ),
    "ModelConversation": _conversation(
        "instructions tools completion_args guardrails",
        model=TEXT,
        instructions=TEXT_OR_NULL,
        tools=list_of(TOOL),
        completion_args=ref("CompletionArgs"),
        guardrails=nullable(list_of(ref("GuardrailConfig"))),
    ),
    "AgentConversation": _conversation(
        "agent_version",
        agent_id=id_of("ag"),
        agent_version={"type": ["string", "integer", "null"]},
    ),
    "Conversation": {
        "if": {"required": ["agent_id"]},
        "then": ref("AgentConversation"),
        "else": ref("ModelConversation"),
    },
    "ConversationPage": list_of(ref("Conversation")),
    "ConversationUsageInfo": closed_object(
        "connector_tokens connectors",
        prompt_tokens=COUNT,
        completion_tokens=COUNT,
        total_tokens=COUNT,
        connector_tokens=nullable(COUNT),
        connectors=nullable({"type": "object", "additionalProperties": COUNT}),
    ),
}

_PROBLEMS = list_of(ref("ValidationError"), minItems=1)
_CODE: Schema = {"type": "integer"}


def _failure(**own: Schema) -> Schema:
    return closed_object(
        object=words("Error"), type=words("invalid_request_error"), **own
    )


ERRORS: Mapping[str, Schema] = {
    "ServiceError": _failure(message=TEXT, code=_CODE),
    "Detail": closed_object(detail=TEXT),
    "GatewayError": closed_object(
        message=TEXT, request_id={"type": "string", "pattern": "^[0-9a-f]{32}$"}
    ),
    "RateLimited": closed_object(
        object=words("error"),
        message=TEXT,
        type=words("rate_limited"),
        param={"type": "null"},
        code=words("1300"),
    ),
}
"""The errors missing from the description (all except the 422), as observed."""

_INVALID = {
    "HTTPValidationError": _failure(
        detail=_PROBLEMS, message=_PROBLEMS, code={"const": 3001}
    ),
    "ValidationError": open_object(
        "input ctx",
        loc=list_of({"type": ["string", "integer"]}),
        msg=TEXT,
        type=TEXT,
        input={},
        ctx=OBJECT,
    ),
}

SCHEMAS: Mapping[str, Schema] = {
    **SETTINGS,
    **CHUNKS,
    **ENTRIES,
    **_EVENTS,
    **_ANSWERS,
    **_INVALID,
    **ERRORS,
}
"""All schemas, by the description's names where it has the schema."""

_CONVERSATION = "/v1/conversations/{conversation_id}"
ANSWERS: Mapping[tuple[str, str], str] = {
    ("POST", "/v1/conversations"): "ConversationResponse",
    ("GET", "/v1/conversations"): "ConversationPage",
    ("POST", _CONVERSATION): "ConversationResponse",
    ("GET", _CONVERSATION): "Conversation",
    ("POST", f"{_CONVERSATION}/restart"): "ConversationResponse",
    ("GET", f"{_CONVERSATION}/history"): "ConversationHistory",
    ("GET", f"{_CONVERSATION}/messages"): "ConversationMessages",
}
"""The schema names of answers with status 200, except streams."""

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_formats = FormatChecker(formats=())


@_formats.checks("date-time", raises=ValueError)
def _date_time(value: object) -> bool:
    """Accept a time in the service's form: UTC, microseconds and `Z`."""
    if not isinstance(value, str):
        return True
    datetime.fromisoformat(value)
    return _INSTANT.fullmatch(value) is not None


def misfits(value: Any, name: str) -> list[str]:
    """Return where plain JSON does not fit the schema of that name."""
    schema = {**ref(name), "$defs": SCHEMAS}
    validator = Draft202012Validator(schema, format_checker=_formats)
    return [f"{e.json_path}: {e.message}" for e in validator.iter_errors(value)]
