"""The batch jobs, in memory."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from mistral_conversations.server.batch_jobs.job import BatchJob
from mistral_conversations.server.batch_jobs.records import RecordedBatchJob
from mistral_conversations.server.web.clock import Clock, now
from mistral_conversations.server.web.failures import JSONObject, not_found
from mistral_conversations.server.web.ids import read_time
from mistral_conversations.server.web.listing import (
    has_metadata,
    newest_page,
    page_of,
    passes,
)

__all__ = ["BatchJobStore"]


@attrs.define(eq=False)
class BatchJobStore:
    """The batch jobs, by id."""

    clock: Clock = now
    _jobs: dict[str, BatchJob] = attrs.field(factory=dict, init=False)

    def create(self, settings: Mapping[str, Any]) -> BatchJob:
        """Add a job."""
        job = BatchJob(settings, self.clock())
        self._jobs[job.id] = job
        return job

    def find(self, job_id: str) -> BatchJob:
        """Return a job.

        Raises:
            RefusalError: no job has that id.
        """
        if job_id not in self._jobs:
            raise not_found(f"Batch job {job_id} not found")
        return self._jobs[job_id]

    def remove(self, job_id: str) -> BatchJob:
        """Delete a job, and return it.

        Raises:
            RefusalError: no job has that id.
        """
        return self._jobs.pop(self.find(job_id).id)

    def page(self, query: Mapping[str, Any]) -> JSONObject:
        """Return the page of jobs that a query asks for; by default, the newest."""
        jobs = tuple(self._jobs.values())
        found = [job for job in jobs if passes(job, query, _FILTERS)]
        page = page_of if query.get("order_by") == "created" else newest_page
        shown = page(found, query.get("page", 0), query.get("page_size", 100))
        data = [job.body() for job in shown]
        return {"data": data, "object": "list", "total": len(found)}

    def records(self) -> Sequence[RecordedBatchJob]:
        """Return snapshots of all jobs, oldest first."""
        return tuple(
            RecordedBatchJob(
                job.id, job.body(), tuple(line.json for line in tuple(job.results))
            )
            for job in tuple(self._jobs.values())
        )


_FILTERS: Mapping[str, Callable[[BatchJob, Any], bool]] = {
    "model": lambda job, model: job.settings.get("model") == model,
    "agent_id": lambda job, id_: job.settings.get("agent_id") == id_,
    "metadata": lambda job, pairs: has_metadata(job.settings.get("metadata"), pairs),
    "created_after": lambda job, time: job.created_at > read_time(time),
    "status": lambda job, statuses: job.status in statuses,
}
