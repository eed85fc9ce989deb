"""Executing the calls of one turn."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias

from mistral_conversations._wire.annotations import write
from mistral_conversations.models.runs import (
    FunctionFinished,
    FunctionStarted,
    RunCall,
)
from mistral_conversations.runs.calls import Answered, OpenCall, Rejected
from mistral_conversations.runs.context import RunContext
from mistral_conversations.runs.settings import RunOptions

__all__ = ["CallerThread", "ContextOf", "Execution"]

ContextOf: TypeAlias = Callable[[OpenCall], RunContext[Any]]


class CallerThread(Protocol):
    """The thread that waits for a blocking run."""

    async def call(self, function: Callable[[], Any]) -> Any:
        """Call a function in that thread."""


class Execution:
    """Executes the calls of a turn.

    Args:
        options: how functions are called.
        caller: the thread of a blocking run.
    """

    def __init__(self, options: RunOptions, caller: CallerThread | None) -> None:
        self._options = options
        self._caller = caller

    async def execute(
        self,
        calls: Sequence[OpenCall],
        context_of: ContextOf,
        emit: Callable[[FunctionStarted | FunctionFinished], None],
    ) -> list[RunCall]:
        """Answer the calls, except those of the service; return them in their order."""
        own = [call for call in calls if not call.is_of_service]
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._answered(call, context_of, emit))
                for call in own
            ]
        return [task.result() for task in tasks]

    async def _answered(
        self, call: OpenCall, context_of: ContextOf, emit: Callable[[Any], None]
    ) -> RunCall:
        began = time.monotonic()
        value, error = None, call.problem
        function = call.function
        metadata, result = None, None
        if isinstance(call.decision, Rejected):
            error = call.decision.reason
        elif isinstance(call.decision, Answered):
            value, error = call.decision.value, None
            result, metadata = call.decision.result, call.decision.metadata
        elif (
            error is None
            and function is not None
            and not isinstance(call.arguments, str)
        ):
            emit(
                FunctionStarted(
                    turn=call.turn,
                    tool_call_id=call.tool_call_id,
                    name=call.name,
                    arguments=call.arguments,
                )
            )
            try:
                value = function.call(call.arguments, context_of(call))
                if function.is_async:
                    value = await value
            except Exception as failure:  # noqa: BLE001 - the model reads it
                error = str(failure)
        record = RunCall(
            tool_call_id=call.tool_call_id,
            name=call.name,
            arguments=call.arguments,
            turn=call.turn,
            value=value,
            metadata=metadata,
            result=result
            or error
            or (value if isinstance(value, str) else write(value)),
            error=error,
            seconds=time.monotonic() - began,
        )
        emit(FunctionFinished(turn=call.turn, call=record))
        return record
