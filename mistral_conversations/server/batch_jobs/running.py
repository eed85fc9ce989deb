"""Running a batch job: its requests one after another, then its files."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing
from io import BytesIO
from itertools import chain
from typing import Any, TypeAlias

import attrs

from mistral_conversations._wire import routes
from mistral_conversations._wire.reason import reason_of
from mistral_conversations.server.batch_jobs.job import BatchJob, ResultLine
from mistral_conversations.server.batch_jobs.schemas import REQUEST
from mistral_conversations.server.files.store import FileStore
from mistral_conversations.server.web.checks import problem
from mistral_conversations.server.web.clock import Clock
from mistral_conversations.server.web.failures import (
    JSONObject,
    RefusalError,
    no_route,
    unprocessable,
)
from mistral_conversations.server.web.reading import checked_body
from mistral_conversations.server.web.uploads import Upload
from mistral_conversations.server.web.values import read_json

__all__ = ["Answer", "BatchRun"]

Answer: TypeAlias = Callable[[JSONObject], Awaitable[JSONObject]]
"""Starts a conversation with a body, and returns the body of its answer.

It raises a RefusalError for an answer that is an error.
"""

_logger = logging.getLogger(__name__)

_COUNTED_AT_ONCE = 1_000


@attrs.define(eq=False)
class BatchRun:
    """Runs one job.

    Only `/v1/conversations` has a model here; requests to any other endpoint fail.
    """

    job: BatchJob
    _files: FileStore
    _answer: Answer
    _clock: Clock

    async def run(self) -> None:
        """Process the requests, until the end or the deadline."""
        job = self.job
        job.status, job.started_at = "RUNNING", self._clock()
        left = (job.deadline - job.started_at).total_seconds()
        try:
            async with asyncio.timeout(left):
                await self._process()
        except TimeoutError:
            self.end("TIMEOUT_EXCEEDED")
        except RefusalError as error:
            job.add_error(reason_of(error.body).message)
            self.end("FAILED")
        except Exception:
            _logger.exception("LocalServer failed")
            self.end("FAILED")
        else:
            self.end(self._status())

    def _status(self) -> str:
        """Return the status after the last request."""
        job = self.job
        if job.status == "CANCELLATION_REQUESTED":  # and the model did not stop
            return "CANCELLED"
        has_failed = all(line.failure is not None for line in job.results)
        return "FAILED" if has_failed else "SUCCESS"

    def end(self, status: str) -> None:
        """End the job, unless it has ended; write its files."""
        job = self.job
        if not job.is_active:
            return
        job.output_file = self._write("output", "batch_result", failed=False)
        job.error_file = self._write("errors", "batch_error", failed=True)
        job.status, job.ended_at = status, self._clock()

    def _write(self, name: str, sample_type: str, *, failed: bool) -> str | None:
        content = self.job.content(failed=failed)
        if not content:
            return None
        file = Upload(f"{self.job.id}_{name}.jsonl", content, "application/jsonl")
        stored = self._files.add(file, purpose="batch", sample_type=sample_type)
        return stored.id

    async def _process(self) -> None:
        job = self.job
        job.total = await self._count()
        async with aclosing(self._requests()) as requests:
            async for request in requests:
                job.add(await self._result(request))
                if job.status != "RUNNING":
                    return
                if self._clock() >= job.deadline:
                    raise TimeoutError

    async def _count(self) -> int:
        inline = self.job.settings.get("requests")
        if inline:
            return len(inline)
        total = 0
        for total, _ in enumerate(self._lines(), start=1):
            if not total % _COUNTED_AT_ONCE:
                await asyncio.sleep(0)
        return total

    def _lines(self) -> Iterator[bytes]:
        """Return the lines of the input files, except blank ones.

        Raises:
            RefusalError: a file was deleted.
        """
        ids: Sequence[str] = self.job.settings["input_files"]
        contents = [self._files.find(id_.lower()).file.content for id_ in ids]
        lines = chain.from_iterable(BytesIO(content) for content in contents)
        return (line for line in lines if line.strip())

    async def _requests(self) -> AsyncGenerator[Any, None]:
        """Yield the requests; other tasks run between two of them."""
        inline = self.job.settings.get("requests")
        for request in inline or self._lines():
            await asyncio.sleep(0)
            yield request

    async def _result(self, request: JSONObject | bytes) -> ResultLine:
        custom_id = None
        try:
            parsed = _parsed(request)
            custom_id = parsed.get("custom_id") if isinstance(parsed, dict) else None
            body = checked_body(parsed, REQUEST)["body"]
            answer = await self._answer(self._with_settings(body))
        except RefusalError as error:
            line = _line(custom_id, error.status, error.body)
            return ResultLine(line, reason_of(error.body).message)
        return ResultLine(_line(custom_id, 200, answer))

    def _with_settings(self, body: JSONObject) -> JSONObject:
        """Return a body with the model or the agent of the job, if it has neither.

        Raises:
            RefusalError: the endpoint has no model here.
        """
        settings = self.job.settings
        if settings["endpoint"] != routes.CONVERSATIONS:
            raise no_route()
        if body.get("model") is not None or body.get("agent_id") is not None:
            return body
        keys = (key for key in ("model", "agent_id") if settings.get(key) is not None)
        return {**body, **{key: settings[key] for key in keys}}


def _parsed(request: JSONObject | bytes) -> Any:
    if not isinstance(request, bytes):
        return request
    try:
        return read_json(request)
    except ValueError as error:
        text = request.decode(errors="replace")
        found = problem(
            "json_invalid", ("body", 0), f"JSON decode error: {error}", text
        )
        raise unprocessable([found]) from None


def _line(custom_id: Any, status: int, body: JSONObject) -> JSONObject:
    response = {"status_code": status, "body": body}
    return {"custom_id": custom_id, "response": response, "error": None}
