"""The decisions of a run between two answers."""

from collections.abc import Callable
from typing import Any, TypeAlias

from mistral_conversations.errors import (
    BadRequestError,
    OutputValidationError,
    attach_result,
)
from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.entries import MessageInputEntry
from mistral_conversations.models.runs import (
    FunctionFinished,
    FunctionStarted,
    RunResult,
    TurnFinished,
    TurnStarted,
    handoff_of,
)
from mistral_conversations.runs.bounds import (
    has_no_tokens,
    reached,
    repeated_failure,
)
from mistral_conversations.runs.calls.answers import calls_of
from mistral_conversations.runs.calls.approvals import Approvals
from mistral_conversations.runs.calls.decisions import Rejected
from mistral_conversations.runs.calls.execution import Execution, Mask
from mistral_conversations.runs.calls.open_call import OpenCall
from mistral_conversations.runs.calls.places import CallerThread
from mistral_conversations.runs.context import RunContext
from mistral_conversations.runs.exchange.replies import replies
from mistral_conversations.runs.exchange.requests import Operations, Request
from mistral_conversations.runs.pausing.paused import RunPaused
from mistral_conversations.runs.pausing.paused_run import PausedRun
from mistral_conversations.runs.plan import RunPlan
from mistral_conversations.runs.state import RunState
from mistral_conversations.runs.turn import RunTurn

__all__ = ["Emit", "OwnEvent", "Run"]

OwnEvent: TypeAlias = TurnStarted | FunctionStarted | FunctionFinished | TurnFinished
Emit: TypeAlias = Callable[[OwnEvent], None]

_RESULTS_MISSING = "3001"


class Run(RunState):
    """A run: what it does next.

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
        super().__init__(plan, operations)
        self._approvals = Approvals(plan.approve, caller)
        self._execution = Execution(plan.options, caller, mask)
        self._stopping = False
        self._is_last = False
        """Whether the next answer ends the run, whatever it calls."""

        self._resumed: RunTurn | None = None
        """The turn of the pause from which the run continues."""

        plan.toolset.check_sources(is_blocking=caller is not None)
        self._is_blocking = caller is not None
        if not plan.toolset.sources:
            self._resume()

    async def report_end(self, error: BaseException | None) -> None:
        """Show observers the end of the run, once.

        Args:
            error: what ended it early; None at its end.
        """
        if self.watch is not None:
            is_paused = isinstance(error, RunPaused)
            await self.watch.end(self.result(), error, is_paused=is_paused)

    async def report_close(self) -> None:
        """Show observers that the run was closed, unless it had ended."""
        if self.watch is not None:
            await self.watch.close(self.result())

    def report_drop(self) -> None:
        """Show observers that the run was garbage-collected, unless it had ended."""
        if self.watch is not None:
            self.watch.drop(self.result())

    @property
    def is_stopping(self) -> bool:
        """Whether the run ends after the turn in progress."""
        return self._stopping

    def stop(self) -> None:
        """End the run after the turn in progress; call it from any task or thread."""
        self._stopping = True

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
        if self.plan.toolset.sources:
            await self._list_tools()
        if self._resumed is not None:
            return self._resumed
        first = self.outbox.first
        if first.kind == "start" or first.inputs is not None:
            return first
        first.check()
        turn = await self._turn_of_history()
        return first if turn is None else turn

    async def list_again(self) -> None:
        """List the tools of MCP servers again before a request, except the first."""
        if not self.progress.turns:
            return
        toolset = self.plan.toolset
        if toolset.may_change:
            grows = self.outbox.first.parameters.get("tools") is None
            self._use(await toolset.listed_again(grows=grows))

    async def _list_tools(self) -> None:
        """List the tools of MCP servers, which the first request declares."""
        self.plan.toolset.check_sources(is_blocking=self._is_blocking)
        self._begin_with(await self.plan.toolset.listed())
        self._resume()

    def _resume(self) -> None:
        """Continue from the pause of the plan, if it has one."""
        if self.plan.paused is not None:
            paused = self.plan.paused.paused_run
            self._approvals.always.update(paused.always)
            self._resumed = self._restored(paused)

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
            raise self.limit_error(limit.limit, limit.problem)
        await self._decide(turn)
        await self._execute(turn, emit)
        results, confirmations = replies(turn.calls, self.progress.executed)
        self.progress.has_confirmed |= bool(confirmations)
        return self._next(results, confirmations)

    async def _decide(self, turn: RunTurn) -> None:
        """Decide about the calls of a turn before any of them runs.

        Raises:
            RunPaused: some calls wait for a decision.
            ValueError: another run has resumed the same pause.
        """
        resumed = self.plan.paused if self._resumed is turn else None
        if await self._approvals.decide(turn.calls):
            paused = self._pause(turn)
            raise resumed.again(paused) if resumed else RunPaused(paused)
        if resumed is not None:
            resumed.claim()
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
            has_output=plan.output is not None,
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

        records = await self._execution.execute(
            turn.calls, self._context, keep, self.watch
        )
        rejected = {
            call.tool_call_id
            for call in turn.calls
            if isinstance(call.decision, Rejected)
        }
        self.progress.add_calls(records, rejected)
        limit = repeated_failure(self.plan, self.progress.failures)
        if limit is not None:
            raise self.limit_error(limit.limit, limit.problem)

    def _conclude(self, turn: RunTurn) -> Request | None:
        """Read the output of the last answer; ask again if it does not fit."""
        output, response = self.plan.output, turn.response
        if output is None or turn.calls or response is None or handoff_of(response):
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

    def _context(self, call: OpenCall) -> RunContext[Any]:
        return RunContext(
            context=self.plan.context,
            conversation_id=self.progress.conversation_id,
            turn=call.turn,
            tool_call_id=call.tool_call_id,
            stop=self.stop,
        )
