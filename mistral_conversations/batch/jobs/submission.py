"""`Submission`: from the requests of a batch to its jobs."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

import attrs

from mistral_conversations.batch.inputs import Rows
from mistral_conversations.batch.jobs.answers import failed_row
from mistral_conversations.batch.jobs.keeping import JobKeeping
from mistral_conversations.batch.jobs.lines import JobLine, job_line
from mistral_conversations.batch.jobs.part import JobPart, Names, Spool
from mistral_conversations.batch.jobs.service import JobService
from mistral_conversations.batch.jobs.wanted import Place, Wanted, WantedRows
from mistral_conversations.batch.requests import RowRequest
from mistral_conversations.errors import (
    AuthenticationError,
    ConfigurationError,
    MistralConversationsError,
)
from mistral_conversations.models.batch import BatchRow
from mistral_conversations.models.batch_jobs import BatchJob

__all__ = ["FollowedJob", "RowSink", "Submission", "fail_rows"]

_MOST_ROWS = 100_000
_MOST_BYTES = 256 * 1024 * 1024
_OF_ALL_ROWS = (ConfigurationError, AuthenticationError)


class RowSink(Protocol):
    """What takes the rows of a batch."""

    @abstractmethod
    def begin(self) -> None:
        """Count a row that a job answers."""

    @abstractmethod
    async def finish(self, place: Place, row: BatchRow) -> None:
        """Take a row that began and has ended."""

    @abstractmethod
    async def end(self, row: BatchRow) -> None:
        """Take a row that ended without a job."""


@attrs.frozen
class FollowedJob:
    """A job whose results are awaited."""

    id: str
    wanted: Wanted
    """The rows that are wanted of it."""


class Submission:
    """Reads the requests of a batch, and creates its jobs.

    Rows with the same model share a job. A job is created as soon as it has as many
    rows as one may have, and at the end of the rows.

    Args:
        rows: reads the requests.
        service: creates jobs.
        keeping: knows the rows of earlier batches.
        most_rows: the rows that a job may have.
        most_bytes: the bytes of an input file at which its job is created.
    """

    def __init__(
        self,
        rows: Rows,
        service: JobService,
        keeping: JobKeeping,
        *,
        most_rows: int = _MOST_ROWS,
        most_bytes: int = _MOST_BYTES,
    ) -> None:
        self._rows = rows
        self._service = service
        self._keeping = keeping
        self._spool = Spool()
        self._most_rows = most_rows
        self._most_bytes = most_bytes
        self._parts: dict[str | None, JobPart] = {}
        """The rows that are not submitted yet, by model."""

        self._jobs: list[FollowedJob] = []
        self._earlier: dict[str, WantedRows | None] = {}
        """The rows of earlier jobs, by input file; None for a file without a job."""

    async def run(self, sink: RowSink) -> Sequence[FollowedJob]:
        """Create the jobs, and return those that answer the rows.

        Args:
            sink: takes the rows that end without a job.
        """
        try:
            while (request := await self._rows.next()) is not None:
                row = await self._take(request, sink)
                if row is not None:
                    await sink.end(row)
            for part in [*self._parts.values()]:
                await self._submit(part, sink)
        finally:
            await self._rows.aclose()
            await self._spool.aclose()
        return self._jobs

    async def _take(
        self, request: RowRequest | BatchRow, sink: RowSink
    ) -> BatchRow | None:
        """Add a row to a job; return it instead if it has ended already."""
        if isinstance(request, BatchRow):
            return request
        try:
            line = job_line(request)
        except (TypeError, ValueError) as error:
            return BatchRow(
                custom_id=request.custom_id, index=request.index, error=error
            )
        found = await self._keeping.find(request)
        if isinstance(found, str):
            wanted = await self._earlier_job(found)
            if wanted is not None:
                wanted.add(request.custom_id, self._keeping.place(request))
                sink.begin()
                return None
            found = self._keeping.lost(request)
        if found is None:
            sink.begin()
            await self._add(request, line, sink)
        return found

    async def _earlier_job(self, file_id: str) -> WantedRows | None:
        """Return the rows of the job of an input file; None if it has no job."""
        if file_id not in self._earlier:
            job = await self._service.find(file_id)
            wanted = None if job is None else WantedRows()
            self._earlier[file_id] = wanted
            if job is not None and wanted is not None:
                self._jobs.append(FollowedJob(job.id, wanted))
        return self._earlier[file_id]

    async def _add(self, request: RowRequest, line: JobLine, sink: RowSink) -> None:
        part = self._parts.get(line.model)
        if part is None:
            part = self._parts[line.model] = JobPart(line.model, self._spool)
        place = self._keeping.place(request)
        await part.add(request.custom_id, place, line.data)
        if len(part.wanted) >= self._most_rows or part.size >= self._most_bytes:
            await self._submit(part, sink)

    async def _submit(self, part: JobPart, sink: RowSink) -> None:
        """Create the job of some rows, which fail if that fails."""
        del self._parts[part.model]
        try:
            job = await self._created(part)
        except _OF_ALL_ROWS:
            raise
        except MistralConversationsError as error:
            await fail_rows(part.names(), part.wanted, error, sink)
        else:
            self._jobs.append(FollowedJob(job.id, part.wanted))
        part.close()

    async def _created(self, part: JobPart) -> BatchJob:
        try:
            file_id = await self._service.upload(part)
        except MistralConversationsError as error:
            error.may_have_been_processed = False  # the rows were not
            raise
        await self._keeping.sent(part, file_id)
        return await self._service.create(file_id, part.model)


async def fail_rows(
    names: Names, wanted: Wanted, error: Exception, sink: RowSink
) -> None:
    """End the rows of an input file that are wanted and have no result.

    Args:
        names: the names of the rows in the file.
        wanted: the rows that are wanted.
        error: the error of each.
        sink: takes them.
    """
    while (portion := await names.next()) is not None:
        for custom_id in portion:
            place = wanted.take(custom_id)
            if place is not None:
                await sink.finish(place, failed_row(custom_id, place, error))
