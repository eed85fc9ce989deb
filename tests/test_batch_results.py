"""The results of a batch job, from files and from the job itself."""

import asyncio
import gc
from collections.abc import Mapping
from typing import Any

import pytest

from mistral_conversations import (
    AsyncBatchJobs,
    BatchJob,
    BatchJobs,
    BatchRequestError,
    BatchResult,
    BatchResultsError,
    DecodeError,
    NotFoundError,
    from_dict,
)
from tests.support.batch_bodies import (
    ERROR_FILE,
    JOB_ID,
    OUTPUT_FILE,
    job,
    line,
    lines,
)
from tests.support.client_and_server import client_served_by
from tests.support.clients import FAST, becomes_true, nothing_in_use
from tests.support.downloads import contents
from tests.support.for_each import for_each
from tests.support.raw_server import (
    Connection,
    Handler,
    Request,
    http,
    json_answer,
    raw_server_on_thread,
)
from tests.support.sent_requests import targets

pytestmark = pytest.mark.anyio

JOB = ("GET", f"/v1/batch/jobs/{JOB_ID}")
INLINE = ("GET", f"/v1/batch/jobs/{JOB_ID}?inline=true")
OUTPUTS = ("GET", f"/v1/files/{OUTPUT_FILE}/content")
ERRORS = ("GET", f"/v1/files/{ERROR_FILE}/content")
FAILURE = {"custom_id": "no", "response": {"status_code": 422, "body": {"detail": "x"}}}
BOTH = {"output_file": OUTPUT_FILE, "error_file": ERROR_FILE}


def ended(**others: Any) -> dict[str, Any]:
    return job(status="SUCCESS", completed_requests=3, succeeded_requests=2, **others)


def serving(replies: Mapping[tuple[str, str], Any]) -> Handler:
    """Return a handler that answers by method and target; 404 to anything else."""

    async def handler(request: Request, connection: Connection) -> None:
        reply = replies.get((request.method, request.target), http(404))
        if callable(reply):
            await reply(connection)
        else:
            await connection.send(reply)

    return handler


async def found(
    replies: Mapping[tuple[str, str], Any], given: Any = JOB_ID, **options: Any
) -> list[BatchResult]:
    handler = serving(replies)
    async with client_served_by(AsyncBatchJobs, handler, **options) as (client, _):
        return [each async for each in client.results(given)]


async def test_results_come_from_both_files() -> None:
    replies = {
        JOB: json_answer(ended(**BOTH)),
        OUTPUTS: contents(lines(line("a"), line("b"))),
        ERRORS: contents(lines(FAILURE)),
    }
    async with client_served_by(AsyncBatchJobs, serving(replies)) as (client, server):
        results = [each async for each in client.results(JOB_ID)]
        assert targets(server) == [JOB, OUTPUTS, ERRORS]
        assert await nothing_in_use(client)
    assert [each.custom_id for each in results] == ["a", "b", "no"]
    assert [each.response.text for each in results if each.response] == [
        "Blue, mostly."
    ] * 2
    assert isinstance(results[2].error, BatchRequestError)
    assert str(results[2].error) == "HTTP 422: x"


async def test_a_job_that_has_ended_is_not_fetched_again() -> None:
    given = from_dict(BatchJob, ended(output_file=OUTPUT_FILE))
    (result,) = await found({OUTPUTS: contents(lines(line("a")))}, given)
    assert result.custom_id == "a"


async def test_a_job_that_had_not_ended_is_fetched_again() -> None:
    replies = {
        JOB: json_answer(ended(output_file=OUTPUT_FILE)),
        OUTPUTS: contents(lines(line("a"))),
    }
    (result,) = await found(replies, from_dict(BatchJob, job()))
    assert result.custom_id == "a"


async def test_results_without_files_come_from_the_job() -> None:
    outputs = [line("a"), FAILURE, "odd"]
    replies = {
        JOB: json_answer(ended()),
        INLINE: json_answer(ended(outputs=outputs)),
    }
    results = await found(replies)
    assert [each.custom_id for each in results] == ["a", "no", None]
    assert [type(each.error) for each in results] == [
        type(None),
        BatchRequestError,
        DecodeError,
    ]
    given = from_dict(BatchJob, ended(outputs=outputs))
    assert [each.raw for each in await found({}, given)] == outputs


async def test_other_tasks_have_their_turn_between_many_outputs() -> None:
    outputs = [{"custom_id": str(number), "error": "x"} for number in range(1_000)]
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    given = from_dict(BatchJob, ended(outputs=outputs))
    async with client_served_by(AsyncBatchJobs, serving({})) as (client, _):
        task = asyncio.create_task(other())
        results = [each async for each in client.results(given)]
        assert turns >= 10
        task.cancel()
    assert [each.custom_id for each in results] == [*map(str, range(1_000))]


async def test_a_failure_comes_once_where_outputs_and_files_overlap() -> None:
    replies = {
        JOB: json_answer(ended(error_file=ERROR_FILE)),
        INLINE: json_answer(ended(outputs=[line("a"), FAILURE])),
        ERRORS: contents(lines(FAILURE, {**FAILURE, "custom_id": "other"})),
    }
    results = await found(replies)
    assert [each.custom_id for each in results] == ["a", "no", "other"]


async def test_failures_of_one_file_come_all_even_with_one_custom_id() -> None:
    replies = {
        JOB: json_answer(ended(**BOTH)),
        OUTPUTS: contents(lines(FAILURE, FAILURE)),
        ERRORS: contents(lines(FAILURE, {**FAILURE, "custom_id": "other"})),
    }
    results = await found(replies)
    assert [each.custom_id for each in results] == ["no", "no", "other"]


