"""What a run continues: a history, and its last answer."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import attrs

from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.entries import (
    FunctionResultEntry,
    InputEntries,
    OutputEntries,
)
from mistral_conversations.runs.exchange.requests import Operations, listed
from mistral_conversations.runs.plan import RunPlan

__all__ = [
    "LastAnswer",
    "given_results",
    "last_answer",
    "read_history",
]

_INPUTS = frozenset({"message.input", "function.result"})
_UNFINISHED = frozenset({"function.call", "tool.execution"})


async def read_history(
    plan: RunPlan, operations: Operations
) -> Sequence[InputEntries] | None:
    """Return the entries that a run continues; a restart copies those until its entry.

    Returns:
        None if the history lacks the entry of a restart.
    """
    call = {name: plan.call[name] for name in ("timeout", "retries", "headers")}
    history = await operations.get_history(plan.conversation_id or "", **call)
    if plan.from_entry_id is None:
        return history.entries
    ids = [getattr(entry, "id", None) for entry in history.entries]
    if plan.from_entry_id not in ids:
        return None
    return history.entries[: ids.index(plan.from_entry_id) + 1]


def given_results(inputs: Any) -> frozenset[str]:
    """Return the ids of the calls that the caller's own inputs answer."""
    return frozenset(filter(None, map(_answered_call, listed(inputs))))


def _answered_call(item: Any) -> str | None:
    if isinstance(item, FunctionResultEntry):
        return item.tool_call_id
    is_result = isinstance(item, Mapping) and "result" in item
    id = item.get("tool_call_id") if is_result else None
    return id if isinstance(id, str) else None


@attrs.frozen
class LastAnswer:
    """The answer with which a history ends."""

    response: ConversationResponse
    """Its usage is unknown, and reads as zeros."""

    is_complete: bool
    """Whether it ends as an answer does, so that nothing is left to ask for."""


def last_answer(
    conversation_id: str, entries: Sequence[InputEntries]
) -> LastAnswer | None:
    """Return the answer with which a history ends; None if it ends with an input."""
    begin = len(entries)
    while begin and entries[begin - 1].type not in _INPUTS:
        begin -= 1
    outputs = cast("Sequence[OutputEntries]", entries[begin:])
    if not outputs:
        return None
    response = ConversationResponse(
        conversation_id=conversation_id, outputs=tuple(outputs)
    )
    return LastAnswer(response, outputs[-1].type not in _UNFINISHED)
