"""The decisions of a run between two answers."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import attrs

from mistral_conversations.errors import BadRequestError, OutputValidationError
from mistral_conversations.models.conversations import (
    ConversationResponse,
    ToolCallConfirmation,
)
from mistral_conversations.models.entries import (
    FunctionCallEntry,
    FunctionResultEntry,
    InputEntries,
    MessageInputEntry,
    UnknownEntry,
)
from mistral_conversations.models.runs import (
    FunctionFinished,
    FunctionStarted,
    RunCall,
    RunResult,
    TurnFinished,
    TurnStarted,
)
from mistral_conversations.runs.approvals import Approvals
from mistral_conversations.runs.calls import Approved, OpenCall, open_calls
from mistral_conversations.runs.context import RunContext
from mistral_conversations.runs.errors import RunError, RunLimitError
from mistral_conversations.runs.execution import CallerThread, Execution
from mistral_conversations.runs.history import read_history, unanswered
from mistral_conversations.runs.plan import RunPlan
from mistral_conversations.runs.progress import Progress
from mistral_conversations.runs.requests import (
    Operations,
    Request,
    appended,
    first_request,
    followed,
    listed,
)

__all__ = ["Emit", "OwnEvent", "Request", "Run", "Turn"]

OwnEvent: TypeAlias = TurnStarted | FunctionStarted | FunctionFinished | TurnFinished
Emit: TypeAlias = Callable[[OwnEvent], None]

_RESULTS_MISSING = 3001


@attrs.frozen(kw_only=True)
class Turn:
    """An answer of the model, or what a history ends with, and its open calls."""

    number: int
    response: ConversationResponse | None
    calls: tuple[OpenCall, ...]


class Run:
    """A run: what it has done, and what it does next.

    Args:
        plan: the parameters.
        operations: the client.
        caller: the thread that waits for a blocking run.
    """

    def __init__(
        self,
        plan: RunPlan,
        operations: Operations,
        caller: CallerThread | None = None,
    ) -> None:
        self.plan = plan
        self.operations = operations
        self.progress = Progress(conversation_id=plan.conversation_id)
        self._approvals = Approvals(plan.approve, caller)
        self._execution = Execution(plan.options, caller)
        self._first = None if plan.paused else first_request(plan)
        self._inputs: list[Any] = []
        """New inputs that wait until the open calls have their results."""

        self._unstored: list[Any] = listed(plan.inputs)
        """What `store=False` makes each request repeat: all inputs and answers."""

        self._stopping = False
        self._is_last = False
        """Whether the next answer ends the run, whatever it calls."""

        self._output: Any = None
        self.open_calls: Sequence[FunctionCallEntry] = ()

    def stop(self) -> None:
        """End the run after the turn in progress; call it from any task or thread."""
        self._stopping = True

    def result(self) -> RunResult:
        """Return what the run has so far."""
        return self.progress.result(self.open_calls, self._output)

    async def begin(self) -> Request | Turn:
        """Return the first request, or the calls to answer before it.

        A run that resumes, or continues a conversation without inputs, begins with the
        open calls.
        """
        if self._first is None:
            raise NotImplementedError
        if self._first.kind == "start" or self._first.inputs is not None:
            return self._first
        turn = await self._turn_of_history()
        return turn if turn.calls else self._first

    async def open_turn(self, error: BadRequestError) -> Turn:
        """Return the open calls of the conversation for which a request was rejected.

        The inputs of the request wait for their results.

        Raises:
            BadRequestError: that of the request, if there are no open calls.
        """
        if error.code != _RESULTS_MISSING or self.progress.turns:
            raise error
        turn = await self._turn_of_history()
        if not turn.calls:
            raise error
        self._inputs, self._unstored = self._unstored, []
        return turn

    def accept(self, response: ConversationResponse) -> Turn:
        """Add an answer, and return the turn that it begins.

        Raises:
            RunError: a function call cannot be read, so that it cannot be answered.
        """
        progress = self.progress
        progress.add_answer(response)
        self._unstored.extend(response.outputs)
        self.open_calls = response.function_calls
        _refuse_unreadable(response, self.result)
        calls = open_calls(response.function_calls, progress.turns, self.plan.toolset)
        return Turn(number=progress.turns, response=response, calls=calls)

    async def settle(self, turn: Turn, emit: Emit) -> Request | None:
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
        self._check_limits(turn)
        await self._approvals.decide(turn.calls, self.result)
        records = await self._execution.execute(turn.calls, self._context, emit)
        self.progress.add_calls(records)
        self._check_failures()
        self._is_last = self._stopping
        return self._answering(turn, records)

    async def reject_all(self, reason: str) -> ConversationResponse | None:
        """Answer each open call with an error result."""
        results = [
            FunctionResultEntry(tool_call_id=call.tool_call_id, result=reason)
            for call in self.open_calls
            if call.confirmation_status != "pending"
        ]
        denied = [
            ToolCallConfirmation(tool_call_id=call.tool_call_id, confirmation="deny")
            for call in self.open_calls
            if call.confirmation_status == "pending"
        ]
        if not results and not denied:
            return None
        request = self._next(results, denied)
        return await request.send(self.operations)

    def limit_error(self, limit: str, problem: str) -> RunLimitError:
        """Return the error of a limit, with the result so far."""
        error = RunLimitError(problem, result=self.result(), limit=limit)
        error.rejected_by(self.reject_all)
        return error

    def _conclude(self, turn: Turn) -> Request | None:
        """Read the output of the last answer; ask again if it does not fit."""
        output, response = self.plan.output, turn.response
        if output is None or turn.calls or response is None or self._is_last:
            return None
        try:
            self._output = output.parse(response.text)
        except OutputValidationError as error:
            error.result = self.result()
            return self._correction(error)
        return None

    def _correction(self, error: OutputValidationError) -> Request:
        progress, limits = self.progress, self.plan.limits
        if (
            progress.corrections >= self.plan.options.max_corrections
            or progress.turns >= limits.max_turns
            or self._has_no_tokens
        ):
            raise error
        progress.corrections += 1
        content = f"{error}\nAnswer again, with JSON that follows the schema."
        entry = MessageInputEntry(role="user", content=content)
        return self._next([entry])

    def _answering(self, turn: Turn, records: Sequence[RunCall]) -> Request:
        """Return the request that answers the calls of a turn."""
        results = [
            FunctionResultEntry(tool_call_id=call.tool_call_id, result=call.result)
            for call in records
        ]
        confirmations = [
            ToolCallConfirmation(
                tool_call_id=call.tool_call_id,
                confirmation="allow" if isinstance(call.decision, Approved) else "deny",
            )
            for call in turn.calls
            if call.is_of_service
        ]
        return self._next(results, confirmations)

    def _next(
        self,
        entries: Sequence[InputEntries],
        confirmations: Sequence[ToolCallConfirmation] = (),
    ) -> Request:
        """Return the request with new entries, and the inputs that waited for them."""
        plan, first = self.plan, self._first
        self.progress.entries.extend(entries)
        inputs = [*entries, *self._inputs]
        self._unstored.extend(inputs)
        self.open_calls, self._inputs = (), []
        forced = plan.options.keep_tool_choice or not self.progress.calls
        if first is not None and plan.settings["store"] is False:
            return followed(first, self._unstored, forced=forced)
        id = self.progress.conversation_id
        if id is None:
            raise RuntimeError("a run continues only after an answer")
        return appended(plan, id, inputs, confirmations, forced=forced)

    def _check_limits(self, turn: Turn) -> None:
        limits, progress = self.plan.limits, self.progress
        number = len(turn.calls)
        total = len(progress.calls) + number
        if number > limits.max_calls_per_turn:
            found = f"the model made {number} calls in one turn"
            raise self._limited("max_calls_per_turn", limits.max_calls_per_turn, found)
        if total > limits.max_calls:
            raise self._limited("max_calls", limits.max_calls, f"{total} calls")
        if progress.turns >= limits.max_turns:
            found = f"the model calls functions in turn {progress.turns}"
            raise self._limited("max_turns", limits.max_turns, found)
        if self._has_no_tokens:
            found = f"the run has used {progress.usage.total_tokens} tokens"
            raise self._limited("max_tokens", limits.max_tokens or 0, found)

    def _limited(self, limit: str, value: int, found: str) -> RunLimitError:
        problem = f"{found}; {limit} is {value}. The calls of this turn are open"
        return self.limit_error(limit, problem)

    @property
    def _has_no_tokens(self) -> bool:
        most = self.plan.limits.max_tokens
        return most is not None and self.progress.usage.total_tokens >= most

    def _check_failures(self) -> None:
        for name, failures in self.progress.failures.items():
            function = self.plan.toolset.functions.get(name)
            most = (
                function and function.max_failures
            ) or self.plan.options.max_failures
            if failures >= most:
                found = f"{name} has failed {failures} times in a row"
                raise self._limited("max_failures", most, found)

    def _context(self, call: OpenCall) -> RunContext[Any]:
        return RunContext(
            context=self.plan.context,
            conversation_id=self.progress.conversation_id,
            turn=call.turn,
            tool_call_id=call.tool_call_id,
            stop=self.stop,
        )

    async def _turn_of_history(self) -> Turn:
        """Return the open calls with which the history ends."""
        history = await read_history(self.plan, self.operations)
        self.open_calls = unanswered(history)
        calls = open_calls(self.open_calls, 0, self.plan.toolset)
        return Turn(number=0, response=None, calls=calls)


def _refuse_unreadable(
    response: ConversationResponse, result: Callable[[], RunResult]
) -> None:
    for entry in response.outputs:
        if isinstance(entry, UnknownEntry) and entry.type == "function.call":
            raise RunError(
                "the answer has a function call that does not fit its schema, so that "
                "it cannot be answered; `result.entries` has it",
                result=result(),
            )
