"""Server-sent events, by the rules of the WHATWG HTML standard, section 9.2.

A parser without I/O: bytes in, events out.
"""

from typing import NamedTuple

from mistral_conversations.errors import EventTooLargeError

__all__ = ["MAX_EVENT_BYTES", "SSEDecoder", "ServerSentEvent"]

MAX_EVENT_BYTES = 64 * 1024 * 1024

_DEFAULT_EVENT = "message"
_LONGEST_RETRY = 15
_BOM = b"\xef\xbb\xbf"


class ServerSentEvent(NamedTuple):
    """One event of an event stream."""

    event: str
    """The event's type, `message` where the stream named none."""

    data: str
    """The data; lines joined by a line feed."""

    id: str = ""
    """The last event id: of this event, or of the last one before it with an id."""

    retry: int | None = None
    """Milliseconds to wait before connecting anew, where the event said so."""


class SSEDecoder:
    """Cut the bytes of an event stream into events, wherever the reads were split.

    Lines may end with CR, LF or CRLF. An event that is not ended by a blank line
    when the stream ends is no event, as the standard says.

    Args:
        max_event_bytes: the size in bytes up to which an event is held.
    """

    def __init__(self, *, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._max = max_event_bytes
        self._pieces: list[bytes] = []
        self._size = 0
        self._after_cr = False
        self._started = False
        self._overflow = False
        self._last_id = ""

    @property
    def pending(self) -> int:
        """The bytes held of an event that has not ended."""
        return self._size

    def feed(self, data: bytes) -> list[ServerSentEvent]:
        """Take the next bytes, give the events that they complete.

        Raises:
            EventTooLargeError: an event exceeds the cap. The events before it are
                given first; this is raised by the next call.
        """
        if self._overflow:
            raise EventTooLargeError(f"an event is larger than {self._max} bytes")
        if not self._started:
            data = self._skip_bom(data)
        data = self._with_line_feeds(data)
        if not data:
            return []
        if not self._ends_an_event(data):
            self._hold(data)
            return self._given([])
        blocks = self._take(data).split(b"\n\n")
        self._hold(blocks.pop())
        return self._given(self._parse_all(blocks))

    def _skip_bom(self, data: bytes) -> bytes:
        data = b"".join((*self._pieces, data))
        self._pieces, self._size = [], 0
        if len(data) < len(_BOM) and _BOM.startswith(data):
            self._pieces = [data]
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

    def _ends_an_event(self, data: bytes) -> bool:
        if b"\n\n" in data:
            return True
        return bool(
            data.startswith(b"\n") and self._pieces and self._pieces[-1].endswith(b"\n")
        )

    def _hold(self, data: bytes) -> None:
        if data:
            self._pieces.append(data)
            self._size += len(data)
        if self._size > self._max:
            self._drop()

    def _take(self, data: bytes) -> bytes:
        if self._pieces:
            data = b"".join((*self._pieces, data))
            self._pieces, self._size = [], 0
        return data

    def _drop(self) -> None:
        self._pieces, self._size = [], 0
        self._overflow = True

    def _given(self, events: list[ServerSentEvent]) -> list[ServerSentEvent]:
        if self._overflow and not events:
            return self.feed(b"")
        return events

    def _parse_all(self, blocks: list[bytes]) -> list[ServerSentEvent]:
        events = []
        for block in blocks:
            if len(block) > self._max:
                self._drop()
                break
            event = self._parse_usual(block) or self._parse(block)
            if event is not None:
                events.append(event)
        return events

    def _parse_usual(self, block: bytes) -> ServerSentEvent | None:
        """Parse the form that the service sends: an event line and one data line."""
        if not block.startswith(b"event: "):
            return None
        name, found, data = block.partition(b"\ndata: ")
        if not found or b"\n" in data or b"\n" in name:
            return None
        return ServerSentEvent(
            name[7:].decode(errors="replace") or _DEFAULT_EVENT,
            data.decode(errors="replace"),
            self._last_id,
        )

    def _parse(self, block: bytes) -> ServerSentEvent | None:
        event, retry, data = "", None, []
        for line in block.decode(errors="replace").split("\n"):
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
        return ServerSentEvent(
            event or _DEFAULT_EVENT, "\n".join(data), self._last_id, retry
        )


def _is_retry(value: str) -> bool:
    """Tell ASCII digits; so many that no clock counts them are not taken."""
    return value.isascii() and value.isdecimal() and len(value) <= _LONGEST_RETRY
