"""Chunks made of paths, bytes and URLs."""

import asyncio
import os
import traceback
from base64 import b64decode
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mistral_conversations import (
    AsyncConversations,
    DocumentURLChunk,
    GetSignedUrlResponse,
    ImageURL,
    ImageURLChunk,
    MessageInputEntry,
    TextChunk,
    document_chunk,
    image_chunk,
    to_dict,
)
from mistral_conversations.server import LocalServer
from tests.support.for_each import for_each

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
PDF = b"%PDF-1.7\n%%EOF"
MOST = 10 * 1024 * 1024
OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MAKERS: list[Callable[..., Any]] = [image_chunk, document_chunk]
DATA_URL = "data:image/png;base64,iVBORw0KGgo="
PDF_URL = "data:application/pdf;base64,JVBERi0="


def contents(url: Any) -> tuple[str, bytes]:
    """Return the media type and the bytes of a data URL."""
    head, _, text = url.partition(";base64,")
    assert head.startswith("data:")
    return head.removeprefix("data:"), b64decode(text, validate=True)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Write an image, and return its path."""
    path = tmp_path / "photo.png"
    path.write_bytes(PNG)
    return path


class AnyPath:
    """A path that is no `pathlib.Path`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __fspath__(self) -> str:
        return str(self._path)


@pytest.mark.parametrize("kind", [str, Path, AnyPath])
def test_an_image_is_read_from_a_path(photo: Path, kind: Any) -> None:
    chunk = image_chunk(kind(photo))
    assert isinstance(chunk, ImageURLChunk)
    assert contents(chunk.image_url) == ("image/png", PNG)
    assert to_dict(chunk) == {"type": "image_url", "image_url": chunk.image_url}


@for_each("kind", [bytes, bytearray, memoryview])
def test_an_image_is_made_of_bytes(kind: Any) -> None:
    assert contents(image_chunk(kind(PNG)).image_url) == ("image/png", PNG)


