"""A folder for downloads, which get their names once all of them are whole."""

import os
import shutil
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from errno import ENOTDIR
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from mistral_conversations._transport.downloads.file_names import file_name, numbered
from mistral_conversations._transport.file_thread import FileThread
from mistral_conversations._transport.paths import checked_path

__all__ = ["Folder", "Part"]


class Part(NamedTuple):
    """A downloaded file that has no name yet."""

    path: Path
    name: str | None
    """The service's name for it."""

    extension: str | None
    fallback: str
    """The name to use if the service has none."""


class Folder:
    """A folder for the files of one call: all of them, or none.

    Args:
        folder: the folder, which is created if it does not exist.

    Raises:
        TypeError: it is no path.
        ValueError: it is an empty path, or cannot be one.
    """

    def __init__(self, folder: Any) -> None:
        self._path = _path(folder)
        self._parts: Path | None = None
        self._named: list[Path] = []
        self._thread = FileThread(self._discard)

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Path, None]:
        """Create the folder; at the end, remove unfinished files.

        Yields:
            A temporary folder in it, for the downloads.

        Raises:
            OSError: the folder cannot be created or written.
        """
        try:
            yield await self._thread.run(self._open)
        except GeneratorExit:
            raise  # nobody waits for the thread
        except BaseException:
            await self._thread.run_shielded(self._discard)
            raise
        finally:
            self._thread.release()

    async def finish(self, parts: Sequence[Part]) -> tuple[Path, ...]:
        """Name the downloaded files, without replacing any other file.

        Raises:
            OSError: a file cannot be named.
        """
        await self._thread.run(partial(self._finish, parts))
        # Only now: the caller learns the names, unless this task is cancelled.
        paths, self._named = tuple(self._named), []
        return paths

    def _open(self) -> Path:
        try:
            self._path.mkdir(parents=True, exist_ok=True)
        except FileExistsError:
            path = str(self._path)
            raise NotADirectoryError(ENOTDIR, "folder is a file", path) from None
        # In the same file system, where a file can be renamed.
        self._parts = Path(tempfile.mkdtemp(".part", ".", self._path))
        return self._parts

    def _finish(self, parts: Sequence[Part]) -> None:
        for part in parts:
            path = self._claimed(file_name(part.name, part.extension, part.fallback))
            self._named.append(path)
            part.path.replace(path)
        self._remove_parts()

    def _claimed(self, name: str) -> Path:
        """Create an empty file under a name that is free, and return its path."""
        for candidate in numbered(name):
            path = self._path / candidate
            with suppress(FileExistsError):
                path.touch(exist_ok=False)
                return path
        raise AssertionError  # the numbers have no end

    def _discard(self) -> None:
        """Remove the parts, and what was named if the rest was not."""
        named, self._named = self._named, []
        for path in named:
            path.unlink(missing_ok=True)
        self._remove_parts()

    def _remove_parts(self) -> None:
        parts, self._parts = self._parts, None
        if parts is not None:
            shutil.rmtree(parts, ignore_errors=True)


def _path(folder: Any) -> Path:
    if not isinstance(folder, str | os.PathLike):
        raise TypeError(f"folder must be a path, not {type(folder).__name__}")
    return Path(checked_path("folder", folder, "use '.' for the current folder"))
