"""Where the bytes of an upload come from: memory, a disk, a file, an iterator.

Whatever may wait for a disk is done in a thread.
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
from typing import IO, Any, NamedTuple, Protocol, TypeAlias

from mistral_conversations._transport.turns import Turns

__all__ = ["PIECE", "File", "Opened", "Source", "source_of"]

File: TypeAlias = (
    str
    | os.PathLike[str]
    | bytes
    | bytearray
    | memoryview
    | IO[bytes]
    | AsyncIterable[bytes]
)

PIECE = 64 * 1024
"""How many bytes are read and sent at once."""


class Opened(NamedTuple):
    """A source, to be read once from where it begins."""

    size: int | None
    """Bytes, None where nobody knows before the end."""

    pieces: AsyncGenerator[bytes, None]


class Source(Protocol):
    """Something that gives the bytes of a file, once or several times."""

    @property
    @abstractmethod
    def name(self) -> str | None:
        """The name of the file, if it has one."""

    @property
    @abstractmethod
    def repeatable(self) -> bool:
        """Whether it can be read from where it begins once more, or at all yet."""

    @abstractmethod
    def opened(self) -> AbstractAsyncContextManager[Opened]:
        """Open it for one reading, and close what was opened for it."""

    @abstractmethod
    async def aclose(self) -> None:
        """Close what can be read once only, however much of it was read."""


def source_of(file: Any) -> Source:
    """Make a source of what a caller gives for a file.

    Raises:
        TypeError: it is nothing that bytes can be read from.
        ValueError: it is an empty path.
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
    if not os.fspath(file):
        raise ValueError("file is an empty path")
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
    async def opened(self) -> AsyncGenerator[Opened, None]:
        yield Opened(len(self._content), _once(self._content))

    async def aclose(self) -> None:
        """There is nothing to close."""


class _OnDisk:
    repeatable = True

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def name(self) -> str:
        return self._path.name

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Opened, None]:
        files = ExitStack()
        turns = Turns(files.close)
        try:
            file = await turns.run(lambda: files.enter_context(self._path.open("rb")))
            size = await turns.run(partial(_size_on_disk, file))
            yield Opened(size, _read(partial(file.read, PIECE), turns))
        finally:
            turns.leave()

    async def aclose(self) -> None:
        """There is nothing that is open between two attempts."""


class _Open:
    """The caller's open file: read from where it stands, and left open."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        # Python closes stdin when it exits, and aborts where a thread is reading it.
        self._turns = Turns(lambda: None, outlived=file is not _stdin())
        self._begun = False
        self._begin: int | None = None

    @property
    def name(self) -> str | None:
        return _name_of(self._file)

    @property
    def repeatable(self) -> bool:
        return self._begin is not None or not self._begun

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Opened, None]:
        try:
            size = await self._turns.run(self._rewind)
            yield Opened(size, _read(self._read, self._turns))
        finally:
            try:
                if self._begin is not None:  # a pipe might keep us waiting for ever
                    await self._turns.settle()
            finally:
                self._turns.leave()

    async def aclose(self) -> None:
        """It is the caller's to close."""

    def _rewind(self) -> int | None:
        """Go to where the file stood at first, give the bytes from there."""
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
    """The caller's iterator, which can be gone through once."""

    def __init__(self, pieces: AsyncIterator[bytes], name: str | None) -> None:
        self.name = name
        self._pieces = pieces
        self._begun = False

    @property
    def repeatable(self) -> bool:
        return not self._begun

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Opened, None]:
        yield Opened(None, self._followed())

    async def aclose(self) -> None:
        if isinstance(self._pieces, AsyncGenerator):
            await self._pieces.aclose()

    async def _followed(self) -> AsyncGenerator[bytes, None]:
        self._begun = True
        async for piece in self._pieces:
            yield piece


async def _once(content: bytes) -> AsyncGenerator[bytes, None]:
    yield content


async def _read(read: Callable[[], bytes], turns: Turns) -> AsyncGenerator[bytes, None]:
    while (piece := await turns.run(read)) != b"":
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
    """Give the bytes there are; None where they are made while it is read (procfs)."""
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
