"""The body of one attempt to upload a file: a form around the file's pieces."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, nullcontext
from typing import Any

import anyio

from mistral_conversations._transport.progress import Progress
from mistral_conversations._transport.uploads.sources import PIECE
from mistral_conversations._wire.multipart import Form

__all__ = ["FileBody"]


class FileBody(AsyncIterator[bytes]):
    """Produce the body of a request piece by piece, while it is sent.

    Args:
        form: what surrounds the file.
        size: the bytes of the file; None if they are unknown before its end.
        contents: the file.
        progress: called with the bytes sent and the size.
    """

    def __init__(
        self,
        form: Form,
        size: int | None,
        contents: AsyncGenerator[bytes, None],
        progress: Progress | None,
    ) -> None:
        self._form = form
        self._size = size
        self._contents = contents
        self._progress = progress
        self._pieces = self._all()
        self._in_use = asyncio.Lock()
        self.failure: BaseException | None = None
        """The error of the caller's own file, iterator or `progress`."""

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a request with this body."""
        headers = {"Content-Type": self._form.content_type}
        if self._size is not None:
            around = len(self._form.head) + len(self._form.tail)
            headers["Content-Length"] = str(self._size + around)
        return headers

    async def aclose(self) -> None:
        """Close the file's pieces, once nobody waits for one."""
        waits = self._in_use.locked()
        with anyio.CancelScope(shield=True) if waits else nullcontext():
            async with self._in_use:
                await self._pieces.aclose()

    async def __anext__(self) -> bytes:
        """Return the next piece of the body."""
        async with self._in_use:
            try:
                return await anext(self._pieces)
            except (StopAsyncIteration, GeneratorExit):
                raise
            except BaseException as error:
                if _is_cancel(error):
                    raise
                self.failure = error
                raise SourceFailedError from error

    async def _all(self) -> AsyncGenerator[bytes, None]:
        """Yield the body; of a file that grows meanwhile, only its first size."""
        yield self._form.head
        size, sent = self._size, 0
        async with aclosing(self._contents) as contents:
            async for content in contents:
                for piece in _cut(content, None if size is None else size - sent):
                    yield piece
                    sent += len(piece)
                    self._report(sent)
                if sent == size:
                    break
        if not sent:
            self._report(sent)
        if size is not None and sent < size:
            raise OSError(f"file ended after {sent} of {size} bytes: it was changed")
        yield self._form.tail

    def _report(self, sent: int) -> None:
        if self._progress is not None:
            self._progress(sent, self._size)


class SourceFailedError(Exception):
    """End a request whose body failed; `FileBody.failure` holds the error itself.

    aiohttp must not see that error: it would let a SystemExit end the event loop.
    """


def _is_cancel(error: BaseException) -> bool:
    """Return whether it cancels this task, not just an await of the caller's."""
    task = asyncio.current_task()
    cancelled = isinstance(error, asyncio.CancelledError)
    return cancelled and task is not None and task.cancelling() > 0


def _cut(content: Any, most: int | None) -> Iterator[bytes]:
    if not isinstance(content, bytes | bytearray | memoryview):
        raise TypeError(f"file gave a {type(content).__name__} instead of bytes")
    view = memoryview(bytes(content))[:most]
    for at in range(0, len(view), PIECE):
        yield bytes(view[at : at + PIECE])
