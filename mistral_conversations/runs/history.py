"""The open calls of a conversation, read from its history."""

from collections.abc import Iterable

from mistral_conversations.models.entries import (
    FunctionCallEntry,
    FunctionResultEntry,
    InputEntries,
)
from mistral_conversations.runs.plan import RunPlan
from mistral_conversations.runs.requests import Operations

__all__ = ["read_history", "unanswered"]


async def read_history(
    plan: RunPlan, operations: Operations
) -> tuple[InputEntries, ...]:
    """Return the entries that a run continues: until the entry of a restart."""
    call = {name: plan.call[name] for name in ("timeout", "retries", "headers")}
    history = await operations.get_history(plan.conversation_id or "", **call)
    ids = [entry_id(entry) for entry in history.entries]
    if plan.from_entry_id not in ids:
        return history.entries
    return history.entries[: ids.index(plan.from_entry_id) + 1]


def entry_id(entry: InputEntries) -> str | None:
    """Return the id of an entry, known or unknown."""
    return getattr(entry, "id", None)


def unanswered(entries: Iterable[InputEntries]) -> tuple[FunctionCallEntry, ...]:
    """Return the calls without a result; those allowed or denied need none."""
    found = tuple(entries)
    answered = {e.tool_call_id for e in found if isinstance(e, FunctionResultEntry)}
    return tuple(
        entry
        for entry in found
        if isinstance(entry, FunctionCallEntry)
        and entry.tool_call_id not in answered
        and entry.confirmation_status in {None, "pending"}
    )
