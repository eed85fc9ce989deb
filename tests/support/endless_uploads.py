"""Endless uploads, to a server whose behaviour the file's name selects."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from mistral_conversations import AsyncLibraries
from tests.support.clients import nothing_in_use
from tests.support.raw_server import json_answer
from tests.support.upload_servers import (
    LIBRARY_ID,
    Wire,
    document_answer,
    libraries_at,
    wire_server,
)

__all__ = [
    "PIECE",
    "SOON",
    "Source",
    "begin_upload",
    "cancel_task",
    "limited_libraries",
    "obey",
    "open_files",
]

SOON = 5.0
PIECE = b"x" * 64 * 1024


class Source:
    """Endless pieces; counts how often it was started and closed."""

    def __init__(self) -> None:
        self.taken = asyncio.Event()
        self.begun = 0
        self.closed = 0

    async def all(self, *, mute: bool = False) -> AsyncIterator[bytes]:
        self.begun += 1
        try:
            while True:
                yield PIECE
                self.taken.set()
                if mute:
                    await asyncio.sleep(60)
        finally:
            try:
                await asyncio.sleep(0)
            finally:
                self.closed += 1


async def obey(wire: Wire) -> None:
    """Serve uploads as the name of each file asks."""
    while True:
        head = await wire.head()
        wish = (await wire.until(b"\r\n\r\n")).partition(b'filename="')[2]
        if wish.startswith(b"whole"):
            await wire.until(b"--\r\n")
            if "content-length" not in head:
                await wire.until(b"0\r\n\r\n")
            await wire.send(document_answer())
        elif wish.startswith(b"refuse"):
            await wire.send(json_answer({"message": "Not today."}, 413))
            await wire.rest()
        elif wish.startswith(b"early"):
            await wire.send(document_answer())
            await wire.rest()
        elif wish.startswith(b"cut"):
            return
        elif wish.startswith(b"read"):
            await wire.rest()
        else:
            await asyncio.sleep(60)


@asynccontextmanager
async def limited_libraries() -> AsyncIterator[AsyncLibraries]:
    """Yield a client with one connection, which must be free again at the end."""
    async with wire_server(obey) as url, libraries_at(url, limit=1) as libraries:
        yield libraries
        gc.collect()
        assert await nothing_in_use(libraries)
        await libraries.documents.upload(LIBRARY_ID, b"x", name="whole", timeout=SOON)


def begin_upload(
    libraries: AsyncLibraries, source: Source, name: str, *, mute: bool = False
) -> asyncio.Task[Any]:
    return asyncio.ensure_future(
        libraries.documents.upload(LIBRARY_ID, source.all(mute=mute), name=name)
    )


async def cancel_task(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())
