"""Downloads that fail, are cancelled or wait: what is left, and what reaches whom."""

import asyncio
import errno
import io
import os
import threading
import tracemalloc
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import anyio
import pytest

from mistral_conversations import (
    APIConnectionError,
    APITimeoutError,
    AsyncFiles,
    ConfigurationError,
    Files,
    Timeout,
)
from tests.support.client_and_server import client_answered_with, client_served_by
from tests.support.clients import (
    FAST,
    Reply,
    answers,
    becomes_true,
    in_use,
    nothing_in_use,
    within,
)
from tests.support.downloads import CONTENT, begun, contents, cut, names_in
from tests.support.file_bodies import FILE_ID
from tests.support.raw_server import Connection, Request, raw_server_on_thread
from tests.support.threads import threads_now, threads_since

pytestmark = pytest.mark.anyio

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"


class OwnError(Exception):
    """An error that only the caller knows."""


async def failed(
    reply: Reply, path: Path, error: type[Exception], **options: Any
) -> Any:
    """Download to a path that exists; return the error, and check what is left."""
    await anyio.Path(path).write_bytes(b"old")
    options = {"retries": 0, **options}
    async with client_served_by(AsyncFiles, answers(reply), **options) as (files, _):
        with pytest.raises(error) as caught:
            await files.download(FILE_ID, path)
        assert await nothing_in_use(files)
    assert await anyio.Path(path).read_bytes() == b"old"
    assert names_in(path.parent) == [path.name]
    return caught.value


@pytest.mark.parametrize("missing", [1, len(CONTENT) - 1, len(CONTENT)])
async def test_a_file_that_is_cut_leaves_the_old_one(
    missing: int, tmp_path: Path
) -> None:
    path = tmp_path / "sky.bin"
    error = await failed(cut(missing=missing), path, APIConnectionError)
    assert "the connection was lost while reading the answer: Not enough" in str(error)
    assert "400" not in str(error)
    assert (error.attempts, error.may_have_been_processed) == (1, True)
    error = await failed(cut(missing=missing), path, APIConnectionError, retries=FAST)
    assert error.attempts == 3


async def test_silence_is_bounded(tmp_path: Path) -> None:
    for limits, phase in ((Timeout(idle=0.1), "idle"), (Timeout(total=0.1), "total")):
        async with within(0.1):
            error = await failed(
                begun(), tmp_path / "sky.bin", APITimeoutError, timeout=limits
            )
        assert error.phase == phase


async def test_a_slow_disk_uses_up_no_idle_time() -> None:
    class Slow(io.BytesIO):
        def write(self, data: Any) -> int:
            threading.Event().wait(0.06)
            return super().write(data)

    file, limits = Slow(), Timeout(idle=0.05)
    async with client_answered_with(AsyncFiles, contents(), timeout=limits) as (f, _):
        assert await f.download(FILE_ID, file) == len(CONTENT)
    assert file.getvalue() == CONTENT


class Once:
    """A writable object that cannot go back."""

    def __init__(self) -> None:
        self.taken = bytearray()

    def write(self, data: bytes) -> None:
        self.taken += data


async def test_what_cannot_go_back_is_written_once() -> None:
    file = Once()
    replies = answers(cut(missing=9), contents())
    async with client_served_by(AsyncFiles, replies, retries=FAST) as (files, server):
        with pytest.raises(APIConnectionError, match="was lost"):
            await files.download(FILE_ID, file)
    assert file.taken == CONTENT[:-9]
    assert len(server.requests) == 1


async def test_what_cannot_go_back_is_retried_before_its_first_byte() -> None:
    file = Once()
    replies = answers(cut(missing=len(CONTENT)), contents())
    async with client_served_by(AsyncFiles, replies, retries=FAST) as (files, server):
        assert await files.download(FILE_ID, file) == len(CONTENT)
    assert file.taken == CONTENT
    assert len(server.requests) == 2


ERRORS = [
    OwnError("mine"),
    OSError(errno.ENOSPC, "No space left on device"),
    BrokenPipeError("nobody reads"),
    TimeoutError("mine"),
    APIConnectionError("of another client"),
]


@pytest.mark.parametrize("error", ERRORS, ids=repr)
@pytest.mark.parametrize("way", ["write", "async write", "progress"])
async def test_an_error_of_the_caller_reaches_the_caller(
    way: str, error: Exception, tmp_path: Path
) -> None:
    class Broken:
        def write(self, _: bytes) -> None:
            raise error

    class AsyncBroken:
        async def write(self, _: bytes) -> None:
            raise error

    def report(received: int, _: int | None) -> None:
        if received:
            raise error

    given: dict[str, Any] = {"to": Broken() if way == "write" else AsyncBroken()}
    if way == "progress":
        given = {"to": tmp_path / "sky.bin", "progress": report}
    async with client_answered_with(AsyncFiles, contents(), retries=FAST) as (f, s):
        with pytest.raises(type(error)) as caught:
            await f.download(FILE_ID, **given)
        assert caught.value is error
        assert await nothing_in_use(f)
        assert await f.download(FILE_ID) == CONTENT
    assert len(s.requests) == 2
    assert names_in(tmp_path) == []


