"""The entries of an answer, a history or a run, with its metadata below them."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from mistral_conversations._markup import SMALL, Html, element, facts, joined
from mistral_conversations.html.entries import entry
from mistral_conversations.html.pieces import folded
from mistral_conversations.models.conversations import (
    ConversationHistory,
    ConversationMessages,
    ConversationResponse,
)
from mistral_conversations.models.entries import FunctionResultEntry, InputEntries
from mistral_conversations.models.runs import RunCall, RunResult
from mistral_conversations.models.usage import ConversationUsageInfo

__all__ = ["Transcribed", "run", "transcript"]

Transcribed: TypeAlias = (
    ConversationResponse | ConversationHistory | ConversationMessages
)


def transcript(answer: Transcribed) -> Html:
    """Show the entries of an answer, with its metadata below them."""
    metadata: tuple[Html, ...] = ()
    entries: Sequence[InputEntries]
    match answer:
        case ConversationResponse():
            metadata = _usage(answer.usage), folded("guardrails", answer.guardrails)
            entries = answer.outputs
        case ConversationHistory():
            entries = answer.entries
        case ConversationMessages():
            entries = answer.messages
    shown = joined(map(entry, entries)) or element("div", "no entries")
    foot = element("div", facts(answer.conversation_id, *metadata), style=SMALL)
    return element("div", shown, foot, folded("more", answer.extra))


def run(result: RunResult) -> Html:
    """Show the entries of a run, the time of each call, and the sum of all answers."""
    entries: Sequence[InputEntries] = result.entries
    if not entries and result.response is not None:  # what the history ended with
        entries = result.response.outputs
    calls = {call.tool_call_id: call for call in result.calls}
    shown = joined(entry(each, *_record(each, calls)) for each in entries)
    left = len(result.open_calls)
    about = facts(
        result.conversation_id,
        _counted(result.turns, "turn"),
        _counted(len(result.calls), "call"),
        _counted(left, "open call") if left else None,
        _usage(result.usage),
    )
    foot = element("div", about, style=SMALL)
    return element("div", shown or element("div", "no entries"), foot)


def _record(item: InputEntries, calls: Mapping[str, RunCall]) -> tuple[str, ...]:
    """Return what a run knows about the call that an entry answers."""
    if not isinstance(item, FunctionResultEntry) or item.tool_call_id not in calls:
        return ()
    call = calls[item.tool_call_id]
    failed = "" if call.error is None else "failed"
    return call.name, failed, f"{call.seconds:.2f} s"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _usage(usage: ConversationUsageInfo) -> Html:
    if usage == ConversationUsageInfo():  # unknown: the answer is not complete
        return Html()
    ran = (f"{name} {count}" for name, count in (usage.connectors or {}).items())
    spent = f"{usage.prompt_tokens} + {usage.completion_tokens} tokens"
    return facts(f"{spent}, {usage.total_tokens} in total", *ran)
