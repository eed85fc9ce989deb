"""Executing the calls of one turn."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from mistral_conversations.models.runs import (
    FunctionFinished,
    FunctionStarted,
    RunCall,
)
from mistral_conversations.runs.calls.decisions import Answered, Rejected
from mistral_conversations.runs.calls.open_call import OpenCall
from mistral_conversations.runs.calls.places import CallerThread, Place, place_of_plain
from mistral_conversations.runs.calls.together import run_together
from mistral_conversations.runs.context import RunContext
from mistral_conversations.runs.errors import ToolError
from mistral_conversations.runs.functions.failures import overrun, reason_of
from mistral_conversations.runs.functions.python_function import PythonFunction
from mistral_conversations.runs.functions.results import Answer
from mistral_conversations.runs.settings import RunOptions

if TYPE_CHECKING:
    from mistral_conversations._observing.runs import FunctionWatch, RunWatch

__all__ = ["ContextOf", "Execution", "Mask"]

ContextOf: TypeAlias = Callable[[OpenCall], RunContext[Any]]
Emit: TypeAlias = Callable[[FunctionStarted | FunctionFinished], None]
Mask: TypeAlias = Callable[[str], Awaitable[str]]
"""Removes the API key from a text."""

_Called: TypeAlias = Callable[[], Awaitable[Answer]]


class Execution:
    """Executes the calls of a turn.

    Args:
        options: how functions are called.
        caller: the thread of a blocking run.
        mask: removes the API key from what the model reads of an exception.
    """

    def __init__(
        self, options: RunOptions, caller: CallerThread | None, mask: Mask
    ) -> None:
        self._options = options
        self._mask = mask
        self._place = place_of_plain(options, caller)
        self._slots = asyncio.Semaphore(options.max_concurrency)
        self._are_slots_scarce = True
        self._sequence = asyncio.Lock()
        self._watch: RunWatch | None = None

    async def execute(
        self,
        calls: Sequence[OpenCall],
        context_of: ContextOf,
        emit: Emit,
        watch: "RunWatch | None" = None,
    ) -> list[RunCall]:
        """Answer the calls, except those of the service; return them in their order.

        The functions run at the same time. Those that are `sequential` run one at a
        time and in the order of the calls, beside the others.

        Raises:
            BaseException: what a function raised, if that ends the run. The other
                functions have been cancelled, and have ended.
        """
        self._watch = watch
        own = [call for call in calls if not call.is_of_service]
        self._are_slots_scarce = len(own) > self._options.max_concurrency
        return await run_together(
            [partial(self._answered, call, context_of, emit) for call in own]
        )

    async def _answered(
        self, call: OpenCall, context_of: ContextOf, emit: Emit
    ) -> RunCall:
        record = _decided(call)
        if record is None:
            record = await self._executed(call, context_of(call), emit)
        emit(FunctionFinished(turn=call.turn, call=record))
        return record

    async def _executed(
        self, call: OpenCall, context: RunContext[Any], emit: Emit
    ) -> RunCall:
        work = _Work.of(call, context)
        if work.function.sequential:
            async with self._sequence, self._slots:
                return await self._in_place(work, emit)
        if self._are_slots_scarce:
            async with self._slots:
                return await self._in_place(work, emit)
        return await self._in_place(work, emit)

    async def _in_place(self, work: "_Work", emit: Emit) -> RunCall:
        """Call an async function on the event loop, a plain one in its place."""
        if work.function.is_async:
            return await self._recorded(work, work.awaited, emit)
        async with AsyncExitStack() as occupied:
            await occupied.enter_async_context(self._place.reserved())
            called = partial(_called, work, self._place, occupied)
            return await self._recorded(work, called, emit)

    async def _recorded(self, work: "_Work", called: _Called, emit: Emit) -> RunCall:
        """Call a function; return the record of its answer, or of its failure.

        Args:
            work: the function and its arguments.
            called: calls the function.
            emit: receives the event of its start.

        Raises:
            BaseException: what the function raised, if that ends the run.
        """
        if self._watch is None:
            return await self._record_of(work, called, emit)
        call = partial(self._record_of, work, called, emit)
        id = work.context.conversation_id
        return await self._watch.call(work.started, id, call)

    async def _record_of(
        self,
        work: "_Work",
        called: _Called,
        emit: Emit,
        watch: "FunctionWatch | None" = None,
    ) -> RunCall:
        limit = work.function.timeout
        emit(work.started)
        began = time.monotonic()
        try:
            made = called() if limit is None else _in_time(limit, called)
            outcome: Answer | str | None = await made
        except Exception as failure:
            if watch is not None:
                watch.failure = failure
            if self._ends_run(failure, work.function):
                raise
            outcome = reason_of(failure)
        seconds = time.monotonic() - began
        if isinstance(outcome, Answer):
            return _record(work.call, answer=outcome, seconds=seconds)
        if outcome is None and watch is not None:
            watch.failure = TimeoutError()
        error = overrun(work.function) if outcome is None else await self._mask(outcome)
        return _record(work.call, error=error, seconds=seconds)

    def _ends_run(self, error: Exception, function: PythonFunction[..., Any]) -> bool:
        on_error = function.on_error or self._options.on_error
        return on_error == "raise" and not isinstance(error, ToolError)


@attrs.frozen
class _Work:
    """A function to call for a call of the model."""

    call: OpenCall
    function: PythonFunction[..., Any]
    arguments: Mapping[str, Any]
    context: RunContext[Any]

    @classmethod
    def of(cls, call: OpenCall, context: RunContext[Any]) -> "_Work":
        if call.function is None or isinstance(call.arguments, str):
            raise RuntimeError(f"the call {call.tool_call_id!r} has not been decided")
        return cls(call, call.function, call.arguments, context)

    @property
    def started(self) -> FunctionStarted:
        return FunctionStarted(
            turn=self.call.turn,
            tool_call_id=self.call.tool_call_id,
            name=self.call.name,
            arguments=self.arguments,
        )

    async def awaited(self) -> Answer:
        """Call an async function; return its answer."""
        return self.answer(await self.function.call(self.arguments, self.context))

    def begin(self) -> Any:
        """Call the function; return its answer, or what must be awaited before."""
        returned = self.function.call(self.arguments, self.context)
        return returned if inspect.isawaitable(returned) else self.answer(returned)

    def answer(self, returned: Any) -> Answer:
        """Write what the function returned.

        Raises:
            TypeError: it is neither text nor data.
        """
        try:
            return Answer.of(returned)
        except TypeError as error:
            raise TypeError(f"{self.function.name} returned no text: {error}") from None


async def _in_time(limit: float, called: _Called) -> Answer | None:
    """Call a function within its time limit; return None if it overruns."""
    deadline = asyncio.timeout(limit)
    answer: Answer | None = None
    try:
        async with deadline:
            answer = await called()
    except Exception:
        if not deadline.expired():
            raise
    return None if deadline.expired() else answer


async def _called(work: _Work, place: Place, occupied: AsyncExitStack) -> Answer:
    """Call a function in its place; await what it returns on the event loop."""
    begun = await place.call(work.begin)
    if isinstance(begun, Answer):
        return begun
    await occupied.aclose()  # what is awaited may be a run, which needs threads
    return work.answer(await begun)


def _decided(call: OpenCall) -> RunCall | None:
    """Return the record of a call that needs no function; None for another."""
    if isinstance(call.decision, Rejected):
        return _record(call, error=call.decision.reason)
    if isinstance(call.decision, Answered):
        return _record(call, answer=call.decision.answer)
    return None if call.problem is None else _record(call, error=call.problem)


def _record(
    call: OpenCall,
    *,
    answer: Answer | None = None,
    error: str | None = None,
    seconds: float = 0.0,
) -> RunCall:
    return RunCall(
        tool_call_id=call.tool_call_id,
        name=call.name,
        arguments=call.arguments,
        turn=call.turn,
        value=None if answer is None else answer.value,
        metadata=None if answer is None else answer.metadata,
        result=(error or "") if answer is None else answer.text,
        error=error,
        seconds=seconds,
    )
