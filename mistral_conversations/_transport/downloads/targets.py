"""The targets of a download: memory, a path, a writable object.

A thread does whatever may wait for a disk.
"""

import io
import os
import sys
from abc import abstractmethod
from errno import EAGAIN, EISDIR
from functools import partial
from inspect import isawaitable, iscoroutinefunction
from pathlib import Path
from typing import Any, Protocol

from mistral_conversations._transport.downloads.new_file import NewFile
from mistral_conversations._transport.file_thread import FileThread
from mistral_conversations._transport.paths import checked_path

__all__ = ["InMemory", "Target", "ToPath", "ToWritable", "Writable", "target_of"]


_SEPARATORS = tuple(filter(None, (os.sep, os.altsep)))


class Writable(Protocol):
    """A binary file, or another object that takes bytes."""

    @abstractmethod
    def write(self, data: bytes, /) -> object:
        """Take bytes; the method may be async."""


class Target(Protocol):
    """Where the bytes of a file go, in one attempt or in several."""

    @property
    @abstractmethod
    def is_memory(self) -> bool:
        """Whether it holds all bytes in memory."""

    @property
    @abstractmethod
    def repeatable(self) -> bool:
        """Whether it can begin again now."""

    @abstractmethod
    async def open(self) -> None:
        """Open it for all attempts."""

    @abstractmethod
    async def begin(self) -> None:
        """Begin an attempt, without the bytes of an earlier one."""

    @abstractmethod
    async def write(self, piece: bytes) -> None:
        """Take the next bytes."""

    @abstractmethod
    async def finish(self) -> None:
        """Complete it: all bytes were written."""

    @abstractmethod
    async def discard(self) -> None:
        """Remove what is incomplete, although this task may be being cancelled."""

    @abstractmethod
    def release(self) -> None:
        """Release what it holds, without waiting; called last, in any case."""


def target_of(to: Any) -> "ToPath | ToWritable":
    """Return the target that a caller names.

    Raises:
        TypeError: no bytes can be written to it.
        ValueError: it is an empty path, or a closed file.
    """
    if isinstance(to, str | os.PathLike):
        return ToPath(_path(to))
    if not callable(getattr(to, "write", None)):
        raise TypeError(
            f"to must be a path or a binary writable, not {type(to).__name__}"
        )
    _check_binary(to)
    return ToWritable(to)


def _path(to: Any) -> Path:
    name = checked_path("to", to, "name the file to write")
    if name.endswith(_SEPARATORS):
        raise IsADirectoryError(EISDIR, "to is a folder: name a file in it", name)
    return Path(name)


def _check_binary(file: Any) -> None:
    if isinstance(file, io.TextIOBase) or hasattr(file, "encoding"):
        raise TypeError("to is open for text: open it in binary mode ('wb')")
    if getattr(file, "closed", False) is True:
        raise ValueError("to is a closed file: pass an open one, or its path")
    writable = getattr(file, "writable", None)
    if not iscoroutinefunction(writable) and callable(writable) and not writable():
        raise TypeError("to is open for reading: open it in binary mode ('wb')")


class InMemory:
    """Memory, for the whole file."""

    is_memory = True
    repeatable = True

    def __init__(self) -> None:
        self._content = io.BytesIO()

    @property
    def content(self) -> bytes:
        """The bytes; not a copy."""
        return self._content.getvalue()

    async def open(self) -> None:
        """Do nothing: there is nothing to open."""

    async def begin(self) -> None:
        """Forget the bytes of an earlier attempt."""
        self._content = io.BytesIO()

    async def write(self, piece: bytes) -> None:
        """Keep the next bytes."""
        self._content.write(piece)

    async def finish(self) -> None:
        """Do nothing: the bytes are complete."""

    async def discard(self) -> None:
        """Do nothing: nobody sees the bytes."""

    def release(self) -> None:
        """Do nothing: it holds nothing."""


