"""G3: an upload waits for the service within its limits, and for its source at will."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from mistral_conversations import (
    APIConnectionError,
    APITimeoutError,
    AuthenticationError,
    SDKError,
    Timeout,
)
from tests.support.clients import in_use, refusal, silent_port, stay_mute, within
from tests.support.for_each import for_each
from tests.support.raw_server import http
from tests.support.upload_servers import (
    LIBRARY_ID,
    Wire,
    document_answer,
    libraries_and_server,
    libraries_at,
    part_of,
    wire_server,
)

pytestmark = pytest.mark.anyio

LIMIT = 0.4
SOON = 5.0
PIECE = b"x" * 64 * 1024


class Endless:
    """An iterator that knows how much was taken of it, and whether it was closed."""

    def __init__(self, pieces: int | None = None, pause: float = 0) -> None:
        self.taken = 0
        self.closed = False
        self._pieces = pieces
        self._pause = pause

    async def all(self) -> AsyncIterator[bytes]:
        try:
            while self._pieces is None or self.taken < self._pieces:
                await asyncio.sleep(self._pause)
                self.taken += 1
                yield PIECE
        finally:
            self.closed = True


def sparse(folder: Path, size: int) -> Path:
    path = folder / "sparse.bin"
    path.touch()
    os.truncate(path, size)
    return path


@pytest.mark.parametrize("kind", ["path", "iterator"])
@pytest.mark.parametrize("connect", [LIMIT, None])
async def test_unread_upload_raises(
    connect: float | None, kind: str, tmp_path: Path
) -> None:
    endless = Endless()
    file = sparse(tmp_path, 50_000_000) if kind == "path" else endless.all()
    limits = Timeout(connect=connect, response=LIMIT)
    async with (
        silent_port() as port,
        libraries_at(f"http://127.0.0.1:{port}", timeout=limits) as libraries,
        asyncio.timeout(SOON),
        within(LIMIT),
    ):
        with pytest.raises(APITimeoutError) as caught:
            await libraries.documents.upload(LIBRARY_ID, file, name="a")
        assert in_use(libraries) == 0
    assert caught.value.phase == "response"
    assert caught.value.may_have_been_processed
    assert endless.closed is (kind == "iterator")


async def test_upload_that_is_read_and_not_answered_raises() -> None:
    limits = Timeout(response=LIMIT)
    async with (
        libraries_and_server(stay_mute, timeout=limits) as (libraries, _),
        within(LIMIT),
    ):
        with pytest.raises(APITimeoutError) as caught:
            await libraries.documents.upload(LIBRARY_ID, b"x", name="a")
    assert caught.value.phase == "response"


async def test_slow_source_is_no_timeout() -> None:
    """Neither before its first piece, nor between two, nor before its end."""

    async def slow() -> AsyncIterator[bytes]:
        for _ in range(2):
            await asyncio.sleep(0.5)
            yield b"x"
        await asyncio.sleep(0.5)

    limits = Timeout(response=0.4, idle=0.4)
    async with libraries_and_server(timeout=limits) as (libraries, server):
        for _ in range(2):  # the second one on a connection that is kept
            await libraries.documents.upload(LIBRARY_ID, slow(), name="a")
        assert server.connections == 1
    assert [part_of(each).content for each in server.requests] == [b"xx"] * 2


async def test_slow_file_is_no_timeout() -> None:
    reading, writing = os.pipe()
    later = threading.Timer(0.5, os.close, [writing])
    later.start()
    with os.fdopen(reading, "rb") as file:
        async with libraries_and_server(timeout=Timeout(response=0.4)) as (
            libraries,
            _,
        ):
            await libraries.documents.upload(LIBRARY_ID, file, name="a")
    later.join()


@pytest.mark.parametrize("stopping", ["source", "pipe", "service"])
async def test_total_ends_an_upload_whatever_it_waits_for(stopping: str) -> None:
    reading, writing = os.pipe()
    source = Endless(pause=0 if stopping == "service" else 60)
    with os.fdopen(reading, "rb") as pipe:
        try:
            file = pipe if stopping == "pipe" else source.all()
            caught = await timed_out(file)
        finally:
            os.close(writing)
    assert caught.phase == "total"
    assert source.closed is (stopping != "pipe")


async def timed_out(file: Any) -> APITimeoutError:
    async with (
        silent_port() as port,
        libraries_at(f"http://127.0.0.1:{port}", timeout=LIMIT) as libraries,
        within(LIMIT),
    ):
        with pytest.raises(APITimeoutError) as caught:
            await libraries.documents.upload(LIBRARY_ID, file, name="a")
    return caught.value


@for_each("status", [401, 413])
@for_each("pause", [0, 60])
async def test_early_refusal_ends_the_upload(status: int, pause: float) -> None:
    """The service reads only the head; the source continues or is mute."""

    async def refuse(wire: Wire) -> None:
        await wire.head()
        await wire.send(refusal(status))
        await asyncio.sleep(SOON)

    source = Endless(pause=pause)
    async with (
        wire_server(refuse) as url,
        libraries_at(url) as libraries,
        asyncio.timeout(SOON),
    ):
        with pytest.raises(SDKError) as caught:
            await libraries.documents.upload(LIBRARY_ID, source.all(), name="a")
        assert in_use(libraries) == 0
    assert caught.value.status == status
    assert source.closed or not source.taken


async def test_early_refusal_that_ends_the_connection_is_that_refusal() -> None:

    async def refuse(wire: Wire) -> None:
        await wire.head()
        await wire.send(refusal(401, Connection="close"))
        wire.end()
        await wire.rest()

    async with wire_server(refuse) as url, libraries_at(url) as libraries:
        for _ in range(20):
            with pytest.raises(AuthenticationError):
                await libraries.documents.upload(LIBRARY_ID, Endless().all(), name="a")
        assert in_use(libraries) == 0


async def test_connection_of_an_early_answer_is_not_used_again() -> None:
    """What is left of the form would be taken for the next request."""
    connections = 0

    async def answer(wire: Wire) -> None:
        nonlocal connections
        connections += 1
        await wire.head()
        await wire.send(document_answer())
        await wire.rest()

    async with wire_server(answer) as url, libraries_at(url, limit=1) as libraries:
        for _ in range(3):
            source = Endless()
            made = await libraries.documents.upload(
                LIBRARY_ID, source.all(), name="a", timeout=SOON
            )
            assert made.name == "sky.txt"
            assert source.closed or not source.taken
    assert connections == 3


@pytest.mark.parametrize("kind", ["path", "iterator", "mute iterator"])
async def test_connection_that_is_cut_in_the_middle_is_reported(
    kind: str, tmp_path: Path
) -> None:
    async def cut(wire: Wire) -> None:
        await wire.head()
        await wire.some()

    source = Endless(pause=60 if "mute" in kind else 0)
    files: dict[str, Any] = {"path": sparse(tmp_path, 50_000_000)}
    async with (
        wire_server(cut) as url,
        libraries_at(url) as libraries,
        asyncio.timeout(SOON),
    ):
        with pytest.raises(APIConnectionError) as caught:
            await libraries.documents.upload(
                LIBRARY_ID, files.get(kind, source.all()), name="a"
            )
        assert not isinstance(caught.value, APITimeoutError)
        assert in_use(libraries) == 0
    assert source.closed is ("iterator" in kind)


async def test_upload_that_is_read_slowly_is_sent_whole() -> None:
    """Each pause is within the limit; all of them are not."""
    pauses = 12

    async def read(wire: Wire) -> None:
        length = int((await wire.head())["content-length"])
        for _ in range(pauses):
            length -= len(await wire.exactly(1024 * 1024))
            await asyncio.sleep(0.2)
        await wire.exactly(length)
        await wire.send(document_answer())
        await wire.rest()

    # The end of the body waits in the buffers of the system: some 5 MB, sent already.
    async with (
        wire_server(read, limit=1024 * 1024) as url,
        libraries_at(url, timeout=Timeout(response=1.8)) as libraries,
    ):
        await libraries.documents.upload(LIBRARY_ID, bytes(12 * 1024 * 1024), name="a")


async def test_answer_that_stops_is_idle() -> None:
    async def begin(connection: Any) -> None:
        await connection.send(http(201, b"{}")[:-1])
        await connection.until_client_closes()

    async with libraries_and_server(begin, timeout=Timeout(idle=0.1)) as (libraries, _):
        with pytest.raises(APITimeoutError) as caught:
            await libraries.documents.upload(LIBRARY_ID, b"x", name="a")
    assert caught.value.phase == "idle"
