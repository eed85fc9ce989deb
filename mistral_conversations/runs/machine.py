"""The decisions of a run between two answers."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from mistral_conversations.errors import (
    BadRequestError,
    MistralConversationsError,
    OutputValidationError,
    attach_result,
)
from mistral_conversations.models.conversations import (
    ConversationResponse,
    ToolCallConfirmation,
)
from mistral_conversations.models.entries import (
    AgentHandoffEntry,
    FunctionCallEntry,
    InputEntries,
    MessageInputEntry,
)
from mistral_conversations.models.runs import (
    FunctionFinished,
    FunctionStarted,
    RunResult,
    TurnFinished,
    TurnStarted,
)
from mistral_conversations.runs.answers import calls_of, unanswerable
from mistral_conversations.runs.approvals import Approvals
from mistral_conversations.runs.bounds import (
    Reached,
    has_no_tokens,
    reached,
    repeated_failure,
)
from mistral_conversations.runs.calls import OpenCall, Rejected, open_calls
from mistral_conversations.runs.context import RunContext
from mistral_conversations.runs.errors import RunError, RunLimitError
from mistral_conversations.runs.execution import CallerThread, Execution, Mask
from mistral_conversations.runs.history import last_answer, read_history, unanswered
from mistral_conversations.runs.outbox import Outbox
from mistral_conversations.runs.paused import RunPaused
from mistral_conversations.runs.paused_run import PausedRun
from mistral_conversations.runs.plan import RunPlan
from mistral_conversations.runs.progress import Progress
from mistral_conversations.runs.replies import rejections, replies
from mistral_conversations.runs.requests import Operations, Request
from mistral_conversations.runs.turn import RunTurn

__all__ = ["Emit", "OwnEvent", "Request", "Run"]

OwnEvent: TypeAlias = TurnStarted | FunctionStarted | FunctionFinished | TurnFinished
Emit: TypeAlias = Callable[[OwnEvent], None]

_RESULTS_MISSING = "3001"


class Run:
    """A run: what it has done, and what it does next.

    Args:
        plan: the parameters.
        operations: the client.
        mask: removes the API key from a text.
        caller: the thread that waits for a blocking run.
    """

    def __init__(
        self,
        plan: RunPlan,
        operations: Operations,
        mask: Mask,
        caller: CallerThread | None = None,
    ) -> None:
        self.plan = plan
        self.operations = operations
        self.progress: Progress = Progress(conversation_id=plan.conversation_id)
        self.outbox: Outbox = Outbox.of(plan)
        self.open_calls: Sequence[FunctionCallEntry] = ()
        self._approvals = Approvals(plan.approve, caller)
        self._execution = Execution(plan.options, caller, mask)
        self._stopping = False
        self._is_last = False
        """Whether the next answer ends the run, whatever it calls."""

        self._output: Any = None
        self._resumed: RunTurn | None = None
        """The turn of the pause from which the run continues."""

        if plan.paused is not None:
            self._resume(plan.paused.paused_run)

    def stop(self) -> None:
        """End the run after the turn in progress; call it from any task or thread."""
        self._stopping = True

    def result(self) -> RunResult:
        """Return what the run has so far."""
        return self.progress.result(self.open_calls, self._output)

    def snapshot(self, answer: ConversationResponse, *, is_complete: bool) -> RunResult:
        """Return what the run has so far, with the answer in progress.

        Args:
            answer: the answer so far.
            is_complete: whether its calls are complete.
        """
        progress = self.progress.copy()
        progress.add_answer(answer, self.outbox.underway)
        return progress.result(calls_of(answer.outputs) if is_complete else ())

    def begin_request(self) -> None:
        """Note whether the answer to the next request, about to be sent, is the last.

        It is if the run was stopped before, unless no call has been answered yet.
        """
        self._is_last = self._stopping and self.progress.has_answered

    async def begin(self) -> Request | RunTurn:
        """Return the first request, or what to do before it.

        A run that resumes, or continues a conversation without inputs, begins with the
        open calls. If the history ends with an answer, nothing is left to ask for.
        """
        if self._resumed is not None:
            return self._resumed
        first = self.outbox.first
        if first.kind == "start" or first.inputs is not None:
            return first
        first.check()
        turn = await self._turn_of_history()
        return first if turn is None else turn

    async def open_turn(self, error: BadRequestError) -> RunTurn:
        """Return the open calls of the conversation for which a request was rejected.

        The inputs of the request wait for their results.

        Raises:
            BadRequestError: that of the request, if there are no open calls.
        """
        if str(error.code) != _RESULTS_MISSING or self.outbox.is_begun:
            raise error
        if self.outbox.first.kind == "start":
            raise error
        turn = await self._turn_of_history()
        if turn is None or not turn.calls:
            raise error
        self.outbox.hold_inputs()
        return turn

    def accept(self, response: ConversationResponse) -> RunTurn:
        """Add an answer, and return the turn that it begins.

        Raises:
            RunError: a function call cannot be answered.
        """
        self.progress.add_answer(response, self.outbox.receive(response.outputs))
        return self._turn(self.progress.turns, response, response.outputs)

    async def settle(self, turn: RunTurn, emit: Emit) -> Request | None:
        """Answer the calls of a turn; return the next request, or None at the end.

        Args:
            turn: the turn.
            emit: receives the events of the functions.

        Raises:
            RunLimitError: a limit was reached; no call of the turn was answered.
            RunPaused: calls wait for a decision.
            OutputValidationError: the last reply does not fit `output_type`.
        """
        if self._is_last or not turn.calls:
            return self._conclude(turn)
        limit = reached(self.plan.limits, self.progress, len(turn.calls))
        if limit is not None:
            raise self._limited(limit)
        await self._decide(turn)
        await self._execute(turn, emit)
        return self._next(*replies(turn.calls, self.progress.executed))

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
        error = RunLimitError(problem, result=self.result(), limit=limit)
        error.rejected_by(self.reject_all)
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

    def _resume(self, paused: PausedRun) -> None:
        """Continue from a pause.

        Raises:
            ValueError: a function is missing, or edited arguments do not fit it.
        """
        calls = paused.resumed_calls(self.plan.toolset)
        self.outbox = Outbox.resuming(self.plan, paused)
        self.progress = paused.progress.copy()
        self.open_calls = [call.entry for call in calls]
        self._approvals.always.update(paused.always)
        self._resumed = RunTurn(
            number=paused.turn, response=self.progress.response, calls=calls
        )

    async def _decide(self, turn: RunTurn) -> None:
        """Decide about the calls of a turn before any of them runs.

        Raises:
            RunPaused: some calls wait for a decision.
            ValueError: another run has resumed the same pause.
        """
        if await self._approvals.decide(turn.calls):
            raise RunPaused(self._pause(turn))
        if self._resumed is turn and self.plan.paused is not None:
            self.plan.paused.claim()
        for call in turn.calls:
            call.close()

    def _pause(self, turn: RunTurn) -> PausedRun:
        plan, outbox = self.plan, self.outbox
        return PausedRun(
            conversation_id=plan.conversation_id,
            from_entry_id=plan.from_entry_id,
            settings={k: v for k, v in plan.settings.items() if v is not None},
            turn=turn.number,
            calls=turn.calls,
            always=frozenset(self._approvals.always),
            is_begun=outbox.is_begun,
            inputs=tuple(outbox.waiting),
            repeated=tuple(outbox.repeated),
            confirmed=tuple(outbox.confirmed),
            progress=self.progress.copy(),
        )

    async def _execute(self, turn: RunTurn, emit: Emit) -> None:
        """Execute the calls of a turn, and keep the results of those that finish."""
        executed = self.progress.executed

        def keep(event: FunctionStarted | FunctionFinished) -> None:
            if isinstance(event, FunctionFinished):
                executed[event.call.tool_call_id] = event.call
            emit(event)

        records = await self._execution.execute(turn.calls, self._context, keep)
        rejected = {
            call.tool_call_id
            for call in turn.calls
            if isinstance(call.decision, Rejected)
        }
        self.progress.add_calls(records, rejected)
        limit = repeated_failure(self.plan, self.progress.failures)
        if limit is not None:
            raise self._limited(limit)

    def _conclude(self, turn: RunTurn) -> Request | None:
        """Read the output of the last answer; ask again if it does not fit."""
        output, response = self.plan.output, turn.response
        if output is None or turn.calls or response is None or _hands_off(response):
            return None
        try:
            self._output = output.parse_answer(response)
        except OutputValidationError as error:
            if self._stopping:
                return None
            return self._correction(error)
        return None

    def _correction(self, error: OutputValidationError) -> Request:
        """Return the request that sends a reply back with what is wrong with it.

        Raises:
            OutputValidationError: the given one, if the limits forbid that.
        """
        progress, limits = self.progress, self.plan.limits
        if (
            progress.corrections >= self.plan.options.max_corrections
            or progress.turns >= limits.max_turns
            or has_no_tokens(limits, progress)
        ):
            attach_result(error, self.result())
            raise error
        progress.corrections += 1
        content = f"{error}\nAnswer again, with JSON that follows the schema."
        return self._next([MessageInputEntry(role="user", content=content)])

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

    def _limited(self, limit: Reached) -> RunLimitError:
        problem = f"{limit.problem}. The calls of this turn are open"
        return self.limit_error(limit.limit, problem)

    def _context(self, call: OpenCall) -> RunContext[Any]:
        return RunContext(
            context=self.plan.context,
            conversation_id=self.progress.conversation_id,
            turn=call.turn,
            tool_call_id=call.tool_call_id,
            stop=self.stop,
        )

    async def _turn_of_history(self) -> RunTurn | None:
        """Return what the history ends with; None if the model has yet to answer.

        A restart always asks the model, and copies the open calls.
        """
        entries = await read_history(self.plan, self.operations)
        if entries is None:
            return None
        last = last_answer(self.progress.conversation_id or "", entries)
        self.progress.response = None if last is None else last.response
        turn = self._turn(0, self.progress.response, unanswered(entries))
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
        calls = open_calls(self.open_calls, number, self.plan.toolset)
        if number and self.outbox.is_unstored and any(c.is_of_service for c in calls):
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


def _hands_off(response: ConversationResponse) -> bool:
    outputs = response.outputs
    return bool(outputs) and isinstance(outputs[-1], AgentHandoffEntry)
