"""`TaskRows`: rows that one task makes, and that readers take as they end."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import (
    AbstractContextManager,
    AsyncExitStack,
    nullcontext,
    suppress,
)

from mistral_conversations._event_loop import running_loop
from mistral_conversations.batch.handle import BatchJobsHandle
from mistral_conversations.batch.settings import OnError, Progress
from mistral_conversations.batch.stray_cancels import no_stray_cancels
from mistral_conversations.batch.tally import Tally
from mistral_conversations.errors import ConfigurationError
from mistral_conversations.models.batch import BatchProgress, BatchRow

__all__ = ["TaskRows"]

_CLOSED = "the batch was closed before its end"
_NO_JOBS = 'submit() creates batch jobs: pass via="batch_jobs" to batch()'
_OTHER_LOOP = "the batch belongs to another event loop: iterate where it began"


class TaskRows(ABC):
    """The rows of a batch, made by one task that owns everything they need.

    It ends at the end of the rows, at the first error that is not a row's own, and when
    the batch is closed.

    Args:
        tally: counts the rows.
        ahead: the rows that may be under way or wait for a reader; each takes a place
            in `room` before.
        on_error: whether a row that failed is returned, or ends the batch.
        progress: called after each row; True shows a bar.
    """

    def __init__(
        self,
        tally: Tally,
        *,
        ahead: int,
        on_error: OnError,
        progress: Progress | bool | None,
    ) -> None:
        self._tally = tally
        self._on_error = on_error
        self._progress = progress
        self._report: Progress | None = None
        self._ended: asyncio.Queue[BatchRow | None] = asyncio.Queue()
        """The rows that wait for a reader; None after the last."""

        self._room = asyncio.Semaphore(ahead)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._failure: BaseException | None = None
        self._is_closed = False

    @abstractmethod
    async def _make(self, stack: AsyncExitStack) -> None:
        """Make the rows; the stack closes what they need."""

    @property
    def progress(self) -> BatchProgress:
        """How far the batch is."""
        return self._tally.progress()

    async def take(self, most: int) -> Sequence[BatchRow]:
        """Wait for a row, and return the next rows; none at the end."""
        self._begin()
        taken: list[BatchRow] = []
        row = await self._ended.get()
        while row is not None:
            taken.append(row)
            self._room.release()
            if len(taken) == most or self._ended.empty():
                return taken
            row = self._ended.get_nowait()
        self._ended.put_nowait(None)  # for the other readers, and the next step
        if not taken:
            self._raise_failure()
        return taken

    async def submit(self) -> BatchJobsHandle:
        """Raise an error: only batch jobs can be submitted."""
        raise ConfigurationError(_NO_JOBS)

    async def aclose(self) -> None:
        """End the rows under way; drop those that no reader has taken."""
        if self._task is None or not self._task.done():
            self._is_closed = True
        if self._loop not in {None, running_loop()}:
            self.abandon()
        elif self._task is not None and not self._task.done():
            self._cancel(self._task)
            await asyncio.wait([self._task])
        while not self._ended.empty():
            self._is_closed |= self._ended.get_nowait() is not None
        self._ended.put_nowait(None)

    def abandon(self) -> None:
        """End the rows under way, from any thread, without waiting."""
        if self._loop is not None and self._task is not None:
            with suppress(RuntimeError):  # the loop is closed, and its tasks are over
                self._loop.call_soon_threadsafe(self._cancel, self._task)

    @staticmethod
    def _cancel(task: "asyncio.Task[None]") -> None:
        if not task.cancelling():  # a second cancel would interrupt the closing
            task.cancel()

    def _begin(self) -> None:
        loop = running_loop()
        if self._loop is None and not self._is_closed:
            self._loop = loop
            self._task = loop.create_task(self._run())
        if self._loop not in {None, loop}:
            raise ConfigurationError(_OTHER_LOOP)

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure
        if self._is_closed:
            raise ConfigurationError(_CLOSED)

    async def _run(self) -> None:
        """Make the rows, until their end."""
        self._tally.begin()
        try:
            async with AsyncExitStack() as stack:
                self._report = stack.enter_context(await _reporting(self._progress))
                await self._make(stack)
        except asyncio.CancelledError:
            self._is_closed = True
        except BaseException as error:  # noqa: BLE001 - for the reader to raise
            self._failure = _raisable(error)
        finally:
            self._tally.end()
            self._ended.put_nowait(None)

    def _end(self, row: BatchRow) -> None:
        self._tally.row_ends(row)
        if row.error is not None and self._on_error == "raise":
            row.error.add_note(f"the row {row.custom_id!r} of the batch failed")
            raise row.error
        self._ended.put_nowait(row)
        if self._report is not None:
            with no_stray_cancels("progress"):
                self._report(self._tally.progress())


async def _reporting(
    progress: Progress | bool | None,
) -> AbstractContextManager[Progress | None]:
    """Return a context whose value is what is called after each row."""
    if not isinstance(progress, bool):
        return nullcontext(progress)
    from mistral_conversations.batch.bar import bar  # noqa: PLC0415 - few need it

    return await bar() if progress else nullcontext()


def _raisable(error: BaseException) -> BaseException:
    """Return an error in place of one that would end an iteration silently."""
    if not isinstance(error, StopAsyncIteration):
        return error
    stray = RuntimeError("requests or progress raised StopAsyncIteration")
    stray.__cause__ = error
    return stray
