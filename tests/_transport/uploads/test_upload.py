"""Checks before a file is sent, and the headers it is sent with."""

import asyncio
import io
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mistral_conversations._transport.uploads.file_body import FileBody
from mistral_conversations._transport.uploads.sources import PIECE
from mistral_conversations._transport.uploads.upload import upload_of
from tests.support.for_each import for_each
from tests.support.raw_server import Request
from tests.support.upload_servers import Part, part_of, whole_pieces

pytestmark = pytest.mark.anyio


async def progressed(progress: int, total: int | None) -> None:
    del progress, total


class Asked:
    async def __call__(self, progress: int, total: int | None) -> None:
        del progress, total


REFUSED: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "no name": ({"file": b"x"}, ValueError, "name is missing"),
    "empty name": ({"name": ""}, ValueError, "name is empty"),
    "file without a name": ({"file": io.BytesIO(b"x")}, ValueError, "name is missing"),
    "path without a name": ({"file": "/"}, ValueError, "name is missing"),
    "name that is no str": ({"name": b"a.txt"}, TypeError, "name must be a str"),
    "name with a NUL": ({"name": "a\0.txt"}, ValueError, "name.*NUL"),
    "half a character": ({"name": "a\ud800"}, ValueError, "name cannot be sent"),
    "path that is no UTF-8": (
        {"file": Path("caf\udce9.txt")},
        ValueError,
        "name cannot be sent",
    ),
    "content type that is no str": (
        {"content_type": 3},
        TypeError,
        "content_type must be a str",
    ),
    "empty content type": ({"content_type": ""}, ValueError, "content_type is not"),
    "content type of one word": (
        {"content_type": "text"},
        ValueError,
        "content_type is not",
    ),
    "content type with a line end": (
        {"content_type": "text/plain\r\nX-Evil: 1"},
        ValueError,
        "content_type is not",
    ),
    "content type with umlauts": (
        {"content_type": "text/größe"},
        ValueError,
        "content_type is not",
    ),
    "progress that is no function": ({"progress": 3}, TypeError, "progress must"),
    "async progress": ({"progress": progressed}, TypeError, "progress must"),
    "part of an async progress": (
        {"progress": partial(progressed, total=3)},
        TypeError,
        "progress must",
    ),
    "object with an async call": ({"progress": Asked()}, TypeError, "progress must"),
}


@for_each("case", REFUSED)
def test_upload_is_refused_with(case: str) -> None:
    given, error, message = REFUSED[case]
    file = {"file": "a.txt", "name": None, "content_type": None, "progress": None}
    with pytest.raises(error, match=message):
        upload_of(**{**file, **given})


async def whole(body: FileBody) -> tuple[dict[str, str], Part]:
    """Take a body to its end, read it as a form."""
    content = b"".join([piece async for piece in body])
    headers = {name.lower(): value for name, value in body.headers.items()}
    if "content-length" in headers:
        assert headers["content-length"] == str(len(content))
    return headers, part_of(Request("POST", "/", headers, content))


async def sent(file: Any, name: str | None = None, kind: str | None = None) -> Part:
    async with upload_of(file, name, kind, None).opened() as body:
        return (await whole(body))[1]


@for_each(
    ("name", "kind"),
    [
        ("a.txt", "text/plain"),
        ("A.PDF", "application/pdf"),
        ("a.md", "text/markdown"),
        ("a", "application/octet-stream"),
        ("a.of no kind", "application/octet-stream"),
        ("data:text/html,a", "application/octet-stream"),
        ("data:text/x\r\nX-Evil: 1\r\n\r\nevil/,b.txt", "text/plain"),
        ("notes.txt.gz", "application/gzip"),
        ("notes.tar.bz2", "application/x-bzip2"),
        ("notes.txt.Z", "application/octet-stream"),
    ],
)
async def test_content_type_is_guessed_from_the_name(name: str, kind: str) -> None:
    part = await sent(b"x", name)
    assert (part.content_type, part.content) == (kind, b"x")


async def test_content_type_that_is_given_is_sent() -> None:
    form = upload_of(b"x", "a.pdf", "text/html; charset=utf-8", None)
    async with form.opened() as body:
        head = await anext(body)
    assert b"\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" in head


async def test_name_that_is_given_goes_before_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "sky.txt"
    path.write_text("x")
    assert (await sent(path)).filename == "sky.txt"
    assert (await sent(path, "blue.txt")).filename == "blue.txt"


async def test_length_is_sent_if_known() -> None:
    for file, known in ((b"one", True), (whole_pieces(b"one"), False)):
        async with upload_of(file, "a", None, None).opened() as body:
            headers, part = await whole(body)
        assert ("content-length" in headers) is known
        assert part.content == b"one"


async def test_each_attempt_has_a_boundary_of_its_own() -> None:
    upload = upload_of(b"x", "a", None, None)
    boundaries = set()
    for _ in range(5):
        async with upload.opened() as body:
            boundaries.add(body.headers["Content-Type"])
    assert len(boundaries) == 5


PIECES = {
    "bytearray": bytearray(b"one"),
    "memoryview": memoryview(b"one"),
    "memoryview with steps": memoryview(b"o-n-e-")[::2],
}


@for_each("kind", PIECES)
async def test_iterator_may_give_pieces_of(kind: str) -> None:
    async def give() -> AsyncIterator[Any]:
        yield PIECES[kind]

    assert (await sent(give(), "a")).content == b"one"


@for_each("pieces", [(), (b"",), (b"", b"")])
async def test_iterator_may_give_nothing(pieces: tuple[bytes, ...]) -> None:
    assert (await sent(whole_pieces(*pieces), "a")).content == b""


@for_each("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 5])
async def test_huge_piece_is_sent_in_small_ones(size: int) -> None:
    upload = upload_of(whole_pieces(b"x" * size), "a", None, None)
    async with upload.opened() as body:
        _, *sizes, _ = [len(piece) async for piece in body]
    assert sum(sizes) == size
    assert len(sizes) == -(-size // PIECE)
    assert all(each <= PIECE for each in sizes)


@for_each("size", [0, 1, PIECE, 2 * PIECE + 5])
@for_each("known", [True, False])
async def test_progress_rises_and_ends_at_the_size(size: int, *, known: bool) -> None:
    seen: list[tuple[int, int | None]] = []
    content = b"x" * size
    file = content if known else whole_pieces(content)
    upload = upload_of(file, "a", None, lambda *both: seen.append(both))
    async with upload.opened() as body:
        await whole(body)
    counts = [count for count, _ in seen]
    assert counts == sorted(set(counts))
    assert counts[-1] == size
    assert {total for _, total in seen} == {size if known else None}


async def test_body_that_is_not_sent_leaves_no_task() -> None:
    before = asyncio.all_tasks()
    async with upload_of(b"x", "a", None, None).opened() as body:
        await anext(body)
    assert asyncio.all_tasks() <= before
