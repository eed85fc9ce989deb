"""Downloads to memory, paths and writable objects."""

import asyncio
import gzip
import io
import os
import stat
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from mistral_conversations import AsyncFiles, DecodeError, Files, NotFoundError
from tests.support.client_and_server import client_answered_with, client_served_by
from tests.support.clients import (
    FAST,
    Reply,
    answers,
    becomes_true,
    lose,
    nothing_in_use,
    refusal,
)
from tests.support.downloads import (
    CONTENT,
    begun,
    contents,
    cut,
    in_chunks,
    names_in,
    zipped,
)
from tests.support.file_bodies import FILE_ID
from tests.support.for_each import for_each
from tests.support.raw_server import http, raw_server_on_thread
from tests.support.sent_requests import targets

pytestmark = pytest.mark.anyio

PATH = f"/v1/files/{FILE_ID}/content"

WHOLE: dict[str, tuple[bytes, bytes]] = {
    "with its length": (contents(), CONTENT),
    "empty": (contents(b""), b""),
    "in chunks": (in_chunks(CONTENT[:9], CONTENT[9:]), CONTENT),
    "empty in chunks": (in_chunks(), b""),
    "zipped": (zipped(), CONTENT),
    "zipped and empty": (zipped(b""), b""),
    "of two zipped members": (
        contents(
            gzip.compress(b"a") + gzip.compress(b"b"), {"Content-Encoding": "gzip"}
        ),
        b"ab",
    ),
    "of a type of its own": (contents(b"{}", {"Content-Type": "text/html"}), b"{}"),
    "changed by a proxy": (http(203, b"x"), b"x"),
}  # fmt: skip


@pytest.mark.parametrize("kind", WHOLE)
async def test_contents_arrive_whole(kind: str, tmp_path: Path) -> None:
    answer, wanted = WHOLE[kind]
    path, file = tmp_path / "sky.bin", io.BytesIO()
    async with client_answered_with(AsyncFiles, answer) as (files, server):
        assert await files.download(FILE_ID) == wanted
        assert await files.download(FILE_ID, path) == path
        assert await files.download(FILE_ID, file) == len(wanted)
    assert path.read_bytes() == file.getvalue() == wanted
    assert names_in(tmp_path) == ["sky.bin"]
    assert targets(server) == [("GET", PATH)] * 3
    assert server.connections == 1
    accepted = {request.headers["accept"] for request in server.requests}
    assert accepted == {"application/octet-stream"}


@for_each(
    ("answer", "size"),
    [(contents(), len(CONTENT)), (zipped(), None), (in_chunks(CONTENT), None)],
)
async def test_progress_counts_to_the_size(answer: bytes, size: int | None) -> None:
    seen: list[tuple[int, int | None]] = []
    async with client_answered_with(AsyncFiles, answer) as (files, _):
        await files.download(FILE_ID, progress=lambda *counts: seen.append(counts))
    counts = [count for count, _ in seen]
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (0, len(CONTENT))
    assert {total for _, total in seen} == {size}


async def test_a_folder_is_no_path_for_a_file(tmp_path: Path) -> None:
    async with client_answered_with(AsyncFiles, contents()) as (files, server):
        for to in (tmp_path, str(tmp_path), f"{tmp_path}/new/"):
            with pytest.raises(IsADirectoryError, match="to is a folder: name a file"):
                await files.download(FILE_ID, to)
        for to in (tmp_path / "no" / "sky.bin", "/dev/null/sky.bin"):
            with pytest.raises(
                OSError, match=r"No such file|Not a directory"
            ) as caught:
                await files.download(FILE_ID, to)
            assert caught.value.filename == str(to)
    assert server.connections == 0
    assert names_in(tmp_path) == []


async def test_a_file_is_replaced_and_keeps_its_permissions(tmp_path: Path) -> None:
    old, new = tmp_path / "old.bin", tmp_path / "new.bin"
    old.write_bytes(b"old" * len(CONTENT))
    old.chmod(0o640)
    umask = os.umask(0o077)
    try:
        async with client_answered_with(AsyncFiles, contents()) as (files, _):
            await files.download(FILE_ID, old)
            await files.download(FILE_ID, str(new))
    finally:
        os.umask(umask)
    assert old.read_bytes() == new.read_bytes() == CONTENT
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (old, new)]
    assert modes == [0o640, 0o600]