async def test_a_bad_line_costs_only_itself() -> None:
    data = b"\r\n".join(
        [lines(line("a")).strip(), b"", b'{"custom_id": ', b"  ", b"x" * 5_000]
    )
    replies = {
        JOB: json_answer(ended(output_file=OUTPUT_FILE)),
        OUTPUTS: contents(data + b"\n" + lines(line("b")).strip()),
    }
    results = await found(replies, max_event_bytes=4_000)
    assert [(each.custom_id, str(each.error)[:20]) for each in results] == [
        ("a", "None"),
        (None, "line 3 is not JSON: "),
        (None, "line 5 is too long"),
        ("b", "None"),
    ]


async def test_a_download_that_broke_is_repeated_without_duplicates() -> None:
    data = lines(*(line(str(number)) for number in range(50)))
    whole = contents(data)
    pieces = [whole[: len(whole) // 2], whole]

    async def reply(connection: Connection) -> None:
        piece = pieces.pop(0)
        await connection.send(piece)
        if piece is not whole:
            connection.close()

    given = from_dict(BatchJob, ended(output_file=OUTPUT_FILE))
    results = await found({OUTPUTS: reply}, given, retries=FAST)
    assert [each.custom_id for each in results] == [*map(str, range(50))]
    assert pieces == []


async def test_results_of_many_lines_are_never_in_memory_at_once() -> None:
    count = 4_000
    data = lines(*(line(str(number)) for number in range(count)))
    assert len(data) > 1024 * 1024
    given = from_dict(BatchJob, ended(output_file=OUTPUT_FILE))
    handler = serving({OUTPUTS: contents(data)})
    async with client_served_by(AsyncBatchJobs, handler) as (client, _):
        results: Any = client.results(given)
        most = number = 0
        async for result in results:
            assert result.custom_id == str(number)
            number += 1
            most = max(most, len(results._items))
    assert number == count
    assert most < 64 * 1024 / (len(data) / count) + 2


STILL: list[tuple[dict[str, Any], str]] = [
    (job(status="RUNNING", completed_requests=1), "is RUNNING, 1 of 3 requests are "),
    (job(status="DREAMING"), "is DREAMING, 0 of 3 requests are done: wait(job) befo"),
    (job(status="FAILED", errors=[{"message": "no model"}]),
        "is FAILED and has no results: no model"),
    (job(status="TIMEOUT_EXCEEDED"), "is TIMEOUT_EXCEEDED and has no results"),
    (ended(), "is SUCCESS and has no results"),
]  # fmt: skip


@for_each(("body", "message"), STILL)
async def test_a_job_without_results_is_an_error(body: Any, message: str) -> None:
    replies = {JOB: json_answer(body), INLINE: json_answer(body)}
    with pytest.raises(BatchResultsError) as caught:
        await found(replies)
    assert str(caught.value).startswith(f"batch job {JOB_ID} {message}")
    assert (caught.value.job_id, caught.value.status) == (JOB_ID, body["status"])


async def test_a_job_that_was_cancelled_before_it_began_has_no_results() -> None:
    body = json_answer(job(status="CANCELLED"))
    assert await found({JOB: body, INLINE: body}) == []


async def test_a_file_that_is_gone_is_an_error() -> None:
    with pytest.raises(NotFoundError):
        await found({JOB: json_answer(ended(**BOTH))})


async def test_a_wrong_job_is_refused_at_once() -> None:
    async with client_served_by(AsyncBatchJobs, serving({})) as (client, server):
        with pytest.raises(TypeError, match="job must be a BatchJob, or its id as a s"):
            client.results(None)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="job is blank: pass a BatchJob"):
            client.results(" ")
    assert server.connections == 0


async def test_a_cancelled_step_loses_no_result() -> None:
    data = lines(*(line(str(number)) for number in range(300)))
    arrived = asyncio.Event()

    async def slowly(connection: Connection) -> None:
        await arrived.wait()
        await connection.send(contents(data))

    given = from_dict(BatchJob, ended(output_file=OUTPUT_FILE))
    handler = serving({OUTPUTS: slowly})
    async with client_served_by(AsyncBatchJobs, handler) as (client, server):
        results = client.results(given)
        step = asyncio.ensure_future(anext(results))
        assert await becomes_true(lambda: server.requests)
        step.cancel()
        with pytest.raises(asyncio.CancelledError):
            await step
        arrived.set()
        seen: list[str | None] = []
        while True:
            step = asyncio.ensure_future(anext(results))
            await asyncio.sleep(0)
            if len(seen) % 7 == 0:
                step.cancel()
            try:
                seen.append((await step).custom_id)
            except asyncio.CancelledError:
                seen.append((await anext(results)).custom_id)
            except StopAsyncIteration:
                break
    assert seen == [*map(str, range(300))]


async def test_an_iterator_that_is_dropped_closes_its_file() -> None:
    data = lines(*(line(str(number)) for number in range(4_000)))
    given = from_dict(BatchJob, ended(output_file=OUTPUT_FILE))
    handler = serving({OUTPUTS: contents(data)})
    async with client_served_by(AsyncBatchJobs, handler) as (client, _):
        results: Any = client.results(given)
        await anext(results)
        file = results._next_portion.__self__._file.target
        assert file._rolled
        del results
        gc.collect()
        assert await becomes_true(lambda: file.closed)


def test_the_blocking_twin_iterates() -> None:
    replies = {
        JOB: json_answer(ended(**BOTH)),
        OUTPUTS: contents(lines(line("a"), line("b"))),
        ERRORS: contents(lines(FAILURE)),
    }
    with (
        raw_server_on_thread(serving(replies)) as server,
        BatchJobs("key", base_url=server.base_url) as client,
    ):
        results = client.results(JOB_ID)
        assert next(results).custom_id == "a"
        assert [each.custom_id for each in results] == ["b", "no"]
