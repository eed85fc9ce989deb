"""Uploads over a socket; aiohttp's server and Python's email package parse them."""

import asyncio
import gzip
import io
import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

from mistral_conversations import AsyncLibraries, DecodeError, NotFoundError, Timeout
from tests.support.clients import becomes_true, refusal
from tests.support.for_each import for_each
from tests.support.raw_server import http
from tests.support.upload_servers import (
    DOCUMENT_ID,
    LIBRARY_ID,
    Part,
    document,
    document_answer,
    form_server,
    libraries_and_server,
    libraries_at,
    part_of,
    whole_pieces,
)

pytestmark = pytest.mark.anyio

CONTENT = bytes(range(256)) * 700
PATH = f"/v1/libraries/{LIBRARY_ID}/documents"


@asynccontextmanager
async def read_by_aiohttp() -> AsyncIterator[tuple[AsyncLibraries, list[Part]]]:
    """Yield a client of a server that parses forms with another library."""
    async with (
        form_server(PATH, document(), status=201) as (address, parts),
        libraries_at(address) as libraries,
    ):
        yield libraries, parts


# aiohttp deprecates a method that its own parser of forms calls.
@pytest.mark.filterwarnings("ignore:unread_data:DeprecationWarning")
@pytest.mark.parametrize("content", [b"", b"Blue.", b"\r\n--\r\n", CONTENT])
@pytest.mark.parametrize("known", [True, False])
async def test_content_is_read_by_another_library(
    content: bytes, *, known: bool
) -> None:
    async with read_by_aiohttp() as (libraries, parts):
        file = content if known else whole_pieces(content[:9], content[9:])
        made = await libraries.documents.upload(LIBRARY_ID, file, name="sky.txt")
        assert made.id == DOCUMENT_ID
    assert parts == [Part("file", "sky.txt", "text/plain", content)]


@for_each(
    ("name", "written"),
    [
        ("Größe ☂ 天.txt", "Größe ☂ 天.txt"),
        ('the "sky".txt', "the %22sky%22.txt"),
        ("a\r\nX-Evil: 1.txt", "a%0D%0AX-Evil: 1.txt"),
        ("a;b=c.txt", "a;b=c.txt"),
    ],
)
async def test_name_is_read_by_another_library(name: str, written: str) -> None:
    async with read_by_aiohttp() as (libraries, parts):
        await libraries.documents.upload(LIBRARY_ID, b"Blue.", name=name)
    assert parts == [Part("file", written, "text/plain", b"Blue.")]


def gzipped(path: Path) -> Any:
    path.with_suffix(".gz").write_bytes(gzip.compress(CONTENT))
    return gzip.open(path.with_suffix(".gz"))


def standing_at_1000(path: Path) -> Any:
    file = path.open("rb")
    file.seek(1000)
    return file


def piped(path: Path) -> Any:
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as file:
        file.write(path.read_bytes()[:9000])
    return os.fdopen(reading, "rb")


FILES: dict[str, tuple[Callable[[Path], Any], bytes]] = {
    "open file": (lambda path: path.open("rb"), CONTENT),
    "open file that stands somewhere": (standing_at_1000, CONTENT[1000:]),
    "raw file": (lambda path: path.open("rb", buffering=0), CONTENT),
    "gzip file": (gzipped, CONTENT),
    "BytesIO": (lambda _: io.BytesIO(CONTENT), CONTENT),
    "pipe": (piped, CONTENT[:9000]),
}


