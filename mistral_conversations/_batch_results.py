"""The results of a batch job, from its files or from the job itself."""

import asyncio
import weakref
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import IO, TypeAlias

from mistral_conversations._transport.file_thread import FileThread
from mistral_conversations._transport.masks import NO_MASKS, Masks
from mistral_conversations._wire.batch_lines import (
    BatchResult,
    Line,
    Lines,
    read_line,
    read_result,
)
from mistral_conversations.errors import BatchResultsError
from mistral_conversations.models.batch_jobs import BatchJob

__all__ = ["ResultReader"]

FetchJob: TypeAlias = Callable[[bool | None], Awaitable[BatchJob]]
"""Returns the job; the argument is whether it has its results in `outputs`."""

FetchFile: TypeAlias = Callable[[str, IO[bytes]], Awaitable[object]]
"""Downloads the file with an id into an open file."""

FetchMasks: TypeAlias = Callable[[], Awaitable[Masks]]
"""Returns what removes the key from errors that repeat it."""

_IN_MEMORY = 1024 * 1024
# So little that even failures, which cost the most, do not hold the loop.
_PIECE = 16 * 1024
_OUTPUTS_AT_ONCE = 100
_MOST_SHOWN = 3


class ResultReader:
    """Read the results of a job, a portion at a time.

    A file is downloaded to a temporary one, and read from there: a slow caller keeps no
    connection waiting.

    Args:
        job: the job; None fetches it first.
        fetch: fetches the job.
        download: downloads a file.
        masks: returns the masks of the errors.
        most: the bytes that a line may have.
    """

    def __init__(
        self,
        job: BatchJob | None,
        fetch: FetchJob,
        download: FetchFile,
        masks: FetchMasks,
        most: int,
    ) -> None:
        self._job = job
        self._fetch = fetch
        self._download = download
        self._fetch_masks = masks
        self._masks = NO_MASKS
        self._most = most
        self._endpoint = ""
        self._outputs: Iterator[object] | None = None
        self._files: deque[str] | None = None
        self._file: DownloadedFile | None = None
        self._place = 0
        """How many files were opened; 0 stands for the `outputs` of the job."""

        self._failed: dict[str, int] = {}
        """The places of the failures, by `custom_id`."""

    async def next_portion(self) -> Sequence[BatchResult] | None:
        """Return the next results; None after the last.

        Raises:
            BatchResultsError: the job has no results.
        """
        if self._files is None:
            self._masks = await self._fetch_masks()
            failure = await self._find()
            if failure is not None:  # raised here, where no local holds the job
                raise self._masks.error(failure)
        if self._outputs is not None:
            return await self._read_outputs(self._outputs)
        file = self._file or await self._open()
        return None if file is None else await self._read(file)

    async def _find(self) -> BatchResultsError | None:
        """Find where the results are, or return why there are none."""
        job = self._job
        if job is None or not job.has_ended:
            self._job = job = await self._fetch(None)
        if not job.has_ended:
            return _not_ended(job)
        outputs = job.outputs
        if job.output_file is None and outputs is None and _may_have_outputs(job):
            outputs = (await self._fetch(True)).outputs
        files = dict.fromkeys(filter(None, (job.output_file, job.error_file)))
        if not files and not outputs and (job.has_failed or job.completed_requests):
            return _nothing(job)
        self._endpoint = job.endpoint
        if job.output_file is None and outputs:
            self._outputs = iter(outputs)
        self._files = deque(files)
        return None

    async def _open(self) -> "DownloadedFile | None":
        """Download the next file; return None if there is none."""
        if not self._files:
            return None
        file = DownloadedFile(self._most, self._masks)
        await self._download(self._files[0], file.target)
        self._file = file
        self._place += 1
        self._files.popleft()
        return file

    async def _read(self, file: "DownloadedFile") -> Sequence[BatchResult]:
        results = await file.read(self._endpoint)
        if results is None:
            self._file = None
            file.close()
            return ()
        return self._new(results)

    async def _read_outputs(self, outputs: Iterator[object]) -> Sequence[BatchResult]:
        await asyncio.sleep(0)  # gives other tasks their turn
        portion = [*islice(outputs, _OUTPUTS_AT_ONCE)]
        if not portion:
            self._outputs = None
        return self._new([self._read_output(each) for each in portion])

    def _read_output(self, output: object) -> BatchResult:
        result = read_result(output, self._endpoint)
        if result.error is not None:
            self._masks.error(result.error)
        return result

    def _new(self, results: Sequence[BatchResult]) -> Sequence[BatchResult]:
        """Leave out failures that came from another place, such as the other file."""
        return [result for result in results if self._is_new(result)]

    def _is_new(self, result: BatchResult) -> bool:
        if result.custom_id is None or result.error is None:
            return True
        return self._failed.setdefault(result.custom_id, self._place) == self._place


class DownloadedFile:
    """A temporary file, in memory while it is small; removed with this object.

    Args:
        most: the bytes that a line may have.
        masks: the masks of the errors.
    """

    def __init__(self, most: int, masks: Masks) -> None:
        self.target = _temporary_file()
        """The file to write to, before it is read."""

        self._lines = Lines(most)
        self._masks = masks
        self._thread = FileThread(self.target.close)
        self._position = 0
        self._is_read = False
        self.close = weakref.finalize(self, self._thread.release)
        """Close and remove the file."""

    async def read(self, endpoint: str) -> Sequence[BatchResult] | None:
        """Return the results in the next piece of the file; None at its end.

        A cancelled read has no effect: the next one returns the same results.
        """
        if self._is_read:
            return None
        piece = await self._thread.run(partial(_piece, self.target, self._position))
        self._position += len(piece)
        self._is_read = not piece
        lines = self._lines.feed(piece) if piece else self._lines.end()
        return [self._read_line(line, endpoint) for line in lines]

    def _read_line(self, line: Line, endpoint: str) -> BatchResult:
        result = read_line(line, endpoint)
        if result.error is not None and self._masks.may_be_in(line.text):
            self._masks.error(result.error)
        return result


def _temporary_file() -> IO[bytes]:
    # Its import reads from the system.
    from tempfile import SpooledTemporaryFile  # noqa: PLC0415

    return SpooledTemporaryFile(_IN_MEMORY)


def _piece(file: IO[bytes], position: int) -> bytes:
    file.seek(position)
    return file.read(_PIECE)


def _may_have_outputs(job: BatchJob) -> bool:
    return bool(job.succeeded_requests) or job.error_file is None


def _not_ended(job: BatchJob) -> BatchResultsError:
    done = f"{job.completed_requests} of {job.total_requests} requests are done"
    return BatchResultsError(
        f"batch job {job.id} is {job.status}, {done}: wait(job) before results(job)",
        job_id=job.id,
        status=job.status,
    )


def _nothing(job: BatchJob) -> BatchResultsError:
    messages = [error.message for error in job.errors[:_MOST_SHOWN]]
    reason = f": {'; '.join(messages)}" if messages else ""
    return BatchResultsError(
        f"batch job {job.id} is {job.status} and has no results{reason}",
        job_id=job.id,
        status=job.status,
    )
