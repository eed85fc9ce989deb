"""A lock on an open file against other processes, and other batches of this one."""

import sys
from contextlib import suppress
from typing import IO

__all__ = ["lock"]

if sys.platform == "win32":
    import msvcrt

    _FAR = 2**62  # a lock there keeps nobody from reading the lines

    def lock(file: IO[bytes]) -> bool:
        """Lock a file until it is closed; return whether it was free."""
        position = file.tell()
        file.seek(_FAR)
        try:
            with suppress(OSError):
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
                return True
            return False
        finally:
            file.seek(position)

else:
    import fcntl

    def lock(file: IO[bytes]) -> bool:
        """Lock a file until it is closed; return whether it was free."""
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False
