"""Chunks with the contents of a file: an image or a document as input."""

import os
import re
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from attrs import frozen

from mistral_conversations._traceback import short_traceback
from mistral_conversations._transport.uploads.media_types import UNKNOWN, media_type
from mistral_conversations._wire.data_urls import (
    check_content_type,
    data_url,
    media_type_of,
    read_data_url,
)
from mistral_conversations.models.chunks import (
    DocumentURLChunk,
    ImageDetail,
    ImageURL,
    ImageURLChunk,
)

__all__ = ["document_chunk", "image_chunk"]

Source: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview

_MOST_BYTES = 10 * 1024 * 1024
_LONGEST_PATH = 4096  # characters
_SCHEME = re.compile(r"\s*(?:(data):|([a-z][a-z0-9+.-]+)://)", re.IGNORECASE)
_GAPS = re.compile(r"[\s\x00-\x1f\x7f]")
# Python has undecodable bytes of paths as \udc80 to \udcff.
_UNENCODABLE = re.compile(r"[\ud800-\udc7f\udd00-\udfff]")
_IMAGE = "image/"


def image_chunk(
    source: Source,
    *,
    content_type: str | None = None,
    detail: ImageDetail | None = None,
) -> ImageURLChunk:
    """Return a chunk with an image, for the content of a message.

    A file is read here and now, which blocks. In a coroutine, use a thread: `chunk =
    await asyncio.to_thread(image_chunk, path)`.

    Args:
        source: the image. A str that begins with `http://`, `https://` or `data:` is a
            URL, which stays as it is; any other str, and a path such as `pathlib.Path`,
            is a file to read; bytes are its contents. `~` is not expanded. A file or
            bytes become a data URL in base64 and may have up to 10 MiB: every byte is
            part of a JSON request that is held in memory, and grows by a third. Upload
            larger ones with `files.upload`, and pass the URL of `files.get_signed_url`.
        content_type: the media type of a file or of bytes, such as `image/png`. None
            recognizes PNG, JPEG, GIF, WebP, TIFF, AVIF and HEIC by their first bytes,
            and goes by the name of the file otherwise.
        detail: how closely the model looks: `low`, `auto` or `high`. None leaves it to
            the service.

    Raises:
        TypeError: a parameter has the wrong type.
        ValueError: the source is empty, too large or not an image, its media type is
            unclear, or it is a URL that the service cannot read.
        OSError: the file cannot be read.

    Example:
        message = MessageInputEntry(
            role="user",
            content=(TextChunk(text="What is this?"), image_chunk("photo.jpg")),
        )
    """
    with short_traceback:
        _check_text("detail", detail)
        found = _found(source, content_type, None)
        _check_image(found.content_type)
    url: ImageURL | str = found.url
    if detail is not None:
        url = ImageURL(url=found.url, detail=detail)
    return ImageURLChunk(image_url=url)


def document_chunk(
    source: Source,
    *,
    content_type: str | None = None,
    name: str | None = None,
) -> DocumentURLChunk:
    """Return a chunk with a document, such as a PDF, for the content of a message.

    A file is read here and now, which blocks. In a coroutine, use a thread: `chunk =
    await asyncio.to_thread(document_chunk, path)`.

    Args:
        source: the document: a URL, a path or bytes, as for `image_chunk`; a file or
            bytes may have up to 10 MiB. For one that is in a library, use the tool
            `document_library` instead.
        content_type: the media type of a file or of bytes, such as `application/pdf`.
            None recognizes PDFs by their first bytes, and goes by the name otherwise.
        name: the file name to show to the model. None uses the name of the file; bytes
            and URLs then have none.

    Raises:
        TypeError: a parameter has the wrong type.
        ValueError: the source is empty, too large or an image (unless `content_type`
            says so), its media type is unclear, or it is a URL that the service cannot
            read; or `name` is blank.
        OSError: the file cannot be read.
    """
    with short_traceback:
        _check_text("name", name)
        found = _found(source, content_type, name)
        if content_type is None:
            _check_document(found.content_type)
    return DocumentURLChunk(document_url=found.url, document_name=found.name)


@frozen
class _Found:
    """What a source is: the URL for the chunk, and what is known about it."""

    url: str
    content_type: str | None
    """None for the URL of a server."""

    name: str | None


