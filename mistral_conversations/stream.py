"""`AsyncConversationStream`: a streamed answer, event by event."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Self, TypeAlias

from mistral_conversations._accumulator import Accumulator
from mistral_conversations._transport.event_source import EventSource
from mistral_conversations._wire.events import END_OF_STREAM, decode_event
from mistral_conversations._wire.sse import ServerSentEvent
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
from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.events import (
    ConversationEvents,
    MessageOutputEvent,
    ResponseErrorEvent,
    UnknownEvent,
)
from mistral_conversations.models.model import ResponseMeta, received
from mistral_conversations.models.usage import ConversationUsageInfo

__all__ = ["AsyncConversationStream", "text_of"]

Opener: TypeAlias = Callable[[], Awaitable[EventSource]]

_DONE = "conversation.response.done"
_ERROR = "conversation.response.error"


class AsyncConversationStream:
    """A streamed answer: iterate over its events, or wait for its response.

    Made by `start_stream`, `append_stream` and `restart_stream`. The request is sent
    by `async with`, or by the first `async for`, `text()` or `response()`; not before.
    `async with` closes the connection on every way out. An object that is dropped
    without it is closed by the event loop, a little later.

    One task reads at a time; any task may close. The iteration ends with
    `conversation.response.done`, or when another task closes the stream; any other
    end raises.

    Raises:
        SDKError: the service refused the request (and the other errors of a plain
            call), by the call that sends it.
        StreamError: something went wrong after the answer had started. It has the
            `conversation_id` and, as `partial`, the response so far. The service may
            have gone on generating: the entries it finished are in the history.
    """

    def __init__(self, opener: Opener, conversation_id: str | None = None) -> None:
        self._opener = opener
        self._accumulator = Accumulator(conversation_id)
        self._source: EventSource | None = None
        self._opening: asyncio.Timeout | None = None
        self._frames: deque[ServerSentEvent] = deque()
        self._meta: ResponseMeta | None = None
        self._error: StreamError | None = None
        self._sent = False
        self._iterated = False
        self._reading = False
        self._done = False
        self._closed = False

    @property
    def conversation_id(self) -> str | None:
        """The conversation; None until the service has told it."""
        return self._accumulator.conversation_id

    @property
    def usage(self) -> ConversationUsageInfo | None:
        """What the answer cost; None until its end."""
        return self._accumulator.usage

    @property
    def meta(self) -> ResponseMeta | None:
        """The HTTP side of the answer; None before the request was sent."""
        return self._meta

    @property
    def snapshot(self) -> ConversationResponse | None:
        """The response so far; None before the first event.

        It is put together anew each time, from all events until now; its usage is
        zeros until the end.
        """
        response = self._accumulator.response()
        if response is None or self._meta is None:
            return response
        return received(response, self._meta)

    async def __aenter__(self) -> Self:
        """Send the request."""
        self._refuse_if_closed()
        if self._source is None:
            await self._open()
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Close the connection."""
        await self.aclose()

    def __aiter__(self) -> Self:
        """Iterate over the events, once."""
        if self._iterated:
            raise ConfigurationError(
                "this stream has been read: its events come only once; "
                "`snapshot` and `response()` have what they add up to"
            )
        self._refuse_if_closed()
        self._iterated = True
        return self

    async def __anext__(self) -> ConversationEvents:
        """Give the next event."""
        if not self._frames and not await self._receive():
            raise StopAsyncIteration
        try:
            return self._accept(self._frames.popleft())
        except StreamError:
            await self._release()
            raise

    def text(self) -> AsyncIterator[str]:
        """Iterate over the text of the messages alone, piece by piece."""
        return _Text(self)

    async def response(self) -> ConversationResponse:
        """Read to the end, give what the plain call would have answered.

        It differs in `completed_at`, `guardrails` and `meta`, which no event tells;
        a message's `created_at` is that of its first event.

        Raises:
            StreamError: as iterating does; `StreamInterruptedError` where the stream
                was closed before its end.
        """
        if not self._sent:
            async with self:
                return await self.response()
        self._iterated = True
        with suppress(StopAsyncIteration):
            while True:
                await anext(self)
        response = self.snapshot
        if not self._done or response is None:
            raise self._failed(
                StreamInterruptedError("the stream was closed before its end")
            )
        return response

    async def aclose(self) -> None:
        """Close the connection; from any task, as often as one likes.

        The service goes on generating, and holds the conversation meanwhile.
        """
        self._closed = True
        self._frames.clear()
        opening, self._opening = self._opening, None
        if opening is not None:
            opening.reschedule(asyncio.get_running_loop().time())
        await self._release()

    def _refuse_if_closed(self) -> None:
        if self._closed:
            sent = "; its request was sent" if self._sent else ", and sent nothing"
            raise ConfigurationError(f"this stream is closed{sent}")

    async def _open(self) -> None:
        """Send the request, once; `aclose` meanwhile ends the wait."""
        if self._sent:
            raise ConfigurationError(
                "this stream is being opened by another task, or could not be opened: "
                "make the call again"
            )
        self._sent = True
        try:
            async with asyncio.timeout(None) as self._opening:
                self._source = await self._opener()
            self._meta = self._source.meta
        except StreamError as error:
            self._failed(error)
            raise
        except TimeoutError:
            if not self._closed:
                raise
        finally:
            self._opening = None
        if self._closed:
            await self._release()

    async def _receive(self) -> bool:
        """Get frames to go on with; tell whether there are any."""
        if self._error is not None:
            raise self._error
        if self._reading:
            raise ConfigurationError("another task is reading this stream")
        self._reading = True
        try:
            while not (self._frames or self._done or self._closed):
                await self._read()
        except StreamError:
            await self._release()
            raise
        finally:
            self._reading = False
        if not self._frames:
            await self._release()
        return bool(self._frames)

    async def _read(self) -> None:
        if self._source is None:
            await self._open()
        if self._source is None:
            return
        try:
            frames = await self._source.frames()
        except StreamError as error:
            self._failed(error)
            raise
        except APIConnectionError as error:
            if self._closed:
                return
            raise self._failed(_interrupted(error)) from error
        if not frames:
            raise self._failed(
                StreamInterruptedError(
                    f"the stream ended before {_DONE}, "
                    f"{self._source.pending} bytes into an event"
                )
            )
        self._frames.extend([f for f in frames if f.data != END_OF_STREAM])

    def _accept(self, frame: ServerSentEvent) -> ConversationEvents:
        try:
            event = decode_event(frame)
        except ValueError as error:
            raise self._failed(
                StreamDecodeError(
                    f"an event is no JSON: {error}", body=frame.data, meta=self.meta
                )
            ) from None
        self._accumulator.add(event)
        if event.type == _DONE:
            self._done = True
            self._frames.clear()
        elif event.type == _ERROR:
            raise self._failed(_response_failed(event))
        return event

    def _failed(self, error: StreamError) -> StreamError:
        """Tell an error how far the stream had come, and keep it."""
        error.conversation_id = self.conversation_id
        error.partial = self.snapshot
        self._error = error
        self._frames.clear()
        return error

    async def _release(self) -> None:
        """Close the connection, or leave it for reuse when the answer is complete."""
        source, self._source = self._source, None
        if source is None:
            return
        try:
            if self._done:
                await source.drain()
        finally:
            await source.aclose()


class _Text(AsyncIterator[str]):
    """The text of a stream; no generator, which would outlive a loop left by break."""

    def __init__(self, stream: AsyncConversationStream) -> None:
        self._events = aiter(stream)

    async def __anext__(self) -> str:
        while True:
            if text := text_of(await anext(self._events)):
                return text


def text_of(event: ConversationEvents) -> str:
    """Give the text of a piece of a message; empty for any other event."""
    return event.text if isinstance(event, MessageOutputEvent) else ""


def _interrupted(error: APIConnectionError) -> StreamInterruptedError:
    if isinstance(error, APITimeoutError):
        return StreamTimeoutError(
            str(error),
            phase=error.phase,
            may_have_been_processed=True,
            attempts=error.attempts,
        )
    return StreamInterruptedError(str(error))


def _response_failed(event: ConversationEvents) -> ResponseFailedError:
    if isinstance(event, ResponseErrorEvent):
        return ResponseFailedError(event.message, code=event.code)
    raw = event.raw if isinstance(event, UnknownEvent) else None
    told = raw if isinstance(raw, dict) else {}
    return ResponseFailedError(
        str(told.get("message") or "the service ended the stream with an error"),
        code=told.get("code"),
    )
