"""The operations on batch jobs."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mistral_conversations import (
    APITimeoutError,
    AsyncBatchJobs,
    BatchError,
    BatchJob,
    BatchJobs,
    BatchRequest,
    DecodeError,
    DeleteBatchJobResponse,
    ListBatchJobsResponse,
    NotFoundError,
    from_dict,
    to_dict,
)
from tests.support.batch_bodies import CREATED, JOB_ID, job, jobs
from tests.support.bodies import without
from tests.support.client_and_server import client_answered_with, client_served_by
from tests.support.clients import FAST, Reply, answers, becomes_true, lose, refusal
from tests.support.for_each import for_each
from tests.support.raw_server import http, json_answer, raw_server_on_thread
from tests.support.sent_requests import queries, targets
from tests.support.wire import Row, check_operation

pytestmark = pytest.mark.anyio

LIST = "/v1/batch/jobs"
PATH = f"{LIST}/{JOB_ID}"
FIRST = {"page": ["0"], "page_size": ["100"]}
FILE_ID = "019f0000-6666-7000-8000-0000000000f9"
AFTER = datetime(2026, 8, 1, 10, tzinfo=UTC)
CONVERSATION = {"endpoint": "/v1/conversations"}

# method, positional and named arguments; HTTP method, path, query, body
WIRE: list[Row] = [
    ("create", (), {"requests": [BatchRequest(custom_id="1", body={"inputs": "Hi"})]},
        ("POST", LIST, {}, {**CONVERSATION,
            "requests": [{"custom_id": "1", "body": {"inputs": "Hi"}}]})),
    ("create", (), {"requests": [{"body": {}}], "model": "m", "agent_id": "a",
        "metadata": {"team": "sky"}, "timeout_hours": 2, "endpoint": "/v1/ocr"},
        ("POST", LIST, {}, {"endpoint": "/v1/ocr", "requests": [{"body": {}}],
            "model": "m", "agent_id": "a", "metadata": {"team": "sky"},
            "timeout_hours": 2})),
    ("create", (), {"input_files": (FILE_ID,)},
        ("POST", LIST, {}, {**CONVERSATION, "input_files": [FILE_ID]})),
    ("list", (), {}, ("GET", LIST, FIRST, None)),
    ("list", (2, 5), {"model": "a&b", "agent_id": "a", "created_after": AFTER,
        "created_by_me": True, "status": ["QUEUED", "RUNNING"], "order_by": "created",
        "metadata": {"team": "sky & sea"}},
        ("GET", LIST, {"page": ["2"], "page_size": ["5"], "model": ["a&b"],
            "agent_id": ["a"], "created_after": ["2026-08-01T10:00:00Z"],
            "created_by_me": ["true"], "status": ["QUEUED", "RUNNING"],
            "order_by": ["created"], "team": ["sky & sea"]}, None)),
    ("get", (JOB_ID,), {}, ("GET", PATH, {}, None)),
    ("get", (JOB_ID,), {"inline": True}, ("GET", PATH, {"inline": ["true"]}, None)),
    ("delete", (), {"job_id": JOB_ID}, ("DELETE", PATH, {}, None)),
    ("cancel", (JOB_ID,), {}, ("POST", f"{PATH}/cancel", {}, None)),
]  # fmt: skip
ANSWERS: dict[str, tuple[Any, Any]] = {
    "create": (BatchJob, job()),
    "list": (ListBatchJobsResponse, jobs(job(1), job(2, started_at=CREATED))),
    "get": (BatchJob, job(outputs=[{"custom_id": "1"}], errors=[{"message": "m"}])),
    "delete": (
        DeleteBatchJobResponse,
        {"id": JOB_ID, "object": "batch", "deleted": True},
    ),
    "cancel": (BatchJob, job(status="CANCELLATION_REQUESTED")),
}


@for_each("row", WIRE)
async def test_an_operation_on_the_wire(row: Row) -> None:
    await check_operation(AsyncBatchJobs, row, *ANSWERS[row[0]])


def test_every_operation_is_on_the_wire_here() -> None:
    others = {"aclose", "with_options", "list_all", "wait", "results"}
    operations = {name for name in dir(AsyncBatchJobs) if name[0] != "_"} - others
    assert {method for method, *_ in WIRE} == operations == ANSWERS.keys()


async def got(body: Any) -> BatchJob:
    async with client_answered_with(AsyncBatchJobs, json_answer(body)) as (client, _):
        return await client.get(JOB_ID)


async def test_a_job_is_read() -> None:
    found = await got(
        job(
            status="SUCCESS",
            started_at=CREATED + 60,
            errors=[{"message": "no", "count": 2}, {"message": "yes"}],
            mood="grey",
        )
    )
    assert (found.id, found.endpoint) == (JOB_ID, "/v1/conversations")
    assert found.created_at == datetime(2026, 8, 1, 10, 20, 30, tzinfo=UTC)
    assert found.started_at == found.created_at + timedelta(minutes=1)
    assert found.errors == (
        BatchError(message="no", count=2),
        BatchError(message="yes", count=1),
    )
    assert (found.has_ended, found.has_failed) == (True, False)
    assert found.extra == {"mood": "grey"}
    assert from_dict(BatchJob, to_dict(found)) == found


@for_each(
    "changes",
    [
        {"created_at": str(CREATED), "total_requests": "3"},
        {"created_at": float(CREATED), "failed_requests": 0.0},
        {"created_at": "2026-08-01T10:20:30Z", "completed_requests": None},
        {"status": "DREAMING", "endpoint": "/v2/dreams"},
        {"errors": None, "input_files": None, "outputs": {}, "errors_of": [1]},
        {"errors": "none", "metadata": [], "succeeded_requests": "many"},
    ],
)
async def test_drift_never_costs_a_job(changes: dict[str, Any]) -> None:
    found = await got(job(**changes))
    assert found.created_at == datetime(2026, 8, 1, 10, 20, 30, tzinfo=UTC)
    assert (found.total_requests, found.failed_requests) == (3, 0)
    assert not found.has_ended


NEEDED = ["id", "endpoint", "status", "created_at"]


async def test_a_job_needs_few_keys() -> None:
    bare = await got({key: job()[key] for key in NEEDED})
    assert (bare.input_files, bare.errors, bare.outputs) == ((), (), None)
    assert (bare.total_requests, bare.completed_requests) == (0, 0)


@for_each("body", [None, [], {}, *(without(job(), key) for key in NEEDED)])
async def test_what_is_no_job_is_a_decode_error(body: Any) -> None:
    with pytest.raises(
        DecodeError, match="the answer is not what the API describes"
    ) as caught:
        await got(body)
    assert (caught.value.body, caught.value.may_have_been_processed) == (body, True)


async def test_a_page_with_an_odd_job_is_an_error_and_not_an_empty_page() -> None:
    answer = json_answer(jobs(job(1), {"id": 5}))
    async with client_answered_with(AsyncBatchJobs, answer) as (client, _):
        with pytest.raises(DecodeError, match="the answer is not what the API describ"):
            await client.list()
        with pytest.raises(DecodeError):
            await anext(client.list_all())


async def test_list_all_follows_the_pages() -> None:
    pages = [jobs(job(1), job(2)), jobs(job(2), job(3)), jobs()]
    replies = map(json_answer, pages)
    async with client_answered_with(AsyncBatchJobs, *replies) as (client, server):
        found = client.list_all(2, status=["FAILED"], metadata={"team": "sky"})
        numbers = [int(each.id[-2:]) async for each in found]
    assert numbers == [1, 2, 3]
    asked = {"page_size": ["2"], "status": ["FAILED"], "team": ["sky"]}
    assert queries(server) == [{**asked, "page": [str(page)]} for page in range(3)]


async def test_a_job_is_created_at_most_once() -> None:
    async with client_served_by(AsyncBatchJobs, answers(lose), retries=FAST) as (
        client,
        server,
    ):
        with pytest.raises(ConnectionError) as caught:
            await client.create(requests=[{"body": {}}])
    assert len(server.requests) == 1
    assert getattr(caught.value, "may_have_been_processed", None) is True


@pytest.mark.parametrize("first", [lose, refusal(502)])
async def test_a_delete_whose_first_answer_was_lost_gives_none(first: Reply) -> None:
    handler = answers(first, refusal(404))
    async with client_served_by(AsyncBatchJobs, handler, retries=FAST) as (
        client,
        server,
    ):
        assert await client.delete(JOB_ID) is None
    assert targets(server) == [("DELETE", PATH)] * 2


WRONG: list[tuple[str, tuple[Any, ...], dict[str, Any], str]] = [
    ("create", (), {}, "pass exactly one of requests"),
    ("create", (), {"requests": [5]}, "requests[0] must be a BatchRequest or a mapp"),
    ("create", (), {"input_files": "f"}, "input_files must be a list or tuple, not st"),
    ("list", ("0",), {}, "page must be an int, not str"),
    ("list", (), {"page_size": 0}, "page_size must be 1 or more, not 0"),
    ("list", (), {"limit": 5}, "AsyncBatchJobs.list() takes no `limit`: use page_size"),
    ("list_all", (), {"status": "FAILED"}, "status must be a list or tuple, not str"),
    ("get", (None,), {}, "job_id must be a str, not NoneType"),
    ("get", ("j",), {"inline": "yes"}, "inline must be a bool, not str"),
    ("cancel", (" ",), {}, "job_id is blank"),
    ("delete", (), {"id": "j"}, "AsyncBatchJobs.delete() takes no `id`: use job_id"),
    ("wait", (5,), {}, "job must be a BatchJob, or its id as a str, not int"),
    ("wait", ("j",), {"timeout": 0}, "timeout must be more than 0 seconds"),
    ("wait", ("j",), {"poll": "1"}, "poll must be seconds or None, not str"),
    ("wait", ("j",), {"progress": 5}, "progress must be a plain function, not 5"),
]


@for_each(("method", "args", "kwargs", "message"), WRONG)
async def test_a_wrong_parameter_is_refused_before_anything_is_sent(
    method: str, args: tuple[Any, ...], kwargs: dict[str, Any], message: str
) -> None:
    answer = json_answer({})
    async with client_answered_with(AsyncBatchJobs, answer) as (client, server):
        with pytest.raises((TypeError, ValueError)) as caught:
            await getattr(client, method)(*args, **kwargs)
    assert str(caught.value).startswith(message)
    assert server.connections == 0


STATES = ["QUEUED", "RUNNING", "DREAMING", "CANCELLATION_REQUESTED"]
QUICK = 0.001


@pytest.mark.parametrize(
    "end", ["SUCCESS", "FAILED", "TIMEOUT_EXCEEDED", "CANCELLED", "success"]
)
async def test_wait_polls_until_the_job_has_ended(end: str) -> None:
    replies = [json_answer(job(status=status)) for status in [*STATES, end]]
    seen: list[str] = []
    async with client_answered_with(AsyncBatchJobs, *replies) as (client, server):
        found = await client.wait(
            JOB_ID, poll=QUICK, progress=lambda job: seen.append(job.status)
        )
    assert (found.status, seen) == (end, [*STATES, end])
    assert targets(server) == [("GET", PATH)] * 5


async def test_wait_takes_a_job_and_asks_at_once() -> None:
    replies = [json_answer(job(status=status)) for status in ("RUNNING", "SUCCESS")]
    async with client_answered_with(AsyncBatchJobs, *replies) as (client, _):
        found = await asyncio.wait_for(client.wait(from_dict(BatchJob, job())), 5)
    assert found.status == "SUCCESS"


async def test_wait_that_takes_too_long_is_a_timeout() -> None:
    answer = json_answer(job(status="RUNNING"))
    async with client_answered_with(AsyncBatchJobs, answer) as (client, server):
        with pytest.raises(APITimeoutError, match=r"did not end within 0\.5 s") as e:
            await client.wait(JOB_ID, timeout=0.5, poll=QUICK)
        assert (e.value.phase, JOB_ID in str(e.value)) == ("total", True)
        assert len(server.requests) > 1


async def test_wait_is_cancelled_at_once() -> None:
    answer = json_answer(job(status="RUNNING"))
    async with client_answered_with(AsyncBatchJobs, answer) as (client, server):
        task = asyncio.create_task(client.wait(JOB_ID, poll=3600))
        assert await becomes_true(lambda: server.requests)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 5)


async def test_wait_for_an_unknown_job_is_an_error() -> None:
    async with client_answered_with(AsyncBatchJobs, http(404)) as (client, _):
        with pytest.raises(NotFoundError):
            await client.wait(JOB_ID)


def test_the_blocking_twin_waits() -> None:
    replies = [json_answer(job(status=status)) for status in ("RUNNING", "SUCCESS")]
    seen: list[str] = []
    with (
        raw_server_on_thread(answers(*replies)) as server,
        BatchJobs("key", base_url=server.base_url) as client,
    ):
        found = client.wait(
            JOB_ID, poll=QUICK, progress=lambda job: seen.append(job.status)
        )
    assert (found.status, seen) == ("SUCCESS", ["RUNNING", "SUCCESS"])