def test_a_relative_path_is_read(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(photo.parent)
    assert contents(image_chunk("photo.png").image_url) == ("image/png", PNG)
    odd = Path("https:")
    odd.mkdir()
    (odd / "a.png").write_bytes(PNG)
    assert contents(image_chunk(Path("https://a.png")).image_url)[1] == PNG
    Path("data:a,b").write_bytes(PNG)
    assert contents(image_chunk(Path("data:a,b")).image_url)[1] == PNG


URLS = [
    *["https://example.org/a.png", "http://127.0.0.1:8900/files/x?y=z#f"],
    *["HTTPS://EXAMPLE.ORG/A", "https://example.org/no-extension", "https://ünï.org/"],
]


@for_each("url", URLS)
def test_a_url_stays_as_it_is(url: str) -> None:
    assert image_chunk(url).image_url == url
    assert document_chunk(url) == DocumentURLChunk(document_url=url)


def test_a_data_url_stays_as_it_is() -> None:
    for url in (
        DATA_URL,
        "data:image/svg+xml,%3Csvg/%3E",
        "Data:IMAGE/png;base64,AA==",
    ):
        assert image_chunk(url).image_url == url
    assert document_chunk(PDF_URL).document_url == PDF_URL


@for_each("detail", ["low", "auto", "high", "newest"])
def test_an_image_may_have_a_detail(detail: str) -> None:
    url = "https://example.org/a.png"
    chunk = image_chunk(url, detail=detail)
    assert chunk.image_url == ImageURL(url=url, detail=detail)
    assert to_dict(chunk)["image_url"] == {"url": url, "detail": detail}


def test_the_contents_outweigh_the_name(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(PNG)
    assert contents(image_chunk(path).image_url)[0] == "image/png"
    path.write_bytes(b"unknown")
    assert contents(image_chunk(path).image_url)[0] == "image/jpeg"
    assert contents(image_chunk(path, content_type="image/x").image_url)[0] == "image/x"


def test_a_document_has_the_name_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "Bericht für uns.docx"
    path.write_bytes(b"PK\3\4")
    chunk = document_chunk(path)
    assert chunk.document_name == "Bericht für uns.docx"
    assert contents(chunk.document_url) == (OFFICE, b"PK\3\4")
    assert document_chunk(path, name="b.txt").document_name == "b.txt"


def test_a_document_is_made_of_bytes() -> None:
    chunk = document_chunk(PDF)
    assert contents(chunk.document_url) == ("application/pdf", PDF)
    assert chunk.document_name is None
    named = document_chunk(b"# Title", name="a.md")
    assert contents(named.document_url)[0] == "text/markdown"
    typed = document_chunk(b"x", content_type="text/plain; charset=utf-8")
    assert contents(typed.document_url)[0] == "text/plain;charset=utf-8"
    scan = document_chunk(PNG, content_type="image/png")
    assert contents(scan.document_url) == ("image/png", PNG)


def test_a_url_may_have_a_name() -> None:
    chunk = document_chunk("https://example.org/1", name="one.pdf")
    assert chunk == DocumentURLChunk(
        document_url="https://example.org/1", document_name="one.pdf"
    )


def test_the_largest_file_is_read_and_a_larger_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(PDF)
    os.truncate(path, MOST)
    assert len(contents(document_chunk(path).document_url)[1]) == MOST
    os.truncate(path, MOST + 1)
    remedy = r"10 MiB.*files\.upload.*files\.get_signed_url"
    with pytest.raises(ValueError, match=remedy):
        document_chunk(path)
    os.truncate(path, 2**40)  # would not fit into memory
    with pytest.raises(ValueError, match=remedy):
        document_chunk(path)
    with pytest.raises(ValueError, match=remedy):
        image_chunk(bytes(MOST + 1), content_type="image/png")
    with pytest.raises(ValueError, match=remedy):
        image_chunk("data:image/png;base64," + "A" * (MOST * 4 // 3 + 8))


def test_a_file_without_a_size_is_read_up_to_the_limit() -> None:
    if not Path("/dev/zero").exists():
        pytest.skip("no device without an end")
    with pytest.raises(ValueError, match="more than 10 MiB"):
        image_chunk("/dev/zero", content_type="image/png")


@pytest.mark.parametrize("make", MAKERS)
def test_a_file_that_cannot_be_read_is_an_os_error(
    make: Callable[..., Any], tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        make(tmp_path / "missing.png")
    assert caught.value.filename == str(tmp_path / "missing.png")
    with pytest.raises(FileNotFoundError):
        make("~/missing-in-no-home.png")
    with pytest.raises(IsADirectoryError):
        make(str(tmp_path))


SOURCES: list[tuple[Any, type[Exception], str]] = [
    (None, TypeError, "source must be a path, bytes, or a URL as a str, not NoneType"),
    (5, TypeError, "not int"),
    ([PNG], TypeError, "not list"),
    (BytesIO(PNG), TypeError, r"not BytesIO: pass what its read\(\) returns"),
    (GetSignedUrlResponse(url="https://example.org/a"), TypeError, "pass its url$"),
    (SimpleNamespace(id="a"), TypeError, ": pass the URL of files.get_signed_url"),
    ("", ValueError, "source is an empty path"),
    ("a\0b", ValueError, "null character"),
    ("a\ud800", ValueError, "source is no path: .*surrogate"),
    ("a\udd00", ValueError, "source is no path: .*surrogate"),
    (b"", ValueError, "source is empty"),
    ("data:image/png;base64,", ValueError, "source is empty"),
    ("data:image/png", ValueError, "source is no URL: .*comma.*pathlib.Path"),
    ("data:image/png;base64,AA\nAA", ValueError, "white space: remove it"),
    ("ftp://example.org/a", ValueError, "source is a URL with ftp: .*http"),
    ("file:///a.png", ValueError, "source is a URL with file: .*path"),
    ("https://", ValueError, "source is a URL without a host"),
    ("https:///a", ValueError, "source is a URL without a host"),
    ("https://[::1/a", ValueError, "source is an unusable URL"),
    (" https://example.org/", ValueError, "white space: percent-encode it"),
    ("https://example.org/a b", ValueError, "white space: percent-encode it"),
    ("A" * 5000, ValueError, "5000 characters.*as bytes, not as text or base64"),
    (b"unknown", ValueError, "media type of source is unclear.*content_type"),
]


@for_each("make", MAKERS)
@for_each(("source", "kind", "message"), SOURCES)
def test_an_unusable_source_is_refused(
    make: Callable[..., Any], source: Any, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        make(source)


WRONG: list[tuple[Callable[..., Any], Any, dict[str, Any], type[Exception], str]] = [
    (image_chunk, PNG, {"detail": 5}, TypeError, "detail must be a str, not int"),
    (image_chunk, PNG, {"detail": " "}, ValueError, "detail is blank"),
    (image_chunk, PNG, {"content_type": 5}, TypeError, "content_type must be a str"),
    (image_chunk, PNG, {"content_type": "png"}, ValueError, "content_type must be a"),
    (image_chunk, PNG, {"content_type": "text/plain"}, ValueError, "not an image"),
    (image_chunk, PDF, {}, ValueError, "is application/pdf, not an image: use docu"),
    (image_chunk, PDF_URL, {}, ValueError, "is application/pdf, not an image"),
    (image_chunk, "data:,a", {}, ValueError, "is text/plain, not an image"),
    (image_chunk, DATA_URL, {"content_type": "image/png"}, ValueError, "for a URL"),
    (document_chunk, PDF, {"name": b"a"}, TypeError, "name must be a str, not bytes"),
    (document_chunk, PDF, {"name": ""}, ValueError, "name is blank"),
    (document_chunk, PNG, {}, ValueError, "source is image/png: use image_chunk"),
    (document_chunk, DATA_URL, {}, ValueError, "use image_chunk.* its path or bytes"),
    (document_chunk, "https://a.b", {"content_type": "a/b"}, ValueError, "for a URL"),
]


@for_each(("make", "source", "others", "kind", "message"), WRONG)
def test_other_parameters_are_checked(
    make: Callable[..., Any],
    source: Any,
    others: dict[str, Any],
    kind: type[Exception],
    message: str,
) -> None:
    with pytest.raises(kind, match=message) as caught:
        make(source, **others)
    files = [
        frame.filename for frame in traceback.extract_tb(caught.value.__traceback__)
    ]
    assert files == [__file__] * len(files)


def test_the_error_of_a_large_source_is_short() -> None:
    with pytest.raises(ValueError, match="unclear") as caught:
        image_chunk(bytes(5_000_000))
    assert len(str(caught.value)) < 200


def test_the_service_gets_the_chunks(photo: Path) -> None:
    async def main() -> Any:
        async with (
            LocalServer() as server,
            AsyncConversations("k", base_url=server.base_url) as conversations,
        ):
            image = await asyncio.to_thread(image_chunk, photo, detail="low")
            content = (TextChunk(text="Hi"), image, document_chunk(PDF, name="a.pdf"))
            message = MessageInputEntry(role="user", content=content)
            await conversations.start(message, model="m")
            return server.requests[0].json["inputs"][0]["content"]

    _, image, document = asyncio.run(main())
    assert contents(image["image_url"]["url"]) == ("image/png", PNG)
    assert image["image_url"]["detail"] == "low"
    assert contents(document["document_url"]) == ("application/pdf", PDF)
    assert document["document_name"] == "a.pdf"
