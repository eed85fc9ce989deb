"""The schemas of requests about conversations, as tables of checks."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from mistral_conversations.server.agents.setting_schemas import (
    COMPLETION_ARGS,
    GUARDRAILS,
    TOOLS,
)
from mistral_conversations.server.web.checks import (
    Check,
    any_object,
    boolean,
    date_time,
    either,
    exactly,
    fields,
    integer,
    items,
    nullable,
    string,
    tag_of,
    tagged,
)

__all__ = [
    "AGENT_START",
    "APPEND",
    "MODEL_START",
    "NULLABLE_AT_START",
    "RESTART",
    "chunk_type",
    "entry_type",
]

_text_or_null = nullable(string)
_times = {"created_at": date_time, "completed_at": nullable(date_time)}

_CHUNKS: Mapping[str, Check] = {
    "text": fields("text", type=string, text=string),
    "image_url": fields(
        "image_url",
        type=string,
        image_url=either(
            ImageURL=fields(
                "url", url=string, detail=nullable(exactly("low", "auto", "high"))
            ),
            str=string,
        ),
    ),
    "tool_file": fields(
        "tool",
        "file_id",
        type=string,
        tool=string,
        file_id=string,
        file_name=_text_or_null,
        file_type=_text_or_null,
    ),
    "document_url": fields(
        "document_url", type=string, document_url=string, document_name=_text_or_null
    ),
    "tool_reference": fields(
        "tool",
        "title",
        type=string,
        tool=string,
        title=string,
        url=_text_or_null,
        favicon=_text_or_null,
        description=_text_or_null,
        source=_text_or_null,
    ),
    "reference": fields(
        "reference_ids",
        type=string,
        reference_ids=items(either(int=integer(), str=string)),
    ),
}
_CHUNK_TYPE_KEYS = (
    ("text", "text"),
    ("image_url", "image_url"),
    ("file_id", "tool_file"),
    ("document_url", "document_url"),
    ("thinking", "thinking"),
    ("title", "tool_reference"),
    ("reference_ids", "reference"),
)


def chunk_type(chunk: Any) -> Any:
    """Return the type of a chunk; without `type`, its keys reveal it."""
    return tag_of(chunk, _CHUNK_TYPE_KEYS)


def _chunks(*tags: str) -> Check:
    known = {tag: _CHUNKS[tag] for tag in tags if tag in _CHUNKS}
    if "thinking" in tags:
        known["thinking"] = _thinking
    return items(tagged(known, chunk_type))


_thinking = fields(
    "thinking",
    type=string,
    thinking=_chunks("text", "tool_reference", "reference"),
    closed=boolean,
    signature=_text_or_null,
)
_of_inputs = ("text", "image_url", "tool_file", "document_url", "thinking")

# Beyond the schema: `function`, which the service puts into its own entries, so that
# an entry of a history can be sent back unchanged.
_entry = partial(fields, object=exactly("entry"), type=string, id=string, **_times)
_author = {"agent_id": _text_or_null, "model": _text_or_null}

_ENTRIES: Mapping[str, Check] = {
    "message.input": _entry(
        "role",
        "content",
        role=exactly("assistant", "user"),
        content=either(str=string, list=_chunks(*_of_inputs)),
        prefix=boolean,
    ),
    "message.output": _entry(
        "content",
        role=exactly("assistant"),
        content=either(str=string, list=_chunks(*_of_inputs, "tool_reference")),
        **_author,
    ),
    "function.result": _entry(
        "tool_call_id", "result", tool_call_id=string, result=string
    ),
    "function.call": _entry(
        "tool_call_id",
        "name",
        "arguments",
        tool_call_id=string,
        name=string,
        arguments=either(dict=any_object, str=string),
        confirmation_status=nullable(exactly("pending", "allowed", "denied")),
        **_author,
    ),
    "tool.execution": _entry(
        "name",
        "arguments",
        name=string,
        arguments=string,
        function=_text_or_null,
        info=any_object,
        **_author,
    ),
    "agent.handoff": _entry(
        "previous_agent_id",
        "previous_agent_name",
        "next_agent_id",
        "next_agent_name",
        previous_agent_id=string,
        previous_agent_name=string,
        next_agent_id=string,
        next_agent_name=string,
    ),
}
_ENTRY_TYPE_KEYS = (
    ("result", "function.result"),
    ("tool_call_id", "function.call"),
    ("previous_agent_id", "agent.handoff"),
    ("name", "tool.execution"),
    ("model", "message.output"),
    ("agent_id", "message.output"),
    ("role", "message.input"),
    ("content", "message.output"),
)


def entry_type(entry: Any) -> Any:
    """Return the type of an entry; without `type`, its keys reveal it.

    A message of the assistant may be an input or an output; only an output has
    references to tools.
    """
    tag = tag_of(entry, _ENTRY_TYPE_KEYS)
    is_output = (
        tag == "message.input"
        and "type" not in entry
        and entry.get("role") == "assistant"
        and isinstance(entry.get("content"), list)
        and any(chunk_type(chunk) == "tool_reference" for chunk in entry["content"])
    )
    return "message.output" if is_output else tag


_inputs = either(str=string, list=items(tagged(_ENTRIES, entry_type)))
_handoff_execution = exactly("client", "server")
_version = nullable(either(str=string, int=integer()))

_start = partial(
    fields,
    inputs=_inputs,
    stream=nullable(boolean),
    store=nullable(boolean),
    handoff_execution=nullable(_handoff_execution),
    name=_text_or_null,
    description=_text_or_null,
    metadata=nullable(any_object),
)
_of_model: Mapping[str, Check] = {
    "model": string,
    "instructions": _text_or_null,
    "tools": nullable(TOOLS),
    "completion_args": nullable(COMPLETION_ARGS),
    "guardrails": nullable(GUARDRAILS),
}
_of_agent: Mapping[str, Check] = {"agent_id": string, "agent_version": _version}
MODEL_START = _start("inputs", "model", **_of_model)
"""The body that starts a conversation with a model."""

AGENT_START = _start("inputs", "agent_id", **_of_agent)
"""The body that starts a conversation with an agent."""

NULLABLE_AT_START = (
    _of_model.keys() | _of_agent.keys() | (_start.keywords.keys() - {"inputs"})
)
"""The keys that may be null at a start, with a model and with an agent."""

_continue = partial(
    fields,
    inputs=_inputs,
    stream=boolean,
    store=boolean,
    handoff_execution=_handoff_execution,
    completion_args=COMPLETION_ARGS,
)
APPEND = _continue(
    tool_confirmations=nullable(
        items(
            fields(
                "tool_call_id",
                "confirmation",
                tool_call_id=string,
                confirmation=exactly("allow", "deny"),
            )
        )
    )
)
"""The body that appends to a conversation."""

RESTART = _continue(
    "from_entry_id",
    from_entry_id=string,
    guardrails=nullable(GUARDRAILS),
    metadata=nullable(any_object),
    agent_version=_version,
)
"""The body that restarts a conversation."""
