"""JSON Schemas of the entries of a conversation, and of the chunks they hold."""

from tests.support.local.schema_terms import (
    CALL_ID,
    FLAG,
    OBJECT,
    TEXT,
    TEXT_OR_NULL,
    TIME,
    Schema,
    closed_object,
    id_of,
    list_of,
    nullable,
    ref,
    tagged,
    text_or_list,
    words,
)

__all__ = [
    "ASKED",
    "CHUNKS",
    "ENTRIES",
    "NEXT",
    "OUTPUTS",
    "PREVIOUS",
    "SAID_CHUNK",
    "VOICE",
]


def _chunk(tag: str, optional: str = "", /, **own: Schema) -> Schema:
    return closed_object(optional, type=words(tag), **own)


_SIMPLE_CHUNKS = {
    "TextChunk": _chunk("text", text=TEXT),
    "ImageURLChunk": _chunk("image_url", image_url={"anyOf": [TEXT, ref("ImageURL")]}),
    "ToolFileChunk": _chunk(
        "tool_file",
        "file_name file_type",
        tool=TEXT,
        file_id=TEXT,
        file_name=TEXT_OR_NULL,
        file_type=TEXT_OR_NULL,
    ),
    "DocumentURLChunk": _chunk(
        "document_url", "document_name", document_url=TEXT, document_name=TEXT_OR_NULL
    ),
    "ToolReferenceChunk": _chunk(
        "tool_reference",
        "url favicon description source",
        tool=TEXT,
        title=TEXT,
        url=TEXT_OR_NULL,
        favicon=TEXT_OR_NULL,
        description=TEXT_OR_NULL,
        source=TEXT_OR_NULL,
    ),
    "ReferenceChunk": _chunk(
        "reference", reference_ids=list_of({"type": ["integer", "string"]})
    ),
}
_THOUGHTS = ("TextChunk", "ToolReferenceChunk", "ReferenceChunk")
CHUNKS = {
    **_SIMPLE_CHUNKS,
    "ThinkChunk": _chunk(
        "thinking",
        "closed signature",
        thinking=list_of(tagged(_SIMPLE_CHUNKS, *_THOUGHTS)),
        closed=FLAG,
        signature=TEXT_OR_NULL,
    ),
}
_READ = (
    "TextChunk",
    "ImageURLChunk",
    "ToolFileChunk",
    "DocumentURLChunk",
    "ThinkChunk",
)
_READ_CHUNK = tagged(CHUNKS, *_READ)
SAID_CHUNK = tagged(CHUNKS, *_READ, "ToolReferenceChunk")


def _entry(tag: str, prefix: str, optional: str = "", /, **own: Schema) -> Schema:
    times = {"created_at": TIME, "completed_at": nullable(TIME)}
    head = {"object": words("entry"), "type": words(tag), "id": id_of(prefix)}
    return closed_object(optional, **head, **times, **own)


# The description lets `agent_id` be null; it was only ever seen to be absent.
VOICE = {"agent_id": id_of("ag"), "model": TEXT}
ASKED = nullable(words("pending", "allowed", "denied"))
PREVIOUS = {"previous_agent_id": id_of("ag"), "previous_agent_name": TEXT}
NEXT = {"next_agent_id": id_of("ag"), "next_agent_name": TEXT}

ENTRIES = {
    "MessageInputEntry": _entry(
        "message.input",
        "msg",
        "prefix",
        role=words("user", "assistant"),
        content=text_or_list(_READ_CHUNK),
        prefix=FLAG,
    ),
    "MessageOutputEntry": _entry(
        "message.output",
        "msg",
        "agent_id model",
        **VOICE,
        role=words("assistant"),
        content=text_or_list(SAID_CHUNK),
    ),
    "FunctionCallEntry": _entry(
        "function.call",
        "fc",
        "agent_id model confirmation_status",
        **VOICE,
        tool_call_id=CALL_ID,
        name=TEXT,
        arguments={"type": ["object", "string"]},
        confirmation_status=ASKED,
    ),
    "FunctionResultEntry": _entry(
        "function.result", "fr", tool_call_id=CALL_ID, result=TEXT
    ),
    "ToolExecutionEntry": _entry(
        "tool.execution",
        "tool_exec",
        "agent_id model function info",
        **VOICE,
        name=TEXT,
        function=TEXT,
        arguments=TEXT,
        info=OBJECT,
    ),
    "AgentHandoffEntry": _entry("agent.handoff", "handoff", **PREVIOUS, **NEXT),
}
OUTPUTS = (
    "MessageOutputEntry",
    "FunctionCallEntry",
    "ToolExecutionEntry",
    "AgentHandoffEntry",
)
