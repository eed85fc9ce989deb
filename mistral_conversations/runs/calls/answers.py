"""The function calls among entries, and why a run cannot answer them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain

from mistral_conversations.models.entries import (
    FunctionCallEntry,
    InputEntries,
    UnknownEntry,
)

__all__ = ["calls_of", "unanswerable", "unanswered"]

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
    return tuple([call for call in by_id.values() if not _is_decided(call)])


def unanswered(
    entries: Iterable[InputEntries], given: Collection[str] = ()
) -> tuple[InputEntries, ...]:
    """Return the calls that no result follows, unreadable ones included.

    A call that was allowed or denied needs no result.

    Args:
        entries: the entries of the history.
        given: the ids of calls whose results are about to be sent.
    """
    found: dict[str | None, list[InputEntries]] = {}
    for entry in entries:
        if entry.type == "function.result":
            found.pop(_tool_call_id(entry), None)
        elif entry.type == "function.call" and not _is_decided(entry):
            found.setdefault(_tool_call_id(entry), []).append(entry)
    return tuple(chain.from_iterable(v for k, v in found.items() if k not in given))


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


def _tool_call_id(entry: InputEntries) -> str | None:
    """Return the id of a call or a result, which may not fit its schema."""
    if isinstance(entry, UnknownEntry):
        id = entry.raw.get("tool_call_id") if isinstance(entry.raw, Mapping) else None
        return id if isinstance(id, str) else None
    return getattr(entry, "tool_call_id", None)


def _is_decided(entry: InputEntries) -> bool:
    """Return whether it is a call of the service that was allowed or denied."""
    status = entry.confirmation_status if isinstance(entry, FunctionCallEntry) else None
    return status not in {None, "pending"}
