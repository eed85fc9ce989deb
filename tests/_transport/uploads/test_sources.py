"""Everything that bytes can be read from, and what only looks like it."""

import array
import asyncio
import gzip
import io
import os
import tempfile
import threading
import zipfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import ExitStack, aclosing
from pathlib import Path
from typing import Any

import anyio
import pytest

from mistral_conversations._transport.uploads.sources import PIECE, Source, source_of
from tests.support.clients import becomes_true

pytestmark = pytest.mark.anyio

CONTENT = bytes(range(256)) * 700
"""More than two pieces, and not a multiple of one."""

Make = Callable[[Path, ExitStack], Any]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "sky.bin"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


async def read(source: Source) -> tuple[int | None, bytes]:
    """Read a source once, and return its size and bytes."""
    async with source.opened() as (size, contents), aclosing(contents) as pieces:
        return size, b"".join([bytes(piece) async for piece in pieces])


def at(position: int, file: Any) -> Any:
    file.seek(position)
    return file


def zipped(path: Path, opened: ExitStack) -> Any:
    with zipfile.ZipFile(path.with_suffix(".zip"), "w") as made:
        made.write(path, "inner.bin")
    archive = opened.enter_context(zipfile.ZipFile(path.with_suffix(".zip")))
    return opened.enter_context(archive.open("inner.bin"))


def gzipped(path: Path, opened: ExitStack) -> Any:
    path.with_suffix(".gz").write_bytes(gzip.compress(CONTENT))
    return opened.enter_context(gzip.open(path.with_suffix(".gz")))


def by_bytes(path: Path) -> Any:
    return open(os.fsencode(path), "rb")  # noqa: PTH123


def temporary(_: Path, opened: ExitStack) -> Any:
    file = opened.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
    file.write(CONTENT)
    return at(0, file)


def spooled(_: Path, opened: ExitStack) -> Any:
    file = opened.enter_context(tempfile.SpooledTemporaryFile())  # noqa: SIM115
    file.write(CONTENT)
    return at(0, file)


REWINDABLE: dict[str, tuple[Make, str | None]] = {
    "str": (lambda path, _: str(path), "sky.bin"),
    "path": (lambda path, _: path, "sky.bin"),
    "bytes": (lambda *_: CONTENT, None),
    "bytearray": (lambda *_: bytearray(CONTENT), None),
    "memoryview": (lambda *_: memoryview(CONTENT), None),
    "wide memoryview": (lambda *_: memoryview(array.array("I", CONTENT)), None),
    "memoryview with steps": (
        lambda *_: memoryview(bytes(b for byte in CONTENT for b in (byte, 0)))[::2],
        None,
    ),
    "BytesIO": (lambda *_: io.BytesIO(CONTENT), None),
    "file": (lambda path, opened: opened.enter_context(path.open("rb")), "sky.bin"),
    "raw file": (
        lambda path, opened: opened.enter_context(path.open("rb", buffering=0)),
        "sky.bin",
    ),
    "file opened by a name of bytes": (
        lambda path, opened: opened.enter_context(by_bytes(path)),
        "sky.bin",
    ),
    "gzip": (gzipped, "sky.gz"),
    "zip": (zipped, "inner.bin"),
    "file without a name": (temporary, None),
    "spooled file": (spooled, None),
}


@pytest.mark.parametrize("kind", REWINDABLE)
async def test_source_is_read_twice_from(
    kind: str, path: Path, opened: ExitStack
) -> None:
    make, name = REWINDABLE[kind]
    source = source_of(make(path, opened))
    assert source.name == name
    expected = CONTENT
    if kind == "wide memoryview":
        expected = bytes(array.array("I", CONTENT))
    for _ in range(2):
        assert source.repeatable
        assert await read(source) == (len(expected), expected)
    await source.aclose()


async def test_file_is_read_from_where_it_stands_each_time(path: Path) -> None:
    for file in (io.BytesIO(CONTENT), path.open("rb"), path.open("rb", buffering=0)):
        with file:
            source = source_of(at(1000, file))
            for _ in range(2):
                assert await read(source) == (len(CONTENT) - 1000, CONTENT[1000:])
            assert not file.closed


