"""The function calls of an answer, and why a run cannot answer them."""

from collections.abc import Iterable, Sequence

from mistral_conversations.models.entries import (
    FunctionCallEntry,
    InputEntries,
    UnknownEntry,
)

__all__ = ["calls_of", "unanswerable"]

_CALLS = ("function.call", "function.call.delta")
"""Calls that do not fit their schema, in an answer and in a stream."""


def calls_of(entries: Iterable[InputEntries]) -> tuple[FunctionCallEntry, ...]:
    """Return the calls among entries, each id once: one result answers all of them."""
    calls = (each for each in entries if isinstance(each, FunctionCallEntry))
    return tuple({call.tool_call_id: call for call in calls}.values())


def unanswerable(entries: Sequence[InputEntries]) -> str | None:
    """Return why calls among the entries cannot be answered; None if they can."""
    if any(map(_is_unreadable, entries)):
        return "a function call that does not fit its schema"
    calls = [each for each in entries if isinstance(each, FunctionCallEntry)]
    if any(not call.tool_call_id for call in calls):
        return "a function call with an empty tool_call_id"
    by_id = {call.tool_call_id: call for call in calls}
    for call in calls:
        other = by_id[call.tool_call_id]
        if (call.name, call.arguments) != (other.name, other.arguments):
            return f"different function calls with the id {call.tool_call_id!r}"
    return None


def _is_unreadable(entry: InputEntries) -> bool:
    return isinstance(entry, UnknownEntry) and entry.type in _CALLS
