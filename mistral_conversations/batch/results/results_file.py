"""`ResultsFile`: the lines of a batch, appended and flushed, found and read again."""

import asyncio
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

import attrs

from mistral_conversations._transport.file_thread import FileThread
from mistral_conversations.batch.results.index import Found, Index
from mistral_conversations.batch.results.open_file import OpenFile
from mistral_conversations.errors import ConfigurationError

__all__ = ["ResultsFile"]


@attrs.define(eq=False)
class _Group:
    """Lines that are written together."""

    written: "asyncio.Future[None]"
    lines: list[bytes] = attrs.field(factory=list)


class ResultsFile:
    """A file to which lines are appended, one process at a time.

    Lines that are appended while others are being written wait for them, and are then
    written together. A line that was appended is written even if the wait for it is
    cancelled. Once a write has failed, so does each later one.

    Args:
        path: the file, which `open` creates if it does not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: OpenFile | None = None
        self._index = Index(())
        self._group: _Group | None = None
        self._writer: asyncio.Task[None] | None = None
        self._failure: OSError | None = None
        self._thread = FileThread(self._close)

    async def open(self) -> None:
        """Lock the file, mend a torn last line, and find out what it has.

        Raises:
            ConfigurationError: another batch uses the file, or it is no results file.
            OSError: it cannot be opened, read or written.
        """
        await self._thread.run(self._open)

    def find(self, custom_id: str, request: str) -> Found | None:
        """Return the last line about a row and a request; None if there is none."""
        return self._index.find(custom_id, request)

    async def read(self, found: Found) -> Any:
        """Return a line as plain JSON types."""
        return await self._thread.run(partial(self._opened().line_at, found.offset))

    async def append(self, line: bytes) -> None:
        """Append a line; return when the operating system has it.

        Raises:
            OSError: it cannot be written, such as for want of space.
        """
        if self._failure is not None:
            raise self._failure
        if self._group is None:
            self._group = _Group(asyncio.get_running_loop().create_future())
        group = self._group
        group.lines.append(line)
        if self._writer is None:
            self._writer = asyncio.get_running_loop().create_task(self._write_groups())
        await asyncio.shield(group.written)

    async def aclose(self) -> None:
        """Write what was appended, and close the file."""
        try:
            if self._writer is not None:
                await asyncio.wait([self._writer])
            await self._thread.settle()
        finally:
            if self._writer is not None:
                self._writer.cancel()  # `_close` writes the rest
            self._thread.release()

    async def _write_groups(self) -> None:
        while (group := self._group) is not None:
            self._group = None
            try:
                await self._thread.run(
                    partial(self._opened().write, b"".join(group.lines))
                )
            except OSError as error:
                self._failure = error
                group.written.set_exception(error)
                group.written.exception()  # nobody may wait any more
            else:
                group.written.set_result(None)
        self._writer = None

    def _open(self) -> None:
        file = OpenFile(self._path)
        try:
            file.mend()
            self._index = Index(file.heads())
        except BaseException:
            file.close()
            raise
        self._file = file

    def _opened(self) -> OpenFile:
        if self._file is None:
            raise ConfigurationError(f"results: {self._path} is closed")
        return self._file

    def _close(self) -> None:
        if self._file is None:
            return
        with closing(self._file), suppress(OSError):  # nobody waits
            if self._group is not None and self._failure is None:
                self._file.write(b"".join(self._group.lines))
