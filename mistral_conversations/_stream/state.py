"""The state of a stream, which the async and the blocking class share: no I/O.

Frames go in, events come out; the response so far, the error and the end are kept.
"""

from collections import deque
from typing import TYPE_CHECKING, Any

from mistral_conversations._characters import Halves
from mistral_conversations._stream.accumulator import GROWING, Accumulator
from mistral_conversations._stream.failures import (
    failure_at_end,
    failure_of_body,
    failure_of_data,
    failure_of_event,
    failure_of_frame,
    words_of,
    words_of_last,
)
from mistral_conversations._wire.direct import DirectWay
from mistral_conversations._wire.events import decode_event
from mistral_conversations._wire.sse import Frame
from mistral_conversations.errors import (
    APIConnectionError,
    APITimeoutError,
    ConfigurationError,
    ResponseFailedError,
    StreamDecodeError,
    StreamError,
    StreamInterruptedError,
    StreamTimeoutError,
)
from mistral_conversations.models.chunks import text_of
from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.events import (
    ConversationEvents,
    MessageOutputEvent,
    ResponseErrorEvent,
    UnknownEvent,
)
from mistral_conversations.models.model import ResponseMeta, attach_meta
from mistral_conversations.models.usage import ConversationUsageInfo

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

__all__ = ["StreamState", "TextPieces", "leave"]

_DONE = "conversation.response.done"


