"""The rows of a batch, their outcomes, and the progress of the batch."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
from attrs import frozen

from mistral_conversations._public import publish
from mistral_conversations.models.completion import CompletionArgs
from mistral_conversations.models.conversations import (
    ConversationResponse,
    HandoffExecution,
)
from mistral_conversations.models.guardrails import GuardrailConfig
from mistral_conversations.models.inputs import ConversationInputs
from mistral_conversations.models.runs import RunResult
from mistral_conversations.models.usage import ConversationUsageInfo

__all__ = ["BatchInput", "BatchProgress", "BatchRow"]


@frozen
class BatchInput:
    """One row of a batch: a conversation to start.

    Except for `custom_id`, the fields are the parameters of `start`. Those that are
    None are the batch's own.
    """

    custom_id: str | None = None
    """The name of the row, which no other row of the batch has; None is its position in
    the batch, from `"0"`."""

    inputs: ConversationInputs | None = attrs.field(default=None, hash=False)
    """Text, one entry, or a sequence of entries and texts."""

    model: str | None = attrs.field(default=None, kw_only=True)
    agent_id: str | None = attrs.field(default=None, kw_only=True)
    agent_version: str | int | None = attrs.field(default=None, kw_only=True)
    instructions: str | None = attrs.field(default=None, kw_only=True)
    tools: Sequence[Any] | None = attrs.field(default=None, kw_only=True, hash=False)
    """Tools of the service; in a batch of runs, functions too."""

    completion_args: CompletionArgs | Mapping[str, Any] | None = attrs.field(
        default=None, kw_only=True, hash=False
    )
    guardrails: Sequence[GuardrailConfig | Mapping[str, Any]] | None = attrs.field(
        default=None, kw_only=True, hash=False
    )
    name: str | None = attrs.field(default=None, kw_only=True)
    description: str | None = attrs.field(default=None, kw_only=True)
    metadata: Mapping[str, Any] | None = attrs.field(
        default=None, kw_only=True, hash=False
    )
    store: bool | None = attrs.field(default=None, kw_only=True)
    handoff_execution: HandoffExecution | None = attrs.field(default=None, kw_only=True)


@frozen(kw_only=True)
class BatchRow:
    """The outcome of one row: an answer, the result of a run, or an error."""

    custom_id: str
    index: int
    """The position of the row in the batch, from 0."""

    response: ConversationResponse | None = None
    """The answer; in a batch of runs, the last one."""

    result: RunResult | None = None
    """The result of the run; None in a batch without runs."""

    error: Exception | None = attrs.field(default=None, eq=False)
    """Why the row has no answer; None if it has one."""

    attempts: int = 0
    """The attempts that the last request of the row took; 0 if none was made."""

    seconds: float = 0.0
    """How long the row took, the wait for its turn at the service included."""

    resumed: bool = False
    """Whether the row comes from the results file of an earlier batch."""

    @property
    def ok(self) -> bool:
        """Whether the row has an answer."""
        return self.error is None

    @property
    def uncertain(self) -> bool:
        """Whether the service may have answered a row whose answer is not known.

        The row was sent, and no answer came. Asking again may cost its tokens twice.
        """
        return getattr(self.error, "may_have_been_processed", False)

    @property
    def text(self) -> str:
        """The text of the answer, without thinking; empty without an answer."""
        return "" if self.response is None else self.response.text

    @property
    def output(self) -> Any:
        """The object of `output_type`; None without one."""
        return None if self.result is None else self.result.output

    @property
    def usage(self) -> ConversationUsageInfo:
        """The tokens of the row; zeros without an answer."""
        if self.result is not None:
            return self.result.usage
        if self.response is not None:
            return self.response.usage
        return ConversationUsageInfo()


@frozen(kw_only=True)
class BatchProgress:
    """How far a batch is."""

    done: int = 0
    """The rows that have ended, whatever came of them."""

    failed: int = 0
    """Those of them that have an error, the uncertain ones included."""

    uncertain: int = 0
    """Those that the service may have answered."""

    resumed: int = 0
    """Those that come from the results file of an earlier batch."""

    under_way: int = 0
    """The rows that have begun and not ended."""

    total: int | None = None
    """All rows; None if the length of the requests is unknown."""

    usage: ConversationUsageInfo = attrs.field(factory=ConversationUsageInfo)
    """The tokens of the rows that were asked in this batch."""

    seconds: float = 0.0
    """The time since the batch began."""


publish(globals(), *__all__)
