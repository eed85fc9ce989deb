"""The course of a streamed run: answers, and the work between them.

It alternates between the stream of an answer, whose frames it reads, and the work
between two answers, which a task of its own does and which brings the run's own events.
"""

import asyncio
import weakref
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from mistral_conversations._event_loop import running_loop
from mistral_conversations._stream.reader import StreamReader
from mistral_conversations.errors import MistralConversationsError, StreamError
from mistral_conversations.models.runs import RunEvents, TurnFinished, TurnStarted
from mistral_conversations.runs.errors import RunError
from mistral_conversations.runs.exchange.requests import Request
from mistral_conversations.runs.loop import deadline_of, sent, within_limit
from mistral_conversations.runs.machine import OwnEvent, Run
from mistral_conversations.runs.streaming.work import Work
from mistral_conversations.runs.turn import RunTurn
from mistral_conversations.stream import AsyncConversationStream, reader_of

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["RunCourse"]


class RunCourse:
    """The course of one streamed run. All its coroutines run on one event loop.

    One thread may take events while another closes; the loop adds them meanwhile.

    Args:
        run: the run; its parameters are checked now, nothing is sent.

    Attributes:
        run: the run.
        work: what is done between two answers.
        stream: the answer in progress, or the one that failed.
        error: what ended the run early.
        begun: whether the first step was taken.
        done: whether the model is done.
        closed: whether the run was closed.
    """

    def __init__(self, run: Run) -> None:
        self.run: Run = run
        self.work: Work = Work()
        self.stream: StreamReader | None = None
        self.error: BaseException | None = None
        self.begun: bool = False
        self.done: bool = False
        self.closed: bool = False
        self._traceback: TracebackType | None = None
        self._prepared = _first_request(run)
        self._events: deque[OwnEvent] = deque()
        self._step: Request | RunTurn | None = None
        """What comes next: None before the beginning and while it is being done."""

        self._deadline: float | None = None
        self.was_cancelled: bool = False
        """Whether the last read was cancelled."""

    def prepare(self, run: Run) -> None:
        """Take another run before the first step; its parameters are checked now."""
        if self.run.is_stopping:
            run.stop()
        self.run = run
        self._prepared = _first_request(run)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.done or self.closed or self.error is not None

    @property
    def has_events(self) -> bool:
        """Whether there are events to take."""
        stream = self.stream
        return bool(self._events or (stream and stream.state.frames))

    @property
    def turn(self) -> RunTurn | None:
        """The turn whose calls come next; None in the course of another step."""
        return self._step if isinstance(self._step, RunTurn) else None

    def next_event(self) -> RunEvents | None:
        """Return the next event; None if there is none now."""
        if self._events:
            with suppress(IndexError):  # another thread has closed the run
                return self._events.popleft()
        stream = self.stream
        if stream is None:
            return None
        try:
            return stream.state.next_event()
        except StreamError as error:
            if not stream.lose(error):
                self._fail(error)
            return None

    def drop_events(self) -> None:
        """Take all events."""
        while self.next_event() is not None:
            pass

    async def advance(self) -> None:
        """Wait for the next frames, or for news of the work between two answers."""
        if not self.begun:
            running_loop()
            self.begun, self._deadline = True, deadline_of(self.run)
            if self.run.watch is not None:
                self.run.watch.begin()
        stream = self.stream
        if stream is None:
            await self.work.wait(self._do_next)
            return
        try:
            await self._within_limit(partial(self._read, stream))
        except Exception as error:  # noqa: BLE001 - raised when the events are taken
            self._fail(error)

    async def raise_error(self) -> None:
        """Raise what ended the run, if anything has: the same at each step.

        What is no `Exception`, such as a function's KeyboardInterrupt, is raised once.
        """
        error, traceback = self.error, self._traceback
        if error is None:
            return
        await self._release()
        await self.run.report_end(error)
        if not isinstance(error, Exception):
            problem = f"the run was ended by a {type(error).__name__} in a function"
            self.error = RunError(problem, result=self.run.result())
            self._traceback = None
        raise error.with_traceback(traceback)

    def abandon(self) -> None:
        """Close the run without waiting, from any thread: cancel its functions."""
        self.closed = True
        self.work.abandon()

    def watch_drop(self, stream: object) -> None:
        """Cancel the functions and tell observers if a stream is garbage-collected.

        Nothing here may hold the course: the traceback of its error holds the stream.
        """
        weakref.finalize(stream, self.work.abandon).atexit = False
        if self.run.watch is not None:
            weakref.finalize(stream, self.run.report_drop).atexit = False

    async def aclose(self) -> None:
        """Cancel the functions and wait for them; close the stream."""
        self.closed = True
        self._events.clear()
        try:
            await self.work.aclose()
        finally:
            try:
                await self._release()
            finally:
                cancelled = asyncio.CancelledError() if self.was_cancelled else None
                end = self.error or cancelled
                if end is None:
                    await self.run.report_close()
                else:
                    await self.run.report_end(end)

    async def _release(self) -> None:
        """Close the stream of an answer."""
        if self.stream is not None:
            await self.stream.aclose()

    def _fail(self, error: BaseException) -> None:
        """Keep what ends the run; an error of our own needs no traceback."""
        if self.closed:
            return
        if isinstance(error, (StopIteration, StopAsyncIteration)):
            error = _no_end(error)
        if isinstance(error, Exception):
            self.run.explain(error)
        self.error = error
        if not isinstance(error, MistralConversationsError):
            self._traceback = error.__traceback__

    async def _within_limit(self, work: Callable[[], Awaitable[None]]) -> None:
        watch = self.run.watch
        if watch is None:
            await within_limit(self.run, self._deadline, work)
            return
        with watch.entered():
            await within_limit(self.run, self._deadline, work)

    async def _read(self, stream: StreamReader) -> None:
        """Read the next frames of an answer; at its end, begin the turn."""
        if await stream.receive() or self.closed:
            return
        response = stream.state.response()
        self.stream = None
        self._step = self.run.accept(response)

    async def _do_next(self) -> None:
        """Do the next step, in a task of its own."""
        step, self._step = self._step, None
        try:
            await self._within_limit(partial(self._do, step))
        except asyncio.CancelledError as error:
            self._fail(self._cancelled() or error)
        except BaseException as error:  # noqa: BLE001 - raised when the events are taken
            self._fail(error)

    def _cancelled(self) -> RunError | None:
        """Return the error of work that was cancelled; None if a function raised it."""
        task = asyncio.current_task()
        if task is None or not task.cancelling():
            return None
        problem = "the run ended with its event loop, before the model was done"
        return RunError(problem, result=self.run.result())

    async def _do(self, step: Request | RunTurn | None) -> None:
        if isinstance(step, Request) or (step and step.calls):
            await asyncio.sleep(0)  # a deadline that has passed cancels this
        match step:
            case Request():
                await self._send(step)
            case RunTurn():
                await self._settle(step)
            case None:
                self._step = await self.run.begin()
                self.done = self._step is None
                if self.done:
                    await self.run.report_end(None)

    async def _send(self, request: Request) -> None:
        opened = await sent(self.run, partial(self._open, request))
        if isinstance(opened, RunTurn):
            self._step = opened
            return
        self.stream = opened
        self._emit(TurnStarted(turn=self.run.progress.turns + 1))

    async def _open(self, request: Request) -> StreamReader:
        prepared, self._prepared = self._prepared, None
        if prepared is not None and prepared[0] is request:
            reader = reader_of(prepared[1])
        else:
            reader = reader_of(request.stream(self.run.operations))
        await reader.enter()
        return reader

    async def _settle(self, turn: RunTurn) -> None:
        step = await self.run.settle(turn, self._emit)
        if step is None:
            await self.run.report_end(None)
        if turn.number and turn.response is not None:
            self._emit(TurnFinished(turn=turn.number, response=turn.response))
        self._step, self.done = step, step is None

    def _emit(self, event: OwnEvent) -> None:
        if not self.closed:
            self._events.append(event)
            self.work.report()


def _no_end(error: Exception) -> RuntimeError:
    """Return the error for an exception that would silently end an iteration."""
    raised = RuntimeError(f"a function of the run raised {type(error).__name__}")
    raised.__cause__ = error
    return raised


def _first_request(run: Run) -> tuple[Request, AsyncConversationStream] | None:
    """Return the first request and its stream, which checks the parameters.

    A run that resumes sends another one.
    """
    request = run.outbox.first
    return None if run.plan.paused else (request, request.stream(run.operations))
