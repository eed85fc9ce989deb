"""The reader of a stream: sends the request and reads frames, for either class.

It knows HTTP only as a `FrameSource`. All its coroutines run on one event loop.
"""

import asyncio
import weakref
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

from mistral_conversations._event_loop import running_loop
from mistral_conversations._stream.rescue import Rescue
from mistral_conversations._stream.state import StreamState, leave
from mistral_conversations._wire.service_clock import Moment
from mistral_conversations._wire.sse import Frame
from mistral_conversations.errors import (
    APIConnectionError,
    ConfigurationError,
    MistralConversationsError,
    RecoveryError,
    StreamError,
)
from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.events import ConversationEvents
from mistral_conversations.models.model import ResponseMeta

if TYPE_CHECKING:
    from mistral_conversations._observing.streams import StreamWatch
    from mistral_conversations._stream.search import Trace

__all__ = ["FrameSource", "Opener", "StreamReader"]


class FrameSource(Protocol):
    """The body of a streamed answer, as frames."""

    meta: ResponseMeta

    @property
    def sent_at(self) -> Moment:
        """When the request was sent; here, when its answer arrives."""
        return Moment.now()

    @property
    def mask(self) -> Callable[[BaseException], object]:
        """What removes the API key from an error; keeps no reference to the source."""
        return leave

    @property
    @abstractmethod
    def pending(self) -> int:
        """The bytes that arrived of an incomplete frame."""

    @property
    def unread(self) -> bytes:
        """What arrived besides whole frames, or its beginning."""
        return b""

    @abstractmethod
    async def frames(self) -> Sequence[Frame]:
        """Return the next frames; none at the end of the body."""

    async def drain(self) -> None:
        """Wait a moment for the end of the body, so that the connection is reused."""

    async def aclose(self) -> None:
        """Close the connection."""


Opener: TypeAlias = Callable[[], Awaitable[FrameSource]]


