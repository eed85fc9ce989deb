"""The frames of an event stream: cut from its bytes, and written again as they were."""

import re

__all__ = ["FrameCutter", "text_frame", "usual_frame", "usual_parts"]

_BLANK_LINE = re.compile(rb"\n\r?\n|\r\r")
_USUAL = re.compile(rb"event: ([^\r\n]*)\ndata: ([^\r\n]*)\n\n")
_LONGEST_END = 3


class FrameCutter:
    """Cut the bytes of a stream after each blank line (WHATWG HTML, 9.2.6)."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._searched = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Return the frames that some bytes complete, their blank lines included."""
        self._held += data
        frames, begin = [], 0
        search_from = max(0, self._searched - _LONGEST_END)
        for end in _BLANK_LINE.finditer(self._held, search_from):
            frames.append(bytes(self._held[begin : end.end()]))
            begin = end.end()
        del self._held[:begin]
        self._searched = len(self._held)
        return frames

    def rest(self) -> bytes:
        """Return the bytes after the last blank line."""
        return bytes(self._held)


def usual_parts(frame: bytes) -> tuple[str, bytes] | None:
    """Return the type and the data of a frame that consists of one line for each.

    None for any other frame, such as a comment, or one with an id.
    """
    match = _USUAL.fullmatch(frame)
    if match is None:
        return None
    try:
        return match[1].decode(), match[2]
    except UnicodeDecodeError:
        return None


def usual_frame(event: str, data: bytes) -> bytes:
    """Return the frame of an event, as the service writes it."""
    return b"event: %b\ndata: %b\n\n" % (event.encode(), data)


def text_frame(event: str, text: str) -> bytes:
    """Return the frame of an event whose data may have several lines."""
    lines = [f"data: {line}\n" for line in text.split("\n")]
    return f"event: {event}\n{''.join(lines)}\n".encode()
