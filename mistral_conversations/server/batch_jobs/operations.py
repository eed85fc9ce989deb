"""The operations on batch jobs, as handlers of aiohttp."""

import asyncio
import logging
from collections.abc import Sequence
from functools import partial

import attrs
from aiohttp import web

from mistral_conversations._wire import routes
from mistral_conversations.server.batch_jobs.job import BatchJob
from mistral_conversations.server.batch_jobs.requests import (
    read_inline,
    read_job,
    read_listing,
)
from mistral_conversations.server.batch_jobs.running import BatchRun
from mistral_conversations.server.batch_jobs.store import BatchJobStore
from mistral_conversations.server.conversations.operations import (
    ConversationOperations,
)
from mistral_conversations.server.files.store import FileStore
from mistral_conversations.server.web.responses import json_response
from mistral_conversations.server.web.routing import Operation
from mistral_conversations.server.web.tasks import cancel
from mistral_conversations.server.web.uuids import path_ids

__all__ = ["BatchJobOperations"]

_logger = logging.getLogger(__name__)


@attrs.define(eq=False)
class BatchJobOperations:
    """The operations on batch jobs, which the server's own model processes."""

    store: BatchJobStore
    _files: FileStore
    _conversations: ConversationOperations
    _tasks: "dict[str, asyncio.Task[None]]" = attrs.field(factory=dict, init=False)
    """The running jobs, by id."""

    def operations(self) -> Sequence[Operation]:
        """Return the operations with their methods and routes."""
        return (
            ("POST", routes.BATCH_JOBS, self._create),
            ("GET", routes.BATCH_JOBS, self._list),
            ("GET", routes.BATCH_JOB, self._get),
            ("DELETE", routes.BATCH_JOB, self._delete),
            ("POST", routes.BATCH_JOB_CANCEL, self._cancel),
        )

    async def aclose(self) -> None:
        """Cancel the jobs that still run."""
        if not await cancel(self._tasks.values()):
            _logger.warning("A batch job still runs, though it was cancelled")

    async def _create(self, request: web.Request) -> web.StreamResponse:
        settings = await read_job(request)
        for file_id in settings.get("input_files") or ():
            self._files.find(file_id.lower())
        job = self.store.create(settings)
        job.total = len(settings.get("requests") or ())
        body = job.body()
        self._start(job, request)
        return json_response(body)

    def _start(self, job: BatchJob, request: web.Request) -> None:
        answer = partial(self._conversations.answer_batch, request)
        run = BatchRun(job, self._files, answer, self.store.clock)
        task = asyncio.create_task(run.run())
        self._tasks[job.id] = task
        # A task that is cancelled before its first step runs no code of its own.
        task.add_done_callback(lambda _: run.end("CANCELLED"))
        task.add_done_callback(lambda _: self._tasks.pop(job.id))

    async def _list(self, request: web.Request) -> web.StreamResponse:
        return json_response(self.store.page(read_listing(request)))

    async def _get(self, request: web.Request) -> web.StreamResponse:
        job = self._find(request)
        return json_response(job.body(inline=read_inline(request)))

    async def _cancel(self, request: web.Request) -> web.StreamResponse:
        job = self._find(request)
        if job.is_active:
            job.status = "CANCELLATION_REQUESTED"
            self._end_task(job)
        return json_response(job.body())

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        (job_id,) = path_ids(request, "job_id")
        job = self.store.remove(job_id)
        self._end_task(job)
        return json_response({"id": job.id, "object": "batch", "deleted": True})

    def _end_task(self, job: BatchJob) -> None:
        task = self._tasks.get(job.id)
        if task is not None:
            task.cancel()

    def _find(self, request: web.Request) -> BatchJob:
        (job_id,) = path_ids(request, "job_id")
        return self.store.find(job_id)
