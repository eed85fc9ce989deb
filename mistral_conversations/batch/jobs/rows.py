"""`JobRows`: the rows of a batch that the service's batch jobs answer."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial
from itertools import count

from mistral_conversations._wire.batch_lines import BatchResult
from mistral_conversations._wire.structured_output import Output
from mistral_conversations.batch.handle import BatchJobsHandle
from mistral_conversations.batch.jobs.answers import missing, row_of
from mistral_conversations.batch.jobs.keeping import JobKeeping
from mistral_conversations.batch.jobs.part import Names, Spool
from mistral_conversations.batch.jobs.service import JobService
from mistral_conversations.batch.jobs.submission import (
    FollowedJob,
    Submission,
    fail_rows,
)
from mistral_conversations.batch.jobs.wanted import AnyRows, Place
from mistral_conversations.batch.settings import OnError, Progress
from mistral_conversations.batch.tally import Tally
from mistral_conversations.batch.task_rows import TaskRows
from mistral_conversations.errors import (
    BatchResultsError,
    ConfigurationError,
    NotFoundError,
)
from mistral_conversations.models.batch import BatchRow
from mistral_conversations.models.batch_jobs import BatchJob
from mistral_conversations.runs.calls.together import run_together

__all__ = ["JobRows"]

_AHEAD = 64
_NO_JOBS = "the batch was closed before its jobs were created"


class JobRows(TaskRows):
    """The rows of batch jobs, those of the job that ends first first.

    Args:
        jobs: creates the jobs, or has their ids.
        service: follows them, and reads their results.
        keeping: keeps the rows.
        tally: counts the rows.
        output: the type that the answers are read as; None for none.
        on_error: whether a row that failed is returned, or ends the batch.
        progress: called after each row.
    """

    def __init__(
        self,
        jobs: Submission | BatchJobsHandle,
        service: JobService,
        keeping: JobKeeping,
        tally: Tally,
        *,
        output: Output | None,
        on_error: OnError,
        progress: Progress | bool | None,
    ) -> None:
        super().__init__(tally, ahead=_AHEAD, on_error=on_error, progress=progress)
        self._jobs = jobs
        self._service = service
        self._keeping = keeping
        self._output = output
        self._is_given = isinstance(jobs, BatchJobsHandle)
        self._handle = jobs if isinstance(jobs, BatchJobsHandle) else None
        self._is_submitted = asyncio.Event()
        self._waits_for_reader = True
        self._one_job = asyncio.Lock()

    async def submit(self) -> BatchJobsHandle:
        """Create the jobs, if that has not begun, and return their ids."""
        if self._handle is None:
            self._begin()
            self._waits_for_reader = False
            self._room.release()
            if self._task is not None:
                await self._is_submitted.wait()
        if self._handle is not None:
            return self._handle
        raise self._failure or ConfigurationError(_NO_JOBS)

    def begin(self) -> None:
        """Count a row that a job answers."""
        self._tally.row_begins()

    async def finish(self, place: Place, row: BatchRow) -> None:
        """Keep a row that began and has ended, and pass it to the readers."""
        if not self._is_given:
            self._tally.row_stops()
        try:
            await self._keeping.finish(row, place)
        except OSError:  # the reader gets the row, and then the reason
            self._end(row)
            raise
        await self.end(row)

    async def end(self, row: BatchRow) -> None:
        """Pass a row to the readers; wait for one if many rows wait already."""
        if not self._waits_for_reader:
            self._room.release()
        await self._room.acquire()
        self._end(row)

    async def _run(self) -> None:
        try:
            await super()._run()
        finally:
            self._is_submitted.set()

    async def _make(self, stack: AsyncExitStack) -> None:
        stack.push_async_callback(self._keeping.aclose)
        await self._keeping.open()
        jobs = await self._followed()
        self._waits_for_reader = True
        self._is_submitted.set()
        await run_together([partial(self._collect, job) for job in jobs])

    async def _followed(self) -> Sequence[FollowedJob]:
        if isinstance(self._jobs, BatchJobsHandle):
            numbers = count()
            return [FollowedJob(job_id, AnyRows(numbers)) for job_id in self._jobs.jobs]
        jobs = await self._jobs.run(self)
        self._handle = BatchJobsHandle([job.id for job in jobs])
        return jobs

    async def _collect(self, job: FollowedJob) -> None:
        """Pass the rows of a job to the readers, when it has ended."""
        ended = await self._service.ended(job.id)
        async with self._one_job:
            error: Exception = missing(ended)
            try:
                async for result in self._service.results(ended):
                    await self._take_result(result, job, ended)
            except (BatchResultsError, NotFoundError) as failed:
                error = failed
            if job.wanted.lacks_any(ended.total_requests):
                await self._fail_rest(job, ended, error)

    async def _take_result(
        self, result: BatchResult, job: FollowedJob, ended: BatchJob
    ) -> None:
        place = job.wanted.take(result.custom_id)
        if place is not None:
            row = row_of(result, place, ended, self._output)
            await self.finish(place, row)

    async def _fail_rest(
        self, job: FollowedJob, ended: BatchJob, error: Exception
    ) -> None:
        """End the rows without a result, whose names the input files have.

        Raises:
            Exception: `error`, if no input file has them.
        """
        spool = Spool()
        try:
            for file_id in ended.input_files:
                file = spool.new_file()
                await self._service.download(file_id, file)
                await fail_rows(Names(file, spool), job.wanted, error, self)
                spool.remove(file)
        finally:
            await spool.aclose()
        if job.wanted.lacks_any(ended.total_requests):
            raise error
