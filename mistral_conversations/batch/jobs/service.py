"""`JobService`: what the service does for a batch of jobs."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from typing import IO, Any

import attrs

from mistral_conversations._wire.batch_lines import BatchResult
from mistral_conversations.batch.client import View
from mistral_conversations.batch.jobs.part import JobPart
from mistral_conversations.batch_jobs import AsyncBatchJobs
from mistral_conversations.config import RetryPolicy
from mistral_conversations.errors import (
    APIConnectionError,
    MistralConversationsError,
    RateLimitError,
    ServerError,
)
from mistral_conversations.files import AsyncFiles
from mistral_conversations.models.batch_jobs import BatchJob

__all__ = ["JobService"]

_logger = logging.getLogger("mistral_conversations")

_INPUT_FILE = "input_file"
"""The key of a job's metadata by which it is found again."""

_LOOKS = (0.0, 0.25, 0.5, 1.0, 2.0)
_PAUSE = 30.0
_MOST_FAILURES = 20
_PASSING = (APIConnectionError, ServerError, RateLimitError)


class JobService:
    """Creates jobs, follows them and reads their results.

    Args:
        view: makes the clients of batch jobs and files.
        retries: the policy of the client.
        call: `timeout`, `retries` and `headers` of each request.
        looks: the seconds before each look for a job whose creation had no answer.
        pause: the seconds after a failure to follow a job.
    """

    def __init__(
        self,
        view: View,
        retries: RetryPolicy,
        call: Mapping[str, Any],
        *,
        looks: tuple[float, ...] = _LOOKS,
        pause: float = _PAUSE,
    ) -> None:
        self._jobs = view(AsyncBatchJobs)
        # Two copies of a file do no harm: only one of them gets a job.
        again = attrs.evolve(retries, resend=True)
        self._files = view(AsyncFiles).with_options(retries=again)
        self._call = call
        self._looks = looks
        self._pause = pause

    async def upload(self, part: JobPart) -> str:
        """Upload the rows of a job; return the id of the file."""
        await part.write()
        file = await self._files.upload(
            part.file, name="batch.jsonl", purpose="batch", **self._call
        )
        return file.id

    async def create(self, file_id: str, model: str | None) -> BatchJob:
        """Create the job of a file, or find it if the answer is lost."""
        try:
            return await self._jobs.create(
                input_files=[file_id],
                model=model,
                metadata={_INPUT_FILE: file_id},
                **self._call,
            )
        except MistralConversationsError as error:
            lost = error
        if lost.may_have_been_processed:
            with suppress(MistralConversationsError):
                for seconds in self._looks:
                    await asyncio.sleep(seconds)
                    job = await self.find(file_id)
                    if job is not None:
                        return job
        raise lost

    async def find(self, file_id: str) -> BatchJob | None:
        """Return the job of a file; None if it has none."""
        jobs = self._jobs.list_all(metadata={_INPUT_FILE: file_id}, **self._call)
        async for job in jobs:
            if file_id in job.input_files:
                return job
        return None

    async def ended(
        self, job_id: str, progress: Callable[[BatchJob], object] | None = None
    ) -> BatchJob:
        """Wait until a job has ended; outlast failures that pass."""
        failures = 0

        def polled(job: BatchJob) -> None:
            nonlocal failures
            failures = 0
            if progress is not None:
                progress(job)

        retries, headers = self._call["retries"], self._call["headers"]
        while True:
            try:
                return await self._jobs.wait(
                    job_id, progress=polled, retries=retries, headers=headers
                )
            except _PASSING as error:
                failures += 1
                if failures == _MOST_FAILURES:
                    raise
                _logger.warning("batch job %s cannot be followed: %s", job_id, error)
            await asyncio.sleep(self._pause)

    def results(self, job: BatchJob) -> AsyncIterator[BatchResult]:
        """Iterate over the results of a job that has ended."""
        return self._jobs.results(job, **self._call)

    async def download(self, file_id: str, file: IO[bytes]) -> None:
        """Download a file."""
        await self._files.download(file_id, file, **self._call)
