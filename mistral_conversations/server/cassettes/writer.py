"""`CassetteWriter`, which writes a cassette line by line, on a thread."""

import asyncio
import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import IO, Self

import attrs

__all__ = ["CassetteWriter"]

_logger = logging.getLogger("mistral_conversations.server")

# Lines that come within this time are written together, in seconds: to wake the thread
# for each of them would delay the events.
_GATHERED = 0.02


@attrs.define(eq=False)
class CassetteWriter:
    """Writes lines in the order in which they come; no caller waits for the disk.

    The file is opened by the first line: a recording that reaches no service leaves an
    earlier cassette as it is.
    """

    path: Path
    _first_line: bytes
    _keep: int | None
    """The bytes to keep of a cassette that grows; None to begin a new one."""

    exchanges: int = attrs.field(default=0, init=False)
    """How many exchanges are written, from the request to the end."""

    may_be_empty: bool = attrs.field(default=True, init=False)
    """Whether to leave a cassette without exchanges where nothing was recorded."""

    _pending: list[bytes] = attrs.field(factory=list, init=False)
    _wake: asyncio.Event = attrs.field(factory=asyncio.Event, init=False)
    _file: IO[bytes] | None = attrs.field(default=None, init=False)
    _task: "asyncio.Task[None] | None" = attrs.field(default=None, init=False)
    _closing: asyncio.Event = attrs.field(factory=asyncio.Event, init=False)
    failure: Exception | None = attrs.field(default=None, init=False)
    """What went wrong, in writing or in a function of the user."""

    async def __aenter__(self) -> Self:
        """Start to write, on the running loop."""
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, error: type[BaseException] | None, *_: object) -> None:
        """Write what is pending, and close the file.

        Raises:
            OSError: the cassette could not be written.
        """
        if error is not None:  # the server could not start
            self.may_be_empty = False
        self._closing.set()
        self._wake.set()
        if self._task is not None:
            await asyncio.shield(self._task)
        self.check()

    def write(self, lines: bytes) -> None:
        """Write lines soon.

        Raises:
            OSError: the cassette cannot be written.
        """
        self.check()
        self._pending.append(lines)
        self._wake.set()

    def check(self) -> None:
        """Raise what went wrong, in writing or in a function of the user."""
        if self.failure is not None:
            raise self.failure

    def fail(self, error: Exception) -> None:
        """Write nothing more: what is missing would change the order of the answers."""
        if self.failure is None:
            _logger.error("The recording failed", exc_info=error)
            self.failure = error

    async def _run(self) -> None:
        try:
            while not self._closing.is_set() or self._pending:
                await self._wake.wait()
                with suppress(TimeoutError):
                    async with asyncio.timeout(_GATHERED):
                        await self._closing.wait()
                self._wake.clear()
                lines, self._pending = self._pending, []
                if lines:
                    await asyncio.to_thread(self._append, b"".join(lines))
            if self._file is None and self.may_be_empty and not self.failure:
                await asyncio.to_thread(self._begin_unless_exists)
        except OSError as error:
            self.fail(error)
        finally:
            if self._file is not None:
                await asyncio.to_thread(self._file.close)

    def _append(self, lines: bytes) -> None:
        if self._file is None:
            mode = "wb" if self._keep is None else "r+b"
            # Unbuffered, so that each line is in the file at once.
            self._file = self.path.open(mode, buffering=0)
            lines = self._beginning(self._file) + lines
        rest = memoryview(lines)
        while rest:
            rest = rest[self._file.write(rest) :]

    def _beginning(self, file: IO[bytes]) -> bytes:
        """Cut off a torn line, and return what comes before the new lines."""
        if self._keep is None:
            return self._first_line
        file.truncate(self._keep)
        file.seek(-1, os.SEEK_END)
        return b"" if file.read() == b"\n" else b"\n"

    def _begin_unless_exists(self) -> None:
        """Leave an empty cassette where nothing was recorded, and none exists."""
        with suppress(FileExistsError):
            self.path.open("xb").close()
            self.path.write_bytes(self._first_line)
