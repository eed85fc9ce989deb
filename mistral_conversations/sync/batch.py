"""`Batch`: the rows of a batch, without async."""

import weakref
from collections import deque
from types import TracebackType
from typing import Self

from mistral_conversations._public import publish
from mistral_conversations._traceback import short_traceback
from mistral_conversations.batch.async_batch import described
from mistral_conversations.batch.handle import BatchJobsHandle
from mistral_conversations.batch.source import RowSource
from mistral_conversations.models.batch import BatchProgress, BatchRow
from mistral_conversations.sync.caller_thread import CallerThread
from mistral_conversations.sync.portal import Portal
from mistral_conversations.sync.steps import Steps

__all__ = ["Batch"]

_AT_ONCE = 64


class Batch:
    """Blocking twin of `AsyncBatch`: the rows of a batch, in the order of their ends.

    The requests, if they are a plain iterable, are read in the thread that waits for a
    row, and so may be a cursor or an open file. Rows under way continue while the
    caller handles a row, up to as many as `max_concurrency`.

    Leaving the iteration early ends the rows under way only if the batch is closed: use
    `with`, or `close()`. Ctrl-C during a step closes it. A batch that is
    garbage-collected is closed, too.

    Example:
        requests = (BatchInput(name, f"Describe {name}.") for name in ("tea", "milk"))
        with conversations.batch(requests, model="mistral-small-latest") as batch:
            for row in batch:
                print(row.custom_id, row.text if row.ok else row.error)
    """

    def __init__(self, source: RowSource, portal: Portal, caller: CallerThread) -> None:
        self._source = source
        self._taken: deque[BatchRow] = deque()
        self._steps = Steps(portal, source.aclose, lambda: True, caller, source.abandon)
        weakref.finalize(self, source.abandon).atexit = False

    @property
    def progress(self) -> BatchProgress:
        """How far the batch is: counts of rows, tokens and seconds."""
        return self._source.progress

    def __repr__(self) -> str:
        """Show how many rows have ended, and how many have failed."""
        return described(type(self), self._source.progress)

    def __iter__(self) -> Self:
        """Return the batch itself: a later iteration continues."""
        return self

    def __next__(self) -> BatchRow:
        """Wait for the next row that ends.

        Raises:
            ConfigurationError: the batch was closed.
            Exception: what ended the batch, see `AsyncBatch`.
        """
        with short_traceback:
            if not self._taken:
                self._taken.extend(self._steps.wait(self._take))
            if not self._taken:
                raise StopIteration
            return self._taken.popleft()

    def __enter__(self) -> Self:
        """Return the batch, which begins with the first step of the iteration."""
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Close the batch."""
        self.close()

    def close(self) -> None:
        """End the rows under way; call it from any thread.

        Blocking twin of `AsyncBatch.aclose`.
        """
        self._taken.clear()
        self._steps.close()

    def submit(self) -> BatchJobsHandle:
        """Submit all rows as batch jobs; blocking twin of `AsyncBatch.submit`."""
        with short_traceback:
            return self._steps.wait(self._source.submit)

    async def _take(self) -> "list[BatchRow]":
        return [*await self._source.take(_AT_ONCE)]


publish(globals(), *__all__)
