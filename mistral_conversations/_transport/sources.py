"""Where the bytes of an upload come from: memory, a disk, a file, an iterator.

Whatever may wait for a disk is done in a thread.
"""

import io
import os
import stat
from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol, TypeAlias

from anyio import to_thread

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


def source_of(file: Any) -> Source:
    """Make a source of what a caller gives for a file.

    Raises:
        TypeError: it is nothing that bytes can be read from.
    """
    if isinstance(file, str | os.PathLike):
        return _OnDisk(Path(file))
    if isinstance(file, bytes | bytearray | memoryview):
        return _InMemory(bytes(file))
    if isinstance(file, io.TextIOBase):
        raise TypeError("file is open for text: open it in binary mode ('rb')")
    if isinstance(file, AsyncIterable):
        return _Iterated(file)
    if callable(getattr(file, "read", None)):
        return _Open(file)
    raise TypeError(
        "file must be a path, bytes, a binary file or an async iterator of bytes, "
        f"not {type(file).__name__}"
    )


class _InMemory:
    name = None
    repeatable = True

    def __init__(self, content: bytes) -> None:
        self._content = content

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Opened, None]:
        yield Opened(len(self._content), _once(self._content))


class _OnDisk:
    repeatable = True

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def name(self) -> str:
        return self._path.name

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Opened, None]:
        file = await to_thread.run_sync(self._path.open, "rb")
        try:
            size = await to_thread.run_sync(_size_on_disk, file)
            yield Opened(size, _read(file))
        finally:
            file.close()


class _Open:
    """The caller's open file: read from where it stands, and left open."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._begun = False
        self._begin: int | None = None

    @property
    def name(self) -> str | None:
        name = getattr(self._file, "name", None)
        return Path(name).name if isinstance(name, str) else None

    @property
    def repeatable(self) -> bool:
        return self._begin is not None or not self._begun

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Opened, None]:
        size = await to_thread.run_sync(self._rewind)
        self._begun = True
        yield Opened(size, _read(self._file))

    def _rewind(self) -> int | None:
        """Go to where the file stood at first, give the bytes from there."""
        if not _is_seekable(self._file):
            return None
        if self._begin is None:
            self._begin = self._file.tell()
        end = self._file.seek(0, io.SEEK_END)
        self._file.seek(self._begin)
        return max(0, end - self._begin)


class _Iterated:
    """The caller's iterator, which can be gone through once."""

    name = None

    def __init__(self, pieces: AsyncIterable[bytes]) -> None:
        self._pieces = aiter(pieces)
        self._begun = False

    @property
    def repeatable(self) -> bool:
        return not self._begun

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Opened, None]:
        yield Opened(None, self._followed())

    async def _followed(self) -> AsyncGenerator[bytes, None]:
        self._begun = True
        try:
            async for piece in self._pieces:
                yield piece
        finally:
            if isinstance(self._pieces, AsyncGenerator):
                await self._pieces.aclose()


async def _once(content: bytes) -> AsyncGenerator[bytes, None]:
    yield content


async def _read(file: Any) -> AsyncGenerator[bytes, None]:
    while (piece := await to_thread.run_sync(file.read, PIECE)) != b"":
        yield piece


def _size_on_disk(file: IO[bytes]) -> int | None:
    told = os.fstat(file.fileno())
    return told.st_size if stat.S_ISREG(told.st_mode) else None


def _is_seekable(file: Any) -> bool:
    seekable = getattr(file, "seekable", None)
    return callable(seekable) and bool(seekable())