async def test_a_link_stays_and_its_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link, file = tmp_path / "link.bin", tmp_path / "there" / "sky.bin"
    link.symlink_to(file)
    async with client_answered_with(AsyncFiles, contents(b"1"), contents(b"2")) as (
        files,
        _,
    ):
        assert await files.download(FILE_ID, link) == link
        assert file.read_bytes() == b"1"
        await files.download(FILE_ID, link)
    assert link.is_symlink()
    assert file.read_bytes() == b"2"
    assert names_in(file.parent) == ["sky.bin"]


async def test_a_device_stays_a_device() -> None:
    async with client_answered_with(AsyncFiles, contents()) as (files, _):
        await files.download(FILE_ID, os.devnull)
        with pytest.raises(OSError, match="No space left on device"):
            await files.download(FILE_ID, "/dev/full")
    assert await anyio.Path(os.devnull).is_char_device()


async def test_a_pipe_with_a_name_is_written(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    async with client_answered_with(AsyncFiles, contents()) as (files, _):
        await files.download(FILE_ID, pipe)
    await asyncio.to_thread(reader.join)
    assert read == [CONTENT]
    assert pipe.is_fifo()


class Takes:
    """A writable object that takes so many bytes at a time."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.taken = bytearray()

    def write(self, data: bytes) -> int:
        self.taken += data[: self.most]
        return min(len(data), self.most)


class Awaited:
    """A writable object whose `write` is async."""

    def __init__(self) -> None:
        self.taken = bytearray()
        self.threads: set[int] = set()

    async def write(self, data: bytes) -> None:
        await asyncio.sleep(0)
        self.threads.add(threading.get_ident())
        self.taken += data


class Promises(Awaited):
    """A writable object whose plain `write` returns something to await."""

    def write(self, data: bytes) -> Any:
        return super().write(data)


async def test_a_writable_object_gets_every_byte() -> None:
    for file in (Takes(1000), Takes(10**9), Awaited(), Promises()):
        async with client_answered_with(AsyncFiles, contents()) as (files, _):
            assert await files.download(FILE_ID, file) == len(CONTENT)
        assert file.taken == CONTENT


async def test_an_async_write_runs_on_the_loop_and_a_plain_one_does_not() -> None:
    threads: list[int] = []

    class Plain:
        def write(self, data: bytes) -> None:
            threads.append(threading.get_ident())
            assert data

    awaited = Awaited()
    async with client_answered_with(AsyncFiles, contents()) as (files, _):
        await files.download(FILE_ID, Plain())
        await files.download(FILE_ID, awaited)
    assert awaited.threads == {threading.get_ident()}
    assert len(set(threads)) == 1
    assert threading.get_ident() not in threads


def raw(path: Path) -> Any:
    return path.open("wb", buffering=0)


def appending(path: Path) -> Any:
    path.write_bytes(b"before")
    return path.open("ab")


def spooled(_: Path) -> Any:
    return tempfile.SpooledTemporaryFile(max_size=1000)


FILES: dict[str, Callable[[Path], Any]] = {
    "buffered": lambda path: path.open("wb"),
    "raw": raw,
    "appending": appending,
    "zipped": lambda path: gzip.GzipFile(path, "wb"),
    "spooled": spooled,
}


@pytest.mark.parametrize("kind", FILES)
async def test_an_open_file_is_written_and_left_open(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "sky.bin"
    async with client_answered_with(AsyncFiles, contents()) as (files, _):
        with FILES[kind](path) as file:
            assert await files.download(FILE_ID, file) == len(CONTENT)
            assert not file.closed
            if kind == "spooled":
                file.seek(0)
                assert file.read() == CONTENT
                return
    before = b"before" if kind == "appending" else b""
    written = path.read_bytes()
    assert (
        gzip.decompress(written) if kind == "zipped" else written
    ) == before + CONTENT


async def test_a_file_of_anyio_is_written(tmp_path: Path) -> None:
    path = tmp_path / "sky.bin"
    replies = answers(cut(), contents())
    async with (
        client_served_by(AsyncFiles, replies, retries=FAST) as (files, _),
        await anyio.open_file(path, "wb") as file,
    ):
        assert await files.download(FILE_ID, file) == len(CONTENT)
    assert path.read_bytes() == CONTENT


async def test_a_stream_writer_of_asyncio_is_written() -> None:
    received = bytearray()
    done = asyncio.Event()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.extend(await reader.read())
        writer.close()
        done.set()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    async with server:
        address = server.sockets[0].getsockname()
        _, writer = await asyncio.open_connection(*address)
        async with client_answered_with(AsyncFiles, contents()) as (files, _):
            assert await files.download(FILE_ID, writer) == len(CONTENT)
        writer.close()
        await done.wait()
    assert received == CONTENT


RETRIED: dict[str, tuple[Reply, ...]] = {
    "lost before an answer": (lose, contents()),
    "500 and 503": (refusal(500), refusal(503), contents()),
    "cut": (cut(), contents()),
    "cut at once": (cut(missing=len(CONTENT)), contents()),
    "cut twice": (cut(missing=9), cut(missing=100_000), contents()),
    "cut and then shorter": (cut(missing=1), contents(CONTENT[:1000])),
    "cut in its chunks": (cut(in_chunks(CONTENT)), contents()),
    "cut between its chunks": (cut(in_chunks(CONTENT, end=False), 0), contents()),
    "cut while zipped": (zipped(missing=1), contents()),
    "zipped data that is broken": (
        contents(b"\x1f\x8bno", {"Content-Encoding": "gzip"}),
        contents(),
    ),
}


@pytest.mark.parametrize("kind", RETRIED)
@pytest.mark.parametrize("target", ["memory", "path", "BytesIO", "appending"])
async def test_a_retry_begins_again(kind: str, target: str, tmp_path: Path) -> None:
    replies = RETRIED[kind]
    wanted = CONTENT[:1000] if kind == "cut and then shorter" else CONTENT
    seen: list[int] = []
    async with client_served_by(AsyncFiles, answers(*replies), retries=FAST) as (
        files,
        server,
    ):
        found = await downloaded(files, target, tmp_path, lambda n, _: seen.append(n))
    assert found == wanted
    assert len(server.requests) == len(replies)
    assert seen[-1] == len(wanted)
    assert names_in(tmp_path) in ([], ["sky.bin"])


async def downloaded(
    files: AsyncFiles, target: str, folder: Path, progress: Any = None
) -> bytes:
    """Download to one kind of target; return what it then has."""
    path = folder / "sky.bin"
    if target == "memory":
        return await files.download(FILE_ID, progress=progress)
    if target == "path":
        await files.download(FILE_ID, path, progress=progress)
        return path.read_bytes()
    if target == "BytesIO":
        file = io.BytesIO(b"before")
        file.seek(6)
        await files.download(FILE_ID, file, progress=progress)
        assert file.getvalue().startswith(b"before")
        return file.getvalue()[6:]
    with appending(path) as appended:
        await files.download(FILE_ID, appended, progress=progress)
    return path.read_bytes().removeprefix(b"before")


async def test_what_stood_behind_the_position_is_kept_on_a_retry() -> None:
    file = io.BytesIO(b"-" * 2000)
    file.seek(10)
    replies = answers(cut(contents(b"x" * 100)), contents(b"y" * 100))
    async with client_served_by(AsyncFiles, replies, retries=FAST) as (files, _):
        await files.download(FILE_ID, file)
    assert file.getvalue() == b"-" * 10 + b"y" * 100 + b"-" * 1890


def test_a_blocking_client_returns_the_same(tmp_path: Path) -> None:
    file = io.BytesIO()
    with (
        raw_server_on_thread(answers(contents())) as server,
        Files("key", base_url=server.base_url) as files,
    ):
        assert files.download(FILE_ID) == CONTENT
        assert files.download(FILE_ID, tmp_path / "a") == tmp_path / "a"
        assert files.download(FILE_ID, str(tmp_path / "b")) == tmp_path / "b"
        assert files.download(FILE_ID, file) == len(CONTENT)
    assert (tmp_path / "a").read_bytes() == file.getvalue() == CONTENT


async def test_memory_is_bounded_and_a_path_is_not(tmp_path: Path) -> None:
    limit = {"max_response_bytes": len(CONTENT) - 1}
    for answer in (contents(), zipped(), in_chunks(CONTENT[:1], CONTENT[1:])):
        async with client_answered_with(AsyncFiles, answer, **limit) as (files, _):
            with pytest.raises(DecodeError, match="larger than 767999 bytes"):
                await files.download(FILE_ID)
            assert await nothing_in_use(files)
            await files.download(FILE_ID, tmp_path / "sky.bin")
        assert (tmp_path / "sky.bin").read_bytes() == CONTENT


async def test_a_file_that_announces_too_much_is_not_read(tmp_path: Path) -> None:
    """The server never sends the rest; the error comes at once."""
    async with client_served_by(
        AsyncFiles, answers(begun()), max_response_bytes=1000
    ) as (files, _):
        with pytest.raises(DecodeError, match="larger than 1000 bytes"):
            await files.download(FILE_ID)
        assert await nothing_in_use(files)
    assert names_in(tmp_path) == []


PARTS = {
    206: "the answer is not the whole file: its status is 206",
    202: "the answer is not the whole file: its status is 202",
    204: "the answer is not the whole file: its status is 204",
}


@pytest.mark.parametrize("status", PARTS)
async def test_an_answer_that_is_no_whole_file_is_an_error(
    status: int, tmp_path: Path
) -> None:
    body = b"" if status == 204 else b"x"
    async with client_answered_with(AsyncFiles, http(status, body)) as (files, _):
        with pytest.raises(DecodeError, match=PARTS[status]):
            await files.download(FILE_ID, tmp_path / "sky.bin")
    assert names_in(tmp_path) == []


async def test_a_redirect_is_not_followed() -> None:
    there = http(307, b"", {"Location": "/elsewhere"})
    async with client_answered_with(AsyncFiles, there) as (files, server):
        with pytest.raises(Exception, match="307"):
            await files.download(FILE_ID)
    assert len(server.requests) == 1


async def test_an_encoding_that_cannot_be_decoded_is_an_error(tmp_path: Path) -> None:
    answer = contents(b"x", {"Content-Encoding": "br, gzip"})
    async with client_answered_with(AsyncFiles, answer) as (files, _):
        with pytest.raises(DecodeError, match="encoded with br, gzip"):
            await files.download(FILE_ID, tmp_path / "sky.bin")
    assert names_in(tmp_path) == []


def text_file(folder: Path) -> Any:
    return (folder / "t").open("w", encoding="utf-8")


def closed_file(folder: Path) -> Any:
    file = (folder / "t").open("wb")
    file.close()
    return file


async def progressed(*_: int | None) -> None:
    """Count, although nobody awaits it."""


WRONG: list[tuple[Callable[[Path], Any], str]] = [
    (lambda _: 5, "to must be a path or a binary writable, not int"),
    (lambda _: b"sky.bin", "to must be a path or a binary writable, not bytes"),
    (lambda _: bytearray(), "to must be a path or a binary writable, not bytearray"),
    (lambda _: "", "to is an empty path: name the file to write"),
    (lambda _: "a\0b", "to cannot be a path: it contains a NUL"),
    (lambda _: "\ud800", "to cannot be a path: 'utf-8' codec can't encode"),
    (text_file, "to is open for text: open it in binary mode ('wb')"),
    (lambda _: io.StringIO(), "to is open for text: open it in binary mode ('wb')"),
    (closed_file, "to is a closed file: pass an open one, or its path"),
    (lambda f: closed_file(f) and (f / "t").open("rb"), "to is open for reading"),
]  # fmt: skip


@pytest.mark.parametrize(("to", "message"), WRONG)
async def test_another_target_is_refused_before_anything_is_sent(
    to: Callable[[Path], Any], message: str, tmp_path: Path
) -> None:
    target = to(tmp_path)
    async with client_answered_with(AsyncFiles, contents()) as (files, server):
        with pytest.raises((TypeError, ValueError)) as caught:
            await files.download(FILE_ID, target)
        if hasattr(target, "close"):
            target.close()
        with pytest.raises(TypeError, match="progress must be a plain function"):
            await files.download(FILE_ID, progress=progressed)
        with pytest.raises(ValueError, match="file_id is blank"):
            await files.download("")
    assert str(caught.value).startswith(message)
    assert server.connections == 0


async def test_a_file_that_is_not_there_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "sky.bin"
    path.write_bytes(b"old")
    async with client_answered_with(AsyncFiles, refusal(404)) as (files, _):
        with pytest.raises(NotFoundError, match="Not today"):
            await files.download(FILE_ID, path)
    assert path.read_bytes() == b"old"
    assert names_in(tmp_path) == ["sky.bin"]


async def test_begun_is_not_whole(tmp_path: Path) -> None:
    """Until the last byte, the name is free and the bytes are beside it."""
    async with client_served_by(AsyncFiles, answers(begun())) as (files, _):
        task = asyncio.ensure_future(files.download(FILE_ID, tmp_path / "sky.bin"))
        assert await becomes_true(lambda: names_in(tmp_path))
        (name,) = names_in(tmp_path)
        assert name.endswith(".part")
        task.cancel()
        await asyncio.wait({task})
    assert names_in(tmp_path) == []
