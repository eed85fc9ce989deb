"""The reader of a streamed run, for the async class and the blocking one."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mistral_conversations._wire.structured_output import reply_text
from mistral_conversations.errors import ConfigurationError
from mistral_conversations.models.runs import RunEvents, RunResult
from mistral_conversations.models.usage import ConversationUsageInfo
from mistral_conversations.relay.pause import Pause
from mistral_conversations.runs.errors import RunError
from mistral_conversations.runs.pausing.paused import RunPaused
from mistral_conversations.runs.streaming.course import RunCourse
from mistral_conversations.runs.turn import RunTurn

__all__ = ["RunReader"]


class RunReader:
    """Read one streamed run: its events, its turns, or its result.

    Args:
        course: the course of the run.
    """

    def __init__(self, course: RunCourse) -> None:
        self.course = course
        self._shown: RunTurn | None = None
        self._reading = False
        self._iterated = False

    @property
    def conversation_id(self) -> str | None:
        """The conversation's id; None until known."""
        stream = self.course.stream
        id = None if stream is None else stream.state.conversation_id
        return id or self.course.run.progress.conversation_id

    @property
    def usage(self) -> ConversationUsageInfo:
        """The tokens of all complete answers."""
        stream = self.course.stream
        more = None if stream is None else stream.state.usage
        return self.course.run.progress.usage_with(more)

    @property
    def is_iterating(self) -> bool:
        """Whether an iteration has begun and not ended."""
        return self._iterated and not self.course.is_over

    @property
    def snapshot(self) -> RunResult:
        """The result so far, with the answer in progress."""
        run, stream = self.course.run, self.course.stream
        answer = None if stream is None else stream.state.snapshot
        if stream is None or answer is None:
            return run.result()
        return run.snapshot(answer, is_complete=stream.state.done)

    def partial(self) -> Any:
        """Return the object of `output_type` as far as it has come.

        Raises:
            ConfigurationError: the run has no `output_type`.
        """
        output = self.course.run.plan.output
        if output is None:
            raise ConfigurationError(
                "this run has no output_type: pass one to run_stream()"
            )
        stream, progress = self.course.stream, self.course.run.progress
        answer = progress.response if stream is None else stream.state.snapshot
        return None if answer is None else output.partial(reply_text(answer))

    def described(self, cls: type) -> str:
        """Return the `repr` of a streamed run of a class."""
        id = self.conversation_id
        shown = "" if id is None else f" {id!r}"
        turns = self.course.run.progress.turns + (self.course.stream is not None)
        number = f", turn {turns}" if turns else ""
        return f"<{cls.__name__}{shown}{number}, {self._status}>"

    def check_open(self) -> None:
        """Raise `ConfigurationError` if the run is closed."""
        if self.course.closed:
            state = "it had begun" if self.course.begun else "nothing was sent"
            raise ConfigurationError(f"this run is closed; {state}")

    def begin_iteration(self) -> None:
        """Mark the events as read; raise if they already were."""
        if self._iterated:
            raise ConfigurationError(
                "this run has been read: its events come only once; "
                "`snapshot` and `result()` still return what it has"
            )
        self.check_open()
        self._iterated = True

    async def enter(self) -> None:
        """Begin the run: send the first request, or find the calls to answer first."""
        self.check_open()
        course = self.course
        if course.begun:
            return
        try:
            with self._reads():
                while not (course.stream or course.turn or course.is_over):
                    await course.advance()
            await course.raise_error()
        except asyncio.CancelledError:
            await course.aclose()
            raise

    @property
    def is_done(self) -> bool:
        """Whether the model is done, and the last event has been taken."""
        return self.course.done and not self.course.has_events

    def next_event(self) -> RunEvents | None:
        """Return the next event; None if `receive` is to wait for it, or to raise."""
        return self.course.next_event()

    def pause_of(self, error: Exception) -> Pause | None:
        """Return the pause that an error is; None if it is another one."""
        if not isinstance(error, RunPaused):
            return None
        elsewhere = frozenset(c.tool_call_id for c in error.calls if c.is_elsewhere)
        entries = [call.entry for call in error.calls]
        return Pause(error.conversation_id, entries, elsewhere)

    async def receive(self) -> bool:
        """Wait for events; return whether there are any.

        A cancelled call loses nothing.

        Raises:
            BaseException: what ended the run.
        """
        course = self.course
        with self._reads():
            while not (course.has_events or course.is_over):
                await course.advance()
        if course.has_events:
            return True
        await course.raise_error()
        return False

    async def next_turn(self) -> RunTurn | None:
        """Wait for the next turn and return it before its calls are executed.

        None at the end of the run, and of one that is closed.
        """
        course = self.course
        with self._reads():
            while self._is_at_no_new_turn and not course.is_over:
                await course.advance()
                course.drop_events()
        await course.raise_error()
        self._shown = None if course.closed else course.turn
        return self._shown

    async def result(self) -> RunResult:
        """Continue to the end and return the result; close a run begun for it."""
        course = self.course
        begun, self._iterated = course.begun, True
        try:
            while await self.receive():
                course.drop_events()
        finally:
            if not begun:
                await course.aclose()
        return self.final()

    def final(self) -> RunResult:
        """Return the result of a run that has ended.

        Raises:
            RunError: the run was closed before its end.
        """
        if not self.course.done:
            raise self.ended_early("the run was closed before its end")
        return self.course.run.result()

    def ended_early(self, problem: str) -> RunError:
        """Return the error of a run that ended before the model was done."""
        id = self.conversation_id
        if id is not None and not self.course.run.outbox.is_unstored:
            problem += f". run(conversation_id={id!r}, ...) continues the conversation"
        return RunError(problem, result=self.snapshot)

    async def aclose(self) -> None:
        """Close the run, from any task."""
        await self.course.aclose()

    @property
    def _is_at_no_new_turn(self) -> bool:
        turn = self.course.turn
        return turn is None or turn is self._shown

    @property
    def _status(self) -> str:
        course = self.course
        status = {
            "done": course.done,
            "paused": isinstance(course.error, RunPaused),
            "failed": course.error is not None,
            "closed": course.closed,
            "open": course.begun,
        }
        return next((name for name, holds in status.items() if holds), "not started")

    @contextmanager
    def _reads(self) -> Iterator[None]:
        """Refuse a second reader."""
        if self._reading:
            raise ConfigurationError("another task is reading this run")
        self._reading, self.course.was_cancelled = True, False
        try:
            yield
        except asyncio.CancelledError:
            self.course.was_cancelled = True
            raise
        finally:
            self._reading = False
