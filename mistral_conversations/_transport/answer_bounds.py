"""Find where an answer ends among the bytes of its connection; pure."""

import re

__all__ = ["AnswerBounds"]

_EMPTY_LINE = re.compile(rb"\n\r?\n")
"""What ends a head; like aiohttp, this accepts a line without CR."""

_LAST_CHUNK = rb"(?:\A|\n)0+[ \t]*(?:;[^\n]*)?\r?\n(?:[^\r\n]+\r?\n)*\r?\n\Z"
"""The last chunk, trailers and an empty line (RFC 9112, 7.1), with nothing behind."""

_WINDOW = 256


class AnswerBounds:
    """Follow the bytes of one answer: its heads (status 1xx too), then its body."""

    def __init__(self) -> None:
        self._last = b""
        self._left: int | None = None

    def end_of_head(self, data: bytes, begin: int = 0) -> int:
        """Return where the first empty line ends; without one, the end of the data.

        Args:
            data: the next bytes.
            begin: where the head begins or continues in them.
        """
        last = self._last
        border = _EMPTY_LINE.search(last + data[begin : begin + 2]) if last else None
        if border is not None:
            end = begin + border.end() - len(last)
        elif (found := _EMPTY_LINE.search(data, begin)) is not None:
            end = found.end()
        else:
            self._last = (last + data[max(begin, len(data) - 2) :])[-2:]
            return len(data)
        self._last = b""
        return end

    def begin_body(self, length: int | None) -> None:
        """Begin the body.

        Args:
            length: its bytes; None if it is chunked or ends with the connection.
        """
        self._left = length

    def split_body(self, data: bytes) -> tuple[bytes, bytes]:
        """Split behind a body of known length; otherwise all of it is the body."""
        if self._left is None:
            self._last = (self._last + data[-_WINDOW:])[-_WINDOW:]
            return data, b""
        body, behind = data[: self._left], data[self._left :]
        self._left -= len(body)
        return body, behind

    def ends_here(self) -> bool:
        """Return whether nothing followed a body that is complete."""
        return self._left is not None or re.search(_LAST_CHUNK, self._last) is not None
