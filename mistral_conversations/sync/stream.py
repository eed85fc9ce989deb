"""`ConversationStream`: a streamed answer, event by event, without async."""

from collections.abc import Callable, Iterator
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Self

from mistral_conversations._event_loop import within
from mistral_conversations._public import publish
from mistral_conversations._stream.reader import StreamReader
from mistral_conversations._stream.state import TextPieces
from mistral_conversations._traceback import short_traceback
from mistral_conversations.errors import (
    ConfigurationError,
    MistralConversationsError,
    StreamError,
    StreamInterruptedError,
)
from mistral_conversations.models.chunks import ToolFileChunk
from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.events import ConversationEvents
from mistral_conversations.models.model import ResponseMeta
from mistral_conversations.models.usage import ConversationUsageInfo
from mistral_conversations.sync.portal import Portal
from mistral_conversations.sync.steps import Steps

if TYPE_CHECKING:
    from mistral_conversations.relay.reader import ErrorText, Format
    from mistral_conversations.sync.relay import Relay

__all__ = ["ConversationStream", "StreamText"]


class ConversationStream:
    """Blocking twin of `AsyncConversationStream`.

    Entering the stream sends the request, once; so does the first step of an
    iteration, of `text()` or of `response()`.

    One thread reads at a time; any thread may close. Events that arrived together
    cross to the caller's thread together, and the connection is not read while the
    caller handles them. Ctrl-C during a step closes the stream: the event of that step
    may be lost, and later steps raise `StreamInterruptedError`.

    Closing or dropping the stream does not stop the service: it finishes the answer,
    stores it in the history, and rejects other requests for the conversation until
    then.

    With `recover`, the step that meets a lost connection waits until the history
    contains the whole answer, and the stream continues; see `AsyncConversationStream`.
    `close()` and Ctrl-C end the wait.

    Raises:
        SDKError: the service rejected the request. The step that sends the request
            raises this, or another error of the plain call.
        StreamError: the stream failed after the answer had started. The error holds
            the `conversation_id` and the response so far (`partial`).
        RecoveryError: with `recover`, the answer was lost and could not be recovered.

    Example:
        with conversations.start_stream("Hi", model="mistral-medium-latest") as stream:
            for piece in stream.text():
                print(piece, end="", flush=True)
        print(stream.usage)
    """

    def __init__(self, reader: StreamReader, portal: Portal) -> None:
        self._reader = reader
        self._state = reader.state
        self._steps = Steps(
            portal, reader.aclose, lambda: reader.state.meta is not None
        )

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

    def open(self) -> Self:
        """Send the request, and return the stream once the service has accepted it.

        Blocking twin of `AsyncConversationStream.open`.

        Raises:
            SDKError: the service rejected the request; or another error of the plain
                call.
        """
        with short_traceback:
            self._steps.wait(self._reader.enter)
        return self

    def __enter__(self) -> Self:
        """Send the request; return the stream."""
        with short_traceback:
            self._steps.wait(self._reader.enter)
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Close the stream."""
        self.close()

    def __iter__(self) -> Self:
        """Iterate over the events, once; continue an iteration that has begun."""
        with short_traceback:
            self._check_interrupted()
            if not self._state.is_iterating:
                self._state.begin_iteration()
        return self

    def __next__(self) -> ConversationEvents:
        """Return the next event."""
        while True:
            try:
                event = self._state.next_event()
                if event is not None:
                    return event
            except StreamError as error:
                if not self._reader.lose(error):
                    with short_traceback:
                        self._steps.wait(self._reader.release)
                        raise
            except BaseException as error:
                self._steps.interrupt(error)
                raise
            with short_traceback:
                if not self._receive():
                    raise StopIteration

    def text(self) -> Iterator[str]:
        """Iterate over the text of the messages, piece by piece, in whole characters.

        Leaves out the model's thinking. Counts as the stream's one iteration.
        """
        return StreamText(iter(self), self._steps.interrupt)

    def display(self) -> None:
        """Show the answer while it is written: in a notebook's cell, or on stdout.

        Blocking twin of `AsyncConversationStream.display`.

        Raises:
            SDKError, StreamError: as iterating does; what came stays, after Ctrl-C too.
        """
        from mistral_conversations.display.showing import show  # noqa: PLC0415

        with short_traceback:
            show(self, self._comes_within, self._steps.interrupt)

    def sse(
        self,
        *,
        keep_alive: float | None = 15,
        error_text: str | Callable[[Exception], str] | None = None,
    ) -> "Relay":
        """Return the events as server-sent events, for the response to a browser.

        Blocking twin of `AsyncConversationStream.sse`.

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

        Blocking twin of `AsyncConversationStream.ui_messages`.

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

    def response(self) -> ConversationResponse:
        """Read to the end; return what the plain call would have returned.

        Blocking twin of `AsyncConversationStream.response`.

        Raises:
            StreamError: as iterating does; `StreamInterruptedError` if the stream was
                closed before its end.
        """
        with short_traceback:
            return self._response()

    def close(self) -> None:
        """Close the connection; call it from any thread, any number of times.

        Blocking twin of `AsyncConversationStream.aclose`.
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

    def _response(self) -> ConversationResponse:
        if self._steps.interrupted and self._state.done:
            return self._state.response()
        self._check_interrupted()
        try:
            return self._steps.wait(self._reader.response)
        except ConfigurationError as error:
            if self._state.done:  # a closed client cannot take back a whole response
                return self._state.response()
            raise self._ended_by(error) from None

    def _comes_within(self, seconds: float) -> bool:
        """Wait for an event or for the end; return whether there is one by then."""
        return bool(self._state.frames) or self._receive(seconds) is not None

    def _receive(self, seconds: float | None = None) -> bool | None:
        """Wait for the next frames; return whether there are any, None if not yet."""
        self._check_interrupted()
        try:
            return self._steps.wait(partial(within, seconds, self._reader.receive))
        except ConfigurationError as error:
            if self._state.done:  # a closed client has nothing more to read
                return False
            raise self._ended_by(error) from None

    def _ended_by(self, error: ConfigurationError) -> MistralConversationsError:
        """Return the error of a step that failed; a closed client ends an answer."""
        if self.meta is None or not self._steps.is_over:
            return error
        ended = StreamInterruptedError("this client was closed before the stream's end")
        return self._state.error or self._state.fail(ended)

    def _check_interrupted(self) -> None:
        """Raise an error after an interrupted step, instead of ending the iteration."""
        if self._steps.interrupted:
            raise self._state.fail(
                StreamInterruptedError(
                    "the stream was closed when a step was interrupted, "
                    "such as by Ctrl-C: an event may be missing"
                )
            )


class StreamText(Iterator[str]):
    """The text of a stream.

    Args:
        events: the stream's events.
        interrupted: called with an error that may have cost an event.
    """

    def __init__(
        self,
        events: Iterator[object],
        interrupted: Callable[[BaseException], None],
    ) -> None:
        self._events = events
        self._interrupted = interrupted
        self._pieces = TextPieces()

    def __next__(self) -> str:
        try:
            while True:
                if text := self._next_piece():
                    return text
        except BaseException as error:
            self._interrupted(error)
            with short_traceback:
                raise

    def _next_piece(self) -> str:
        try:
            return self._pieces.take(next(self._events))
        except StopIteration:
            if rest := self._pieces.rest():
                return rest
            raise


publish(globals(), "ConversationStream")
