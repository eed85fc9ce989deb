"""What a run has so far: its entries, calls, usage and turns."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Self

import attrs

from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.entries import FunctionCallEntry, InputEntries
from mistral_conversations.models.runs import RunCall, RunResult
from mistral_conversations.models.usage import ConversationUsageInfo

__all__ = ["Progress", "added"]


@attrs.define
class Progress:
    """What a run has so far."""

    conversation_id: str | None = None
    response: ConversationResponse | None = None
    turns: int = 0
    entries: list[InputEntries] = attrs.field(factory=list)
    calls: list[RunCall] = attrs.field(factory=list)
    """The calls of earlier turns: the service has their results."""

    executed: dict[str, RunCall] = attrs.field(factory=dict)
    """The calls of the turn in progress that have a result, by id."""

    usage: ConversationUsageInfo = attrs.field(factory=ConversationUsageInfo)
    failures: dict[str, int] = attrs.field(factory=dict)
    """By function, the number of turns in a row in which all its calls failed."""

    has_confirmed: bool = False
    """Whether a call of the service was allowed or denied."""

    corrections: int = 0
    """How many replies were sent back because they do not fit `output_type`."""

    def copy(self) -> Self:
        """Return a copy that changes on its own."""
        return attrs.evolve(
            self,
            entries=list(self.entries),
            calls=list(self.calls),
            executed=dict(self.executed),
            failures=dict(self.failures),
        )

    def add_answer(
        self, response: ConversationResponse, sent: Sequence[InputEntries]
    ) -> None:
        """Add an answer of the model.

        Args:
            response: the answer.
            sent: the run's own entries that it answers.
        """
        self.turns += 1
        self.response = response
        self.conversation_id = response.conversation_id
        self.entries += [*sent, *response.outputs]
        self.usage = self.usage_with(response.usage)
        self.calls += self.executed.values()
        self.executed = {}

    def usage_with(self, more: ConversationUsageInfo | None) -> ConversationUsageInfo:
        """Return the tokens so far and those of one more answer."""
        return self.usage if more is None else added(self.usage, more)

    def add_calls(self, calls: Sequence[RunCall], rejected: Collection[str]) -> None:
        """Add all calls of a turn with their results.

        The model reads the failures of a turn together, so they count as one.

        Args:
            calls: the calls.
            rejected: the ids of those that were not allowed to run.
        """
        self.executed = {call.tool_call_id: call for call in calls}
        succeeded = {call.name for call in calls if call.error is None}
        failed = {
            call.name
            for call in calls
            if call.error is not None and call.tool_call_id not in rejected
        }
        for name in succeeded:
            self.failures.pop(name, None)
        for name in failed - succeeded:
            self.failures[name] = self.failures.get(name, 0) + 1

    @property
    def has_answered(self) -> bool:
        """Whether the run has answered any call, or allowed or denied one."""
        return bool(self.calls or self.executed) or self.has_confirmed

    def result(
        self, open_calls: Sequence[FunctionCallEntry] = (), output: Any = None
    ) -> RunResult:
        """Return what a run has so far as its result."""
        ids = {call.tool_call_id: place for place, call in enumerate(open_calls)}
        executed = sorted(
            self.executed.values(), key=lambda call: ids.get(call.tool_call_id, 0)
        )
        return RunResult(
            conversation_id=self.conversation_id,
            response=self.response,
            entries=tuple(self.entries),
            calls=(*self.calls, *executed),
            open_calls=tuple(open_calls),
            usage=self.usage,
            turns=self.turns,
            output=output,
        )


def added(a: ConversationUsageInfo, b: ConversationUsageInfo) -> ConversationUsageInfo:
    """Return the sum of two usages."""
    return ConversationUsageInfo(
        prompt_tokens=a.prompt_tokens + b.prompt_tokens,
        completion_tokens=a.completion_tokens + b.completion_tokens,
        total_tokens=a.total_tokens + b.total_tokens,
        connector_tokens=_added_if_any(a.connector_tokens, b.connector_tokens),
        connectors=_merged(a.connectors, b.connectors),
    )


def _added_if_any(a: int | None, b: int | None) -> int | None:
    return None if a is None and b is None else (a or 0) + (b or 0)


def _merged(
    a: Mapping[str, int] | None, b: Mapping[str, int] | None
) -> Mapping[str, int] | None:
    if a is None or b is None:
        return b if a is None else a
    return {name: a.get(name, 0) + b.get(name, 0) for name in {**a, **b}}
