"""G10: a file is never read whole, nor far ahead of the server; nothing blocks."""

import asyncio
import io
import os
import sys
import threading
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.clients import becomes_true
from tests.support.upload_servers import (
    LIBRARY_ID,
    Wire,
    document_answer,
    libraries_at,
    wire_server,
)

pytestmark = pytest.mark.anyio

MIB = 1024 * 1024

ROOM = 16 * MIB
"""Room for the buffers of the system and of the test's server."""


async def swallow(wire: Wire) -> None:
    """Read form after form to its end, keep nothing of them."""
    while True:
        await swallow_one(wire)
        await wire.send(document_answer())


async def swallow_one(wire: Wire) -> None:
    length = (await wire.head()).get("content-length")
    if length is None:
        end = b""
        while not end.endswith(b"\r\n0\r\n\r\n"):
            end = (end + await some(wire))[-9:]
    else:
        left = int(length)
        while left > 0:
            left -= len(await some(wire))


async def some(wire: Wire) -> bytes:
    got = await wire.some()
    if not got:
        raise ConnectionError
    return got


def sparse(folder: Path, size: int) -> Path:
    path = folder / "sparse.bin"
    path.touch()
    os.truncate(path, size)
    return path


@contextmanager
def little_memory() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 4 * MIB


@pytest.mark.parametrize("kind", ["path", "file"])
async def test_file_is_never_read_whole(kind: str, tmp_path: Path) -> None:
    path = sparse(tmp_path, 32 * MIB)
    async with wire_server(swallow) as url, libraries_at(url) as libraries:
        await libraries.documents.upload(LIBRARY_ID, b"x", name="a")
        with path.open("rb") as file, little_memory():
            await libraries.documents.upload(
                LIBRARY_ID, path if kind == "path" else file
            )


async def test_huge_piece_of_an_iterator_is_not_held_twice() -> None:
    piece = bytes(32 * MIB)

    async def give() -> AsyncIterator[bytes]:
        yield piece

    async with wire_server(swallow) as url, libraries_at(url) as libraries:
        await libraries.documents.upload(LIBRARY_ID, b"x", name="a")
        with little_memory():
            await libraries.documents.upload(LIBRARY_ID, give(), name="a")


PROGRAM = """
import asyncio, resource, sys
from mistral_conversations import AsyncLibraries

async def main():
    async with AsyncLibraries("key", base_url=sys.argv[1]) as libraries:
        await libraries.documents.upload("1", b"x", name="a")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        await libraries.documents.upload("1", sys.argv[2])
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)

asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.processes
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts in KiB")
async def test_file_of_256_mib_takes_no_memory(tmp_path: Path) -> None:
    path = sparse(tmp_path, 256 * MIB)
    async with wire_server(swallow) as url:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROGRAM, url, path, stdout=asyncio.subprocess.PIPE
        )
        out, _ = await process.communicate()
    assert int(out) < 8 * 1024


class Counting(io.RawIOBase):
    """A file of zeros that knows how much was read of it."""

    size = 64 * MIB
    taken = 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return 0

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self.size if whence else offset

    def read(self, count: int = -1, /) -> bytes:
        self.taken += count
        return bytes(count)

    async def pieces(self) -> AsyncIterator[bytes]:
        while self.taken < self.size:
            yield self.read(MIB)


@pytest.mark.parametrize("kind", ["file", "iterator"])
async def test_source_is_never_far_ahead_of_the_service(kind: str) -> None:
    """The service stops reading for a while."""
    go_on = asyncio.Event()

    async def stop_for_a_while(wire: Wire) -> None:
        await go_on.wait()
        await swallow(wire)

    zeros = Counting()
    file: Any = zeros if kind == "file" else zeros.pieces()
    async with wire_server(stop_for_a_while) as url, libraries_at(url) as libraries:
        uploading = asyncio.ensure_future(
            libraries.documents.upload(LIBRARY_ID, file, name="a")
        )
        assert await becomes_true(lambda: zeros.taken)
        at = -1
        while at != zeros.taken:
            at = zeros.taken
            await asyncio.sleep(0.1)
        assert at < ROOM
        go_on.set()
        await asyncio.wait_for(uploading, 20)
    assert zeros.taken == zeros.size


class Watched(io.BytesIO):
    """A file that knows which threads used it."""

    def __init__(self) -> None:
        super().__init__(bytes(300_000))
        self.threads: set[int] = set()

    def read(self, size: int | None = -1, /) -> bytes:
        self.threads.add(threading.get_ident())
        return super().read(size)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self.threads.add(threading.get_ident())
        return super().seek(offset, whence)

    def tell(self) -> int:
        self.threads.add(threading.get_ident())
        return super().tell()


async def test_file_is_used_on_other_threads_only() -> None:
    file = Watched()
    async with wire_server(swallow) as url, libraries_at(url) as libraries:
        await libraries.documents.upload(LIBRARY_ID, file, name="a")
    assert file.threads
    assert threading.get_ident() not in file.threads


async def test_other_tasks_get_their_turn_while_memory_is_sent() -> None:
    """Nothing waits for a disk there: each piece must give way by itself."""
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async with wire_server(swallow) as url, libraries_at(url) as libraries:
        counting = asyncio.ensure_future(count())
        await libraries.documents.upload(LIBRARY_ID, bytes(16 * MIB), name="a")
        counting.cancel()
    assert turns > 100