class StreamState:
    """The state of one stream, from the request to its end.

    One thread may add frames while another accepts them and a third closes.

    Args:
        conversation_id: the conversation, if the request named it.

    Attributes:
        meta: the status and headers of the answer.
        error: what made the stream fail.
        sent: whether the request was sent.
        done: whether the last event was accepted.
        done_at: the service's time at the last event.
        closed: whether the stream was closed.
        frames: the frames that have arrived and are not accepted yet.
        mask: removes the API key from an error, should the service repeat it.
        record: records the call in an error, for a recovery of the answer.
        recovered: whether the rest of the answer was read from the history.
    """

    def __init__(self, conversation_id: str | None = None) -> None:
        self.meta: ResponseMeta | None = None
        self.error: StreamError | None = None
        self.sent: bool = False
        self.done: bool = False
        self.done_at: datetime | None = None
        self.closed: bool = False
        self._iterated = False
        self.frames: deque[Frame] = deque()
        self._last: Any = None  # of an unknown event: it may say why the stream ends
        self._direct = DirectWay(ConversationEvents)
        self._accumulator = Accumulator(conversation_id)
        self.mask: Callable[[BaseException], object] = leave
        self.record: Callable[[StreamError], object] = leave
        self.recovered: bool = False

    @property
    def conversation_id(self) -> str | None:
        """The conversation's id; None until known."""
        return self._accumulator.conversation_id

    @property
    def usage(self) -> ConversationUsageInfo | None:
        """The tokens used; None until the end."""
        return self._accumulator.usage

    @property
    def snapshot(self) -> ConversationResponse | None:
        """The response so far; None before the first event."""
        response = self._accumulator.response()
        if response is None or self.meta is None:
            return response
        return attach_meta(response, self.meta)

    @property
    def is_iterating(self) -> bool:
        """Whether an iteration has begun and not ended."""
        return self._iterated and not (self.done or self.closed)

    def check_open(self) -> None:
        """Raise `ConfigurationError` if the stream is closed."""
        if self.closed:
            sent = "its request was sent" if self.sent else "nothing was sent"
            raise ConfigurationError(f"this stream is closed; {sent}")

    def begin_sending(self) -> None:
        """Mark the request as sent; raise if it already was."""
        if self.sent:
            raise ConfigurationError(
                "this stream is being opened by another task, or could not be opened: "
                "make the call again"
            )
        self.sent = True

    def begin_iteration(self) -> None:
        """Mark the events as read; raise if they already were."""
        if self._iterated:
            raise ConfigurationError(
                "this stream has been read: its events come only once; "
                "`snapshot` and `response()` still return the answer"
            )
        self.check_open()
        self._iterated = True

    def mark_read(self) -> None:
        """Mark the events as read by `response()`: no iteration may follow."""
        self._iterated = True

    def next_event(self) -> ConversationEvents | None:
        """Accept the next frame and return its event; None without a frame."""
        try:  # instead of a check: another thread may close the stream after it
            frame = self.frames.popleft()
        except IndexError:
            return None
        return self.accept(frame)

    def accept(self, frame: Frame) -> ConversationEvents:
        """Return the event of a frame, and add it to the response.

        Raises:
            StreamDecodeError: the data is not JSON.
            ResponseFailedError: the event reports an error.
        """
        name, data = frame
        try:
            event: ConversationEvents | None = self._direct.read(data)
            if event is None:
                event = decode_event(name, data)
        except ValueError as error:
            failed = failure_of_frame(name, data) or StreamDecodeError(
                f"an event is not JSON ({error}){words_of(data)}",
                body=data,
                meta=self.meta,
            )
            raise self.fail(failed) from None
        self._last = None
        if event.__class__ in GROWING:
            self._accumulator.add(event)
        else:
            self._accept_whole(name, event)
        return event

    def _accept_whole(self, name: str, event: ConversationEvents) -> None:
        """Add an event that is no piece of an entry: it may end the stream."""
        if isinstance(event, UnknownEvent):
            self._last = event.raw
            if (found := failure_of_data(name, event.raw)) is not None:
                raise self.fail(found)
        self._accumulator.add(event)
        if event.type == _DONE:
            self.done = True
            self.done_at = getattr(event, "created_at", None)
            self.frames.clear()
        elif isinstance(event, ResponseErrorEvent):
            raise self.fail(_response_failed(event))

    def fail(self, error: StreamError) -> StreamError:
        """Keep an error, attach the response so far, and return it."""
        error.conversation_id = self.conversation_id
        error.partial = self.snapshot
        if self.meta is not None:
            error.attempts = self.meta.attempts
        self.mask(error)
        self.record(error)
        self.error = error
        self.frames.clear()
        return error

    def lose_connection(self, error: APIConnectionError) -> StreamError:
        """Return the error of a stream whose connection was lost or timed out."""
        if isinstance(error, APITimeoutError):
            return self.fail(
                StreamTimeoutError(
                    str(error),
                    phase=error.phase,
                    may_have_been_processed=True,
                    attempts=self.meta.attempts if self.meta else error.attempts,
                )
            )
        return self.fail(
            failure_at_end(self._last) or StreamInterruptedError(str(error))
        )

    def end_early(self, pending: int, unread: bytes = b"") -> StreamError:
        """Return the error of a body that ends before the last event.

        Args:
            pending: the bytes that arrived of an incomplete event.
            unread: the bytes that are no whole event, or their beginning.
        """
        return self.fail(
            failure_of_body(unread)
            or failure_at_end(self._last)
            or StreamInterruptedError(
                f"the stream ended before {_DONE}, {pending} bytes into an event"
                f"{words_of(unread) or words_of_last(self._last)}"
            )
        )

    def resume(self, recovered: ConversationResponse) -> None:
        """Continue a stream that failed, with the rest of the recovered answer.

        Raises:
            ValueError: it does not continue what was streamed; the message says why.
        """
        from mistral_conversations._stream.continuation import frames_after  # noqa: PLC0415

        self.frames.extend(frames_after(self._accumulator, recovered))
        self.recovered, self.error = True, None
        if self.meta is None:
            self.meta = recovered.meta

    def close(self) -> None:
        """Mark the stream as closed; drop the frames not accepted yet."""
        self.closed = True
        self.frames.clear()

    def response(self) -> ConversationResponse:
        """Return the whole response.

        Raises:
            StreamInterruptedError: the stream was closed before its end.
            StreamDecodeError: neither the request nor the stream named a conversation.
        """
        response = self.snapshot
        if not self.done or response is None:
            raise self.fail(
                StreamInterruptedError("the stream was closed before its end")
            )
        nameless = self._accumulator.nameless
        if self.conversation_id is None and nameless is not None:
            raise self.fail(
                StreamDecodeError(
                    "the answer has no conversation_id",
                    body=nameless.raw,
                    meta=self.meta,
                )
            )
        return response


def leave(error: BaseException) -> object:
    """Return an error as it is: no request was sent."""
    return error


class TextPieces:
    """The text of the messages of a stream, in pieces of whole characters."""

    def __init__(self) -> None:
        self._halves = Halves()

    def take(self, event: object) -> str:
        """Return the text of the next event, without half a character at its end."""
        if not isinstance(event, MessageOutputEvent):
            return ""
        content = event.content
        if isinstance(content, str) and content.isascii() and not self._halves.kept:
            return content
        return self._halves.take(text_of(content), (event.output_index, event.id))

    def rest(self) -> str:
        """Return what remains at the end: U+FFFD for half a character, or nothing."""
        return self._halves.rest()


def _response_failed(event: ResponseErrorEvent) -> ResponseFailedError:
    if event.message.lstrip()[:1] in {"", "{", "[", "<"}:
        return failure_of_event({"message": event.message, "code": event.code})
    return ResponseFailedError(event.message, code=event.code)
