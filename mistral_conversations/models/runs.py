"""What a run has done: its calls, its events, its result."""

import pickle
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import attrs
from attrs import frozen

from mistral_conversations._public import publish
from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.entries import (
    AgentHandoffEntry,
    FunctionCallEntry,
    InputEntries,
)
from mistral_conversations.models.event import Event
from mistral_conversations.models.events import ConversationEvents
from mistral_conversations.models.usage import ConversationUsageInfo

__all__ = [
    "FunctionFinished",
    "FunctionStarted",
    "RunCall",
    "RunEvents",
    "RunResult",
    "TurnFinished",
    "TurnStarted",
    "handoff_of",
]


@frozen(kw_only=True)
class RunCall:
    """A function call that a run has answered."""

    tool_call_id: str
    name: str
    arguments: Mapping[str, Any] | str = attrs.field(hash=False)
    """The converted arguments by name; the model's text if they could not be read."""

    turn: int
    """The turn that called, from 1; 0 for a call found in the history."""

    value: Any = attrs.field(default=None, hash=False)
    """What the function returned, unchanged; None if it failed."""

    metadata: Any = attrs.field(default=None, hash=False)
    """The `metadata` of a `ToolResult`, which the model does not see."""

    result: str
    """The text that was sent to the model."""

    error: str | None = None
    """Why the call failed, as the model reads it; None if it succeeded."""

    seconds: float = 0.0
    """How long the function ran; 0 if it was not called."""

    def picklable(self) -> "RunCall":
        """Return the call with text instead of each object that cannot be pickled."""
        changed: dict[str, Any] = {}
        if not _pickles(self.arguments):
            changed["arguments"] = repr(self.arguments)
        if not _pickles(self.value):
            changed["value"] = self.result
        if not _pickles(self.metadata):
            changed["metadata"] = repr(self.metadata)
        return attrs.evolve(self, **changed)


@frozen(kw_only=True)
class TurnStarted(Event):
    """The service has accepted a request; the events of its answer follow."""

    type: Literal["run.turn.started"] = "run.turn.started"
    turn: int
    """The number of the turn, from 1."""


@frozen(kw_only=True)
class FunctionStarted(Event):
    """A function starts."""

    type: Literal["run.function.started"] = "run.function.started"
    turn: int
    tool_call_id: str
    name: str
    arguments: Mapping[str, Any] = attrs.field(hash=False)


@frozen(kw_only=True)
class FunctionFinished(Event):
    """A call has its result: its function has ended, or could not be called."""

    type: Literal["run.function.finished"] = "run.function.finished"
    turn: int
    call: RunCall


@frozen(kw_only=True)
class TurnFinished(Event):
    """A turn has ended: its answer is complete, and its functions have ended."""

    type: Literal["run.turn.finished"] = "run.turn.finished"
    turn: int
    response: ConversationResponse


RunEvents: TypeAlias = (
    ConversationEvents | TurnStarted | FunctionStarted | FunctionFinished | TurnFinished
)


@frozen(kw_only=True)
class RunResult:
    """What a run has done, until its end or so far."""

    conversation_id: str | None
    """The conversation, after a restart the new one; None before the first answer."""

    response: ConversationResponse | None
    """The last answer; None before the first one."""

    entries: tuple[InputEntries, ...] = ()
    """All new entries in their order: messages, function calls and their results, tool
    executions, handoffs. The inputs of the run are not among them."""

    calls: tuple[RunCall, ...] = ()
    """The function calls that the run has answered."""

    open_calls: tuple[FunctionCallEntry, ...] = ()
    """The calls without an answer, which remain after `stop()` and after an error.
    `run(conversation_id=...)` without inputs answers them."""

    usage: ConversationUsageInfo = attrs.field(factory=ConversationUsageInfo)
    """The tokens of all answers, added up."""

    turns: int = 0
    """The number of answers."""

    output: Any = attrs.field(default=None, hash=False)
    """The object of `output_type`; None without that, and before the end."""

    @property
    def text(self) -> str:
        """The text of the last answer, without thinking."""
        return "" if self.response is None else self.response.text

    @property
    def handoff(self) -> AgentHandoffEntry | None:
        """The handoff with which the last answer ends; None if it ends otherwise.

        With `handoff_execution="client"`, it is for the caller to carry out.
        """
        return None if self.response is None else handoff_of(self.response)

    def to_rows(self) -> list[dict[str, Any]]:
        """Return a flat dict for each entry, as `ConversationHistory.to_rows`.

        The row of a function's result also has the `name` of the function, its
        `seconds`, and its `error`, None without one.
        """
        from mistral_conversations._rows import run_rows  # noqa: PLC0415 - above

        return run_rows(self)

    def picklable(self) -> "RunResult":
        """Return the result with the text of each value that cannot be pickled."""
        calls = tuple(call.picklable() for call in self.calls)
        return attrs.evolve(self, calls=calls)

    def _repr_html_(self) -> str | None:
        """Return HTML for a notebook."""
        from mistral_conversations.html import show  # noqa: PLC0415 - notebooks only

        return show(self)


def _pickles(value: object) -> bool:
    try:
        pickle.dumps(value)
    except Exception:  # noqa: BLE001 - the classes of values are the caller's
        return False
    return True


def handoff_of(response: ConversationResponse) -> AgentHandoffEntry | None:
    """Return the handoff with which an answer ends; None if it ends otherwise."""
    last = response.outputs[-1] if response.outputs else None
    return last if isinstance(last, AgentHandoffEntry) else None


publish(globals(), *__all__)