async def test_file_that_stands_behind_its_end_gives_nothing() -> None:
    assert await read(source_of(at(9, io.BytesIO(b"four")))) == (0, b"")


async def test_bytes_are_those_of_the_call() -> None:
    content = bytearray(b"before")
    source = source_of(content)
    content[:] = b"behind"
    assert await read(source) == (6, b"before")


class Iterator_:  # noqa: N801 - not the one of collections.abc
    def __init__(self) -> None:
        self.rest = [b"one", b"", b"two"]

    def __aiter__(self) -> "Iterator_":
        return self

    async def __anext__(self) -> bytes:
        if not self.rest:
            raise StopAsyncIteration
        return self.rest.pop(0)


async def generated() -> AsyncGenerator[bytes, None]:
    yield b"one"
    yield b"two"


def piped(_: Path, opened: ExitStack) -> Any:
    reading, writing = os.pipe()
    os.write(writing, b"onetwo")
    os.close(writing)
    return opened.enter_context(os.fdopen(reading, "rb"))


class Plain:
    """Nothing but what is needed."""

    def __init__(self, *_: Any) -> None:
        self.read = io.BytesIO(b"onetwo").read


class Upload:
    """A file as web frameworks provide it."""

    def __init__(self, *_: Any) -> None:
        self.rest = io.BytesIO(b"onetwo")
        self.name = "web/sky.bin"

    async def read(self, size: int = -1) -> bytes:
        return self.rest.read(size)


ONCE: dict[str, tuple[Make, str | None]] = {
    "pipe": (piped, None),
    "object with read": (Plain, None),
    "object with an async read": (Upload, "sky.bin"),
    "async generator": (lambda *_: generated(), None),
    "async iterator": (lambda *_: Iterator_(), None),
}


@pytest.mark.parametrize("kind", ONCE)
async def test_source_is_read_once_from(
    kind: str, path: Path, opened: ExitStack
) -> None:
    make, name = ONCE[kind]
    source = source_of(make(path, opened))
    assert source.name == name
    async with source.opened() as (size, _):
        assert size is None
        assert source.repeatable
    assert await read(source) == (None, b"onetwo")
    assert not source.repeatable
    await source.aclose()


async def test_file_of_anyio_is_read_in_pieces_and_not_by_lines(path: Path) -> None:
    path.write_bytes(b"\n" * 3 * PIECE)  # noqa: ASYNC240
    async with await anyio.open_file(path, "rb") as file:
        source = source_of(file)
        assert source.name == "sky.bin"
        async with source.opened() as (_, pieces):
            assert [len(piece) async for piece in pieces] == [PIECE] * 3
        await source.aclose()
        assert not file.closed


async def test_stream_reader_is_read_across_long_lines() -> None:
    """Its iterator would fail: it yields lines, of 64 KiB at the most."""
    reader = asyncio.StreamReader()
    reader.feed_data(b"x" * 3 * PIECE)
    reader.feed_eof()
    assert await read(source_of(reader)) == (None, b"x" * 3 * PIECE)


