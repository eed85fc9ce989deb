"""What a process holds: descriptors, tasks, memory, objects of the library."""

import asyncio
import ctypes
import gc
import os
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

import attrs

__all__ = ["Holdings", "descriptors"]

_FOLDERS = (Path("/proc/self/fd"), Path("/dev/fd"))
_STATUS = Path("/proc/self/statm")
_MODULES = ("mistral_conversations.", "aiohttp.", "asyncio.")
_MIB = 1024 * 1024


def descriptors() -> int:
    """Count the open file descriptors of this process; 0 if that is not known."""
    for folder in _FOLDERS:
        if folder.exists():
            return sum(1 for _ in folder.iterdir()) - 1  # the folder itself is open
    return 0


@attrs.frozen
class Holdings:
    """What this process holds at a moment."""

    descriptors: int
    tasks: int
    mebibytes: float
    """The resident memory; 0 where that is not known."""

    blocks: int
    """The blocks of memory that Python's objects have."""

    objects: Mapping[str, int] = attrs.field(factory=dict, repr=False)
    """The objects of the library, of aiohttp and of asyncio, by their class."""

    @classmethod
    def now(cls) -> Self:
        """Look, without collecting garbage."""
        tasks = len(asyncio.all_tasks())
        return cls(descriptors(), tasks, _resident(), sys.getallocatedblocks())

    @classmethod
    async def settled(cls) -> Self:
        """Look once what is about to end has ended, and garbage is collected."""
        for _ in range(2):
            await asyncio.sleep(0.05)
            gc.collect()
        await asyncio.sleep(0)
        _trim()
        return attrs.evolve(cls.now(), objects=_objects())


def _resident() -> float:
    if not _STATUS.exists():
        return 0.0
    pages = int(_STATUS.read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / _MIB


def _trim() -> None:
    """Return freed memory to the system, where the C library can do that."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _objects() -> Mapping[str, int]:
    counts: Counter[str] = Counter()
    for each in gc.get_objects():
        kind = type(each)
        if f"{kind.__module__}.".startswith(_MODULES):
            counts[f"{kind.__module__}.{kind.__qualname__}"] += 1
    return counts