@pytest.mark.parametrize("kind", FILES)
async def test_file_is_sent_and_left_open(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "sky.bin"
    path.write_bytes(CONTENT)
    make, content = FILES[kind]
    with make(path) as file:
        async with libraries_and_server() as (libraries, server):
            await libraries.documents.upload(LIBRARY_ID, file, name="sky.txt")
        assert not file.closed
    assert part_of(server.requests[0]).content == content


async def test_request_is_the_published_one(tmp_path: Path) -> None:
    path = tmp_path / "sky.txt"
    path.write_bytes(b"Blue.")
    async with libraries_and_server() as (libraries, server):
        made = await libraries.documents.upload(LIBRARY_ID, path)
    (request,) = server.requests
    assert (request.method, request.target) == ("POST", PATH)
    assert part_of(request) == Part("file", "sky.txt", "text/plain", b"Blue.")
    assert "transfer-encoding" not in request.headers
    assert request.headers["accept"] == "application/json"
    assert made.meta is not None
    assert (made.meta.status, made.meta.attempts) == (201, 1)


async def test_document_that_already_exists_is_reported() -> None:
    async with libraries_and_server(document_answer(200)) as (libraries, _):
        made = await libraries.documents.upload(LIBRARY_ID, b"x", name="a")
    assert made.meta is not None
    assert made.meta.status == 200


async def test_headers_are_added_except_the_type_of_the_body() -> None:
    headers = {"content-type": "application/json", "X-Trace": "1"}
    async with libraries_and_server(headers=headers) as (libraries, server):
        await libraries.documents.upload(LIBRARY_ID, b"x", name="a")
    (request,) = server.requests
    assert request.headers["content-type"].startswith("multipart/form-data; bound")
    assert request.headers["x-trace"] == "1"


async def test_unknown_library_is_not_found() -> None:
    async with libraries_and_server(refusal(404)) as (libraries, _):
        with pytest.raises(NotFoundError):
            await libraries.documents.upload(LIBRARY_ID, b"x", name="a")


async def test_answer_that_is_no_document_is_a_decode_error() -> None:
    async with libraries_and_server(http(201, b"[]")) as (libraries, _):
        with pytest.raises(DecodeError):
            await libraries.documents.upload(LIBRARY_ID, b"x", name="a")


def missing(folder: Path) -> Any:
    return folder / "missing.txt"


def a_folder(folder: Path) -> Any:
    (folder / "folder").mkdir()
    return folder / "folder"


def closed(folder: Path) -> Any:
    (folder / "closed").touch()
    with (folder / "closed").open("rb") as file:
        return file


UNREADABLE: dict[str, tuple[Callable[[Path], Any], type[Exception]]] = {
    "missing": (missing, FileNotFoundError),
    "folder": (a_folder, IsADirectoryError),
    "closed": (closed, ValueError),
    "None": (lambda _: None, TypeError),
}


@pytest.mark.parametrize("case", UNREADABLE)
async def test_nothing_is_sent_of_a_file_that_is(case: str, tmp_path: Path) -> None:
    make, error = UNREADABLE[case]
    async with libraries_and_server() as (libraries, server):
        with pytest.raises(error):
            await libraries.documents.upload(LIBRARY_ID, make(tmp_path))
        assert server.connections == 0


@for_each("library_id", ["", None, 3])
async def test_library_that_is_none_is_refused(library_id: Any) -> None:
    async with libraries_and_server() as (libraries, server):
        with pytest.raises((TypeError, ValueError), match="library_id"):
            await libraries.documents.upload(library_id, b"x", name="a")
        assert server.connections == 0


async def test_file_that_grows_is_sent_as_it_was(tmp_path: Path) -> None:
    """A log that is written to faster than it is read comes to its end."""
    path = tmp_path / "sky.log"
    path.write_bytes(CONTENT)

    def grow(sent: int, _: int | None) -> None:
        os.truncate(path, sent + 1_000_000)

    async with libraries_and_server() as (libraries, server):
        await libraries.documents.upload(LIBRARY_ID, path, progress=grow)
        await libraries.documents.upload(LIBRARY_ID, b"x", name="a")
        assert server.connections == 1
    assert part_of(server.requests[0]).content == CONTENT


async def test_file_that_shrinks_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "sky.log"
    path.write_bytes(3 * CONTENT)

    def shrink(*_: Any) -> None:
        os.truncate(path, 1000)

    async with libraries_and_server() as (libraries, server):
        with pytest.raises(OSError, match="it was changed"):
            await libraries.documents.upload(LIBRARY_ID, path, progress=shrink)
        assert await becomes_true(lambda: not server.open_connections)
        assert server.requests == []


async def test_fifo_is_sent_as_it_comes(tmp_path: Path) -> None:
    fifo = tmp_path / "sky.txt"
    os.mkfifo(fifo)
    writing = threading.Thread(target=fifo.write_bytes, args=[CONTENT])
    writing.start()
    async with libraries_and_server() as (libraries, server):
        await libraries.documents.upload(LIBRARY_ID, fifo)
    writing.join()
    assert part_of(server.requests[0]).content == CONTENT


async def test_file_of_anyio_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "sky.txt"
    path.write_bytes(CONTENT)
    async with (
        libraries_and_server() as (libraries, server),
        await anyio.open_file(path, "rb") as it,
    ):
        await libraries.documents.upload(LIBRARY_ID, it)
    assert part_of(server.requests[0]).filename == "sky.txt"
    assert part_of(server.requests[0]).content == CONTENT


async def test_file_is_sent_without_limits() -> None:
    limits = Timeout(connect=None, response=None, idle=None)
    async with libraries_and_server(timeout=limits) as (libraries, server):
        await libraries.documents.upload(LIBRARY_ID, CONTENT, name="a")
    assert part_of(server.requests[0]).content == CONTENT


async def test_uploads_run_at_once(tmp_path: Path) -> None:
    path = tmp_path / "sky.txt"
    path.write_bytes(CONTENT)
    async with libraries_and_server() as (libraries, server):
        await asyncio.gather(
            *(libraries.documents.upload(LIBRARY_ID, path) for _ in range(60))
        )
    assert {part_of(each).content for each in server.requests} == {CONTENT}
