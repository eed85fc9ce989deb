"""What an entry of a history says of itself, whether or not its type is known."""

from datetime import UTC, datetime
from typing import Any

from mistral_conversations.models.entries import InputEntries
from mistral_conversations.models.model import Unknown

__all__ = [
    "created_at",
    "fact",
    "in_utc",
    "is_call",
    "is_handoff",
    "is_input",
    "is_tool",
    "text_fact",
]

_INPUTS = ("message.input", "function.result", ".input", ".result")
_TOOLS = "tool."


def fact(entry: InputEntries, name: str) -> Any:
    """Return a field of an entry, under its name in JSON; None if it has none."""
    if not isinstance(entry, Unknown):
        return getattr(entry, name, None)
    return entry.raw.get(name) if isinstance(entry.raw, dict) else None


def text_fact(entry: InputEntries, name: str) -> str | None:
    """Return a field that is a text; None if it is absent, empty or of another type."""
    value = fact(entry, name)
    return value if value and isinstance(value, str) else None


def is_input(entry: InputEntries) -> bool:
    """Return whether a caller wrote the entry: a message, or the result of a call.

    The answers of others may be among the inputs, too; those count as outputs.
    """
    kind = text_fact(entry, "type")
    if kind is None:
        return text_fact(entry, "role") == "user"
    return kind.endswith(_INPUTS)


def is_tool(entry: InputEntries) -> bool:
    """Return whether the entry is the work of a tool, after which a model continues."""
    return (text_fact(entry, "type") or "").startswith(_TOOLS)


def is_call(entry: InputEntries) -> bool:
    """Return whether the entry is a function call."""
    return text_fact(entry, "type") == "function.call"


def is_handoff(entry: InputEntries) -> bool:
    """Return whether the entry is a handoff to another agent."""
    return text_fact(entry, "type") == "agent.handoff"


def created_at(entry: InputEntries) -> datetime | None:
    """Return when the service created the entry; None if that is absent or unclear."""
    time = fact(entry, "created_at")
    if isinstance(time, str):
        try:
            time = datetime.fromisoformat(time)
        except ValueError:
            return None
    return in_utc(time) if isinstance(time, datetime) else None


def in_utc(time: datetime) -> datetime:
    """Return a time that others compare with; one without a zone is in UTC."""
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)
