"""What observers see of one run and of its functions."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Literal

from mistral_conversations._observing.outcomes import outcome_of
from mistral_conversations._observing.seam import (
    FunctionObserver,
    ObservedRun,
    Observer,
    RunObserver,
)
from mistral_conversations.hooks import (
    FunctionEndInfo,
    FunctionStartInfo,
    Outcome,
    RunInfo,
)
from mistral_conversations.models.runs import FunctionStarted, RunCall, RunResult

__all__ = ["FunctionWatch", "RunWatch"]

Paused = Literal["paused"]


class RunWatch:
    """Show one run to observers. It sees nothing of a run that never begins.

    Args:
        observers: the observers of the client.
        observed: the run.
    """

    def __init__(self, observers: Sequence[Observer], observed: ObservedRun) -> None:
        self._observers = observers
        self._observed = observed
        self._begun_at = 0.0
        self._seen: list[RunObserver] = []
        self._is_over = True

    def begin(self) -> None:
        """See the beginning, in the context of the caller."""
        self._begun_at, self._is_over = time.monotonic(), False
        self._seen = [each.run(self._observed) for each in self._observers]

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Enter the contexts of the observers, for one step of the run."""
        with ExitStack() as stack:
            for each in self._seen:
                stack.enter_context(each.entered())
            yield

    async def call(
        self,
        started: FunctionStarted,
        conversation_id: str | None,
        call: Callable[["FunctionWatch"], Awaitable[RunCall]],
    ) -> RunCall:
        """Call a function in view of the observers.

        Args:
            started: the event of its start.
            conversation_id: the conversation.
            call: calls the function; it reports what that raised.
        """
        watch = FunctionWatch(started, conversation_id)
        watch.seen = [each.function(watch.info) for each in self._seen]
        return await watch.around(call)

    async def end(
        self, result: RunResult, error: BaseException | None, *, is_paused: bool
    ) -> None:
        """See the end of the run, once.

        Args:
            result: what the run has done.
            error: what ended it early.
            is_paused: whether the run waits for a decision.
        """
        outcome = "paused" if is_paused else outcome_of(error, done=error is None)
        await self._end(result, outcome, error)

    async def close(self, result: RunResult) -> None:
        """See that the run was closed before its end."""
        await self._end(result, "closed", None)

    def drop(self, result: RunResult) -> None:
        """See that the run was garbage-collected before its end."""
        if not self._is_over:
            self._is_over = True
            info = self._info(result, "dropped", None)
            for each in self._seen:
                each.drop(info, result)

    async def _end(
        self, result: RunResult, outcome: Outcome | Paused, error: BaseException | None
    ) -> None:
        if not self._is_over:
            self._is_over = True
            info = self._info(result, outcome, error)
            for each in self._seen:
                await each.end(info, result, error)

    def _info(
        self, result: RunResult, outcome: Outcome | Paused, error: BaseException | None
    ) -> RunInfo:
        settings = self._observed.settings
        return RunInfo(
            conversation_id=result.conversation_id,
            model=settings.get("model"),
            agent_id=settings.get("agent_id"),
            turns=result.turns,
            calls=len(result.calls),
            usage=result.usage,
            seconds=time.monotonic() - self._begun_at,
            outcome=outcome,
            error=None if error is None else type(error),
        )


class FunctionWatch:
    """Show one call of a function to observers.

    Args:
        started: the event of its start.
        conversation_id: the conversation.
    """

    def __init__(self, started: FunctionStarted, conversation_id: str | None) -> None:
        self._facts: Mapping[str, Any] = {
            "name": started.name,
            "tool_call_id": started.tool_call_id,
            "turn": started.turn,
            "conversation_id": conversation_id,
            "arguments": started.arguments,
        }
        self.info: FunctionStartInfo = FunctionStartInfo(**self._facts)
        self.seen: list[FunctionObserver] = []
        self.failure: BaseException | None = None
        """What the function has raised."""

    async def around(
        self, call: Callable[["FunctionWatch"], Awaitable[RunCall]]
    ) -> RunCall:
        """Call the function in view of the observers."""
        with ExitStack() as stack:
            for each in self.seen:
                stack.enter_context(each.entered())
            began = time.monotonic()
            try:
                for each in self.seen:
                    await each.begin(self.info)  # may be cancelled in a hook
                began = time.monotonic()
                record = await call(self)
            except BaseException as error:
                self.failure = error
                await self._end(time.monotonic() - began, None)
                raise
            await self._end(time.monotonic() - began, record)
        return record

    async def _end(self, seconds: float, record: RunCall | None) -> None:
        failure = self.failure
        if record is not None and record.error is None:
            outcome: Literal["done", "failed", "cancelled"] = "done"
        elif isinstance(failure, asyncio.CancelledError):
            outcome = "cancelled"
        else:
            outcome = "failed"
        info = FunctionEndInfo(
            **self._facts,
            seconds=seconds,
            outcome=outcome,
            error=None if failure is None else type(failure),
            result=None if record is None else record.result,
        )
        for each in self.seen:
            await each.end(info, failure)
