"""A file on its way to the service, in a form, piece by piece."""

import asyncio
import mimetypes
import re
import secrets
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager, nullcontext
from functools import partial
from inspect import iscoroutinefunction
from pathlib import PurePath
from typing import Any, TypeAlias, TypeVar

import anyio

from mistral_conversations._transport.body import StreamedBody
from mistral_conversations._transport.sources import PIECE, Opened, Source, source_of
from mistral_conversations._transport.turns import on_thread
from mistral_conversations._wire.multipart import Form, file_form

__all__ = ["Progress", "Sending", "Upload", "check_progress", "upload_of"]

R = TypeVar("R")

Progress: TypeAlias = Callable[[int, int | None], object]

_UNKNOWN = "application/octet-stream"
_CONTENT_TYPE = re.compile(r"[!-.0-~]+/[ -~]+")
_PACKED = {"gzip": "application/gzip", "bzip2": "application/x-bzip2"}


def upload_of(
    file: Any, name: str | None, content_type: str | None, progress: Progress | None
) -> "Upload":
    """Make an upload of what a caller gives.

    Raises:
        TypeError, ValueError: a parameter, named, cannot be used.
    """
    source = source_of(file)
    _check_text("name", name)
    _check_text("content_type", content_type)
    check_progress(progress)
    return Upload(source, _filename(name, source), content_type, progress)


def _filename(name: str | None, source: Source) -> str:
    if name == "":
        raise ValueError("name is empty: give one, or None for that of the file")
    filename = name or source.name
    if not filename:
        raise ValueError("name is missing: a file of this kind has none of its own")
    _check_text("name", filename)
    return filename


def check_progress(progress: Any) -> None:
    """Refuse for `progress` what cannot be called, or would have to be awaited.

    Raises:
        TypeError: it is no plain function.
    """
    if progress is None:
        return
    called = getattr(progress, "__call__", None)  # noqa: B004 - it may be async
    if not callable(progress) or any(map(iscoroutinefunction, (progress, called))):
        raise TypeError(f"progress must be a plain function, not {progress!r}")


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
        raise ValueError(f"{name} cannot be sent: it has a NUL in it")
    if name == "content_type" and not _CONTENT_TYPE.fullmatch(value):
        raise ValueError(f"content_type is none: {value!r}")


class Upload:
    """One file, sent once, or several times where its source allows."""

    def __init__(
        self,
        source: Source,
        filename: str,
        content_type: str | None,
        progress: Progress | None,
    ) -> None:
        self._source = source
        self._filename = filename
        self._content_type = content_type
        self._progress = progress
        self._sending: Sending | None = None

    @property
    def repeatable(self) -> bool:
        """Whether it can be sent from its beginning now; not what failed by itself."""
        failed = self._sending is not None and self._sending.failure is not None
        return not failed and self._source.repeatable

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator["Sending", None]:
        """Open the file for one attempt.

        Raises:
            OSError: the file cannot be read.
        """
        kind = self._content_type
        if kind is None:
            kind = await on_thread(partial(_kind, self._filename))
        form = file_form("file", self._filename, kind, secrets.token_hex(16))
        async with self._source.opened() as opened:
            self._sending = sending = Sending(form, opened, self._progress)
            try:
                yield sending
            finally:
                await sending.aclose()

    async def aclose(self) -> None:
        """Close an iterator, however much of it was taken."""
        await self._source.aclose()


class Sending(StreamedBody):
    """One attempt at sending a file: the form around it, and its pieces.

    What the caller's own file, iterator or `progress` raises reaches the caller as it
    is, in the place of the lost connection that aiohttp makes of it.
    """

    def __init__(self, form: Form, opened: Opened, progress: Progress | None) -> None:
        self._form = form
        self._opened = opened
        self._progress = progress
        self._pieces = self._all()
        self._turn = asyncio.Lock()
        self._failure: BaseException | None = None

    @property
    def failure(self) -> BaseException | None:
        """What the caller's own part raised, if it did."""
        return self._failure

    @property
    def headers(self) -> dict[str, str]:
        """What the head of the request says of this body."""
        headers = {"Content-Type": self._form.content_type}
        if self._opened.size is not None:
            around = len(self._form.head) + len(self._form.tail)
            headers["Content-Length"] = str(self._opened.size + around)
        return headers

    async def aclose(self) -> None:
        """Close what gives the pieces, once nobody waits for one."""
        waits = self._turn.locked()
        with anyio.CancelScope(shield=True) if waits else nullcontext():
            async with self._turn:
                await self._pieces.aclose()

    async def __anext__(self) -> bytes:
        """Give the next piece of the body; the time until then is the caller's."""
        async with self._turn:
            if self.limit is not None:
                self.limit.pause()
            try:
                return await self._next()
            finally:
                if self.limit is not None:
                    self.limit.begin()

    async def _next(self) -> bytes:
        try:
            return await anext(self._pieces)
        except (StopAsyncIteration, GeneratorExit):
            raise
        except BaseException as error:
            if _is_cancel(error):
                raise
            self._failure = error
            raise SourceFailedError from error

    async def _all(self) -> AsyncGenerator[bytes, None]:
        """Give the body; of a file that grows meanwhile, as much as there was."""
        yield self._form.head
        size, sent = self._opened.size, 0
        async with aclosing(self._opened.pieces) as contents:
            async for content in contents:
                for piece in _cut(content, None if size is None else size - sent):
                    yield piece
                    sent += len(piece)
                    self._tell(sent)
                if sent == size:
                    break
        if not sent:
            self._tell(sent)
        if size is not None and sent < size:
            raise OSError(f"file ended after {sent} of {size} bytes: it was changed")
        yield self._form.tail

    def _tell(self, sent: int) -> None:
        if self._progress is not None:
            self._progress(sent, self._opened.size)


class SourceFailedError(Exception):
    """Ends a request whose body cannot be given; whose fault it is, `Sending` keeps.

    aiohttp is told of nothing else: it would let a SystemExit end the event loop.
    """


def _is_cancel(error: BaseException) -> bool:
    """Whether it ends this task, and not only what the caller's iterator waits for."""
    task = asyncio.current_task()
    cancelled = isinstance(error, asyncio.CancelledError)
    return cancelled and task is not None and task.cancelling() > 0


def _cut(content: Any, most: int | None) -> Iterator[bytes]:
    if not isinstance(content, bytes | bytearray | memoryview):
        raise TypeError(f"file gave a {type(content).__name__} in the place of bytes")
    view = memoryview(bytes(content))[:most]
    for at in range(0, len(view), PIECE):
        yield bytes(view[at : at + PIECE])


def _kind(filename: str) -> str:
    """Tell the type by the suffixes alone: `mimetypes` may take a name for a URL."""
    suffixes = "".join(PurePath(filename).suffixes[-2:])
    kind, packing = mimetypes.guess_type(f"file{suffixes}", strict=False)
    if packing is not None:
        return _PACKED.get(packing, _UNKNOWN)
    return kind or _UNKNOWN
