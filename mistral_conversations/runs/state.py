"""What a run has: its progress, what it sends next, and how it ends early."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs

from mistral_conversations.errors import MistralConversationsError, attach_result
from mistral_conversations.models.conversations import (
    ConversationResponse,
    ToolCallConfirmation,
)
from mistral_conversations.models.entries import FunctionCallEntry, InputEntries
from mistral_conversations.models.runs import RunResult
from mistral_conversations.runs.calls.answers import (
    calls_of,
    unanswerable,
    unanswered,
)
from mistral_conversations.runs.calls.open_call import open_calls
from mistral_conversations.runs.calls.toolset import Toolset
from mistral_conversations.runs.errors import RunError, RunLimitError
from mistral_conversations.runs.exchange.history import (
    given_results,
    last_answer,
    read_history,
)
from mistral_conversations.runs.exchange.outbox import Outbox
from mistral_conversations.runs.exchange.replies import rejections
from mistral_conversations.runs.exchange.requests import Operations, Request
from mistral_conversations.runs.pausing.paused_run import PausedRun
from mistral_conversations.runs.plan import RunPlan
from mistral_conversations.runs.progress import Progress
from mistral_conversations.runs.turn import RunTurn

if TYPE_CHECKING:
    from mistral_conversations._observing.runs import RunWatch

__all__ = ["RunState"]


class RunState:
    """What a run has so far.

    Args:
        plan: the parameters.
        operations: the client.
    """

    def __init__(self, plan: RunPlan, operations: Operations) -> None:
        self.plan: RunPlan = plan
        self.operations = operations
        self.progress: Progress = Progress(conversation_id=plan.conversation_id)
        self.outbox: Outbox = Outbox.of(plan)
        self.open_calls: Sequence[FunctionCallEntry] = ()
        self._output: Any = None
        self.watch: RunWatch | None = None
        """What shows the run to observers."""

    def result(self) -> RunResult:
        """Return what the run has so far."""
        return self.progress.result(self.open_calls, self._output)

    def _use(self, toolset: Toolset) -> None:
        """Continue with the functions of a toolset."""
        self.plan = attrs.evolve(self.plan, toolset=toolset)

    def _begin_with(self, toolset: Toolset) -> None:
        """Declare the functions of a toolset in the first request."""
        self._use(toolset)
        self.outbox = Outbox.of(self.plan)

    async def reject_all(self, reason: str) -> ConversationResponse | None:
        """Answer each open call with an error result, or with the result that it has.

        Returns:
            The answer; None without open calls.
        """
        if not self.open_calls:
            return None
        answers = rejections(self.open_calls, self.progress.executed, reason)
        request = self._next(*answers, forced=False)
        response = await request.send(self.operations)
        self.progress.add_answer(response, self.outbox.receive(response.outputs))
        self.open_calls = calls_of(response.outputs)
        return response

    def limit_error(self, limit: str, problem: str) -> RunLimitError:
        """Return the error of a limit, with the result so far."""
        if self.open_calls:
            remedy = "run(conversation_id=...) with higher limits executes them"
            if self.outbox.is_unstored:
                remedy = "reject_all() rejects them"
            problem = f"{problem}. The calls of the last turn are open: {remedy}"
        error = RunLimitError(problem, result=self.result(), limit=limit)
        error.set_rejecter(self.reject_all)
        return error

    def explain(self, error: Exception) -> None:
        """Attach to an error that ends the run what the run has done."""
        if isinstance(error, RunError) or not (self.progress.turns or self.open_calls):
            return
        if isinstance(error, MistralConversationsError):
            attach_result(error, self.result())
        note = f"The run ended after turn {self.progress.turns}"
        if self.open_calls and not self.outbox.is_unstored:
            note += (
                f": run(conversation_id={self.progress.conversation_id!r}, ...) "
                "without inputs answers its open calls"
            )
        error.add_note(f"{note}.")

    def _next(
        self,
        entries: Sequence[InputEntries],
        confirmations: Sequence[ToolCallConfirmation] = (),
        *,
        forced: bool | None = None,
    ) -> Request:
        """Return the request with new entries; `forced` is by default as planned."""
        id = self.progress.conversation_id
        if id is None:
            raise RuntimeError("a run continues only after an answer")
        if forced is None:
            keeps = self.plan.options.keep_tool_choice
            forced = keeps or not self.progress.has_answered
        return self.outbox.next(id, entries, confirmations, forced=forced)

    def _restored(self, paused: PausedRun) -> RunTurn:
        """Return the turn of a pause, and continue with what that run had.

        Raises:
            ValueError: a function is missing, or edited arguments do not fit it.
        """
        calls = paused.resumed_calls(self.plan.toolset)
        self.outbox = Outbox.resuming(self.plan, paused)
        self.progress = paused.progress.copy()
        self.open_calls = [call.entry for call in calls]
        response = self.progress.response
        return RunTurn(number=paused.turn, response=response, calls=calls)

    async def _turn_of_history(self) -> RunTurn | None:
        """Return what the history ends with; None if the model has yet to answer.

        A restart always asks the model, and copies the open calls.
        """
        entries = await read_history(self.plan, self.operations)
        if entries is None:
            return None
        last = last_answer(self.progress.conversation_id or "", entries)
        self.progress.response = None if last is None else last.response
        left = unanswered(entries, given_results(self.plan.inputs))
        turn = self._turn(0, self.progress.response, left)
        if self.outbox.first.kind == "restart":
            self._refuse_pending_copies(turn)
            return turn if turn.calls else None
        return turn if turn.calls or (last and last.is_complete) else None

    def _turn(
        self,
        number: int,
        response: ConversationResponse | None,
        entries: Sequence[InputEntries],
    ) -> RunTurn:
        """Return a turn with the calls among the entries, which become the open ones.

        Raises:
            RunError: some of them cannot be answered.
        """
        self.open_calls = calls_of(entries)
        problem = unanswerable(entries)
        if problem is not None:
            raise self._unanswerable(problem)
        unstored = self.outbox.is_unstored
        if self.open_calls and not (self.progress.conversation_id or unstored):
            raise self._unanswerable("function calls, but no conversation_id")
        calls = open_calls(self.open_calls, number, self.plan.toolset)
        if number and unstored and any(c.is_of_service for c in calls):
            raise self._unanswerable(
                "a call that waits for a confirmation, which a conversation with "
                "store=False cannot receive"
            )
        return RunTurn(number=number, response=response, calls=calls)

    def _refuse_pending_copies(self, turn: RunTurn) -> None:
        if any(call.is_of_service for call in turn.calls):
            raise self._unanswerable(
                "a call that waits for a confirmation, which a restart cannot send: "
                "use an earlier from_entry_id"
            )

    def _unanswerable(self, problem: str) -> RunError:
        return RunError(
            f"the run cannot continue: the answer has {problem}. No function of this "
            "turn was called; result.response has it",
            result=self.result(),
        )