class ToPath:
    """A file on disk, which has its name only when it is whole."""

    is_memory = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = NewFile(path)
        self._thread = FileThread(self._file.discard)

    @property
    def repeatable(self) -> bool:
        """Whether it can begin again now; a pipe or a device takes bytes once."""
        return self._file.is_repeatable

    async def open(self) -> None:
        """Open a temporary file.

        Raises:
            OSError: the file cannot be written, such as a folder.
        """
        await self._thread.run(self._file.look)
        await self._thread.run(self._file.open)

    async def begin(self) -> None:
        """Empty the temporary file."""
        await self._thread.run(self._file.empty)

    async def write(self, piece: bytes) -> None:
        """Write the next bytes."""
        await self._thread.run(partial(self._file.write, piece))

    async def finish(self) -> None:
        """Rename the temporary file."""
        await self._thread.run(self._file.finish)

    async def discard(self) -> None:
        """Remove the temporary file."""
        if self._file.is_regular:  # a pipe might block the thread forever
            await self._thread.run_shielded(self._file.discard)

    def release(self) -> None:
        """Let the thread end; it removes the temporary file if that is still there."""
        self._thread.release()


class ToWritable:
    """The caller's writable object: written from its position, and left open."""

    is_memory = False

    def __init__(self, file: Any) -> None:
        self._file = file
        # Python flushes these at exit, and aborts if a thread is writing to them.
        self._thread = FileThread(lambda: None, daemon=file not in _standard())
        self._start: int | None = None
        self._end: Any = 0
        self.count = 0
        """The bytes written by the last attempt."""

    @property
    def repeatable(self) -> bool:
        """Whether nothing was written yet, or it can go back to where it stood."""
        return self._start is not None or not self.count

    async def open(self) -> None:
        """Note where it stands."""
        self._start = await self._position()

    async def _position(self) -> int | None:
        """Return where it stands; None if it cannot go back there."""
        try:
            if not await self._call("seekable"):
                return None
            start = await self._call("tell")
            self._end = await self._call("seek", 0, io.SEEK_END)
            await self._call("seek", start)
        except (AttributeError, OSError, ValueError):  # GzipFile only claims it can
            return None
        return start if isinstance(start, int) and isinstance(self._end, int) else None

    async def begin(self) -> None:
        """Go back to where it stood, and remove what an earlier attempt appended."""
        if not self.count or self._start is None:
            return
        self.count = 0
        await self._call("seek", self._start)
        if hasattr(self._file, "truncate"):
            await self._call("truncate", max(self._start, self._end))

    async def write(self, piece: bytes) -> None:
        """Write the next bytes, all of them."""
        self.count += len(piece)
        drain = getattr(self._file, "drain", None)
        if iscoroutinefunction(drain):  # asyncio.StreamWriter, which only its loop uses
            self._file.write(piece)
            await drain()
            return
        while piece:
            written = await self._call("write", piece)
            piece = piece[self._count(written, piece) :]

    async def finish(self) -> None:
        """Do nothing: the caller closes it."""

    async def discard(self) -> None:
        """Wait for the thread, which may be writing; the caller may close it next."""
        if self._start is not None:  # a pipe might block forever
            await self._thread.settle()

    def release(self) -> None:
        """Let the thread end."""
        self._thread.release()

    def _count(self, written: Any, piece: bytes) -> int:
        """Return how many bytes a `write` took; all, unless it returns a number.

        Raises:
            OSError: it took none.
        """
        if written is None and isinstance(self._file, io.RawIOBase):
            raise BlockingIOError(EAGAIN, "to takes no bytes now: make it blocking")
        if not isinstance(written, int) or isinstance(written, bool):
            return len(piece)
        if written <= 0:
            raise OSError(f"to took {written} of {len(piece)} bytes")
        return written

    async def _call(self, name: str, *args: Any) -> Any:
        """Call a method: an async one here, another one on the thread."""
        method: Any = getattr(self._file, name)
        if iscoroutinefunction(method):
            return await method(*args)
        result = await self._thread.run(partial(method, *args))
        return await result if isawaitable(result) else result


def _standard() -> tuple[object, ...]:
    streams = (sys.stdout, sys.stderr)
    return tuple(getattr(stream, "buffer", None) for stream in streams)
