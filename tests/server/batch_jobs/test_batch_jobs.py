"""Batch jobs, which the model of the server processes."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from mistral_conversations import (
    AsyncMistral,
    BatchJob,
    BatchRequest,
    BatchResultsError,
    NotFoundError,
)
from mistral_conversations.server import (
    LocalServer,
    RecordedConversation,
    RecordedRequest,
    fail,
    say,
)
from tests.support.api_description import problems, schemas
from tests.support.clients import becomes_true
from tests.support.local.file_caller import FileCaller
from tests.support.local.http_caller import Caller
from tests.support.local.library_caller import NOBODY, Clock

pytestmark = pytest.mark.anyio

PATH = "/v1/batch/jobs"
QUICK = 0.005
SKY = BatchRequest.conversation("sky", "Sky?")
SEA = BatchRequest.conversation("sea", "Sea?", model="large")


@asynccontextmanager
async def serving(
    *arguments: Any, **settings: Any
) -> AsyncIterator[tuple[LocalServer, AsyncMistral]]:
    async with (
        LocalServer(*arguments, **settings) as server,
        AsyncMistral("key", base_url=server.base_url) as mistral,
    ):
        yield server, mistral


async def run(mistral: AsyncMistral, *requests: Any, **settings: Any) -> BatchJob:
    """Create a job with the model `small`, and wait for its end."""
    settings = {"model": "small", **settings}
    if requests:
        settings["requests"] = requests
    job = await mistral.batch_jobs.create(**settings)
    assert (job.status, job.outputs, job.started_at) == ("QUEUED", None, None)
    return await mistral.batch_jobs.wait(job, poll=QUICK, timeout=30)


async def results(mistral: AsyncMistral, job: BatchJob) -> dict[str | None, Any]:
    """Return the text or the error of each result by its id."""
    return {
        each.custom_id: each.response.text if each.response else str(each.error)
        async for each in mistral.batch_jobs.results(job)
    }


async def test_a_script_answers_one_request_after_another() -> None:
    turns = [say("Blue."), fail("Overcast", status=503), [say("Salty"), say(".")]]
    async with serving(turns, strict=True) as (server, mistral):
        fog = {"custom_id": "fog", "body": {"inputs": "Fog?"}}
        odd = {"custom_id": "odd", "body": {"inputs": 5, "mood": "grey"}}
        job = await run(mistral, SKY, fog, odd, SEA, metadata={"team": "sky"})
        found = await results(mistral, job)
        inline = await mistral.batch_jobs.get(job.id, inline=True)
        (recorded,) = server.batch_jobs
        files = server.files
        conversations = server.conversations
    assert (job.status, job.total_requests, job.completed_requests) == ("SUCCESS", 4, 4)
    assert (job.succeeded_requests, job.failed_requests) == (2, 2)
    assert job.started_at is not None
    assert job.completed_at is not None
    assert job.created_at <= job.started_at <= job.completed_at
    assert found["sky"] == "Blue."
    assert found["sea"] == "Salty."
    assert found["fog"] == "HTTP 503: Overcast"
    assert found["odd"].startswith("HTTP 422: body.inputs.str: Input should be a valid")
    assert [error.count for error in job.errors] == [1, 1]
    assert inline.outputs == tuple(recorded.results)
    ids = [each["custom_id"] for each in recorded.results]
    assert ids == ["sky", "fog", "odd", "sea"]
    assert [each.json["model"] for each in conversations] == ["small", "large"]
    kinds = ["sample_type", "purpose", "source", "num_lines"]
    assert [[file.json[kind] for kind in kinds] for file in files] == [
        ["batch_result", "batch", "mistral", 2],
        ["batch_error", "batch", "mistral", 2],
    ]
    assert [file.id for file in files] == [job.output_file, job.error_file]


async def test_a_function_sees_the_request_of_the_job() -> None:
    seen: list[tuple[Any, ...]] = []

    async def model(
        conversation: RecordedConversation, request: RecordedRequest
    ) -> str:
        seen.append((request.method, request.path, request.json["inputs"]))
        if len(conversation.entries) > 1:
            raise ValueError("too much")
        await asyncio.sleep(0)
        return f"{conversation.json['model']}!"

    async with serving(model) as (_, mistral):
        both = BatchRequest.conversation("both", ["Sky?", "Sea?"], store=False)
        job = await run(mistral, SKY, both)
        found = await results(mistral, job)
    assert [(*each[:2],) for each in seen] == [("POST", "/v1/conversations")] * 2
    assert seen[0][2] == "Sky?"
    assert found["sky"] == "small!"
    assert found["both"].startswith("HTTP 500: The model of LocalServer raised Value")


async def test_input_files_are_read_line_by_line() -> None:
    lines = [
        json.dumps({"custom_id": "1", "body": {"inputs": "Sky?"}}),
        "",
        '{"custom_id": "2", "bo',
        json.dumps({"custom_id": "3"}),
        json.dumps([1]),
        json.dumps({"body": {"inputs": "Sea?"}}),
    ]
    async with serving() as (server, mistral):
        upload = FileCaller(server.base_url).upload
        body = "\r\n".join(lines).encode()
        reply = await asyncio.to_thread(upload, body, "a.jsonl", purpose="batch")
        file_id = reply.json["id"]
        job = await run(mistral, input_files=[file_id.upper(), file_id])
        found = [each async for each in mistral.batch_jobs.results(job)]
    assert (job.total_requests, job.failed_requests) == (10, 6)
    assert [each.custom_id for each in found if each.response] == ["1", None] * 2
    failed = [str(each.error) for each in found if each.error]
    assert all(each.startswith("HTTP 422: body") for each in failed)
    assert "body.body: Field required" in "".join(failed)


async def test_a_job_whose_requests_all_fail_has_failed() -> None:
    async with serving() as (_, mistral):
        job = await run(mistral, {"body": {}}, {"body": {}, "custom_id": "1"})
        found = await results(mistral, job)
        other = await run(mistral, {"body": {"input": "Hi"}}, endpoint="/v1/embeddings")
    assert (job.status, job.output_file, job.failed_requests) == ("FAILED", None, 2)
    assert found.keys() == {None, "1"}
    assert (other.status, other.errors[0].count) == ("FAILED", 1)


async def slow(conversation: RecordedConversation, _: RecordedRequest) -> str:
    if "wait" in str(conversation.entries):
        await asyncio.Event().wait()
    return "done"


WAITS = BatchRequest.conversation("wait", "wait")


async def test_a_job_is_cancelled_midway() -> None:
    async with serving(slow) as (server, mistral):
        jobs = mistral.batch_jobs
        job = await jobs.create(model="m", requests=[SKY, WAITS, SEA])
        assert await becomes_true(lambda: server.batch_jobs[0].results)
        with pytest.raises(BatchResultsError, match="is RUNNING, 1 of 3 requests are"):
            await results(mistral, job)
        cancelled = await jobs.cancel(job.id)
        ended = await jobs.wait(job, poll=QUICK, timeout=30)
        again = await jobs.cancel(job.id)
        found = await results(mistral, ended)
    assert cancelled.status == "CANCELLATION_REQUESTED"
    assert (ended.status, again) == ("CANCELLED", ended)
    assert (ended.completed_requests, ended.total_requests) == (1, 3)
    assert found == {"sky": "done"}


async def test_a_job_is_cancelled_before_it_begins() -> None:
    async with serving(slow) as (server, mistral):
        operations = server._service.batch_jobs
        job = await mistral.batch_jobs.create(model="m", requests=[WAITS])
        operations._tasks[job.id].cancel()
        ended = await mistral.batch_jobs.wait(job, poll=QUICK, timeout=30)
    assert ended.status == "CANCELLED"


async def test_a_model_that_survives_its_cancellation_ends_the_job() -> None:
    begun = asyncio.Event()

    async def stubborn(*_: Any) -> str:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "still here"
        return ""

    async with serving(stubborn) as (_, mistral):
        job = await mistral.batch_jobs.create(model="m", requests=[SKY, SEA])
        await begun.wait()
        await mistral.batch_jobs.cancel(job.id)
        ended = await mistral.batch_jobs.wait(job, poll=QUICK, timeout=30)
    assert (ended.status, ended.completed_requests) == ("CANCELLED", 1)


async def test_a_deleted_job_is_gone_and_ends() -> None:
    async with serving(slow) as (server, mistral):
        jobs = mistral.batch_jobs
        job = await jobs.create(model="m", requests=[WAITS])
        deleted = await jobs.delete(job.id)
        assert deleted is not None
        assert (deleted.id, deleted.deleted) == (job.id, True)
        assert await becomes_true(lambda: not server._service.batch_jobs._tasks)
        for call in (jobs.get, jobs.cancel, jobs.delete):
            with pytest.raises(NotFoundError, match=f"Batch job {job.id} not found"):
                await call(job.id)
    assert server.batch_jobs == ()


async def test_leaving_the_server_ends_its_jobs() -> None:
    async with serving(slow) as (server, mistral):
        await mistral.batch_jobs.create(model="m", requests=[SKY, WAITS])
        assert await becomes_true(lambda: server.batch_jobs[0].results)
    (job,) = server.batch_jobs
    assert (job.json["status"], len(job.results)) == ("CANCELLED", 1)


async def test_a_job_ends_at_its_deadline() -> None:
    async with serving() as (server, mistral):
        clock = server._service.batch_jobs.store.clock = Clock()

        async def hours(*_: Any) -> str:
            clock.forward(timedelta(hours=1).total_seconds())
            return "done"

        server.model = hours
        job = await run(mistral, SKY, SEA, {"body": {"inputs": "x"}}, timeout_hours=2)
        found = await results(mistral, job)
    assert (job.status, job.completed_requests) == ("TIMEOUT_EXCEEDED", 2)
    assert found.keys() == {"sky", "sea"}


async def test_a_stuck_model_meets_the_deadline() -> None:
    async with serving(slow) as (server, mistral):
        clock = server._service.batch_jobs.store.clock = Clock()
        deadline = timedelta(hours=1).total_seconds()
        times = iter([clock(), clock() + timedelta(seconds=deadline - 0.05)])
        server._service.batch_jobs.store.clock = lambda: next(times, clock())
        job = await run(mistral, WAITS, timeout_hours=1)
    assert job.status == "TIMEOUT_EXCEEDED"


async def test_the_list_has_filters() -> None:
    async with serving() as (server, mistral):
        clock = server._service.batch_jobs.store.clock = Clock()
        jobs = mistral.batch_jobs
        first = await run(mistral, SKY, metadata={"team": "sky", "page-2": "x"})
        clock.forward(60)
        second = await run(mistral, {"body": {}}, agent_id="ag_1", model=None)
        everything = {
            "newest": await jobs.list(),
            "oldest": await jobs.list(order_by="created", created_by_me=True),
            "page": await jobs.list(1, 1),
            "model": await jobs.list(model="small"),
            "agent": await jobs.list(agent_id="ag_1"),
            "team": await jobs.list(metadata={"team": "sky"}),
            "no team": await jobs.list(metadata={"team": "sea"}),
            "after": await jobs.list(created_after=first.created_at),
            "failed": await jobs.list(status=["FAILED", "RUNNING"]),
        }
        caller = Caller(server.base_url)
        path = f'{PATH}?metadata={{"team":"sky"}}'.replace('"', "%22")
        reply = await asyncio.to_thread(caller.get, path)
        listed = [each.id async for each in jobs.list_all(1)]
    assert {name: [each.id for each in page] for name, page in everything.items()} == {
        "newest": [second.id, first.id],
        "oldest": [first.id, second.id],
        "page": [first.id],
        "model": [first.id],
        "agent": [second.id],
        "team": [first.id],
        "no team": [],
        "after": [second.id],
        "failed": [second.id],
    }
    assert everything["page"].total == 2
    assert [each["id"] for each in reply.json["data"]] == [first.id]
    assert listed == [second.id, first.id]


REQUESTS: list[Any] = [{"body": {}}]
BAD_JOBS: list[tuple[Any, str]] = [
    ({"requests": REQUESTS}, "endpoint"),
    ({"endpoint": "/v1/dreams", "requests": REQUESTS}, "endpoint"),
    ({"requests": [{}]}, "requests"),
    ({"requests": [{"body": 5}]}, "requests"),
    ({"requests": [{"body": {}, "custom_id": 5}]}, "requests"),
    ({"requests": REQUESTS * 10_001}, "requests"),
    ({"input_files": ["f"]}, "input_files"),
    ({}, "exactly one"),
    ({"requests": [], "input_files": None}, "exactly one"),
    ({"requests": REQUESTS, "input_files": [NOBODY]}, "exactly one"),
    ({"requests": REQUESTS, "metadata": {"": "x"}}, "metadata"),
    ({"requests": REQUESTS, "metadata": {"k": "v" * 513}}, "metadata"),
    ({"requests": REQUESTS, "metadata": {"k": 5}}, "metadata"),
    ({"requests": REQUESTS, "timeout_hours": 0}, "timeout_hours"),
    ({"requests": REQUESTS, "timeout_hours": None}, "timeout_hours"),
    ({"requests": REQUESTS, "model": 5}, "model"),
]
BAD_QUERIES = ["page=-1", "page_size=0", "created_after=noon", "status=HAPPY"]
BAD_QUERIES += ["order_by=mood", "created_by_me=perhaps", "metadata=5"]


def test_bad_requests_are_refused() -> None:
    with LocalServer() as server:
        caller = Caller(server.base_url)
        for body, place in BAD_JOBS:
            full = body if place == "endpoint" else {"endpoint": "/v1/ocr", **body}
            reply = caller.post(PATH, full)
            assert (reply.status, place in str(reply.json)) == (422, True), body
        for query in BAD_QUERIES:
            assert caller.get(f"{PATH}?{query}").status == 422, query
        assert caller.get(f"{PATH}/job").status == 422
        assert caller.get(f"{PATH}/{NOBODY}?inline=perhaps").status == 404
        unknown = {"endpoint": "/v1/ocr", "input_files": [NOBODY]}
        assert caller.post(PATH, unknown).status == 404
        assert server.batch_jobs == ()


def test_answers_fit_the_description() -> None:
    found = schemas()
    with LocalServer() as server:
        caller = Caller(server.base_url)
        body = {
            "endpoint": "/v1/conversations",
            "model": "m",
            "requests": [{"custom_id": "1", "body": {"inputs": "Hi"}}, *REQUESTS],
            "metadata": {"team": "sky"},
        }
        job = caller.post(PATH, body).json
        path = f"{PATH}/{job['id']}"
        answers = [
            (job, "BatchJob"),
            (caller.get(f"{path}?inline=true").json, "BatchJob"),
            (caller.get(f"{path}?inline=null").json, "BatchJob"),
            (caller.get(PATH).json, "ListBatchJobsResponse"),
            (caller.post(f"{path}/cancel", {}).json, "BatchJob"),
            (caller.send("DELETE", path).json, "DeleteBatchJobResponse"),
        ]
    for answer, name in answers:
        assert problems(answer, found[name]) == [], name
