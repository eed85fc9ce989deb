"""The course of a batch: workers that ask rows at the same time."""

import asyncio
from contextlib import AsyncExitStack

from mistral_conversations.batch.asking import Asking
from mistral_conversations.batch.inputs import Rows
from mistral_conversations.batch.requests import RowRequest
from mistral_conversations.batch.settings import OnError, Progress
from mistral_conversations.batch.tally import Tally
from mistral_conversations.batch.task_rows import TaskRows
from mistral_conversations.models.batch import BatchRow
from mistral_conversations.runs.calls.together import run_together

__all__ = ["BatchCourse"]


class BatchCourse(TaskRows):
    """The rows of a batch that are asked one by one, many at a time.

    Args:
        rows: reads the requests.
        asking: asks a row.
        tally: counts the rows.
        max_concurrency: the rows under way at once, and those that wait for a reader.
        on_error: whether a row that failed is returned, or ends the batch.
        progress: called after each row; True shows a bar.
    """

    def __init__(
        self,
        rows: Rows,
        asking: Asking,
        tally: Tally,
        *,
        max_concurrency: int,
        on_error: OnError,
        progress: Progress | bool | None,
    ) -> None:
        super().__init__(
            tally, ahead=2 * max_concurrency, on_error=on_error, progress=progress
        )
        self._rows = rows
        self._asking = asking
        self._workers = max_concurrency
        self._reading = asyncio.Lock()
        self._unread: Exception | None = None
        """Why the next request could not be read."""

    async def _make(self, stack: AsyncExitStack) -> None:
        stack.push_async_callback(self._rows.aclose)
        await self._asking.open(stack)
        await run_together([self._work] * self._workers)
        if self._unread is not None:
            raise self._unread

    async def _work(self) -> None:
        while await self._ask_next():
            pass

    async def _ask_next(self) -> bool:
        """Ask the next row; return False after the last."""
        await self._room.acquire()
        request = await self._next()
        if request is None:
            self._room.release()
            return False
        if isinstance(request, RowRequest):
            request = await self._ask(request)
        self._end(request)
        return True

    async def _next(self) -> RowRequest | BatchRow | None:
        """Read the next request; return None after the last that can be read."""
        async with self._reading:
            if self._unread is not None:
                return None
            try:
                return await self._rows.next()
            except Exception as error:  # noqa: BLE001 - raised after the rows under way
                self._unread = error
                return None

    async def _ask(self, request: RowRequest) -> BatchRow:
        self._tally.row_begins()
        try:
            return await self._asking.row(request, self._end)
        finally:
            self._tally.row_stops()
