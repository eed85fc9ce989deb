"""One file to download: its target, for all attempts."""

from collections.abc import Awaitable, Callable

from mistral_conversations._transport.attempts import Attempt
from mistral_conversations._transport.downloads.targets import Target
from mistral_conversations._transport.exchange import Exchange
from mistral_conversations._transport.progress import Progress
from mistral_conversations._transport.replies import contents_meta, too_large
from mistral_conversations.errors import APIConnectionError
from mistral_conversations.models.model import ResponseMeta

__all__ = ["Download"]


class Download:
    """Write the contents of a file to a target, once or in several attempts.

    Args:
        target: where the contents go.
        progress: called with the bytes received and the size.
    """

    def __init__(self, target: Target, progress: Progress | None) -> None:
        self._target = target
        self._progress = progress
        self._has_failed = False
        self._is_open = False

    @property
    def repeatable(self) -> bool:
        """Whether it can begin again now; never if the caller's own part failed."""
        return not self._has_failed and self._target.repeatable

    async def around(self, receive: Callable[[], Awaitable[None]]) -> None:
        """Run all attempts, and complete the target or discard it.

        An async context manager would be a generator, which Python cannot close while
        it waits for the disk.
        """
        try:
            await receive()
            await self._target.finish()
        except GeneratorExit:
            raise  # the coroutine was dropped: it cannot wait
        except BaseException:
            await self._target.discard()
            raise
        finally:
            self._target.release()

    async def open(self) -> None:
        """Open the target, before the first attempt only.

        Raises:
            OSError: it cannot be opened.
        """
        if not self._is_open:
            await self._target.open()
            self._is_open = True

    async def receive(self, exchange: Exchange, attempt: Attempt, most: int) -> None:
        """Write an answer to the target, and close the exchange.

        Args:
            exchange: the open answer.
            attempt: the attempt that it answers.
            most: the bytes that it may have in memory.

        Raises:
            APIConnectionError: the answer ended early.
            DecodeError: it is not a whole file, or does not fit into memory.
        """
        try:
            meta = contents_meta(exchange, attempt)
            size, received = _announced(exchange), 0
            self._check(size or 0, most, meta)
            await self._advance(self._target.begin(), 0, size)
            while not exchange.ended:
                piece = await exchange.read()
                received += len(piece)
                self._check(received, most, meta)
                if piece:
                    await self._advance(self._target.write(piece), received, size)
            if exchange.is_cut:
                raise APIConnectionError(
                    "the answer ended in the middle of its compressed data",
                    may_have_been_processed=True,
                )
        finally:
            exchange.close()

    def _check(self, count: int, most: int, meta: ResponseMeta) -> None:
        if self._target.is_memory and count > most:
            raise too_large(most, meta)

    async def _advance(
        self, step: Awaitable[None], received: int, size: int | None
    ) -> None:
        """Await a step of the target, and report the bytes received."""
        self._has_failed = True  # until both succeed
        await step
        if self._progress is not None:
            self._progress(received, size)
        self._has_failed = False


def _announced(exchange: Exchange) -> int | None:
    """Return the size of the file; None if unknown, as in a compressed answer."""
    length = exchange.headers.get("content-length", "")
    is_number = length.isascii() and length.isdecimal()
    return int(length) if is_number and not exchange.is_encoded else None