async def test_a_write_that_takes_nothing_is_an_error() -> None:
    class Full:
        def write(self, _: bytes) -> int:
            return 0

    async with client_answered_with(AsyncFiles, contents()) as (files, _):
        with pytest.raises(OSError, match=r"to took 0 of \d+ bytes"):
            await files.download(FILE_ID, Full())


Way = Callable[[AsyncFiles, "asyncio.Task[Any]"], Awaitable[None]]


async def cancel(_: AsyncFiles, task: "asyncio.Task[Any]") -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def cancel_twice(_: AsyncFiles, task: "asyncio.Task[Any]") -> None:
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def close(files: AsyncFiles, task: "asyncio.Task[Any]") -> None:
    await files.aclose()
    with pytest.raises(APIConnectionError, match="this client was closed"):
        await task
    with pytest.raises(ConfigurationError, match="this client is closed"):
        await files.download(FILE_ID)


@pytest.mark.parametrize("way", [cancel, cancel_twice, close])
async def test_an_interrupted_download_leaves_nothing(way: Way, tmp_path: Path) -> None:
    path = tmp_path / "sky.bin"
    received = asyncio.Event()

    def report(count: int, _: int | None) -> None:
        if count:
            received.set()

    async with client_served_by(AsyncFiles, answers(begun()), retries=FAST) as (f, s):
        task = asyncio.ensure_future(f.download(FILE_ID, path, progress=report))
        await received.wait()
        assert len(names_in(tmp_path)) == 1
        await way(f, task)
        assert await becomes_true(lambda: names_in(tmp_path) == [])
        assert await becomes_true(lambda: s.open_connections == 0)
    assert len(s.requests) == 1


async def test_cancelled_at_any_moment_it_leaves_all_or_nothing(tmp_path: Path) -> None:
    path = tmp_path / "sky.bin"
    async with client_answered_with(AsyncFiles, contents()) as (files, _):
        await files.download(FILE_ID)
        for turns in range(0, 60, 3):
            task = asyncio.ensure_future(files.download(FILE_ID, path))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait({task})
            assert names_in(tmp_path) in ([], ["sky.bin"])
            if path.exists():
                assert path.read_bytes() == CONTENT
                path.unlink()
        assert await nothing_in_use(files)


async def test_a_download_that_is_moved_on_from_leaves_nothing(tmp_path: Path) -> None:
    async with client_served_by(AsyncFiles, answers(begun())) as (files, _):
        with anyio.move_on_after(0.1) as scope:
            await files.download(FILE_ID, tmp_path / "sky.bin")
        assert scope.cancelled_caught
        assert names_in(tmp_path) == []
        assert not in_use(files)


async def test_a_cancel_does_not_wait_for_a_pipe_that_nobody_reads(
    tmp_path: Path,
) -> None:
    class Stuck:
        def __init__(self) -> None:
            self.begun, self.end = threading.Event(), threading.Event()

        def write(self, _: bytes) -> None:
            self.begun.set()
            self.end.wait(20)

    stuck, limits = Stuck(), Timeout(total=0.2)
    try:
        async with client_answered_with(AsyncFiles, contents()) as (files, _):
            with pytest.raises(APITimeoutError):
                await files.download(FILE_ID, stuck, timeout=limits)
            assert stuck.begun.is_set()
            assert await nothing_in_use(files)
    finally:
        stuck.end.set()
    assert names_in(tmp_path) == []


FileThreads = Callable[[], set[threading.Thread]]


@pytest.fixture
def file_threads() -> FileThreads:
    """Return the threads of files that the test began; others may wait for a pipe."""
    earlier = threads_now()
    return lambda: {
        thread
        for thread in threads_since(earlier)
        if thread.name == "mistral_conversations file"
    }


async def test_a_cancel_does_not_wait_for_a_pipe_with_a_name(
    file_threads: FileThreads, tmp_path: Path
) -> None:
    """Its reader reads nothing; the loop runs on, and the thread ends with the pipe."""
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        async with client_answered_with(AsyncFiles, contents()) as (files, _):
            with pytest.raises(APITimeoutError):
                await files.download(FILE_ID, tmp_path / "pipe", timeout=0.2)
            assert await nothing_in_use(files)
    finally:
        os.close(reader)
    assert await becomes_true(lambda: not file_threads())


