"""A file on disk that appears under its name only when it is whole; blocking."""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EACCES, EISDIR
from io import FileIO
from pathlib import Path

__all__ = ["NewFile"]


class NewFile:
    """Write a file to a temporary name in the same folder, then rename it.

    A pipe or a device is written directly: renaming would replace it with a file.

    Args:
        path: the file to create or to replace; a link is followed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._final = path
        self._temporary: Path | None = None
        self._mode: int | None = None
        self._file: FileIO | None = None
        self._is_begun = False
        self.is_regular = True
        """Whether it is a file or will be one: no pipe and no device."""

    @property
    def is_repeatable(self) -> bool:
        """Whether it can be written from its beginning now."""
        return self.is_regular or not self._is_begun

    def look(self) -> None:
        """Check what exists under the path.

        Raises:
            OSError: a folder, or a file that must not be written.
        """
        with self._named():
            self._final = Path(os.path.realpath(self._path))
            try:
                mode = self._final.stat().st_mode
            except FileNotFoundError:
                return
            if stat.S_ISDIR(mode):
                raise IsADirectoryError(EISDIR, "to is a folder: name a file in it")
            self.is_regular = stat.S_ISREG(mode)
            self._mode = stat.S_IMODE(mode)
            if not os.access(self._final, os.W_OK):
                raise PermissionError(EACCES, os.strerror(EACCES))

    def open(self) -> None:
        """Open the temporary file, with the permissions of the file it replaces.

        Raises:
            OSError: the folder does not exist, or cannot be written.
        """
        with self._named():
            if not self.is_regular:
                self._file = FileIO(self._final, "w")
                return
            temporary = self._final.with_name(f".{secrets.token_hex(8)}.part")
            self._file = FileIO(temporary, "x")
            self._temporary = temporary
            if self._mode is not None:
                temporary.chmod(self._mode)

    def empty(self) -> None:
        """Remove what an earlier attempt wrote."""
        if self.is_regular and self._is_begun and self._file is not None:
            self._file.seek(0)
            self._file.truncate()

    def write(self, piece: bytes) -> None:
        """Write bytes, all of them."""
        self._is_begun = True
        view = memoryview(piece)
        while view and self._file is not None:
            view = view[self._file.write(view) :]

    def finish(self) -> None:
        """Close the file, and rename it to its path.

        Raises:
            OSError: it cannot be renamed.
        """
        if self._file is not None:
            self._file.close()
        if self._temporary is not None:
            with self._named():
                self._temporary.replace(self._final)
            self._temporary = None

    def discard(self) -> None:
        """Close the file; remove it unless it is finished."""
        with suppress(OSError):
            if self._file is not None:
                self._file.close()
        temporary, self._temporary = self._temporary, None
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Name the caller's path in errors, not the temporary one."""
        try:
            yield
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self._path)) from None
