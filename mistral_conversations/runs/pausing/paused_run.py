"""What a paused run continues from."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from mistral_conversations.models.conversations import ToolCallConfirmation
from mistral_conversations.models.runs import RunResult
from mistral_conversations.runs.calls.decisions import Answered, Rejected
from mistral_conversations.runs.calls.open_call import OpenCall, open_calls
from mistral_conversations.runs.calls.toolset import Toolset
from mistral_conversations.runs.progress import Progress

__all__ = ["PausedRun"]


@attrs.frozen(kw_only=True)
class PausedRun:
    """What a paused run continues from."""

    conversation_id: str | None
    """The conversation that the run was to continue or to restart."""

    from_entry_id: str | None
    settings: Mapping[str, Any]
    """The parameters of a start by name, `tools` excepted."""

    turn: int
    """The number of the paused turn."""

    calls: tuple[OpenCall, ...]
    """All calls of the paused turn."""

    has_output: bool
    """Whether the run had an `output_type`, which is not kept."""

    always: frozenset[str]
    """The names of the functions whose calls are approved already."""

    is_begun: bool
    """Whether the service has answered a request of the run."""

    inputs: Sequence[Any]
    """New inputs that wait for the results of the calls."""

    repeated: Sequence[Any]
    """What `store=False` makes each request repeat."""

    confirmed: Sequence[ToolCallConfirmation]
    """The confirmations that it makes each request repeat."""

    progress: Progress

    def result(self) -> RunResult:
        """Return the result so far."""
        return self.progress.result([call.entry for call in self.calls])

    def resumed_calls(self, toolset: Toolset) -> tuple[OpenCall, ...]:
        """Return the calls with their decisions, and with the functions of a new run.

        Raises:
            ValueError: a function is missing, or edited arguments do not fit it.
        """
        entries = [call.entry for call in self.calls]
        calls = open_calls(entries, self.turn, toolset)
        for call, paused in zip(calls, self.calls, strict=True):
            call.is_waiting = paused.is_waiting
            call.is_elsewhere = paused.is_elsewhere and call.function is None
        self._refuse_missing(calls)
        for call, paused in zip(calls, self.calls, strict=True):
            call.resume(paused.decision)
        return calls

    def _refuse_missing(self, calls: Sequence[OpenCall]) -> None:
        missing = {
            paused.name
            for call, paused in zip(calls, self.calls, strict=True)
            if call.function is None
            and paused.is_ours
            and not isinstance(paused.decision, Rejected | Answered)
        }
        if missing:
            names = ", ".join(map(repr, sorted(missing)))
            raise ValueError(
                f"tools lacks functions that the paused calls need: {names}. Pass them "
                "as to the run that paused, or reject() or answer() their calls"
            )