@pytest.mark.parametrize("end", ["total", "close"])
async def test_a_pipe_that_nobody_opens_does_not_outlast_the_call(
    end: str, file_threads: FileThreads, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    total = 0.1 if end == "total" else None
    async with client_answered_with(AsyncFiles, contents()) as (files, server):
        download = asyncio.create_task(
            files.download(FILE_ID, tmp_path / "pipe", timeout=Timeout(total=total))
        )
        assert await becomes_true(file_threads)
        if end == "close":
            await files.aclose()
        with pytest.raises(APITimeoutError if total else ConfigurationError):
            await download
        assert server.connections == 0
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    assert await becomes_true(lambda: not file_threads())
    os.close(reader)


async def test_a_pipe_that_takes_nothing_now_is_an_error() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        with io.FileIO(writer, "wb") as pipe:
            async with client_answered_with(AsyncFiles, contents()) as (files, _):
                with pytest.raises(BlockingIOError, match="make it blocking"):
                    await files.download(FILE_ID, pipe)
    finally:
        os.close(reader)


async def test_threads_end_with_their_downloads(
    file_threads: FileThreads, tmp_path: Path
) -> None:
    path = tmp_path / "sky.bin"
    for reply in (contents(), cut(), contents(b"")):
        async with client_served_by(AsyncFiles, answers(reply), retries=0) as (f, _):
            for to in (path, io.BytesIO(), Once()):
                with suppress(APIConnectionError):
                    await f.download(FILE_ID, to)
            assert await becomes_true(lambda: not file_threads())


async def test_a_slow_writer_holds_back_the_server() -> None:
    """What it has not taken stays on the server, except for a few buffers."""
    sent = 0

    async def count(_: Request, connection: Connection) -> None:
        nonlocal sent
        await connection.send(HEAD)
        while True:
            await connection.send(bytes(100_000))
            sent += 100_000

    class Stops:
        async def write(self, _: bytes) -> None:
            await asyncio.sleep(60)

    async with client_served_by(AsyncFiles, count) as (files, _):
        task = asyncio.ensure_future(files.download(FILE_ID, Stops()))
        assert await becomes_true(lambda: sent)
        before = -1
        while before < sent:
            before = sent
            await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.wait({task})
    assert sent < 30_000_000


async def test_a_write_does_not_hold_the_loop() -> None:
    class Slow:
        def write(self, _: bytes) -> None:
            threading.Event().wait(0.1)

    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.005)
            ticks += 1

    async with client_answered_with(AsyncFiles, contents(b"x")) as (files, _):
        other = asyncio.ensure_future(tick())
        await files.download(FILE_ID, Slow())
        other.cancel()
    assert ticks > 5


async def test_memory_holds_a_few_pieces_at_a_time(tmp_path: Path) -> None:
    size, piece = 40_000_000, bytes(1_000_000)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size

    async def send(request: Request, connection: Connection) -> None:
        assert request.method == "GET"
        await connection.send(head)
        for _ in range(size // 1_000_000):
            await connection.send(piece)

    async with client_served_by(AsyncFiles, send) as (files, _):
        tracemalloc.start()
        try:
            await files.download(FILE_ID, tmp_path / "sky.bin")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert (tmp_path / "sky.bin").stat().st_size == size
    assert peak < 5_000_000


async def test_a_session_of_the_callers_own_downloads(tmp_path: Path) -> None:
    replies = answers(cut(), contents())
    async with aiohttp.ClientSession() as session:
        options: dict[str, Any] = {"session": session, "retries": FAST}
        async with client_served_by(AsyncFiles, replies, **options) as (files, _):
            path = await files.download(FILE_ID, tmp_path / "sky.bin")
        assert not session.closed
    assert path.read_bytes() == CONTENT


def test_one_client_downloads_on_several_loops(tmp_path: Path) -> None:
    with raw_server_on_thread(answers(contents())) as server:
        files = AsyncFiles("key", base_url=server.base_url)

        def run(number: int) -> None:
            asyncio.run(anyio_free(files, tmp_path / str(number)))

        run(0)
        run(1)
        threads = [threading.Thread(target=run, args=[n]) for n in range(2, 5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        asyncio.run(files.aclose())
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {CONTENT}
    assert names_in(tmp_path) == ["0", "1", "2", "3", "4"]


async def anyio_free(files: AsyncFiles, path: Path) -> None:
    await files.download(FILE_ID, path)


def test_a_blocking_client_downloads_on_many_threads(tmp_path: Path) -> None:
    with (
        raw_server_on_thread(answers(contents())) as server,
        Files("key", base_url=server.base_url) as files,
    ):
        threads = [
            threading.Thread(target=files.download, args=[FILE_ID, tmp_path / str(n)])
            for n in range(16)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(names_in(tmp_path)) == 16
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {CONTENT}
