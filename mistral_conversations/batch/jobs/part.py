"""The rows of each job, in temporary files until they are submitted."""

import os
from collections.abc import Sequence
from functools import partial
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from mistral_conversations._transport.file_thread import FileThread
from mistral_conversations.batch.jobs.lines import custom_id_of
from mistral_conversations.batch.jobs.wanted import Place, WantedRows

__all__ = ["JobPart", "Names", "Spool"]

_IN_MEMORY = 1024 * 1024
_WRITTEN_AT_ONCE = 64 * 1024
_READ_AT_ONCE = 1_000


class Spool:
    """Temporary files, in memory while they are small, and the thread that uses them.

    `aclose` removes them.
    """

    def __init__(self) -> None:
        self.thread: FileThread = FileThread(self._close)
        self._files: list[IO[bytes]] = []

    def new_file(self) -> IO[bytes]:
        """Return a new, empty file."""
        file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed by `aclose`
        self._files.append(file)
        return file

    def remove(self, file: IO[bytes]) -> None:
        """Remove one of the files, which the thread does not use."""
        self._files.remove(file)
        file.close()

    async def aclose(self) -> None:
        """Remove all files."""
        await self.thread.settle()
        self.thread.release()

    def _close(self) -> None:
        for file in self._files:
            file.close()


class JobPart:
    """The rows of one job, until it is submitted.

    Args:
        model: the model of the job; None if the rows have their agents.
        spool: has the file of the lines.
    """

    def __init__(self, model: str | None, spool: Spool) -> None:
        self.model = model
        self.wanted: WantedRows = WantedRows()
        self.size: int = 0
        """The bytes of the lines."""

        self.file: IO[bytes] = spool.new_file()
        self._spool = spool
        self._waiting = bytearray()

    async def add(self, custom_id: str, place: Place, line: bytes) -> None:
        """Add a row.

        Raises:
            OSError: the temporary file cannot be written.
        """
        self.wanted.add(custom_id, place)
        self.size += len(line)
        self._waiting += line
        if len(self._waiting) >= _WRITTEN_AT_ONCE:
            await self.write()

    async def write(self) -> None:
        """Write the lines that wait, and go to the beginning of the file.

        Raises:
            OSError: as `add`.
        """
        lines = bytes(self._waiting)
        self._waiting.clear()
        await self._spool.thread.run(partial(_append, self.file, lines))

    def names(self) -> "Names":
        """Return the names of the rows, in their order, after `write`."""
        return Names(self.file, self._spool)

    def close(self) -> None:
        """Remove the file."""
        self._spool.remove(self.file)


def _append(file: IO[bytes], lines: bytes) -> None:
    file.seek(0, os.SEEK_END)
    file.write(lines)
    file.seek(0)


class Names:
    """Read the names of the rows in an input file, in portions.

    Args:
        file: the file, read from its beginning.
        spool: has the file.
    """

    def __init__(self, file: IO[bytes], spool: Spool) -> None:
        self._file = file
        self._spool = spool
        self._position = 0

    async def next(self) -> Sequence[str] | None:
        """Return the next names; None after the last."""
        lines: list[bytes] = await self._spool.thread.run(self._lines)
        if not lines:
            return None
        names = map(custom_id_of, lines)
        return [name for name in names if name is not None]

    def _lines(self) -> Any:
        self._file.seek(self._position)
        lines = [*islice(self._file, _READ_AT_ONCE)]
        self._position = self._file.tell()
        return lines
