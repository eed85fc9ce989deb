"""A parser of server-sent events without I/O: bytes in, events out.

It follows the WHATWG HTML standard, section 9.2.
"""

import re
from abc import abstractmethod
from functools import partial
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from mistral_conversations._public import publish
from mistral_conversations.errors import EventTooLargeError

__all__ = [
    "DEFAULT_EVENT",
    "MAX_EVENT_BYTES",
    "Frame",
    "FrameDecoder",
    "Parser",
    "SSEDecoder",
    "ServerSentEvent",
]

MAX_EVENT_BYTES = 64 * 1024 * 1024

DEFAULT_EVENT = "message"
"""The type of an event for which the stream names none."""

_LONGEST_RETRY = 15
_LARGE = 64 * 1024
_BOM = b"\xef\xbb\xbf"
_USUAL = r"event: (.+)\ndata: (.*)\n\n|(?s:.+)"
_MOST_UNREAD = 64 * 1024
_WITHOUT_WORDS = (b":", b"id", b"retry")


class ServerSentEvent(NamedTuple):
    """One event of an event stream."""

    event: str
    """The event's type; `message` if the stream names none."""

    data: str
    """The data, its lines joined by line feeds."""

    id: str = ""
    """The last event id: this event's, or that of the last event before it with one."""

    retry: int | None = None
    """Milliseconds to wait before reconnecting, if the event says so."""


_make = partial(tuple.__new__, ServerSentEvent)
"""Makes an event from a tuple of its fields, in half the time that the class takes."""


Frame: TypeAlias = tuple[str, str]
"""The type and the data of an event."""

E = TypeVar("E")


