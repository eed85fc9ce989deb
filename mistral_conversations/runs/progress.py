"""What a run has so far: its entries, calls, usage and turns."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.entries import FunctionCallEntry, InputEntries
from mistral_conversations.models.runs import RunCall, RunResult
from mistral_conversations.models.usage import ConversationUsageInfo

__all__ = ["Progress"]


@attrs.define
class Progress:
    """What a run has so far."""

    conversation_id: str | None = None
    response: ConversationResponse | None = None
    turns: int = 0
    entries: list[InputEntries] = attrs.field(factory=list)
    calls: list[RunCall] = attrs.field(factory=list)
    usage: ConversationUsageInfo = attrs.field(factory=ConversationUsageInfo)
    failures: dict[str, int] = attrs.field(factory=dict)
    """By function, the number of failures in a row."""

    corrections: int = 0
    """How many replies were sent back because they do not fit `output_type`."""

    def add_answer(self, response: ConversationResponse) -> None:
        """Add an answer of the model."""
        self.turns += 1
        self.response = response
        self.conversation_id = response.conversation_id
        self.entries.extend(response.outputs)
        self.usage = _sum(self.usage, response.usage)

    def add_calls(self, calls: Sequence[RunCall]) -> None:
        """Add calls with their results."""
        self.calls.extend(calls)
        for call in calls:
            failed = self.failures.get(call.name, 0) + 1
            self.failures[call.name] = 0 if call.error is None else failed

    def result(
        self, open_calls: Sequence[FunctionCallEntry] = (), output: Any = None
    ) -> RunResult:
        """Return what a run has so far as its result."""
        return RunResult(
            conversation_id=self.conversation_id,
            response=self.response,
            entries=tuple(self.entries),
            calls=tuple(self.calls),
            open_calls=tuple(open_calls),
            usage=self.usage,
            turns=self.turns,
            output=output,
        )


def _sum(a: ConversationUsageInfo, b: ConversationUsageInfo) -> ConversationUsageInfo:
    return ConversationUsageInfo(
        prompt_tokens=a.prompt_tokens + b.prompt_tokens,
        completion_tokens=a.completion_tokens + b.completion_tokens,
        total_tokens=a.total_tokens + b.total_tokens,
        connector_tokens=_sum_if_any(a.connector_tokens, b.connector_tokens),
        connectors=_merged(a.connectors, b.connectors),
    )


def _sum_if_any(a: int | None, b: int | None) -> int | None:
    return None if a is None and b is None else (a or 0) + (b or 0)


def _merged(
    a: Mapping[str, int] | None, b: Mapping[str, int] | None
) -> Mapping[str, int] | None:
    if a is None or b is None:
        return b if a is None else a
    return {name: a.get(name, 0) + b.get(name, 0) for name in {**a, **b}}
