"""What a run continues: the open calls of a history, and its last answer."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, cast

import attrs

from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.entries import (
    FunctionCallEntry,
    FunctionResultEntry,
    InputEntries,
    OutputEntries,
    UnknownEntry,
)
from mistral_conversations.runs.calls.answers import is_decided
from mistral_conversations.runs.exchange.requests import Operations, listed
from mistral_conversations.runs.plan import RunPlan

__all__ = [
    "LastAnswer",
    "given_results",
    "last_answer",
    "read_history",
    "unanswered",
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
        elif entry.type == "function.call" and not _needs_no_result(entry):
            found.setdefault(_tool_call_id(entry), []).append(entry)
    return tuple(chain.from_iterable(v for k, v in found.items() if k not in given))


def given_results(inputs: Any) -> frozenset[str]:
    """Return the ids of the calls that the caller's own inputs answer."""
    return frozenset(filter(None, map(_answered_call, listed(inputs))))


def _answered_call(item: Any) -> str | None:
    if isinstance(item, FunctionResultEntry):
        return item.tool_call_id
    is_result = isinstance(item, Mapping) and "result" in item
    id = item.get("tool_call_id") if is_result else None
    return id if isinstance(id, str) else None


def _tool_call_id(entry: InputEntries) -> str | None:
    """Return the id of a call or a result, which may not fit its schema."""
    if isinstance(entry, UnknownEntry):
        id = entry.raw.get("tool_call_id") if isinstance(entry.raw, Mapping) else None
        return id if isinstance(id, str) else None
    return getattr(entry, "tool_call_id", None)


def _needs_no_result(entry: InputEntries) -> bool:
    return isinstance(entry, FunctionCallEntry) and is_decided(entry)


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
