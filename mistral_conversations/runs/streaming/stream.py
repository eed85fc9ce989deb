"""`AsyncRunStream`: a run, event by event."""

from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from mistral_conversations._event_loop import import_aside
from mistral_conversations._public import publish
from mistral_conversations._traceback import short_traceback
from mistral_conversations.models.chunks import ToolFileChunk
from mistral_conversations.models.runs import RunEvents, RunResult
from mistral_conversations.models.usage import ConversationUsageInfo
from mistral_conversations.runs.streaming.reader import RunReader
from mistral_conversations.runs.turn import RunTurn
from mistral_conversations.stream import StreamText

if TYPE_CHECKING:
    from mistral_conversations.relay.reader import ErrorText, Format
    from mistral_conversations.relay.relay import AsyncRelay

__all__ = ["AsyncRunStream", "run_reader_of"]


class AsyncRunStream:
    """A run: iterate over its events or its turns, or await its result.

    `run_stream` returns it at once and sends nothing. Entering it sends the first
    request; so does the first step of an iteration or of `result()`.

    Order of the events: each turn begins with `TurnStarted`, when the service has
    accepted its request, followed by the service's events until
    `conversation.response.done`. `FunctionStarted` and `FunctionFinished` of its calls
    follow, in the order in which the functions start and end, and then `TurnFinished`.
    A call that cannot run, such as that of an unknown function, has a
    `FunctionFinished` alone. Calls found in the history come first, as those of turn
    0, which has no other events. A resumed run begins with the functions of the turn
    that paused. A turn that ends the run with an error has no `TurnFinished`.

    The run waits for its reader: the functions of a turn start when its last event has
    been taken, and the next request is sent when `TurnFinished` has. Functions that
    have started continue while the caller handles an event.

    One reader: one task reads at a time, and a second one gets a `ConfigurationError`.
    Each event comes once. Any task may close or stop the run.

    Cancelling a step: a cancelled `anext(run)`, for example by `asyncio.timeout`, loses
    no event and cancels no function; call `anext(run)` again to continue. A cancelled
    `async with` closes the run; so does a cancelled `result()` that began it.

    Leaving early: `async with` and `aclose()` cancel the functions, wait for them, and
    close the connection. If the run is garbage-collected instead, the event loop does
    so a little later. None of this stops the service: it finishes the answer, stores it
    in the history, and rejects other requests for the conversation until then. Calls
    without a result stay open; `run(conversation_id=...)` answers them.

    Raises:
        RunLimitError: a limit was reached. `RunLimits.timeout` counts from the first
            step, the time of the caller included.
        RunPaused: calls wait for a decision.
        SDKError: the service rejected a request.
        StreamError: an answer failed after it had started; `partial` has that answer so
            far, and `snapshot` the whole run.
        RecoveryError: with `recover`, an answer was lost and could not be recovered.
        RunError, OutputValidationError: as in `run`. The step that meets an error
            raises it, and so does each later one.

    Example:
        def add(a: int, b: int) -> int:
            return a + b

        run = conversations.run_stream(
            "What is 2 + 3?", model="mistral-medium-latest", tools=[add]
        )
        async with run:
            async for event in run:
                match event:
                    case FunctionStarted(name=name, arguments=arguments):
                        print(name, arguments)
                    case MessageOutputEvent(content=str(text)):
                        print(text, end="")
        result = await run.result()
        print(result.usage)
    """

    def __init__(self, reader: RunReader) -> None:
        self._reader = reader
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

    async def open(self) -> Self:
        """Send the request, and return the run once the service has accepted it.

        An application can so answer a browser with an error status of its own, before
        it begins a response from the run. A run that has begun stays as it is.

        Raises:
            SDKError: the service rejected the request; or another error of the plain
                call.
        """
        with short_traceback:
            await self._reader.enter()
        return self

    async def __aenter__(self) -> Self:
        """Send the first request; return the run."""
        with short_traceback:
            await self._reader.enter()
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Close the run."""
        await self.aclose()

    def __aiter__(self) -> Self:
        """Iterate over the events, once."""
        with short_traceback:
            self._reader.begin_iteration()
        return self

    async def __anext__(self) -> RunEvents:
        """Return the next event."""
        next_event = self._reader.course.next_event
        while (event := next_event()) is None:
            with short_traceback:
                if not await self._reader.receive():
                    raise StopAsyncIteration
        return event

    def text(self) -> AsyncIterator[str]:
        """Iterate over the text of the messages, piece by piece, in whole characters.

        The text of all turns, without the model's thinking. Counts as the run's one
        iteration.
        """
        return StreamText(aiter(self))

    async def display(self) -> None:
        """Show the run while it happens: in a notebook's cell, or on stdout.

        As `display()` of a stream, and with the functions and their results. Returns
        None; `result()` returns the result afterwards. Counts as the run's one
        iteration, and closes the run.

        Raises:
            RunPaused: calls wait for a decision; they are shown.
            SDKError, StreamError, RunError: as iterating does; what came stays.
        """
        await import_aside("mistral_conversations.display.showing")
        from mistral_conversations.display.showing import show_async  # noqa: PLC0415

        with short_traceback:
            await show_async(self)

    def sse(
        self,
        *,
        keep_alive: float | None = 15,
        error_text: str | Callable[[Exception], str] | None = None,
    ) -> "AsyncRelay":
        """Return the events as server-sent events, for the response to a browser.

        Each event has the form that its `to_sse` returns. If the run fails, the last
        event is a `conversation.response.error` with a text for the user; the details
        go to the log. If the run pauses, the last event is `run.paused`, with the
        `calls` that wait for decisions; the relay's `error` is then the `RunPaused`.
        Counts as the run's one iteration.

        Args:
            keep_alive: after how many seconds without events a comment keeps the
                connection open; None for never.
            error_text: the text for the user, or a function that returns it for an
                exception; None for "The answer could not be completed. Please try
                again."
        """
        from mistral_conversations.relay.sse import SSE  # noqa: PLC0415

        return self._relay(SSE(), keep_alive, error_text)

    def ui_messages(
        self,
        *,
        keep_alive: float | None = 15,
        error_text: str | Callable[[Exception], str] | None = None,
        file_url: Callable[[ToolFileChunk], str] | None = None,
    ) -> "AsyncRelay":
        """Return the events as the UI message stream of the Vercel AI SDK, version 1.

        Its React hooks, such as `useChat`, read it: text, thinking, calls with their
        inputs and outputs, sources, files, and requests for approval. The metadata of
        the message has `conversationId`, and at the end `usage`. Handoffs are parts of
        the type `data-handoff`. Counts as the run's one iteration.

        Args:
            keep_alive: after how many seconds without events a comment keeps the
                connection open; None for never.
            error_text: the text for the user, or a function that returns it for an
                exception; None for "The answer could not be completed. Please try
                again."
            file_url: returns the URL under which the application serves a file that a
                tool made; without it, such a file is a part of the type `data-file`.
        """
        from mistral_conversations.relay.ui_messages import UIMessages  # noqa: PLC0415

        return self._relay(UIMessages(file_url), keep_alive, error_text)

    def turns(self) -> AsyncIterator[RunTurn]:
        """Iterate over the turns: each answer, before its calls are executed.

        The next step executes the calls of the turn, those that were decided as they
        were decided: `call.approve(arguments=...)`, `call.reject(reason)` and
        `call.answer(result)` of each `OpenCall` in `turn.calls`. Calls that need an
        approval and have none pause the run.

        Calls found in the history come first, as turn 0. Leaving early leaves the calls
        of the turn open. Counts as the run's one iteration.
        """
        return _Turns(self)

    def partial(self) -> Any:
        """Return the object of `output_type` as far as it has come, in plain types.

        It is read from the text of the turn in progress, or of the last one; None if
        that has no text yet. `result()` returns the validated object.

        Raises:
            ConfigurationError: the run has no `output_type`.
        """
        with short_traceback:
            return self._reader.partial()

    async def result(self) -> RunResult:
        """Continue to the end; return what `run` would have returned.

        The answers differ from those of `run` as those of a stream do. Works after a
        partial iteration, and after closing if the end was seen.

        Raises:
            RunError: the run was closed before its end; or as iterating does.
        """
        with short_traceback:
            return await self._reader.result()

    def stop(self) -> None:
        """End the run after the turn in progress; call it from any task or thread.

        The functions of that turn end and their results are sent. The answer to them is
        the last one: its calls stay open (`result.open_calls`). Continue iterating to
        see it.
        """
        self._reader.course.run.stop()

    async def aclose(self) -> None:
        """Cancel the functions and close the connection.

        Call it from any task, any number of times. It waits for functions that clean
        up. A task that waits for an event stops iterating.
        """
        await self._reader.aclose()

    def _relay(
        self, format: "Format", keep_alive: float | None, error_text: "ErrorText"
    ) -> "AsyncRelay":
        from mistral_conversations.relay.reader import RelayReader  # noqa: PLC0415
        from mistral_conversations.relay.relay import AsyncRelay  # noqa: PLC0415

        reader = RelayReader(
            self._reader,
            format,
            owner=self,
            keep_alive=keep_alive,
            error_text=error_text,
        )
        aiter(self)  # refuses a second iteration
        return AsyncRelay(reader)


class _Turns(AsyncIterator[RunTurn]):
    """The turns of a run, which it keeps from being dropped."""

    def __init__(self, run: AsyncRunStream) -> None:
        self._run = run
        with short_traceback:
            run_reader_of(run).begin_iteration()

    async def __anext__(self) -> RunTurn:
        with short_traceback:
            turn = await run_reader_of(self._run).next_turn()
        if turn is None:
            raise StopAsyncIteration
        return turn


def run_reader_of(run: AsyncRunStream) -> RunReader:
    """Return what reads a run, for its blocking twin."""
    return run._reader  # noqa: SLF001 - private to users, not to the twin


publish(globals(), "AsyncRunStream")
