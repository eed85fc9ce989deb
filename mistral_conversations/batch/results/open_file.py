"""`OpenFile`: an open results file. Its methods wait for the disk."""

import errno
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast, get_args

from mistral_conversations._wire.json import decode_json
from mistral_conversations._wire.row_heads import read_head
from mistral_conversations.batch.results.index import Status
from mistral_conversations.batch.results.lock import lock
from mistral_conversations.errors import ConfigurationError

__all__ = ["PREFIX", "OpenFile"]

_logger = logging.getLogger("mistral_conversations")

PREFIX = b'{"custom_id":'
"""The beginning of each line."""

_STATUSES = frozenset(get_args(Status))
_BLOCK = 64 * 1024


class OpenFile:
    """An open results file, which no other batch can open.

    Args:
        path: the file, which is created if it does not exist.

    Raises:
        ConfigurationError: another batch uses the file, or it is no results file.
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        _check_kind(path)
        # Unbuffered: a buffer would keep what could not be written, and write it later.
        self._end: IO[bytes] = path.open("ab", buffering=0)
        try:
            self._lines: IO[bytes] = path.open("rb")
            try:
                self._check()
            except BaseException:
                self._lines.close()
                raise
        except BaseException:
            self._end.close()
            raise

    def close(self) -> None:
        """Close the file, and unlock it."""
        self._lines.close()
        self._end.close()

    def mend(self) -> None:
        """Cut off a last line that is not whole, or end it."""
        end = self._lines.seek(0, 2)
        begin = _after_last_newline(self._lines, end)
        if begin == end:
            return
        self._lines.seek(begin)
        if read_head(self._lines.read()) is not None:
            self.write(b"\n")
        else:
            _logger.warning("%s: its last line is torn, and is cut off", self._path)
            self._end.truncate(begin)

    def heads(self) -> Iterator[tuple[str, str, Status, int]]:
        """Yield `custom_id`, request, status and offset of each line."""
        self._lines.seek(0)
        offset = 0
        for number, line in enumerate(self._lines, 1):
            head = read_head(line)
            if head is not None and head.status in _STATUSES:
                yield head.custom_id, head.request, cast("Status", head.status), offset
            else:
                _logger.warning("%s: line %d is no result", self._path, number)
            offset += len(line)

    def line_at(self, offset: int) -> Any:
        """Return the line at an offset as plain JSON types."""
        self._lines.seek(offset)
        return decode_json(self._lines.readline())

    def write(self, lines: bytes) -> None:
        """Append lines; the operating system has them afterwards.

        Raises:
            OSError: they cannot be written, or the file was deleted.
        """
        if not os.fstat(self._end.fileno()).st_nlink:
            problem = "the results file was deleted or replaced while a batch used it"
            raise FileNotFoundError(errno.ENOENT, problem, str(self._path))
        rest = memoryview(lines)
        while rest:
            rest = rest[self._end.write(rest) :]

    def _check(self) -> None:
        if not lock(self._end):
            raise ConfigurationError(
                f"results: another batch uses {self._path}; close it, or wait for it"
            )
        if not PREFIX.startswith(self._lines.read(len(PREFIX))):
            raise ConfigurationError(
                f"results: {self._path} is no file of results, whose lines begin with "
                f"{PREFIX.decode()}; use another path"
            )


def _check_kind(path: Path) -> None:
    """Check that a path is no pipe or device: opening a pipe may wait for ever."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise ConfigurationError(f"results: {path} is no regular file")


def _after_last_newline(file: IO[bytes], end: int) -> int:
    """Return the position after the last newline; 0 without one."""
    while end:
        begin = max(0, end - _BLOCK)
        file.seek(begin)
        found = file.read(end - begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        end = begin
    return 0