class Parser(Generic[E]):
    """Parse the bytes of an event stream; a subclass makes the events.

    Args:
        max_event_bytes: the size in bytes above which an event raises.
    """

    def __init__(self, *, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._max = max_event_bytes
        self._held = bytearray()
        self._after_cr = False
        self._started = False
        self._overflow = False
        self._last_id = ""
        self._odd = bytearray()
        self._find_usual = re.compile(_USUAL).findall  # here, for a fast import

    @property
    def pending(self) -> int:
        """The bytes held of an incomplete event."""
        return len(self._held)

    @property
    def unread(self) -> bytes:
        """What arrived besides whole events, up to 128 KiB.

        That is lines that are no fields, such as those of a page, and an incomplete
        event.
        """
        return bytes(self._odd + self._held[:_MOST_UNREAD])

    def feed(self, data: bytes) -> list[E]:
        """Parse the next bytes; return the events they complete.

        Raises:
            EventTooLargeError: an event exceeds `max_event_bytes`. If other events
                precede it, this call returns them and the next call raises.
        """
        if self._overflow:
            raise self._too_large()
        if not self._started:
            data = self._skip_bom(data)
        data = self._with_line_feeds(data)
        events: list[E] = []
        if self._held:
            data = self._complete(data, events)
        end = data.rfind(b"\n\n") + 2
        if end > 1:
            blocks = data[:end]
            events += self._usual(blocks) or self._each(blocks)
            data = data[end:]
        if data:
            self._hold(data)
        if self._overflow and not events:
            raise self._too_large()
        return events

    def _too_large(self) -> EventTooLargeError:
        return EventTooLargeError(f"an event is larger than {self._max} bytes")

    def _skip_bom(self, data: bytes) -> bytes:
        data = bytes(self._held) + data
        self._held = bytearray()
        if len(data) < len(_BOM) and _BOM.startswith(data):
            self._held += data
            return b""
        self._started = True
        return data.removeprefix(_BOM)

    def _with_line_feeds(self, data: bytes) -> bytes:
        if self._after_cr and data:
            data = data.removeprefix(b"\n")
            self._after_cr = False
        if b"\r" in data:
            self._after_cr = data.endswith(b"\r")
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return data

    def _complete(self, data: bytes, events: list[E]) -> bytes:
        """Complete the event that is held; return the bytes after it.

        Only the new bytes are searched, and the event is parsed without a copy, so
        that the cost of a large event stays linear.
        """
        if self._held.endswith(b"\n") and data.startswith(b"\n"):
            self._held.pop()
            end, after = 0, 1
        else:
            end = data.find(b"\n\n") if b"\n" in data else -1
            after = end + 2
        if end < 0:
            self._hold(data)
            return b""
        block, self._held = self._held, bytearray()
        block += data[:end]
        self._dispatch(block, events)
        return data[after:]

    def _hold(self, data: bytes) -> None:
        """Hold the beginning of an event, without the blank lines before it.

        Its last line feed may be that of the blank line after it, which does not count
        either: the same events fit the limit, however the stream is split.
        """
        self._held += data if self._held else data.lstrip(b"\n")
        size = len(self._held) - self._held.endswith(b"\n")
        if self._overflow or size > self._max:
            self._overflow = True
            self._held = bytearray()

    def _usual(self, blocks: bytes) -> list[E]:
        """Parse events that all have the form the service sends; otherwise none.

        The form is one event line and one data line; a regular expression parses
        such a read in a third of the time. Its last match is all that follows an
        event of another form, and has no name.
        """
        if self._overflow or len(blocks) > min(self._max, _LARGE):
            return []
        frames = self._find_usual(blocks.decode(errors="replace"))
        return self._events(frames) if frames[-1][0] else []

    def _each(self, blocks: bytes) -> list[E]:
        """Parse events of any form."""
        events: list[E] = []
        for block in blocks.split(b"\n\n"):
            self._dispatch(block, events)
        return events

    def _dispatch(self, block: bytes | bytearray, events: list[E]) -> None:
        """Parse the lines of one event, unless an event before it was too large."""
        if block.startswith(b"\n"):  # an odd number of blank lines precedes it
            block = block[1:]
        self._overflow = self._overflow or len(block) > self._max
        if self._overflow:
            return
        event = self._parse_usual(block) or self._parse(block)
        if event is not None:
            events.append(event)
        elif block and len(self._odd) < _MOST_UNREAD:
            self._keep_odd(bytes(block[:_MOST_UNREAD]))

    def _keep_odd(self, block: bytes) -> None:
        """Keep lines that are no event, unless they are comments and the like."""
        lines = block.split(b"\n")
        if any(line and not line.startswith(_WITHOUT_WORDS) for line in lines):
            self._odd += block + b"\n\n"

    def _parse_usual(self, block: bytes | bytearray) -> E | None:
        """Parse one event of the service's form, of any size; copy only its data."""
        name_end = block.find(b"\n")
        data_at = name_end + len(b"\ndata: ")
        if not block.startswith(b"event: ") or block.find(b"\n", data_at) >= 0:
            return None
        if block[name_end:data_at] != b"\ndata: ":
            return None
        name = block[len(b"event: ") : name_end].decode(errors="replace")
        data = _text(block, data_at)
        return self._event(name or DEFAULT_EVENT, data, None)

    def _parse(self, block: bytes | bytearray) -> E | None:
        event, retry, data = "", None, []
        for line in _text(block, 0).split("\n"):
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "data":
                data.append(value)
            elif field == "event":
                event = value
            elif field == "id" and "\0" not in value:
                self._last_id = value
            elif field == "retry" and _is_retry(value):
                retry = int(value)
        if not data:
            return None
        return self._event(event or DEFAULT_EVENT, "\n".join(data), retry)

    @abstractmethod
    def _event(self, name: str, data: str, retry: int | None, /) -> E:
        """Return an event."""

    @abstractmethod
    def _events(self, frames: list[Frame]) -> list[E]:
        """Return the events of frames that set neither an id nor a time to wait."""


class FrameDecoder(Parser[Frame]):
    """Parse the bytes of an event stream into frames, without ids and times to wait."""

    def _event(self, name: str, data: str, _retry: int | None, /) -> Frame:
        return name, data

    def _events(self, frames: list[Frame]) -> list[Frame]:
        return frames


class SSEDecoder(Parser[ServerSentEvent]):
    """Parse the bytes of an event stream into events, however they are split.

    Lines may end with CR, LF or CRLF. An event that no blank line ends when the
    stream ends is dropped, as the standard says.

    Args:
        max_event_bytes: the size in bytes above which an event raises.
    """

    def _event(self, name: str, data: str, retry: int | None, /) -> ServerSentEvent:
        return ServerSentEvent(name, data, self._last_id, retry)

    def _events(self, frames: list[Frame]) -> list[ServerSentEvent]:
        last_id = self._last_id
        return [_make((name, data, last_id, None)) for name, data in frames]


def _text(block: bytes | bytearray, start: int) -> str:
    """Decode from an offset to the end, without a copy of a large block."""
    if len(block) < _LARGE:
        return block[start:].decode(errors="replace")
    with memoryview(block) as view:
        return str(view[start:], "utf-8", "replace")


def _is_retry(value: str) -> bool:
    """Return whether a value is ASCII digits, and not more than any clock counts."""
    return value.isascii() and value.isdecimal() and len(value) <= _LONGEST_RETRY


publish(globals(), "SSEDecoder", "ServerSentEvent")
