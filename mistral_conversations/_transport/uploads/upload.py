"""One file to upload: its source, its name and type, for all attempts."""

import re
import secrets
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from mistral_conversations._transport.file_thread import on_thread
from mistral_conversations._transport.progress import Progress, check_progress
from mistral_conversations._transport.uploads.file_body import FileBody
from mistral_conversations._transport.uploads.media_types import media_type
from mistral_conversations._transport.uploads.sources import Source, source_of
from mistral_conversations._wire.multipart import NO_TEXTS, file_form

__all__ = ["Upload", "upload_of"]

_CONTENT_TYPE = re.compile(r"[!-.0-~]+/[ -~]+")


def upload_of(
    file: Any,
    name: str | None,
    content_type: str | None,
    progress: Progress | None,
    texts: Mapping[str, str] = NO_TEXTS,
) -> "Upload":
    """Return an upload of the file that a caller gives.

    Args:
        file: the file.
        name: its name; None for its own.
        content_type: its media type; None for one that its name suggests.
        progress: called with the bytes sent and the size.
        texts: the other fields of the form.

    Raises:
        TypeError, ValueError: a parameter, named, cannot be used.
    """
    source = source_of(file)
    _check_text("name", name)
    _check_text("content_type", content_type)
    check_progress(progress)
    return Upload(source, _filename(name, source), content_type, progress, texts)


def _filename(name: str | None, source: Source) -> str:
    if name == "":
        raise ValueError("name is empty: give one, or None for the name of the file")
    filename = name or source.name
    if not filename:
        raise ValueError(
            "name is missing: bytes, iterators and unnamed files need one, such as "
            "'notes.md'"
        )
    _check_text("name", filename)
    return filename


def _check_text(name: str, value: Any) -> None:
    if value is None:
        return
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"{name} cannot be sent as UTF-8: {error}") from None
    if "\0" in value:
        raise ValueError(f"{name} cannot be sent: it contains a NUL")
    if name == "content_type" and not _CONTENT_TYPE.fullmatch(value):
        raise ValueError(f"content_type is not a content type: {value!r}")


class Upload:
    """One file, sent once, or several times if its source allows."""

    def __init__(
        self,
        source: Source,
        filename: str,
        content_type: str | None,
        progress: Progress | None,
        texts: Mapping[str, str],
    ) -> None:
        self._source = source
        self._filename = filename
        self._content_type = content_type
        self._progress = progress
        self._texts = texts
        self._body: FileBody | None = None

    @property
    def repeatable(self) -> bool:
        """Whether it can be sent from its beginning now; never if the source failed."""
        failed = self._body is not None and self._body.failure is not None
        return not failed and self._source.repeatable

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[FileBody, None]:
        """Open the file for one attempt.

        Raises:
            OSError: the file cannot be read.
        """
        kind = self._content_type
        if kind is None:
            kind = await on_thread(partial(media_type, self._filename))
        boundary = secrets.token_hex(16)
        form = file_form("file", self._filename, kind, boundary, self._texts)
        async with self._source.opened() as (size, contents):
            self._body = body = FileBody(form, size, contents, self._progress)
            try:
                yield body
            finally:
                await body.aclose()

    async def aclose(self) -> None:
        """Close an iterator, however much of it was read."""
        await self._source.aclose()
