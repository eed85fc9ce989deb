"""The reader of a relay, for the async class and the blocking one."""

import logging
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

import anyio

from mistral_conversations._checks import check_seconds
from mistral_conversations.errors import ConfigurationError, MistralConversationsError
from mistral_conversations.models.runs import RunEvents
from mistral_conversations.relay.pause import Pause
from mistral_conversations.relay.pending import Pending

__all__ = ["ErrorText", "Format", "RelayReader", "Source"]

ErrorText: TypeAlias = str | Callable[[Exception], str] | None

_logger = logging.getLogger("mistral_conversations")

_ERROR_TEXT = "The answer could not be completed. Please try again."

_MOST_BYTES = 64 * 1024
"""How many bytes of events that arrived together are joined, about."""


class Source(Protocol):
    """What is relayed: the reader of a stream or of a run."""

    @property
    @abstractmethod
    def is_done(self) -> bool:
        """Whether the last event has been taken."""

    @abstractmethod
    def next_event(self) -> RunEvents | None:
        """Return the next event; None if none has arrived."""

    @abstractmethod
    async def receive(self) -> bool:
        """Wait for events; return whether there are any."""

    @abstractmethod
    def pause_of(self, error: Exception) -> Pause | None:
        """Return the pause that an error is; None if it is another one."""

    @abstractmethod
    async def aclose(self) -> None:
        """Close the connection."""


class Format(Protocol):
    """A protocol that a browser reads."""

    @property
    @abstractmethod
    def headers(self) -> Mapping[str, str]:
        """The headers of the response."""

    @property
    @abstractmethod
    def keep_alive(self) -> bytes:
        """What keeps the connection open while there are no events."""

    @abstractmethod
    def event(self, event: RunEvents) -> bytes:
        """Write an event; it may take no bytes."""

    @abstractmethod
    def end(self, *, is_done: bool) -> bytes:
        """Write the end; without `is_done`, the application closed the stream."""

    @abstractmethod
    def pause(self, pause: Pause) -> bytes:
        """Write a pause, and the end."""

    @abstractmethod
    def failure(self, text: str) -> bytes:
        """Write a text for the user about a failure, and the end."""


class RelayReader:
    """Read a stream or a run as bytes.

    Args:
        source: the reader of the stream or of the run.
        format: the protocol.
        owner: the stream or the run, whose end, by the garbage collector too, closes
            the source.
        keep_alive: the seconds after which a silent stream is kept alive.
        error_text: the text for a user; None for that of this library.

    Attributes:
        error: what ended the stream early.

    Raises:
        TypeError: a parameter is of another type.
        ValueError: `keep_alive` is not above 0.
    """

    def __init__(
        self,
        source: Source,
        format: Format,
        *,
        owner: object,
        keep_alive: float | None,
        error_text: ErrorText,
    ) -> None:
        check_seconds("keep_alive", keep_alive, optional=True)
        text = _ERROR_TEXT if error_text is None else error_text
        if not (isinstance(text, str) or callable(text)):
            kind = type(text).__name__
            raise TypeError(f"error_text must be a str, a function or None, not {kind}")
        self.error: Exception | None = None
        self._source = source
        self._format = format
        self._owner = owner
        self._keep_alive = keep_alive
        self._error_text = text
        self._pending = Pending()
        self._reading = False
        self._ended = False

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the response."""
        return dict(self._format.headers)

    def described(self, cls: type) -> str:
        """Return the `repr` of a relay of a class."""
        return f"<{cls.__name__} of {self._owner!r}>"

    async def next_chunk(self) -> bytes:
        """Return the next bytes; none at the end."""
        if self._reading:
            raise ConfigurationError("another task is reading this relay")
        self._reading = True
        try:
            chunk = b""
            while not (chunk or self._ended):
                chunk = await self._step()
        except BaseException:
            with anyio.CancelScope(shield=True):
                await self._abort()
            raise
        finally:
            self._reading = False
        return chunk

    def failed(self, error: Exception) -> bytes:
        """Keep what ended the stream; return what reports it to the browser."""
        if self._ended:  # closed by another task
            return b""
        self._ended = True
        if self._source.is_done:  # its client was closed after the last event
            return self._format.end(is_done=True)
        self.error = error
        pause = self._source.pause_of(error)
        if pause is not None:
            return self._format.pause(pause)
        _log(error)
        return self._format.failure(self._text_for(error))

    def mark_ended(self) -> None:
        """End the iteration, from any thread."""
        self._ended = True

    def abandon(self) -> None:
        """End the wait of a relay that was dropped, from any thread."""
        self._pending.abandon()

    async def aclose(self) -> None:
        """Close the source, from any task."""
        self._ended = True
        try:
            await self._source.aclose()
        finally:
            await self._pending.end()

    async def _step(self) -> bytes:
        try:
            if chunk := self._arrived():
                return chunk
            arrived = await self._pending.wait(self._source.receive, self._keep_alive)
        except Exception as error:  # noqa: BLE001 - those of functions are the caller's
            written = self.failed(error)
            await self.aclose()
            return written
        if arrived is None:
            return self._format.keep_alive
        if arrived or self._ended:
            return b""
        await self.aclose()
        return self._format.end(is_done=self._source.is_done)

    def _arrived(self) -> bytes:
        """Return the events that have arrived."""
        chunk = bytearray()
        while len(chunk) < _MOST_BYTES:
            event = self._source.next_event()
            if event is None:
                break
            chunk += self._format.event(event)
        return bytes(chunk)

    async def _abort(self) -> None:
        """Close after a cancelled step: the wait first, which was cancelled with it."""
        self._ended = True
        try:
            await self._pending.end()
        finally:  # cancelled again
            await self._source.aclose()

    def _text_for(self, error: Exception) -> str:
        if isinstance(self._error_text, str):
            return self._error_text
        try:
            return str(self._error_text(error))
        except Exception:
            _logger.exception("error_text raised an exception")
            return _ERROR_TEXT


def _log(error: Exception) -> None:
    """Log why a stream ended early; only a foreign exception needs its traceback."""
    foreign = None if isinstance(error, MistralConversationsError) else error
    _logger.warning(
        "a relayed stream ended early: %s: %s",
        type(error).__name__,
        error,
        exc_info=foreign,
    )
