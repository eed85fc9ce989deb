"""Bodies in the observed shapes, with this project's own values."""

from collections.abc import Mapping
from typing import Any

__all__ = [
    "CONVERSATION_ID",
    "LATER",
    "TIME",
    "agent_conversation",
    "call_delta",
    "delta",
    "done",
    "error_event",
    "function_call",
    "function_result",
    "handoff",
    "handoff_done",
    "handoff_started",
    "history",
    "message",
    "message_input",
    "messages",
    "model_conversation",
    "reference",
    "response",
    "started",
    "text_chunk",
    "text_stream",
    "thinking",
    "tool_delta",
    "tool_done",
    "tool_execution",
    "tool_file",
    "tool_started",
    "without",
]

CONVERSATION_ID = "conv_019f0000000000000000000000000001"
MESSAGE_ID = "msg_019f0000000000000000000000000002"
TIME = "2026-07-01T10:20:30.123456Z"
LATER = "2026-07-01T10:20:31.500Z"

Body = dict[str, Any]


def message(content: Any = "Blue, mostly.", **others: Any) -> Body:
    return {
        "object": "entry",
        "type": "message.output",
        "created_at": TIME,
        "completed_at": TIME,
        "model": "mistral-small-latest",
        "id": MESSAGE_ID,
        "role": "assistant",
        "content": content,
        **others,
    }


def response(*outputs: Mapping[str, Any], **others: Any) -> Body:
    return {
        "object": "conversation.response",
        "conversation_id": CONVERSATION_ID,
        "outputs": list(outputs or (message(),)),
        "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
        "guardrails": None,
        **others,
    }


def model_conversation(number: int = 1, **others: Any) -> Body:
    return {
        "object": "conversation",
        "id": f"conv_{number:032x}",
        "created_at": TIME,
        "updated_at": TIME,
        "model": "mistral-small-latest",
        "instructions": "Answer in one word.",
        "tools": [],
        "name": None,
        "description": None,
        **others,
    }


def agent_conversation(number: int = 1, **others: Any) -> Body:
    return {
        "object": "conversation",
        "id": f"conv_{number:032x}",
        "created_at": TIME,
        "updated_at": TIME,
        "agent_id": "ag_019f0000000000000000000000000003",
        "name": None,
        "description": None,
        **others,
    }


def started(conversation_id: str = CONVERSATION_ID) -> Body:
    return {
        "type": "conversation.response.started",
        "created_at": TIME,
        "conversation_id": conversation_id,
    }


def delta(content: Any, **others: Any) -> Body:
    return {
        "type": "message.output.delta",
        "created_at": TIME,
        "output_index": 0,
        "id": MESSAGE_ID,
        "content_index": 0,
        "model": "mistral-small-latest",
        "role": "assistant",
        "content": content,
        **others,
    }


def done(**usage: int) -> Body:
    counts = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10, **usage}
    return {
        "type": "conversation.response.done",
        "created_at": TIME,
        "usage": counts,
    }


def text_stream(*texts: str) -> list[Body]:
    """Return the events of an answer with one message."""
    return [started(), *map(delta, texts), done()]


def message_input(content: Any = "What colour is the sky?", **others: Any) -> Body:
    return {
        "object": "entry",
        "type": "message.input",
        "created_at": TIME,
        "completed_at": None,
        "id": "msg_019f0000000000000000000000000004",
        "role": "user",
        "content": content,
        "prefix": False,
        **others,
    }


def tool_execution(**others: Any) -> Body:
    return {
        "object": "entry",
        "type": "tool.execution",
        "created_at": TIME,
        "completed_at": LATER,
        "model": "mistral-small-latest",
        "id": "tool_exec_019f0000000000000000000000000005",
        "name": "code_interpreter",
        "arguments": '{"code": "6 * 7"}',
        "function": "code_interpreter",
        "info": {"code": "6 * 7", "code_output": "42\n"},
        **others,
    }


def function_call(**others: Any) -> Body:
    return {
        "object": "entry",
        "type": "function.call",
        "created_at": TIME,
        "completed_at": None,
        "model": "mistral-small-latest",
        "id": "fc_019f0000000000000000000000000006",
        "tool_call_id": "Ab3dEf6hI",
        "name": "weather",
        "arguments": '{"city": "Oslo"}',
        **others,
    }


