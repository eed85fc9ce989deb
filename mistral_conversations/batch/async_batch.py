"""`AsyncBatch`: the rows of a batch, as they end."""

import weakref
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from mistral_conversations._public import publish
from mistral_conversations._traceback import short_traceback
from mistral_conversations.batch.asking import Asking
from mistral_conversations.batch.client import BatchClient
from mistral_conversations.batch.course import BatchCourse
from mistral_conversations.batch.engine import Engine
from mistral_conversations.batch.handle import BatchJobsHandle
from mistral_conversations.batch.inputs import BatchRequests, Rows, checked_requests
from mistral_conversations.batch.keeping import Keeping, NothingKept
from mistral_conversations.batch.local import LocalEngine
from mistral_conversations.batch.pacing.pacer import Pacer
from mistral_conversations.batch.requests import RowRequest
from mistral_conversations.batch.settings import BatchSettings
from mistral_conversations.batch.source import RowSource
from mistral_conversations.batch.tally import Tally
from mistral_conversations.errors import ConfigurationError
from mistral_conversations.models.batch import BatchProgress, BatchRow

__all__ = ["AsyncBatch", "described", "new_batch", "source_of_batch"]

_MINUTE = 60.0


class AsyncBatch:
    """The rows of a batch, in the order in which they end.

    `conversations.batch(...)` makes it and sends nothing. The first step of an
    iteration begins: it reads as many requests as may be under way at once, and asks
    them. While the reader is busy, at most as many rows again are read and asked ahead.

    Leaving the iteration early ends the rows under way only if the batch is closed: use
    `async with`, or `aclose()`. A batch that is garbage-collected is closed, too. What
    the service has begun it finishes, and its tokens are used.

    Any number of tasks of one event loop may share the iteration: each row reaches one
    of them.

    Example:
        requests = [
            BatchInput("sky", "Why is the sky blue?"),
            BatchInput("sea", "Why is the sea salty?"),
        ]
        async with conversations.batch(requests, model="mistral-small-latest") as batch:
            async for row in batch:
                print(row.custom_id, row.text if row.ok else row.error)
    """

    def __init__(self, source: RowSource) -> None:
        self._source = source
        weakref.finalize(self, source.abandon).atexit = False

    @property
    def progress(self) -> BatchProgress:
        """How far the batch is: counts of rows, tokens and seconds."""
        return self._source.progress

    def __repr__(self) -> str:
        """Show how many rows have ended, and how many have failed."""
        return described(type(self), self._source.progress)

    def __aiter__(self) -> Self:
        """Return the batch itself: a later iteration continues."""
        return self

    async def __anext__(self) -> BatchRow:
        """Wait for the next row that ends.

        Raises:
            ConfigurationError: the batch was closed, or belongs to another event loop.
            Exception: what ended the batch: the error of a row with
                `on_error="raise"`, that of a wrong key, or what the requests, the
                results file or `progress` raised.
        """
        with short_traceback:
            for row in await self._source.take(1):
                return row
            raise StopAsyncIteration

    async def __aenter__(self) -> Self:
        """Return the batch, which begins with the first step of the iteration."""
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Close the batch."""
        await self.aclose()

    async def submit(self) -> BatchJobsHandle:
        """Submit all rows as batch jobs, with `via="batch_jobs"`, and return the jobs.

        Reads all requests. The batch can then be closed: the jobs continue, and
        `conversations.batch(handle, via="batch_jobs")` returns the rows in any process.
        A job that cannot be created fails its rows, which this batch has.

        Raises:
            ConfigurationError: the batch has no `via="batch_jobs"`, or was closed.
            Exception: what ended the batch, as for a step of the iteration.
        """
        with short_traceback:
            return await self._source.submit()

    async def aclose(self) -> None:
        """End the rows under way; call it from any task of the event loop.

        A row whose request was sent may be answered by the service all the same. Rows
        that have ended and were not read yet are lost, except in a results file.
        """
        await self._source.aclose()


def new_batch(
    client: BatchClient,
    requests: BatchRequests | BatchJobsHandle,
    parameters: Mapping[str, Any],
) -> AsyncBatch:
    """Make a batch from the parameters of `conversations.batch`.

    Raises:
        TypeError, ValueError: one, named in the message, is unusable.
    """
    return AsyncBatch(_source(client, requests, parameters))


def source_of_batch(batch: AsyncBatch) -> RowSource:
    """Return the rows of a batch, for its blocking twin."""
    return batch._source  # noqa: SLF001 - of this module


def _source(
    client: BatchClient,
    requests: BatchRequests | BatchJobsHandle,
    parameters: Mapping[str, Any],
) -> RowSource:
    settings = BatchSettings.of(parameters)
    RowRequest.check(settings.mode, settings.defaults)
    if settings.via is not None:
        from mistral_conversations.batch.jobs.source import job_rows  # noqa: PLC0415

        return job_rows(client, requests, settings, parameters)
    requests = checked_requests(requests)
    rows = Rows(requests, settings.mode, settings.defaults, client.read)
    return BatchCourse(
        rows,
        Asking(_engine(client, settings), _keeping(settings)),
        Tally(rows.total),
        max_concurrency=settings.max_concurrency,
        on_error=settings.on_error,
        progress=settings.progress,
    )


def _engine(client: BatchClient, settings: BatchSettings) -> Engine:
    pacer = Pacer(
        settings.max_concurrency,
        settings.requests_per_minute,
        settings.tokens_per_minute,
        window=_MINUTE,
    )
    if settings.engine is None:
        return LocalEngine(client.gated(pacer), pacer)
    try:
        from mistral_conversations.batch.dask.engine import DaskEngine  # noqa: PLC0415
    except ImportError:
        raise ConfigurationError(
            "engine needs the package distributed, which is not installed or too old: "
            "run pip install 'mistral-conversations[dask]'"
        ) from None
    return DaskEngine(
        settings.engine,
        client.operations,
        settings.defaults,
        pacer,
        max_concurrency=settings.max_concurrency,
        resend=settings.resend,
    )


def _keeping(settings: BatchSettings) -> Keeping:
    if settings.results is None:
        return NothingKept()
    from mistral_conversations.batch.results.kept_rows import KeptRows  # noqa: PLC0415

    return KeptRows(settings.results, settings)


def described(cls: type, progress: BatchProgress) -> str:
    """Return the `repr` of a batch."""
    total = "" if progress.total is None else f" of {progress.total}"
    failed = f", {progress.failed} failed" if progress.failed else ""
    return f"<{cls.__name__}, {progress.done}{total} rows{failed}>"


publish(globals(), "AsyncBatch")
