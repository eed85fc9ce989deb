"""`RunStream`: a run, event by event, without async."""

from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from mistral_conversations._event_loop import within
from mistral_conversations._public import publish
from mistral_conversations._traceback import short_traceback
from mistral_conversations.errors import ConfigurationError, MistralConversationsError
from mistral_conversations.models.chunks import ToolFileChunk
from mistral_conversations.models.runs import RunEvents, RunResult
from mistral_conversations.models.usage import ConversationUsageInfo
from mistral_conversations.runs.streaming.reader import RunReader
from mistral_conversations.runs.turn import RunTurn
from mistral_conversations.sync.caller_thread import CallerThread
from mistral_conversations.sync.portal import Portal
from mistral_conversations.sync.run_errors import make_blocking
from mistral_conversations.sync.steps import Steps
from mistral_conversations.sync.stream import StreamText

if TYPE_CHECKING:
    from mistral_conversations.relay.reader import ErrorText, Format
    from mistral_conversations.sync.relay import Relay

__all__ = ["RunStream", "is_over"]

R = TypeVar("R")


class RunStream:
    """Blocking twin of `AsyncRunStream`, which documents the order of the events.

    Entering it sends the first request; so does the first step of an iteration or of
    `result()`.

    One thread reads at a time; any thread may stop or close. Functions that have
    started continue while the caller handles an event, except those that run in the
    caller's thread (`RunOptions(threads=False)`): they run while it waits for the next
    event. Ctrl-C during a step closes the run and cancels its functions: the event of
    that step may be lost, and later steps raise `RunError`.

    Closing or dropping the run does not stop the service: it finishes the answer,
    stores it in the history, and rejects other requests for the conversation until
    then. Calls without a result stay open; `run(conversation_id=...)` answers them.

    Raises:
        RunLimitError: a limit was reached. `RunLimits.timeout` counts from the first
            step, the time of the caller included.
        RunPaused: calls wait for a decision.
        SDKError: the service rejected a request.
        StreamError: an answer failed after it had started; `partial` has that answer so
            far, and `snapshot` the whole run.
        RunError, OutputValidationError: as in `run`. The step that meets an error
            raises it, and so does each later one.

    Example:
        def add(a: int, b: int) -> int:
            return a + b

        run = conversations.run_stream(
            "What is 2 + 3?", model="mistral-medium-latest", tools=[add]
        )
        with run:
            for piece in run.text():
                print(piece, end="", flush=True)
        print(run.result().usage)
    """

    def __init__(self, reader: RunReader, portal: Portal, caller: CallerThread) -> None:
        self._reader = reader
        self._portal = portal
        course = reader.course
        self._steps = Steps(
            portal, reader.aclose, lambda: course.begun, caller, course.abandon
        )
        self._limited: MistralConversationsError | None = None
        reader.course.watch_drop(self)

    @property
    def conversation_id(self) -> str | None:
        """The conversation's id; None until the service has sent it."""
        return self._reader.conversation_id

    @property
    def usage(self) -> ConversationUsageInfo:
        """The tokens of all complete answers so far."""
        return self._reader.usage

    @property
    def snapshot(self) -> RunResult:
        """The result so far; it counts the answer in progress as one of its `turns`.

        Each access builds that answer anew from all its events, so its cost grows with
        the answer. The calls of an answer are open once it is complete.
        """
        return self._reader.snapshot

    def __repr__(self) -> str:
        """Show the conversation's id, the turn, and the state of the run."""
        return self._reader.described(type(self))

    def open(self) -> Self:
        """Send the request, and return the run once the service has accepted it.

        Blocking twin of `AsyncRunStream.open`.

        Raises:
            SDKError: the service rejected the request; or another error of the plain
                call.
        """
        with short_traceback:
            self._wait(self._reader.enter)
        return self

    def __enter__(self) -> Self:
        """Send the first request; return the run."""
        with short_traceback:
            self._wait(self._reader.enter)
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Close the run."""
        self.close()

    def __iter__(self) -> Self:
        """Iterate over the events, once; continue an iteration that has begun."""
        with short_traceback:
            self._check_interrupted()
            if not self._reader.is_iterating:
                self._reader.begin_iteration()
        return self

    def __next__(self) -> RunEvents:
        """Return the next event."""
        while True:
            try:
                event = self._reader.course.next_event()
                if event is not None:
                    return event
            except BaseException as error:
                self._interrupt(error)
                raise
            with short_traceback:
                if not self._step(self._reader.receive, lambda: False):
                    raise StopIteration

    def text(self) -> Iterator[str]:
        """Iterate over the text of the messages, piece by piece, in whole characters.

        Blocking twin of `AsyncRunStream.text`.
        """
        return StreamText(iter(self), self._interrupt)

    def display(self) -> None:
        """Show the run while it happens: in a notebook's cell, or on stdout.

        Blocking twin of `AsyncRunStream.display`.

        Raises:
            RunPaused: calls wait for a decision; they are shown.
            SDKError, StreamError, RunError: as iterating does; what came stays, after
                Ctrl-C too.
        """
        from mistral_conversations.display.showing import show  # noqa: PLC0415

        with short_traceback:
            show(self, self._comes_within, self._interrupt)

    def sse(
        self,
        *,
        keep_alive: float | None = 15,
        error_text: str | Callable[[Exception], str] | None = None,
    ) -> "Relay":
        """Return the events as server-sent events, for the response to a browser.

        Blocking twin of `AsyncRunStream.sse`.

        Args:
            keep_alive: after how many seconds without events a comment keeps the
                connection open; None for never.
            error_text: the text for the user, or a function that returns it for an
                exception.
        """
        from mistral_conversations.relay.sse import SSE  # noqa: PLC0415

        return self._relay(SSE(), keep_alive, error_text)

    def ui_messages(
        self,
        *,
        keep_alive: float | None = 15,
        error_text: str | Callable[[Exception], str] | None = None,
        file_url: Callable[[ToolFileChunk], str] | None = None,
    ) -> "Relay":
        """Return the events as the UI message stream of the Vercel AI SDK, version 1.

        Blocking twin of `AsyncRunStream.ui_messages`.

        Args:
            keep_alive: after how many seconds without events a comment keeps the
                connection open; None for never.
            error_text: the text for the user, or a function that returns it for an
                exception.
            file_url: returns the URL under which the application serves a file that a
                tool made.
        """
        from mistral_conversations.relay.ui_messages import UIMessages  # noqa: PLC0415

        return self._relay(UIMessages(file_url), keep_alive, error_text)

    def turns(self) -> Iterator[RunTurn]:
        """Iterate over the turns: each answer, before its calls are executed.

        Blocking twin of `AsyncRunStream.turns`.
        """
        with short_traceback:
            self._check_interrupted()
            self._reader.begin_iteration()
        return _Turns(self._next_turn)

    def partial(self) -> Any:
        """Return the object of `output_type` as far as it has come, in plain types.

        Blocking twin of `AsyncRunStream.partial`.

        Raises:
            ConfigurationError: the run has no `output_type`.
        """
        with short_traceback:
            return self._reader.partial()

    def result(self) -> RunResult:
        """Continue to the end; return what `run` would have returned.

        Blocking twin of `AsyncRunStream.result`.

        Raises:
            RunError: the run was closed before its end; or as iterating does.
        """
        with short_traceback:
            if self._steps.interrupted and self._reader.course.done:
                return self._reader.final()
            return self._step(self._reader.result, self._reader.final)

    def stop(self) -> None:
        """End the run after the turn in progress; call it from any thread.

        Blocking twin of `AsyncRunStream.stop`.
        """
        self._reader.course.run.stop()

    def close(self) -> None:
        """Cancel the functions and close the connection; call it from any thread.

        Blocking twin of `AsyncRunStream.aclose`.
        """
        self._steps.close()

    def _relay(
        self, format: "Format", keep_alive: float | None, error_text: "ErrorText"
    ) -> "Relay":
        from mistral_conversations.relay.reader import RelayReader  # noqa: PLC0415
        from mistral_conversations.sync.relay import Relay  # noqa: PLC0415

        reader = RelayReader(
            self._reader,
            format,
            owner=self,
            keep_alive=keep_alive,
            error_text=error_text,
        )
        iter(self)  # refuses a second iteration
        return Relay(reader, self._steps)

    def _comes_within(self, seconds: float) -> bool:
        """Wait for an event or for the end; return whether there is one by then."""
        receive = partial(within, seconds, self._reader.receive)
        come = self._reader.course.has_events or self._step(receive, lambda: False)
        return come is not None

    def _next_turn(self) -> RunTurn | None:
        return self._step(self._reader.next_turn, lambda: None)

    def _step(
        self, function: Callable[[], Coroutine[Any, Any, R]], at_end: Callable[[], R]
    ) -> R:
        """Wait for a step.

        Args:
            function: the step.
            at_end: replaces the step of a run that had ended when its client was
                closed.
        """
        self._check_interrupted()
        try:
            return self._wait(function)
        except ConfigurationError as error:
            if self._reader.course.done:
                return at_end()
            if self._reader.course.begun and self._steps.is_over:
                problem = "this client was closed before the end of the run"
                raise self._reader.ended_early(problem) from None
            raise error from None

    def _wait(self, function: Callable[[], Coroutine[Any, Any, R]]) -> R:
        try:
            return self._steps.wait(function)
        except MistralConversationsError as error:
            if error is not self._limited:  # the same error is raised at each step
                self._limited = error
                make_blocking(error, self._portal)
            raise
        except Exception as error:  # it may have cost a function that was to be called
            self._interrupt(error)
            raise

    def _interrupt(self, error: BaseException) -> None:
        """Close the run if an error, such as by Ctrl-C, may have cost an event."""
        if error is not self._reader.course.error:
            self._steps.interrupt(error)

    def _check_interrupted(self) -> None:
        """Raise an error after an interrupted step, instead of ending the iteration."""
        if self._steps.interrupted:
            raise self._reader.ended_early(
                "the run was closed when a step was interrupted, such as by Ctrl-C: an "
                "event may be missing"
            )


class _Turns(Iterator[RunTurn]):
    """The turns of a run.

    Args:
        next_turn: waits for the next turn; returns None at the end.
    """

    def __init__(self, next_turn: Callable[[], RunTurn | None]) -> None:
        self._next_turn = next_turn

    def __next__(self) -> RunTurn:
        with short_traceback:
            turn = self._next_turn()
        if turn is None:
            raise StopIteration
        return turn


def is_over(run: RunStream) -> bool:
    """Return whether a streamed run has ended, or was closed."""
    return run._reader.course.is_over  # noqa: SLF001 - private to users


publish(globals(), "RunStream")
