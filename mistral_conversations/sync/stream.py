"""`ConversationStream`: a streamed answer, event by event, for those who block."""

import os
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, TypeVar

from mistral_conversations._wire.sse import ServerSentEvent
from mistral_conversations.errors import ConfigurationError, StreamError
from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.events import ConversationEvents
from mistral_conversations.models.model import ResponseMeta
from mistral_conversations.models.usage import ConversationUsageInfo
from mistral_conversations.stream import AsyncConversationStream, text_of
from mistral_conversations.sync.portal import Portal

__all__ = ["ConversationStream"]

R = TypeVar("R")


class ConversationStream:
    """Blocking twin of `AsyncConversationStream`.

    The events that have come cross to the caller's thread together; nothing is read
    from the connection while the caller is busy with them. One thread reads at a time;
    any thread may close. Ctrl-C while it waits for an event closes it.
    """

    def __init__(self, stream: AsyncConversationStream, portal: Portal) -> None:
        self._stream = stream
        self._portal = portal
        self._pid: int | None = None

    @property
    def conversation_id(self) -> str | None:
        """The conversation; None until the service has told it."""
        return self._stream.conversation_id

    @property
    def usage(self) -> ConversationUsageInfo | None:
        """What the answer cost; None until its end."""
        return self._stream.usage

    @property
    def meta(self) -> ResponseMeta | None:
        """The HTTP side of the answer; None before the request was sent."""
        return self._stream.meta

    @property
    def snapshot(self) -> ConversationResponse | None:
        """The response so far, as the async twin has it."""
        return self._stream.snapshot

    def __enter__(self) -> Self:
        """Send the request."""
        self._wait(self._stream.__aenter__)
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self.close()

    def __iter__(self) -> Self:
        """Iterate over the events, once; in the midst of them it goes on."""
        if not self._is_amid():
            aiter(self._stream)
        return self

    def __next__(self) -> ConversationEvents:
        """Give the next event."""
        stream = self._stream
        while (frame := _next_frame(stream)) is None:
            if not self._receive():
                raise StopIteration
        try:
            return stream._accept(frame)
        except StreamError:
            self._wait(stream._release)
            raise

    def text(self) -> Iterator[str]:
        """Iterate over the text of the messages alone, piece by piece."""
        return _Text(self)

    def response(self) -> ConversationResponse:
        """Read to the end, give what the plain call would have answered."""
        try:
            return self._wait(self._stream.response)
        except ConfigurationError:
            if self._stream._done and (response := self.snapshot) is not None:
                return response
            raise

    def close(self) -> None:
        """Close the connection; from any thread, as often as one likes."""
        if self._is_inherited():
            return
        with suppress(ConfigurationError):  # a client that is closed has closed it
            self._portal.run(self._stream.aclose)

    def _receive(self) -> bool:
        """Get frames to go on with; tell whether there are any."""
        try:
            return self._wait(self._stream._receive)
        except ConfigurationError:
            if self._stream._done:  # then nothing is missed for a client that is closed
                return False
            raise

    def _wait(self, function: Callable[[], Coroutine[Any, Any, R]]) -> R:
        """Run a coroutine; if Ctrl-C ends the wait for it, close the connection."""
        if self._is_inherited():
            raise ConfigurationError("this stream belongs to another process")
        self._pid = os.getpid()
        try:
            return self._portal.call(function)
        except Exception:
            raise
        except BaseException:
            self.close()
            raise

    def _is_amid(self) -> bool:
        stream = self._stream
        return stream._iterated and not (stream._done or stream._closed)

    def _is_inherited(self) -> bool:
        """Whether this process was forked from the one that reads the stream."""
        return self._pid not in {None, os.getpid()}


class _Text(Iterator[str]):
    """The text of a stream."""

    def __init__(self, stream: ConversationStream) -> None:
        self._events = iter(stream)

    def __next__(self) -> str:
        while True:
            if text := text_of(next(self._events)):
                return text


def _next_frame(stream: AsyncConversationStream) -> ServerSentEvent | None:
    """Take a frame that has come; another thread may close the stream meanwhile."""
    try:
        return stream._frames.popleft()
    except IndexError:
        return None
