"""What became of a call, as its caller knows it."""

import traceback
from typing import Any, Literal, TypeAlias

import attrs

from mistral_conversations import (
    MistralConversationsError,
    RecoveryError,
    StreamError,
)

from .plans import RESENDS, Plan

__all__ = ["Answer", "Ended", "LeftError", "Outcome", "ProblemError"]

Ended: TypeAlias = Literal["answered", "failed", "cancelled", "left", "hung"]


@attrs.frozen(kw_only=True)
class Answer:
    """What a call has returned, in plain types."""

    conversation_id: str | None = None
    entries: list[dict[str, Any]] | None = None
    """The new entries of the conversation."""

    text: str | None = None
    recovered: bool = False
    file_id: str | None = None
    sha256: str | None = None


class LeftError(Exception):
    """Raised by a call whose caller has left its answer early, as it planned.

    Args:
        answer: what the caller has read.
    """

    def __init__(self, answer: Answer | None = None) -> None:
        super().__init__()
        self.answer = answer or Answer()


class ProblemError(Exception):
    """Raised by a call that has noticed a fault of the library."""


@attrs.define(kw_only=True)
class Outcome:
    """How a call ended."""

    call: str
    """The name of the call: its marker, and its number among those with that."""

    marker: str
    kind: str
    asked: str
    plan: str
    leaving: str
    resumes: bool = False
    """Whether it continues a run that broke."""

    resends: bool
    recovers: bool
    stores: bool
    limit: float | None
    """The seconds that the call may take in all; None for no limit."""

    ended: Ended = "hung"
    error: str = ""
    """The class of the error, and its text."""

    cause: str = ""
    """The class of the error that lost the answer, if that was not recovered."""

    told: bool = False
    """Whether the caller was told that the service may have processed the call."""

    attempts: int = 0
    """The requests that the failed call has sent."""

    turns: int = 0
    """The answers that a run had received before it failed."""

    conversation_id: str | None = None
    entries: list[dict[str, Any]] | None = None
    text: str | None = None
    """The text of the answer; of a stream that broke, its beginning."""

    recovered: bool = False
    file_id: str | None = None
    sha256: str | None = None
    seconds: float = 0.0
    problems: list[str] = attrs.field(factory=list)
    """What the caller itself found wrong."""

    @classmethod
    def of(cls, plan: Plan, attempt: int) -> "Outcome":
        """Return that of a call that begins."""
        return cls(
            call=f"{plan.marker}~{attempt}",
            marker=plan.marker,
            kind=plan.kind,
            asked=str(plan.asked),
            plan=str(plan),
            leaving=plan.leaving,
            resends=plan.retries == RESENDS,
            recovers=plan.recovers,
            stores=plan.stores,
            limit=plan.limit,
        )

    def answered(self, answer: Answer) -> None:
        """Note an answer."""
        self.ended = "answered"
        self._take(answer)

    def left(self, answer: Answer) -> None:
        """Note what was read before the caller left."""
        self.ended = "left"
        self._take(answer)

    def _take(self, answer: Answer) -> None:
        for field in attrs.fields(Answer):
            setattr(self, field.name, getattr(answer, field.name))

    def failed(self, error: BaseException) -> None:
        """Note an error."""
        self.ended = "failed"
        self.error = f"{type(error).__name__}: {error}"[:500]
        if isinstance(error, MistralConversationsError):
            self._take_error(error)
        else:
            lines = traceback.format_exception(error)
            self.problems.append("".join(lines)[-4000:])

    def _take_error(self, error: MistralConversationsError) -> None:
        self.told = error.may_have_been_processed
        self.attempts = error.attempts
        self.turns = error.result.turns if error.result is not None else 0
        if isinstance(error, RecoveryError):
            self.cause = type(error.error).__name__
        if isinstance(error, StreamError | RecoveryError):
            self.conversation_id = error.conversation_id
        if isinstance(error, StreamError):
            partial = error.partial
            self.text = None if partial is None else partial.text

    def cancelled(self) -> None:
        """Note that the call was cancelled."""
        self.ended = "cancelled"

    def hung(self, stack: str) -> None:
        """Note that the call did not end, and where it waits."""
        self.problems.append(f"it did not end; it waits here:\n{stack}")

    @property
    def may_be_sent_again(self) -> bool:
        """Whether a program would send it again, as nothing was processed."""
        is_failed = self.ended == "failed" and not self.problems
        return is_failed and not self.told and not self.turns
