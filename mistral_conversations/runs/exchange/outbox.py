"""What a run sends next: results, and the inputs that waited for them."""

from collections.abc import Sequence
from typing import Any, Self

import attrs

from mistral_conversations.models.conversations import ToolCallConfirmation
from mistral_conversations.models.entries import InputEntries, OutputEntries
from mistral_conversations.runs.exchange.requests import (
    Request,
    appended,
    first_request,
    listed,
    resent,
)
from mistral_conversations.runs.pausing.paused_run import PausedRun
from mistral_conversations.runs.plan import RunPlan

__all__ = ["Outbox"]


@attrs.frozen
class _Sent:
    """What the request underway adds to the conversation."""

    entries: Sequence[InputEntries] = ()
    """What the run adds on its own: results, and requests to correct a reply."""

    inputs: Sequence[Any] = ()
    """The entries, and the new inputs behind them."""

    confirmations: Sequence[ToolCallConfirmation] = ()


@attrs.define
class Outbox:
    """What a run sends next.

    `store=False` stores no answer, so that each request repeats all inputs, answers and
    confirmations since the first.
    """

    plan: RunPlan
    first: Request
    is_begun: bool = False
    """Whether the service has answered."""

    waiting: list[Any] = attrs.field(factory=list)
    """New inputs that wait until the open calls have their results."""

    repeated: list[Any] = attrs.field(factory=list)
    """What a request repeats; empty for a conversation that is stored."""

    confirmed: list[ToolCallConfirmation] = attrs.field(factory=list)
    """The confirmations that a request repeats."""

    _sent: _Sent = attrs.field(factory=_Sent, alias="sent")

    @classmethod
    def of(cls, plan: RunPlan) -> Self:
        """Return the outbox of a run that begins."""
        return cls(plan, first_request(plan), sent=_Sent(inputs=listed(plan.inputs)))

    @classmethod
    def resuming(cls, plan: RunPlan, paused: PausedRun) -> Self:
        """Return the outbox of a run that resumes."""
        return cls(
            plan,
            first_request(plan),
            is_begun=paused.is_begun,
            waiting=list(paused.inputs),
            repeated=list(paused.repeated),
            confirmed=list(paused.confirmed),
        )

    @property
    def is_unstored(self) -> bool:
        """Whether the service stores no answer."""
        return self.plan.settings["store"] is False

    @property
    def underway(self) -> Sequence[InputEntries]:
        """The run's own entries in the request underway."""
        return self._sent.entries

    def hold_inputs(self) -> None:
        """Hold the first inputs back until the open calls have their results."""
        self.waiting, self._sent = list(self._sent.inputs), _Sent()

    def receive(self, outputs: Sequence[OutputEntries]) -> Sequence[InputEntries]:
        """Note the answer to the request underway.

        Returns:
            The entries of the run's own that the request has added.
        """
        sent, self._sent = self._sent, _Sent()
        if self.is_unstored:
            self.repeated += [*sent.inputs, *outputs]
            self.confirmed += sent.confirmations
        self.is_begun = True
        self.waiting = []
        return sent.entries

    def next(
        self,
        conversation_id: str,
        entries: Sequence[InputEntries],
        confirmations: Sequence[ToolCallConfirmation] = (),
        *,
        forced: bool,
    ) -> Request:
        """Return the request with new entries, and the inputs that waited for them.

        Args:
            conversation_id: the conversation.
            entries: the new entries.
            confirmations: the decisions about the service's own tools.
            forced: whether a forced `tool_choice` remains in force.
        """
        new = [*entries, *self.waiting]
        self._sent = _Sent(entries, new, confirmations)
        inputs = [*self.repeated, *new]
        confirmed = [*self.confirmed, *confirmations]
        if self.is_unstored or not self.is_begun:
            return resent(self.first, inputs, confirmed, forced=forced)
        return appended(self.plan, conversation_id, inputs, confirmed, forced=forced)