def _found(source: Any, content_type: str | None, name: str | None) -> _Found:
    if content_type is not None:
        check_content_type("content_type", content_type)
    if isinstance(source, str) and (scheme := _SCHEME.match(source)):
        is_data = scheme[1] is not None
        if not is_data:
            _check_url(source, scheme[2].lower())
        if content_type is not None:
            raise ValueError(
                "content_type is for files and bytes: leave it out for a URL"
            )
        return _Found(source, _checked_type(source) if is_data else None, name)
    if isinstance(source, bytes | bytearray | memoryview):
        content = bytes(source)
    elif isinstance(source, str | os.PathLike):
        path = _path(source)
        content, name = _read(path), name or path.name
    else:
        raise TypeError(_unusable(source))
    _check_size(len(content))
    kind = content_type or _guessed(content, name)
    return _Found(data_url(kind, content), kind, name)


def _unusable(source: Any) -> str:
    remedy = ""
    if hasattr(source, "read"):
        remedy = ": pass what its read() returns"
    elif isinstance(getattr(source, "url", None), str):
        remedy = ": pass its url"
    elif isinstance(getattr(source, "id", None), str):
        remedy = ": pass the URL of files.get_signed_url"
    return (
        "source must be a path, bytes, or a URL as a str, "
        f"not {type(source).__name__}{remedy}"
    )


def _check_text(name: str, value: object) -> None:
    if value is None:
        return
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    if not value.strip():
        raise ValueError(f"{name} is blank: leave it out")


def _check_url(url: str, scheme: str) -> None:
    if scheme not in {"http", "https"}:
        raise ValueError(
            f"source is a URL with {scheme}: pass one with http, https or data, or the "
            "path of a file as a pathlib.Path"
        )
    if _GAPS.search(url):
        raise ValueError("source is a URL with white space: percent-encode it")
    try:
        host = urlsplit(url).hostname
    except ValueError as error:
        raise ValueError(f"source is an unusable URL: {error}") from None
    if not host:
        raise ValueError("source is a URL without a host")


def _checked_type(url: str) -> str:
    """Check a data URL, and return its media type."""
    if _GAPS.search(url):
        raise ValueError("source is a data: URL with white space: remove it")
    try:
        kind, size = read_data_url(url)
    except ValueError as error:
        raise ValueError(
            f"source is no URL: {error}. For a file of that name, pass a pathlib.Path"
        ) from None
    _check_size(size)
    return kind


def _path(source: "str | os.PathLike[Any]") -> Path:
    text = os.fsdecode(source)
    if not text:
        raise ValueError("source is an empty path")
    if "\0" in text:
        raise ValueError("source is no path: it contains a null character")
    if _UNENCODABLE.search(text):
        raise ValueError("source is no path: it contains half of a surrogate pair")
    if len(text) > _LONGEST_PATH:
        raise ValueError(
            f"source has {len(text)} characters, too many for a path: pass contents as "
            "bytes, not as text or base64"
        )
    return Path(text)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        _check_limit(os.fstat(file.fileno()).st_size)
        return file.read(_MOST_BYTES + 1)


def _check_size(size: int) -> None:
    if not size:
        raise ValueError("source is empty")
    _check_limit(size)


def _check_limit(size: int) -> None:
    if size > _MOST_BYTES:
        raise ValueError(
            f"source has more than {_MOST_BYTES >> 20} MiB, the most for a chunk: "
            "upload it with files.upload, and pass the URL of files.get_signed_url"
        )


def _guessed(content: bytes, name: str | None) -> str:
    kind = media_type_of(content) or (media_type(name) if name else UNKNOWN)
    if kind == UNKNOWN:
        raise ValueError(
            "the media type of source is unclear: pass it as content_type, such as "
            "'image/png' or 'application/pdf'"
        )
    return kind


def _check_image(content_type: str | None) -> None:
    if content_type is not None and not content_type.lower().startswith(_IMAGE):
        raise ValueError(
            f"source is {content_type}, not an image: use document_chunk, or pass the "
            "right content_type"
        )


def _check_document(content_type: str | None) -> None:
    if content_type is not None and content_type.lower().startswith(_IMAGE):
        raise ValueError(
            f"source is {content_type}: use image_chunk. To send it as a document, "
            "pass its path or bytes with content_type"
        )
