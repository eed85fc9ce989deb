"""`AsyncConversationStream`: a streamed answer, event by event."""

from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from mistral_conversations._event_loop import import_aside
from mistral_conversations._public import publish
from mistral_conversations._stream.reader import StreamReader
from mistral_conversations._stream.state import TextPieces
from mistral_conversations._traceback import short_traceback
from mistral_conversations.errors import MistralConversationsError, StreamError
from mistral_conversations.models.chunks import ToolFileChunk
from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.events import ConversationEvents
from mistral_conversations.models.model import ResponseMeta
from mistral_conversations.models.usage import ConversationUsageInfo

if TYPE_CHECKING:
    from mistral_conversations.relay.reader import ErrorText, Format
    from mistral_conversations.relay.relay import AsyncRelay

__all__ = ["AsyncConversationStream", "StreamText", "reader_of"]


class AsyncConversationStream:
    """A streamed answer: iterate over its events, or await its whole response.

    `start_stream`, `append_stream` and `restart_stream` return a stream at once and
    send nothing. Entering the stream sends the request, once; so does the first step
    of an iteration, of `text()` or of `response()`.

    The iteration ends after `conversation.response.done`, or when another task closes
    the stream. Any other end raises.

    One reader: one task reads at a time, and a second one gets a `ConfigurationError`.
    Each event comes once. Any task may close the stream.

    Cancelling a step: a cancelled `anext(stream)`, for example by `asyncio.timeout`,
    loses no event; call `anext(stream)` again to continue. A step that is cancelled
    while it sends the request ends the stream; so does a cancelled `response()` that
    sent the request itself.

    Leaving early: `async with` and `aclose()` close the connection. If the stream is
    garbage-collected instead, the event loop closes the connection a little later. None
    of this stops the service: it finishes the answer, stores it in the history, and
    rejects other requests for the conversation until then.

    Recovery: with `recover`, the step that meets a lost connection waits until the
    history contains the whole answer. The stream then continues where it broke, often
    with the rest of a message in one event, and `recovered` is true. No text comes
    twice. `usage` is zeros, because the history does not have it. If the step is
    cancelled, the next one continues the recovery; `aclose()` ends it.

    Raises:
        SDKError: the service rejected the request. The step that sends the request
            raises this, or another error of the plain call.
        StreamError: the stream failed after the answer had started. The error holds
            the `conversation_id` and the response so far (`partial`). The service may
            still finish the answer; the history then contains it, and
            `AsyncConversations.recover(error)` returns it.
        RecoveryError: with `recover`, the answer was lost and could not be recovered.
            It is a `StreamRecoveryUncertainError` if the answer had started.

    Example:
        stream = conversations.start_stream("Hi", model="mistral-medium-latest")
        async with stream:
            async for piece in stream.text():
                print(piece, end="", flush=True)
        print(stream.usage)
    """

    def __init__(self, reader: StreamReader) -> None:
        self._reader = reader
        self._state = reader.state

    @property
    def conversation_id(self) -> str | None:
        """The conversation's id; None until the service has sent it."""
        return self._state.conversation_id

    @property
    def usage(self) -> ConversationUsageInfo | None:
        """The tokens the answer used; None until its end."""
        return self._state.usage

    @property
    def meta(self) -> ResponseMeta | None:
        """The status and headers of the answer; None before they arrive."""
        return self._state.meta

    @property
    def recovered(self) -> bool:
        """Whether the rest of the answer was lost, and read from the history."""
        return self._state.recovered

    @property
    def snapshot(self) -> ConversationResponse | None:
        """The response so far; None before the first event.

        Each access builds it anew from all events so far, so its cost grows with the
        answer. Its usage is zero until the end.
        """
        return self._state.snapshot

    def __repr__(self) -> str:
        """Show the conversation's id and the state of the stream."""
        return self._reader.described(type(self))

    async def open(self) -> Self:
        """Send the request, and return the stream once the service has accepted it.

        An application can so answer a browser with an error status of its own, before
        it begins a response from the stream. A stream that is open stays as it is.

        Raises:
            SDKError: the service rejected the request; or another error of the plain
                call.
        """
        with short_traceback:
            await self._reader.enter()
        return self

    async def __aenter__(self) -> Self:
        """Send the request; return the stream."""
        with short_traceback:
            await self._reader.enter()
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Close the stream."""
        await self.aclose()

    def __aiter__(self) -> Self:
        """Iterate over the events, once."""
        with short_traceback:
            self._state.begin_iteration()
        return self

    async def __anext__(self) -> ConversationEvents:
        """Return the next event."""
        state = self._state
        while True:
            if not state.frames:
                with short_traceback:
                    if not await self._reader.receive():
                        raise StopAsyncIteration
            try:
                return state.accept(state.frames.popleft())
            except StreamError as error:
                if self._reader.lose(error):
                    continue
                with short_traceback:
                    await self._reader.release()
                    raise

    def text(self) -> AsyncIterator[str]:
        """Iterate over the text of the messages, piece by piece, in whole characters.

        Leaves out the model's thinking. Counts as the stream's one iteration.
        """
        return StreamText(aiter(self))

    async def display(self) -> None:
        """Show the answer while it is written: in a notebook's cell, or on stdout.

        The output of the cell grows, and contains the answer as HTML and as text.
        Elsewhere, text appears as it comes, with thinking and tools set off. Returns
        None, so that a cell shows the answer once; `response()` returns it afterwards.
        Counts as the stream's one iteration, and closes the stream.

        Raises:
            SDKError, StreamError: as iterating does; what came stays.
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

        Each event becomes that of the service: see `to_sse` of the event classes. If
        the stream breaks, the last event is a `conversation.response.error` with a text
        for the user; the details go to the log. Counts as the stream's one iteration.

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
        the type `data-handoff`. Counts as the stream's one iteration.

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

    async def response(self) -> ConversationResponse:
        """Read to the end; return what the plain call would have returned.

        `completed_at`, `guardrails` and `meta` differ, because no event contains
        them; a message's `created_at` is that of its first event. Works after a
        partial iteration, and after closing if the end was seen.

        Raises:
            StreamError: as iterating does; `StreamInterruptedError` if the stream was
                closed before its end.
        """
        with short_traceback:
            return await self._reader.response()

    async def aclose(self) -> None:
        """Close the connection; call it from any task, any number of times.

        A task that waits for an event stops iterating. The service continues: it
        finishes and stores the answer, and until then rejects other requests for the
        conversation.
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


class StreamText(AsyncIterator[str]):
    """The text of a stream; no generator, which would outlive a loop left by break.

    Args:
        events: the events of the stream.
    """

    def __init__(self, events: AsyncIterator[object]) -> None:
        self._next_event = events.__anext__
        self._pieces = TextPieces()

    async def __anext__(self) -> str:
        try:
            while True:
                if text := self._pieces.take(await self._next_event()):
                    return text
        except StopAsyncIteration:
            if rest := self._pieces.rest():
                return rest
            raise
        except MistralConversationsError:
            with short_traceback:
                raise


def reader_of(stream: AsyncConversationStream) -> StreamReader:
    """Return what reads a stream, for its blocking twin."""
    return stream._reader  # noqa: SLF001 - private to users, not to the twin


publish(globals(), "AsyncConversationStream")
