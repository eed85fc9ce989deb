"""The function calls of an answer, and why a run cannot answer them."""

from collections.abc import Iterable, Sequence

from mistral_conversations.models.entries import (
    FunctionCallEntry,
    InputEntries,
    UnknownEntry,
)

__all__ = ["calls_of", "is_decided", "unanswerable"]

_CALLS = ("function.call", "function.call.delta")
"""Calls that do not fit their schema, in an answer and in a stream."""

_STATUSES = (None, "pending", "allowed", "denied")


def calls_of(entries: Iterable[InputEntries]) -> tuple[FunctionCallEntry, ...]:
    """Return the calls among entries that need an answer, each id once.

    One result answers all calls of an id. The service itself answers those that were
    allowed or denied.
    """
    calls = [each for each in entries if isinstance(each, FunctionCallEntry)]
    by_id = {call.tool_call_id: call for call in calls}
    return tuple([call for call in by_id.values() if not is_decided(call)])


def is_decided(call: FunctionCallEntry) -> bool:
    """Return whether a call of the service was allowed or denied."""
    return call.confirmation_status not in {None, "pending"}


def unanswerable(entries: Sequence[InputEntries]) -> str | None:
    """Return why calls among the entries cannot be answered; None if they can."""
    by_id: dict[str, FunctionCallEntry] = {}
    for entry in entries:
        if not isinstance(entry, FunctionCallEntry):
            if _is_unreadable(entry):
                return "a function call that does not fit its schema"
        elif not entry.tool_call_id:
            return "a function call with an empty tool_call_id"
        elif entry.confirmation_status not in _STATUSES:
            status = entry.confirmation_status
            return f"a function call with the unknown confirmation_status {status!r}"
        else:
            same = by_id.setdefault(entry.tool_call_id, entry)
            if (same.name, same.arguments) != (entry.name, entry.arguments):
                return f"different function calls with the id {entry.tool_call_id!r}"
    return None


def _is_unreadable(entry: InputEntries) -> bool:
    return isinstance(entry, UnknownEntry) and entry.type in _CALLS
