"""The results and confirmations that answer the calls of a turn."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from mistral_conversations.models.conversations import ToolCallConfirmation
from mistral_conversations.models.entries import FunctionCallEntry, FunctionResultEntry
from mistral_conversations.models.runs import RunCall
from mistral_conversations.runs.calls.decisions import Approved
from mistral_conversations.runs.calls.open_call import OpenCall

__all__ = ["Replies", "confirmations_of", "rejections", "replies"]

Replies: TypeAlias = tuple[list[FunctionResultEntry], list[ToolCallConfirmation]]


def replies(calls: Iterable[OpenCall], executed: Mapping[str, RunCall]) -> Replies:
    """Return what answers the calls of a turn, in one append.

    Args:
        calls: the calls, decided.
        executed: those that have a result, by id; the service runs the others.
    """
    found = tuple(calls)
    results = [
        _result(call.tool_call_id, executed[call.tool_call_id].result)
        for call in found
        if call.tool_call_id in executed
    ]
    return results, confirmations_of(found)


def confirmations_of(calls: Iterable[OpenCall]) -> list[ToolCallConfirmation]:
    """Return the decisions about the calls that the service runs."""
    return [
        _confirmation(call.tool_call_id, is_allowed=isinstance(call.decision, Approved))
        for call in calls
        if call.is_of_service
    ]


def rejections(
    calls: Iterable[FunctionCallEntry], executed: Mapping[str, RunCall], reason: str
) -> Replies:
    """Return what rejects open calls; one that was executed gets its result."""
    results: list[FunctionResultEntry] = []
    confirmations: list[ToolCallConfirmation] = []
    for call in calls:
        id = call.tool_call_id
        if call.confirmation_status == "pending":
            confirmations.append(_confirmation(id, is_allowed=False))
        else:
            done = executed.get(id)
            results.append(_result(id, reason if done is None else done.result))
    return results, confirmations


def _result(tool_call_id: str, result: str) -> FunctionResultEntry:
    return FunctionResultEntry(tool_call_id=tool_call_id, result=result)


def _confirmation(tool_call_id: str, *, is_allowed: bool) -> ToolCallConfirmation:
    return ToolCallConfirmation(
        tool_call_id=tool_call_id, confirmation="allow" if is_allowed else "deny"
    )