def function_result(**others: Any) -> Body:
    return {
        "object": "entry",
        "type": "function.result",
        "created_at": TIME,
        "completed_at": LATER,
        "id": "fr_019f0000000000000000000000000007",
        "tool_call_id": "Ab3dEf6hI",
        "result": '{"sky": "grey"}',
        **others,
    }


def handoff(**others: Any) -> Body:
    return {
        "object": "entry",
        "type": "agent.handoff",
        "created_at": TIME,
        "completed_at": LATER,
        "id": "handoff_019f0000000000000000000000000008",
        "previous_agent_id": "ag_019f0000000000000000000000000003",
        "previous_agent_name": "front desk",
        "next_agent_id": "ag_019f0000000000000000000000000009",
        "next_agent_name": "weather desk",
        **others,
    }


def text_chunk(text: str = "Blue.") -> Body:
    return {"type": "text", "text": text}


def thinking(*texts: str, **others: Any) -> Body:
    thoughts = [text_chunk(text) for text in texts]
    return {"type": "thinking", "thinking": thoughts, "closed": True, **others}


def reference(title: str = "Skies of the world", **others: Any) -> Body:
    return {
        "type": "tool_reference",
        "tool": "web_search",
        "title": title,
        "url": "https://skies.example/blue",
        "source": "brave",
        "favicon": None,
        "description": "All about skies.",
        **others,
    }


def tool_file(**others: Any) -> Body:
    return {
        "type": "tool_file",
        "tool": "image_generation",
        "file_id": "2f0c7a3e-0000-4000-8000-00000000000a",
        "file_name": "sky_0",
        "file_type": "png",
        **others,
    }


def history(*entries: Mapping[str, Any]) -> Body:
    return {
        "object": "conversation.history",
        "conversation_id": CONVERSATION_ID,
        "entries": list(entries or (message_input(), message())),
    }


def messages(*entries: Mapping[str, Any]) -> Body:
    return {
        "object": "conversation.messages",
        "conversation_id": CONVERSATION_ID,
        "messages": list(entries or (message_input(), message())),
    }


def error_event(message: str = "The model went away", code: Any = 3000) -> Body:
    return {
        "type": "conversation.response.error",
        "created_at": TIME,
        "message": message,
        "code": code,
    }


def tool_started(**others: Any) -> Body:
    return _tool_event("started", model="mistral-small-latest", arguments="", **others)


def tool_delta(arguments: str, **others: Any) -> Body:
    return _tool_event("delta", arguments=arguments, **others)


def tool_done(**others: Any) -> Body:
    info = {"code": "6 * 7", "code_output": "42\n"}
    return _tool_event("done", created_at=LATER, info=info, **others)


def _tool_event(kind: str, **others: Any) -> Body:
    return {
        "type": f"tool.execution.{kind}",
        "created_at": TIME,
        "output_index": 0,
        "id": "tool_exec_019f0000000000000000000000000005",
        "name": "code_interpreter",
        "function": "code_interpreter",
        **others,
    }


def call_delta(arguments: str, **others: Any) -> Body:
    return {
        "type": "function.call.delta",
        "created_at": TIME,
        "output_index": 0,
        "id": "fc_019f0000000000000000000000000006",
        "model": "mistral-small-latest",
        "name": "weather",
        "tool_call_id": "Ab3dEf6hI",
        "arguments": arguments,
        **others,
    }


def handoff_started(**others: Any) -> Body:
    return {
        "type": "agent.handoff.started",
        "created_at": TIME,
        "output_index": 0,
        "id": "handoff_019f0000000000000000000000000008",
        "previous_agent_id": "ag_019f0000000000000000000000000003",
        "previous_agent_name": "front desk",
        **others,
    }


def handoff_done(**others: Any) -> Body:
    return {
        "type": "agent.handoff.done",
        "created_at": LATER,
        "output_index": 0,
        "id": "handoff_019f0000000000000000000000000008",
        "next_agent_id": "ag_019f0000000000000000000000000009",
        "next_agent_name": "weather desk",
        **others,
    }


def without(body: Mapping[str, Any], *keys: str) -> Body:
    return {key: value for key, value in body.items() if key not in keys}
