"""G2: an upload closes what it opened; a client closes running uploads."""

import asyncio
import contextlib
import gc
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from mistral_conversations import (
    APIConnectionError,
    AsyncConversations,
    AsyncLibraries,
    ConfigurationError,
    SDKError,
)
from tests.support.clients import becomes_true, in_use, silent_port
from tests.support.endless_uploads import (
    PIECE,
    SOON,
    Source,
    begin_upload,
    cancel_task,
    limited_libraries,
    obey,
    open_files,
)
from tests.support.for_each import for_each
from tests.support.upload_servers import (
    LIBRARY_ID,
    libraries_and_server,
    libraries_at,
    resetting_port,
    wire_server,
)

pytestmark = pytest.mark.anyio

needs_proc = pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="needs /proc"
)


@needs_proc
@pytest.mark.parametrize("name", ["whole", "read", "refuse", "cut"])
async def test_file_on_disk_is_closed_200_times(name: str, tmp_path: Path) -> None:
    path = tmp_path / "sparse.bin"
    path.touch()
    os.truncate(path, 100 if name == "whole" else 4_000_000)
    async with limited_libraries() as libraries:
        await libraries.documents.upload(LIBRARY_ID, b"x", name="whole")
        before = open_files()
        for _ in range(200):
            with (
                anyio.move_on_after(0.003 if name == "read" else SOON),
                contextlib.suppress(SDKError, APIConnectionError),
            ):
                await libraries.documents.upload(LIBRARY_ID, path, name=name)
        assert await becomes_true(lambda: open_files() <= before)


def sent(libraries: AsyncLibraries, operation: str) -> asyncio.Task[Any]:
    """Send much to a service that reads nothing."""
    if operation == "upload":
        return begin_upload(libraries, Source(), "hang")
    conversations = libraries._view(AsyncConversations)
    return asyncio.ensure_future(conversations.start("x" * 20_000_000, model="m"))


@needs_proc
@pytest.mark.parametrize("operation", ["upload", "start"])
@pytest.mark.parametrize("ending", ["cancel", "close"])
async def test_connection_is_closed_though_the_server_reads_nothing(
    ending: str, operation: str
) -> None:
    """asyncio would continue to send its buffer, and aiohttp would wait for that."""
    async with silent_port() as port:
        libraries = libraries_at(f"http://127.0.0.1:{port}")
        before = open_files()
        task = sent(libraries, operation)
        assert await becomes_true(lambda: open_files() == before + 2)
        await asyncio.sleep(0.1)
        if ending == "cancel":
            await cancel_task(task)
            assert await becomes_true(lambda: open_files() == before + 1)
        await asyncio.wait_for(libraries.aclose(), SOON)
        await asyncio.wait({task}, timeout=SOON)
        assert ending == "cancel" or isinstance(task.exception(), APIConnectionError)
        assert await becomes_true(lambda: open_files() == before + 1)


@for_each("mute", [True, False])
@for_each("name", ["hang", "read"])
async def test_upload_ends_when_its_client_is_closed(name: str, *, mute: bool) -> None:
    source = Source()
    async with wire_server(obey) as url:
        libraries = libraries_at(url)
        task = begin_upload(libraries, source, name, mute=mute)
        await source.taken.wait()
        await libraries.aclose()
        with pytest.raises(APIConnectionError):
            await asyncio.wait_for(task, SOON)
        with pytest.raises(ConfigurationError, match="closed"):
            await libraries.documents.upload(LIBRARY_ID, b"x", name="a")
    assert source.closed == 1


async def test_generator_is_closed_where_nothing_of_it_was_sent() -> None:
    """It had been begun by its owner."""
    source = Source()
    pieces = source.all()
    await anext(pieces)
    async with libraries_at("http://127.0.0.1:9") as libraries:
        with pytest.raises(APIConnectionError):
            await libraries.documents.upload(LIBRARY_ID, pieces, name="a")
    assert source.closed == 1


async def test_wait_for_a_connection_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "sky.txt"
    path.touch()
    source = Source()
    async with limited_libraries() as libraries:
        task = begin_upload(libraries, source, "hang")
        await source.taken.wait()
        before = open_files()
        with anyio.move_on_after(0.01) as scope:
            await libraries.documents.upload(LIBRARY_ID, path)
        assert scope.cancelled_caught
        # a file that its thread was just opening is closed there
        assert await becomes_true(lambda: open_files() == before)
        assert in_use(libraries) == 1
        await cancel_task(task)


async def test_connection_lost_at_the_end_of_chunks_leaves_no_message() -> None:
    """The client notices the loss as it writes, before it reads anything."""
    found: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, what: found.append(what))
    with resetting_port(b"one") as (port, is_reset):
        async with libraries_at(f"http://127.0.0.1:{port}") as libraries:

            async def pieces() -> AsyncIterator[bytes]:
                yield b"one"
                while not is_reset.is_set():
                    pass  # the loop must not read the reset

            uploading = libraries.documents.upload(LIBRARY_ID, pieces(), name="a")
            with pytest.raises(APIConnectionError) as caught:
                await uploading
    assert caught.value.may_have_been_processed
    del caught, uploading
    gc.collect()
    assert found == []


async def test_connection_is_reused_after_an_upload(tmp_path: Path) -> None:
    path = tmp_path / "sky.txt"
    path.write_bytes(PIECE * 3)
    async with libraries_and_server() as (libraries, server):
        for _ in range(3):
            await libraries.documents.upload(LIBRARY_ID, path)
            await libraries.documents.upload(LIBRARY_ID, b"x", name="a")
            with path.open("rb") as file:
                await libraries.documents.upload(LIBRARY_ID, file)
        assert len(server.requests) == 9
        assert server.connections == 1
