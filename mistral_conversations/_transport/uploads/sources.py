"""The sources of an upload: memory, a path, an open file, an async iterator.

A thread does whatever may wait for a disk.
"""

import io
import os
import stat
import sys
from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from functools import partial
from inspect import iscoroutinefunction
from pathlib import Path
from typing import IO, Any, Protocol, TypeAlias

from mistral_conversations._transport.file_thread import FileThread
from mistral_conversations._transport.paths import check_path

__all__ = ["PIECE", "Contents", "File", "Source", "source_of"]

File: TypeAlias = (
    str
    | os.PathLike[str]
    | bytes
    | bytearray
    | memoryview
    | IO[bytes]
    | AsyncIterable[bytes]
)

Contents: TypeAlias = tuple[int | None, AsyncGenerator[bytes, None]]
"""The size of a file in bytes, None if unknown before its end, and its pieces."""

PIECE = 64 * 1024
"""The bytes that are read and sent at once."""


class Source(Protocol):
    """The origin of a file's bytes, read once or several times."""

    @property
    @abstractmethod
    def name(self) -> str | None:
        """The name of the file; None without one."""

    @property
    @abstractmethod
    def repeatable(self) -> bool:
        """Whether it can be read from its beginning now."""

    @abstractmethod
    def opened(self) -> AbstractAsyncContextManager[Contents]:
        """Open it for one reading, and close what that opened."""

    @abstractmethod
    async def aclose(self) -> None:
        """Close an iterator, however much of it was read."""


def source_of(file: Any) -> Source:
    """Return a source for the file that a caller gives.

    Raises:
        TypeError: no bytes can be read from it.
        ValueError: it is an empty path, or cannot be one.
    """
    if isinstance(file, str | os.PathLike):
        return _OnDisk(_path(file))
    if isinstance(file, bytes | bytearray | memoryview):
        return _InMemory(bytes(file))
    if iscoroutinefunction(getattr(file, "read", None)):
        return _Iterated(_awaited(file), _name_of(file))
    if isinstance(file, AsyncIterable):
        return _Iterated(aiter(file), None)
    if callable(getattr(file, "read", None)):
        _check_binary(file)
        return _Open(file)
    raise TypeError(
        "file must be a path, bytes, a binary file or an async iterator of bytes, "
        f"not {type(file).__name__}"
    )


def _path(file: str | os.PathLike[str]) -> Path:
    check_path("file", os.fsdecode(file), "name the file to read")
    return Path(file)


def _check_binary(file: Any) -> None:
    if isinstance(file, io.TextIOBase) or hasattr(file, "encoding"):
        raise TypeError("file is open for text: open it in binary mode ('rb')")
    readable = getattr(file, "readable", None)
    if callable(readable) and not readable():
        raise TypeError("file is open for writing: open it in binary mode ('rb')")


class _InMemory:
    name = None
    repeatable = True

    def __init__(self, content: bytes) -> None:
        self._content = content

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Contents, None]:
        yield len(self._content), _once(self._content)

    async def aclose(self) -> None:
        """Do nothing: there is nothing to close."""


class _OnDisk:
    repeatable = True

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def name(self) -> str:
        return self._path.name

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Contents, None]:
        files = ExitStack()
        thread = FileThread(files.close)
        try:
            file = await thread.run(lambda: files.enter_context(self._path.open("rb")))
            size = await thread.run(partial(_size_on_disk, file))
            yield size, _read(partial(file.read, PIECE), thread)
        finally:
            thread.release()

    async def aclose(self) -> None:
        """Do nothing: the file is open only during an attempt."""


class _Open:
    """The caller's open file: read from its position, and left open."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        # Python closes stdin at exit, and aborts if a thread is reading it.
        self._thread = FileThread(lambda: None, daemon=file is not _stdin())
        self._begun = False
        self._begin: int | None = None

    @property
    def name(self) -> str | None:
        return _name_of(self._file)

    @property
    def repeatable(self) -> bool:
        return self._begin is not None or not self._begun

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Contents, None]:
        try:
            size = await self._thread.run(self._rewind)
            yield size, _read(self._read, self._thread)
        finally:
            try:
                if self._begin is not None:  # a pipe might block forever
                    await self._thread.settle()
            finally:
                self._thread.release()

    async def aclose(self) -> None:
        """Do nothing: the caller closes the file."""

    def _rewind(self) -> int | None:
        """Seek to where the file stood at first; return the bytes from there."""
        if not _is_seekable(self._file):
            return None
        if self._begin is None:
            self._begin = self._file.tell()
        self._file.seek(self._begin)
        return _size_from_here(self._file)

    def _read(self) -> bytes:
        self._begun = True
        return self._file.read(PIECE)


class _Iterated:
    """The caller's async iterator, which can be read once."""

    def __init__(self, pieces: AsyncIterator[bytes], name: str | None) -> None:
        self.name = name
        self._pieces = pieces
        self._begun = False

    @property
    def repeatable(self) -> bool:
        return not self._begun

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Contents, None]:
        yield None, self._read()

    async def aclose(self) -> None:
        if isinstance(self._pieces, AsyncGenerator):
            await self._pieces.aclose()

    async def _read(self) -> AsyncGenerator[bytes, None]:
        self._begun = True
        async for piece in self._pieces:
            yield piece


async def _once(content: bytes) -> AsyncGenerator[bytes, None]:
    yield content


async def _read(
    read: Callable[[], bytes], thread: FileThread
) -> AsyncGenerator[bytes, None]:
    while (piece := await thread.run(read)) != b"":
        yield piece


async def _awaited(file: Any) -> AsyncGenerator[bytes, None]:
    while (piece := await file.read(PIECE)) != b"":
        yield piece


def _name_of(file: Any) -> str | None:
    name = getattr(file, "name", None)
    return Path(os.fsdecode(name)).name if isinstance(name, str | bytes) else None


def _size_on_disk(file: IO[bytes]) -> int | None:
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return None
    return _size_from_here(file)


def _size_from_here(file: IO[bytes]) -> int | None:
    """Return the bytes left; None if reading produces them (procfs)."""
    begin = file.tell()
    try:
        size = max(0, file.seek(0, io.SEEK_END) - begin)
        file.seek(begin)
        if size == 0 and file.read(1):
            return None
    except OSError:
        return None
    finally:
        file.seek(begin)
    return size


def _stdin() -> object:
    return getattr(sys.stdin, "buffer", None)


def _is_seekable(file: Any) -> bool:
    seekable = getattr(file, "seekable", None)
    return callable(seekable) and bool(seekable())
