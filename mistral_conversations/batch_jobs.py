"""`AsyncBatchJobs`: the asyncio client of batch jobs."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import IO, Any, Literal, TypeAlias

from mistral_conversations._api_client import APIClient
from mistral_conversations._batch_results import ResultReader
from mistral_conversations._checks import check_seconds
from mistral_conversations._operations import operations
from mistral_conversations._paging import Portions, numbered_pages
from mistral_conversations._public import publish
from mistral_conversations._signature import readable_signatures
from mistral_conversations._transport.progress import check_progress
from mistral_conversations._waiting import delays, follow, in_time
from mistral_conversations._wire import batch_calls as calls
from mistral_conversations._wire import routes
from mistral_conversations._wire.batch_lines import BatchResult
from mistral_conversations.config import RetryPolicy, Timeout
from mistral_conversations.files import AsyncFiles
from mistral_conversations.models.batch_jobs import (
    ApiEndpoint,
    BatchJob,
    BatchJobStatus,
    BatchRequest,
    DeleteBatchJobResponse,
    ListBatchJobsResponse,
)

__all__ = ["AsyncBatchJobs"]

JSON: TypeAlias = Mapping[str, Any]
Order: TypeAlias = Literal["created", "-created"] | str

_PAGE = 0
_PAGE_SIZE = 100


@readable_signatures
@operations
class AsyncBatchJobs(APIClient):
    """Asyncio client of batch jobs, which the service processes within hours.

    A job sends many requests to one endpoint, such as `/v1/conversations`. `create`
    queues a job, `wait` follows it to its end, and `results` reads its results.

    `AsyncMistral.batch_jobs` is such a client; it uses the connections of its
    `AsyncMistral`. The constructor takes the parameters of `AsyncConversations`, and
    raises the same errors.

    Every method also takes `retries` (a `RetryPolicy`, or its `max_retries`), `headers`
    (added to the client's) and, except for `wait`, `timeout` (a `Timeout`, or the
    seconds of its `total`) for that call alone; None uses the client's own settings.
    Besides the errors that its docstring lists, every method raises those of
    `AsyncConversations`.
    """

    async def create(
        self,
        *,
        endpoint: ApiEndpoint = "/v1/conversations",
        requests: Sequence[BatchRequest | JSON] | None = None,
        input_files: Sequence[str] | None = None,
        model: str | None = None,
        agent_id: str | None = None,
        metadata: Mapping[str, str] | None = None,
        timeout_hours: int | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> BatchJob:
        """Create a job, which the service queues; pass `requests` or `input_files`.

        Args:
            endpoint: the path to which the service sends each request.
            requests: the requests, at most 10,000, each a `BatchRequest` or a mapping
                with the keys `body` and `custom_id`. No two may have the same
                `custom_id`. `BatchRequest.conversation` builds one for
                `/v1/conversations`.
            input_files: the ids of uploaded files of the purpose `batch`. Each line of
                such a file (JSON Lines) is an object with the keys `body` and
                `custom_id`.
            model: the model for all requests, such as `mistral-medium-latest`.
            agent_id: an agent of the deprecated agents API for all requests. An agent
                of `AsyncAgents` belongs in the body of each request instead.
            metadata: keys of at most 32 characters, and values of at most 512, by which
                `list` can filter.
            timeout_hours: the hours after which the service ends the job, from 1 to
                168; None is the service's default, 24.

        Returns:
            The job, with the status QUEUED.

        Raises:
            TypeError: a parameter, or a part of a request, has a wrong type; the
                message names its position. Nothing was sent.
            ValueError: both or neither of `requests` and `input_files` are given, they
                are empty or too many, two requests have the same `custom_id`, a body
                has `stream`, or JSON cannot represent it. Nothing was sent.

        Example:
            job = await batch_jobs.create(
                model="mistral-medium-latest",
                requests=[
                    BatchRequest.conversation("sky", "Why is the sky blue?"),
                    BatchRequest.conversation("sea", "Why is the sea salty?"),
                ],
            )
            job = await batch_jobs.wait(job)
            async for result in batch_jobs.results(job):
                print(result.custom_id, result.response or result.error)
        """
        call = calls.create(
            {
                "endpoint": endpoint,
                "requests": requests,
                "input_files": input_files,
                "model": model,
                "agent_id": agent_id,
                "metadata": metadata,
                "timeout_hours": timeout_hours,
            }
        )
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch(call, BatchJob, options)

    async def get(
        self,
        job_id: str,
        *,
        inline: bool | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> BatchJob:
        """Return a job.

        Args:
            job_id: the job, a UUID.
            inline: whether the job has its results in `outputs`. None is the service's
                default, which the API description does not name.

        Raises:
            NotFoundError: no such job.
        """
        call = calls.get(job_id, {"inline": inline})
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch(call, BatchJob, options)

    async def list(
        self,
        page: int = _PAGE,
        page_size: int = _PAGE_SIZE,
        *,
        model: str | None = None,
        agent_id: str | None = None,
        metadata: Mapping[str, str] | None = None,
        created_after: datetime | None = None,
        created_by_me: bool | None = None,
        status: Sequence[BatchJobStatus] | None = None,
        order_by: Order | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ListBatchJobsResponse:
        """List one page of the organization's jobs.

        Args:
            page: the number of the page, from 0 (the default).
            page_size: jobs per page, 100 by default.
            model: return only jobs with this model.
            agent_id: return only jobs with this agent.
            metadata: return only jobs that have all these keys and values. Each pair is
                sent as a query parameter of its own, as the API description has it.
            created_after: return only jobs created after this time, a `datetime` with a
                time zone.
            created_by_me: whether to return only jobs of the caller; None is the
                service's default, False.
            status: return only jobs with one of these statuses.
            order_by: `"created"` lists the oldest first, `"-created"` the newest; None
                is the service's default, `-created`.

        Raises:
            ValueError: `created_after` has no time zone, or a key of `metadata` is the
                name of another parameter. Nothing was sent.
        """
        call = calls.list_jobs(
            {
                "page": page,
                "page_size": page_size,
                "model": model,
                "agent_id": agent_id,
                "metadata": metadata,
                "created_after": created_after,
                "created_by_me": created_by_me,
                "status": status,
                "order_by": order_by,
            }
        )
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch(call, ListBatchJobsResponse, options)

    def list_all(
        self,
        page_size: int = _PAGE_SIZE,
        *,
        model: str | None = None,
        agent_id: str | None = None,
        metadata: Mapping[str, str] | None = None,
        created_after: datetime | None = None,
        created_by_me: bool | None = None,
        status: Sequence[BatchJobStatus] | None = None,
        order_by: Order | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[BatchJob]:
        """Iterate over all jobs of the organization, page by page, without duplicates.

        Jobs that are created or deleted during the iteration shift the others between
        pages: after a deletion, another job may be skipped.

        Tasks, or threads in blocking code, may share the iterator: each job reaches one
        of them. If the service repeats its pages, the iteration ends with a WARNING in
        the log.

        Args:
            page_size: jobs per request, 100 by default.
            model: return only jobs with this model.
            agent_id: return only jobs with this agent.
            metadata: return only jobs that have all these keys and values.
            created_after: return only jobs created after this time, a `datetime` with a
                time zone.
            created_by_me: whether to return only jobs of the caller.
            status: return only jobs with one of these statuses.
            order_by: `"created"` for the oldest first, `"-created"` for the newest.

        Example:
            async for job in batch_jobs.list_all(status=["QUEUED", "RUNNING"]):
                print(job.id, job.completed_requests, job.total_requests)
        """
        options = self._options.with_call(timeout, retries, headers)
        query = {
            "page_size": page_size,
            "model": model,
            "agent_id": agent_id,
            "metadata": metadata,
            "created_after": created_after,
            "created_by_me": created_by_me,
            "status": status,
            "order_by": order_by,
        }
        calls.list_jobs(query)  # reject wrong parameters now

        async def fetch(page: int) -> ListBatchJobsResponse:
            call = calls.list_jobs({**query, "page": page})
            return await self._fetch(call, ListBatchJobsResponse, options)

        return numbered_pages("batch jobs", fetch)

    async def cancel(
        self,
        job_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> BatchJob:
        """Request the cancellation of a job; `wait` returns once it has ended.

        Args:
            job_id: the job, a UUID.

        Raises:
            NotFoundError: no such job.
        """
        call = calls.of_job(routes.BATCH_JOB_CANCEL, job_id, method="POST")
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch(call, BatchJob, options)

    async def delete(
        self,
        job_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> DeleteBatchJobResponse | None:
        """Request the deletion of a job.

        Args:
            job_id: the job, a UUID.

        Returns:
            The service's confirmation. None if the service sends no body, or if a retry
            after a lost answer found the job already deleted.

        Raises:
            NotFoundError: no such job.
        """
        call = calls.of_job(routes.BATCH_JOB, job_id, method="DELETE")
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch_if_any(call, DeleteBatchJobResponse, options)

    async def wait(
        self,
        job: BatchJob | str,
        *,
        timeout: float | None = None,
        poll: float | None = None,
        progress: Callable[[BatchJob], object] | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> BatchJob:
        """Wait until a job has ended, successfully or not.

        Args:
            job: the job, or its id.
            timeout: the maximum seconds to wait in all; None waits until the service
                ends the job. Each request also has the client's own limits.
            poll: the seconds between two requests for the job. None begins with a
                quarter of a second, and becomes slower, up to 30 seconds.
            progress: a plain function that is called with the job after each request.
            retries: the policy for each request.

        Returns:
            The job. A job that failed is returned, too, because it may have results:
            check its `status`, or `has_failed`.

        Raises:
            APITimeoutError: the job did not end in time (`phase` is `total`), or a
                request reached one of its limits. The job continues.
            NotFoundError: no such job.

        Example:
            job = await batch_jobs.wait(job, timeout=3600)
            print(job.status, job.succeeded_requests, job.failed_requests)
        """
        check_seconds("timeout", timeout, optional=True)
        check_seconds("poll", poll, optional=True)
        check_progress(progress)
        options = self._options.with_call(None, retries, headers)
        job_id = calls.id_of(job)
        call = calls.get(job_id, {"inline": None})

        async def ended() -> BatchJob:
            fetch = partial(self._fetch, call, BatchJob, options)
            return await follow(fetch, _has_ended, delays(poll), progress)

        return await in_time(timeout, ended, f"batch job {job_id} did not end")

    def results(
        self,
        job: BatchJob | str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[BatchResult]:
        """Iterate over the results of a job that has ended, failures included.

        The results come from the job's output file, then from its error file; without
        an output file, from the `outputs` of the job. They have no particular order:
        `custom_id` tells them apart. Requests that a cancelled job did not reach have
        no result. A failure that is in both files is returned once.

        The shape of a result is unverified: the API description does not have it. The
        client looks for the answer in `response.body`, `body`, `response` and the
        result itself; `BatchResult.raw` has the result as the service sent it. A result
        that cannot be read has a `DecodeError` in `error`, and does not affect the
        others.

        A file is downloaded to a temporary file (in memory up to 1 MiB) before its
        first result, so that it never has to fit into memory, and a lost connection is
        retried. Tasks, or threads in blocking code, may share the iterator: each result
        reaches one of them.

        Args:
            job: the job, or its id. A job that had not ended is fetched again.
            timeout: limits for each request.
            retries: the policy for each request.

        Raises:
            BatchResultsError: the job has not ended, or it failed without results.
            NotFoundError: no such job, or its file was deleted.
            OSError: the temporary file cannot be written.

        Example:
            async for result in batch_jobs.results(job):
                if result.error is not None:
                    print(result.custom_id, "failed:", result.error)
                elif result.response is not None:
                    print(result.custom_id, result.response.text)
        """
        options = self._options.with_call(timeout, retries, headers)
        job_id = calls.id_of(job)
        calls.get(job_id, {"inline": None})  # reject a wrong id now
        files = self._view(AsyncFiles)

        def fetch(inline: bool | None) -> Awaitable[BatchJob]:
            call = calls.get(job_id, {"inline": inline})
            return self._fetch(call, BatchJob, options)

        def download(file_id: str, file: IO[bytes]) -> Awaitable[object]:
            return files.download(
                file_id, file, timeout=timeout, retries=retries, headers=headers
            )

        known = job if isinstance(job, BatchJob) else None
        most = self._connection.max_event_bytes
        masks = partial(self._transport.masks, options)
        reader = ResultReader(known, fetch, download, masks, most)
        return Portions(reader.next_portion)


def _has_ended(job: BatchJob) -> bool:
    return job.has_ended


publish(globals(), *__all__)
