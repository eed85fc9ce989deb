"""The decisions about a call: it is approved, rejected, or answered."""

from typing import TypeAlias

import attrs

from mistral_conversations.runs.functions.results import Answer

__all__ = ["Answered", "Approved", "Decision", "Rejected"]


@attrs.frozen
class Approved:
    """The call may run."""

    arguments: str | None = None
    """JSON text that replaces the model's arguments; None keeps them."""

    always: bool = False
    """Whether further calls of the function may run without a decision."""


@attrs.frozen
class Rejected:
    """The call must not run; the model reads the reason."""

    reason: str


@attrs.frozen
class Answered:
    """The call has a result that was made elsewhere."""

    answer: Answer


Decision: TypeAlias = Approved | Rejected | Answered