async def test_fifo_is_read_to_its_end(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    writing = threading.Thread(
        target=(tmp_path / "fifo").write_bytes, args=[b"through"]
    )
    writing.start()
    assert await read(source_of(tmp_path / "fifo")) == (None, b"through")
    writing.join()


def as_text(path: str) -> Any:
    return Path(path).open(encoding="utf-8")


def to_write() -> Any:
    return Path(os.devnull).open("wb")


def lines() -> Iterator[bytes]:
    yield b"one"


NOTHING: dict[str, Callable[[ExitStack], Any]] = {
    "None": lambda _: None,
    "int": lambda _: 3,
    "list": lambda _: [b"one"],
    "sync generator": lambda _: lines(),
    "async generator function": lambda _: generated,
    "text": lambda _: io.StringIO("one"),
    "text file": lambda opened: opened.enter_context(as_text(__file__)),
    "temporary text file": lambda opened: opened.enter_context(
        tempfile.NamedTemporaryFile("w+")  # noqa: SIM115
    ),
    "file to write": lambda opened: opened.enter_context(to_write()),
}


@pytest.mark.parametrize("kind", NOTHING)
def test_source_is_not_made_of(kind: str, opened: ExitStack) -> None:
    with pytest.raises(TypeError, match=r"^file "):
        source_of(NOTHING[kind](opened))


@pytest.mark.parametrize(
    ("name", "error"),
    [("missing", FileNotFoundError), ("folder", IsADirectoryError)],
)
async def test_path_that_is_no_file_raises_the_error_of_the_system(
    name: str, error: type[OSError], tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(error):
        await read(source_of(tmp_path / name))


async def test_closed_file_is_reported() -> None:
    file = io.BytesIO(b"closed")
    source = source_of(file)
    file.close()
    with pytest.raises(ValueError, match="closed"):
        await read(source)


def held_open(path: Path) -> bool:
    """Whether this process has the file open, while other threads close theirs."""
    open_files = Path("/proc/self/fd").iterdir()
    return os.path.realpath(path) in [os.path.realpath(each) for each in open_files]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
async def test_file_on_disk_is_closed_however_far_it_was_read(path: Path) -> None:
    source = source_of(path)
    async with source.opened() as (_, pieces):
        await anext(pieces)
        assert held_open(path)
        await pieces.aclose()
    assert not held_open(path)


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="needs /proc")
@pytest.mark.parametrize("name", ["version", "cpuinfo"])
@pytest.mark.parametrize("given", ["path", "file"])
async def test_file_of_unknown_size_is_read_to_its_end(
    name: str, given: str, opened: ExitStack
) -> None:
    path = Path("/proc") / name
    file = opened.enter_context(path.open("rb")) if given == "file" else path
    size, content = await read(source_of(file))
    assert size is None
    assert content.endswith(b"\n")
    assert len(content) > 20


def test_empty_path_is_refused() -> None:
    with pytest.raises(ValueError, match="file is an empty path"):
        source_of("")


def test_path_with_a_nul_is_refused() -> None:
    with pytest.raises(ValueError, match="file cannot be a path: it contains a NUL"):
        source_of("a\0b")


async def test_async_generator_is_closed_however_far_it_was_read() -> None:
    closed = []

    async def give() -> AsyncIterator[bytes]:
        try:
            yield b"one"
            yield b"two"
        finally:
            closed.append(True)

    pieces = give()
    await anext(pieces)
    source = source_of(pieces)
    async with source.opened():
        pass
    assert not closed
    await source.aclose()
    assert closed


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
@pytest.mark.parametrize("opened_by", ["path", "caller"])
async def test_cancel_does_not_wait_for_a_fifo(opened_by: str, tmp_path: Path) -> None:
    """Nor does the loop wait for its file to be closed: the thread does that."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    writing = os.open(fifo, os.O_RDWR)
    file = fifo if opened_by == "path" else fifo.open("rb")
    with anyio.move_on_after(0.05) as scope, anyio.fail_after(5):
        await read(source_of(file))
    assert scope.cancelled_caught
    os.write(writing, b"x" * PIECE)
    os.close(writing)
    if not isinstance(file, Path):
        file.close()
    assert await becomes_true(lambda: not held_open(fifo))


async def test_cancel_does_not_wait_for_a_fifo_without_a_writer(
    tmp_path: Path,
) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with anyio.move_on_after(0.05) as scope:
        await read(source_of(fifo))
    assert scope.cancelled_caught
    os.close(os.open(fifo, os.O_RDWR))
    assert await becomes_true(lambda: not held_open(fifo))


class Slow(io.BytesIO):
    """A file that is slow to read, and knows whether it is being read."""

    def __init__(self) -> None:
        super().__init__(CONTENT)
        self.is_read = False
        self.go_on = threading.Event()

    def read(self, size: int | None = -1, /) -> bytes:
        self.is_read = True
        self.go_on.wait(5)
        self.is_read = False
        return super().read(size)


async def test_caller_has_the_file_back_only_when_no_thread_reads_it() -> None:
    file = Slow()
    reading = asyncio.ensure_future(read(source_of(file)))
    assert await becomes_true(lambda: file.is_read)
    reading.cancel()
    await asyncio.sleep(0.02)
    assert not reading.done()
    file.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert not file.is_read