class StreamReader:
    """Read one stream.

    Args:
        opener: sends the request and waits for the head of the answer.
        conversation_id: the conversation, if the request names it.
        trace: what recovers a lost answer.
        watch: what shows the stream to observers.
    """

    def __init__(
        self,
        opener: Opener,
        conversation_id: str | None = None,
        trace: "Trace | None" = None,
        watch: "StreamWatch | None" = None,
    ) -> None:
        self.state: StreamState = StreamState(conversation_id)
        self._opener = opener
        self._rescue = Rescue(self.state, trace)
        self._source: FrameSource | None = None
        self._opening: asyncio.Timeout | None = None
        self._reading = False
        self._watch = watch
        self._was_cancelled = False
        if watch is not None:
            weakref.finalize(self, watch.drop, self.state).atexit = False

    def described(self, cls: type) -> str:
        """Return the `repr` of a stream of a class: its conversation and its state."""
        id = self.state.conversation_id
        shown = "" if id is None else f" {id!r}"
        return f"<{cls.__name__}{shown}, {self._status}>"

    @property
    def _status(self) -> str:
        state = self.state
        rejected = state.sent and state.meta is None and self._opening is None
        status = {
            "done": state.done,
            "closed": state.closed and state.error is None,
            "recovering": self._rescue.is_due,
            "failed": state.error is not None or rejected,
            "open": state.meta is not None,
            "opening": state.sent,
        }
        return next((name for name, holds in status.items() if holds), "not started")

    async def enter(self) -> None:
        """Send the request, unless the stream is open."""
        self.state.check_open()
        begun = self.state.done or self._rescue.is_due or self.state.recovered
        if self._source is None and not begun:
            await self._send()
        if self._rescue.is_due:
            await self._recover()

    def lose(self, error: StreamError) -> bool:
        """Return whether the next `receive` recovers what an error has lost."""
        return self._rescue.begin(error)

    @property
    def is_done(self) -> bool:
        """Whether the last event has been taken."""
        return self.state.done

    def next_event(self) -> ConversationEvents | None:
        """Return the next event; None if `receive` is to wait for it, or to raise."""
        try:
            return self.state.next_event()
        except StreamError as error:
            self.lose(error)
            return None

    def pause_of(self, error: Exception) -> None:
        """Return None: no error of a stream is a pause for decisions."""

    async def receive(self) -> bool:
        """Wait for the next frames; return whether there are any.

        Raises:
            StreamError: the stream failed, now or before.
            ConfigurationError: another task is reading, or the stream could not be
                opened.
        """
        state = self.state
        if state.error is not None:
            raise state.error.with_traceback(None)  # else it grows each time
        if self._reading:
            raise ConfigurationError("another task is reading this stream")
        self._reading, self._was_cancelled = True, False
        try:
            while not (state.frames or state.done or state.closed):
                await self._read()
                if self._rescue.is_due:
                    await self._recover()
        except StreamError:
            await self.release()
            raise
        except asyncio.CancelledError:
            self._was_cancelled = True
            raise
        finally:
            self._reading = False
        if not state.frames:
            await self.release()
        return bool(state.frames)

    async def response(self) -> ConversationResponse:
        """Read to the end and return the response; close a stream opened for it."""
        if self.state.sent:
            return await self._read_all()
        await self.enter()
        try:
            return await self._read_all()
        finally:
            await self.aclose()

    async def release(self) -> None:
        """Close the connection; keep it for reuse if the answer is complete."""
        source, self._source = self._source, None
        try:
            if source is not None:
                await self._close(source)
        finally:
            if self._watch is not None and not self._rescue.is_due:
                cause = asyncio.CancelledError() if self._was_cancelled else None
                await self._watch.end(self.state, cause)

    async def _close(self, source: FrameSource) -> None:
        try:
            if self.state.done:
                self._rescue.learn()
                await source.drain()
        finally:
            await source.aclose()

    async def aclose(self) -> None:
        """Close the stream, from any task; end the waits of the others."""
        self.state.close()
        opening, self._opening = self._opening, None
        if opening is not None:
            opening.reschedule(asyncio.get_running_loop().time())
        await self.release()

    async def _send(self) -> None:
        """Send the request, once; its answer may be lost."""
        running_loop()
        self.state.begin_sending()
        try:
            await self._until_closed(self._open)
        except MistralConversationsError as error:
            if isinstance(error, StreamError):
                self.state.fail(error)
            if not self._rescue.begin(error):
                await self._end_watch(error)
                raise
        except BaseException as error:
            await self._end_watch(error)
            raise
        if self.state.closed:
            await self.release()

    async def _end_watch(self, error: BaseException) -> None:
        """Show observers that an error outside the stream's state has ended it."""
        if self._watch is not None:
            await self._watch.end(self.state, error)

    async def _open(self) -> None:
        source = self._source = await self._opener()
        self.state.meta, self.state.mask = source.meta, source.mask
        self._rescue.opened(source.sent_at)

    async def _until_closed(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do some work; `aclose` ends it."""
        try:
            async with asyncio.timeout(None) as self._opening:
                await work()
        except TimeoutError:
            if not self.state.closed:
                raise
        finally:
            self._opening = None

    async def _read(self) -> None:
        """Read the next frames, unless the answer is lost, now or before."""
        if self._rescue.is_due:
            return
        if self._source is None:
            await self._send()
        if self._source is None:
            return
        try:
            await self._read_frames(self._source)
        except StreamError as error:
            if not self._rescue.begin(error):
                raise

    async def _read_frames(self, source: FrameSource) -> None:
        try:
            frames = await source.frames()
        except StreamError as error:
            self.state.fail(error)
            raise
        except APIConnectionError as error:
            if self.state.closed:
                return
            raise self.state.lose_connection(error) from error
        if not frames:
            raise self.state.end_early(source.pending, source.unread)
        if self._watch is not None:
            self._watch.received(len(frames))
        self.state.frames.extend(frames)

    async def _recover(self) -> None:
        """Wait for the rest of an answer that is lost."""
        await self.release()
        try:
            await self._until_closed(self._rescue.finish)
        except RecoveryError as error:
            await self._end_watch(error)
            raise
        if self._watch is not None:
            self._watch.received(len(self.state.frames))

    async def _read_all(self) -> ConversationResponse:
        state = self.state
        state.mark_read()
        try:
            while await self.receive():
                while state.frames:
                    self._accept(state.frames.popleft())
        except StreamError:
            await self.release()
            raise
        return state.response()

    def _accept(self, frame: Frame) -> None:
        try:
            self.state.accept(frame)
        except StreamError as error:
            if not self.lose(error):
                raise
