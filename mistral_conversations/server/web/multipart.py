"""A parser of multipart/form-data (RFC 2046, 5.1) without I/O."""

import re
from enum import Enum, auto
from typing import Final, Literal, TypeAlias

from mistral_conversations.server.web.part_headers import PartHeaders

__all__ = ["PART_END", "FormParser", "Found"]


class _Mark(Enum):
    PART_END = auto()


PART_END: Final = _Mark.PART_END
"""What `FormParser.feed` returns for the end of a part."""

Found: TypeAlias = PartHeaders | bytes | Literal[_Mark.PART_END]
"""The begin of a part, a piece of its content, or its end."""

_MOST_HEADERS = 8 * 1024
"""As in the heads of requests. `email` takes quadratic time for quotes."""

_END_OF_HEADERS = b"\r\n\r\n"
_END = rb"(?=--|[ \t]{0,256}\r\n)"
_PERHAPS_END = re.compile(rb"-?|[ \t]{0,256}\r?")


class _Place(Enum):
    PREAMBLE = auto()
    HEADERS = auto()

    BLANK_LINE = auto()
    """After the headers, where a line break may belong to a delimiter."""

    CONTENT = auto()
    EPILOGUE = auto()


class FormParser:
    """Parse a form as its bytes arrive.

    However the bytes are split, the parser finds the same. It holds back the headers of
    a part, at most 8 KiB, and of the content at most the length of a delimiter.

    The parsers of aiohttp and `email` need a stream or files, also parse parts that are
    messages or forms, and fail on names with semicolons.

    Args:
        boundary: the boundary, as `boundary_of` returns it.
    """

    def __init__(self, boundary: bytes) -> None:
        self._delimiter = b"\r\n--" + boundary
        self._whole_delimiter = re.compile(re.escape(self._delimiter) + _END)
        self._buffer = b"\r\n"  # the first delimiter may begin the body
        self._at = 0
        self._place = _Place.PREAMBLE
        self._found: list[Found] = []
        self._next: tuple[int, bool] | None = None

    def feed(self, data: bytes) -> list[Found]:
        """Parse some bytes and return what they complete.

        Raises:
            ValueError: the headers of a part are longer than 8 KiB, do not end before
                a boundary, or name a file in an encoding that does not exist.
        """
        self._found = []
        if self._place is not _Place.EPILOGUE:
            self._buffer += data
            while self._step():
                pass
            self._buffer, self._at, self._next = self._buffer[self._at :], 0, None
        return self._found

    def close(self) -> None:
        """Check that the form is complete.

        Raises:
            ValueError: the form ended before its last boundary.
        """
        if self._place is not _Place.EPILOGUE:
            raise ValueError("the form ends before its last boundary")

    def _step(self) -> bool:
        """Parse up to the next place; return False if that needs more bytes."""
        match self._place:
            case _Place.HEADERS:
                return self._read_headers()
            case _Place.BLANK_LINE:
                return self._read_blank_line()
            case _Place.EPILOGUE:
                self._at = len(self._buffer)
                return False
        return self._read_content()

    def _read_content(self) -> bool:
        end, is_delimiter = self._next_delimiter()
        is_content = self._place is _Place.CONTENT
        if is_content and end > self._at:
            self._found.append(self._buffer[self._at : end])
        self._at = end
        if is_delimiter:
            self._at += len(self._delimiter)
            is_last = self._buffer.startswith(b"--", self._at)
            self._place = _Place.EPILOGUE if is_last else _Place.HEADERS
            self._found += [PART_END] * is_content
        return is_delimiter

    def _read_headers(self) -> bool:
        blank = self._buffer.find(_END_OF_HEADERS, self._at)
        delimiter, is_delimiter = self._next_delimiter()
        end = min(blank if blank >= 0 else len(self._buffer) - 3, delimiter)
        if end - self._at > _MOST_HEADERS:
            raise ValueError("the headers of a part are longer than 8 KiB")
        if is_delimiter and end == delimiter:
            raise ValueError("a part has no end of its headers")
        if blank < 0 or end != blank:
            return False
        _padding, _, lines = self._buffer[self._at : end].partition(b"\r\n")
        self._found.append(PartHeaders.parse(lines))
        self._at = end + 2
        self._place = _Place.BLANK_LINE
        return True

    def _read_blank_line(self) -> bool:
        end, is_delimiter = self._next_delimiter()
        if end > self._at:
            self._at += 2
            self._place = _Place.CONTENT
            return True
        if is_delimiter:
            raise ValueError("a part has no end of its headers")
        return False

    def _next_delimiter(self) -> tuple[int, bool]:
        """Return where the next delimiter is, or where one may begin, and which."""
        if self._next is None or self._next[0] < self._at:
            self._next = self._find_delimiter()
        return self._next

    def _find_delimiter(self) -> tuple[int, bool]:
        size = len(self._delimiter)
        first = self._buffer.find(self._delimiter, self._at)
        if first >= 0:
            whole = self._whole_delimiter.search(self._buffer, first)
            if whole is not None:
                return whole.start(), True
            last = self._buffer.rfind(self._delimiter, first)
            if _PERHAPS_END.fullmatch(self._buffer, last + size):
                return last, False
        return max(self._at, len(self._buffer) - size + 1), False
