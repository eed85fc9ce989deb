"""A conversation as plain text."""

from collections.abc import Iterator, Sequence
from typing import Any

from mistral_conversations import (
    AgentHandoffEntry,
    ConversationHistory,
    FunctionCallEntry,
    FunctionResultEntry,
    InputEntries,
    ToolExecutionEntry,
)
from mistral_conversations._text import laid_out
from mistral_conversations.cli.wording import time
from mistral_conversations.display.wording import boxed, content_text
from mistral_conversations.models.model import Unknown

__all__ = ["body", "heading", "transcript"]


def transcript(history: ConversationHistory) -> Iterator[str]:
    """Yield the lines of all entries, each with a heading and a blank line above it."""
    yield f"conversation {history.conversation_id}"
    for entry in history.entries:
        yield ""
        yield f"[{heading(entry)}]"
        yield from body(entry)


def heading(entry: InputEntries) -> str:
    """Return the kind of an entry, what it names, and its time."""
    if isinstance(entry, Unknown):
        return entry.type or "unknown"
    parts = (*_label(entry), time(entry.created_at))
    return " · ".join(part for part in parts if part)


def _label(entry: Any) -> Sequence[str]:
    match entry:
        case FunctionCallEntry():
            status = entry.confirmation_status or ""
            return "function call", entry.name, entry.tool_call_id, status
        case FunctionResultEntry():
            return "function result", entry.tool_call_id
        case ToolExecutionEntry():
            return "tool", entry.name
        case AgentHandoffEntry():
            return ("handoff",)
    agent = getattr(entry, "agent_id", None) or getattr(entry, "model", None)
    return entry.role, agent or ""


def body(entry: Any) -> Iterator[str]:
    """Yield the lines of an entry without its heading."""
    match entry:
        case Unknown():
            yield from boxed(laid_out(entry.raw))
        case FunctionCallEntry():
            yield from boxed(laid_out(entry.arguments))
        case FunctionResultEntry():
            yield from boxed(laid_out(entry.result))
        case ToolExecutionEntry():
            given = {"arguments": entry.arguments} if entry.arguments else {}
            for key, value in {**given, **(entry.info or {})}.items():
                yield f"{key}:"
                yield from boxed(laid_out(value))
        case AgentHandoffEntry():
            yield f"{entry.previous_agent_name} -> {entry.next_agent_name}"
        case _:
            yield content_text(entry.content).rstrip("\n")
