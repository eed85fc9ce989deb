"""Batches that batch jobs answer."""

import asyncio
import json
import pickle
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from mistral_conversations import (
    AsyncBatchJobs,
    AsyncConversations,
    AuthenticationError,
    BatchInput,
    BatchJobsHandle,
    BatchRequestError,
    BatchResultsError,
    BatchRow,
    BatchUncertainError,
    ConfigurationError,
    Conversations,
    HTTPValidationError,
    NotFoundError,
    OutputValidationError,
    RunLimits,
    ServerError,
)
from mistral_conversations.batch.inputs import OF_START, Rows
from mistral_conversations.batch.jobs.keeping import NoJobsKept
from mistral_conversations.batch.jobs.rows import JobRows
from mistral_conversations.batch.jobs.service import JobService
from mistral_conversations.batch.jobs.submission import Submission
from mistral_conversations.batch.tally import Tally
from mistral_conversations.server import LocalServer, Trouble, fail, say
from tests.support.clients import FAST, becomes_true

pytestmark = pytest.mark.anyio

VIA: dict[str, Any] = {"via": "batch_jobs"}
JOBS: dict[str, Any] = {"model": "small", **VIA}


@asynccontextmanager
async def serving(
    *turns: Any, retries: Any = None, **settings: Any
) -> AsyncIterator[tuple[LocalServer, AsyncConversations]]:
    async with (
        LocalServer(list(turns) or None, **settings) as server,
        AsyncConversations("key", base_url=server.base_url, retries=retries) as client,
    ):
        yield server, client


async def rows_of(
    client: AsyncConversations, *args: Any, **more: Any
) -> list[BatchRow]:
    async with client.batch(*args, **{**VIA, **more}) as batch:
        return [row async for row in batch]


def texts(rows: list[BatchRow]) -> dict[str, str]:
    return {row.custom_id: row.text if row.ok else repr(row.error) for row in rows}


def models(server: LocalServer) -> list[tuple[Any, int]]:
    return [
        (job.json["model"], job.json["total_requests"]) for job in server.batch_jobs
    ]


async def test_rows_with_the_same_model_share_a_job() -> None:
    requests: list[Any] = [
        BatchInput("sky", "Sky?"),
        BatchInput("sea", "Sea?", model="large"),
        {"custom_id": "sun", "inputs": "Sun?", "instructions": "Shout."},
        BatchInput("bad", None),
        "Moon?",
    ]
    async with serving() as (server, client):
        async with client.batch(requests, **JOBS) as batch:
            rows = [row async for row in batch]
        assert sorted(models(server)) == [("large", 1), ("small", 3)]
    assert texts(rows) == {
        "bad": "TypeError('inputs must be text or entries, not None')",
        "sky": "Sky?",
        "sea": "Sea?",
        "sun": "Sun?",
        "4": "Moon?",
    }
    assert {row.custom_id: row.index for row in rows}["4"] == 4
    progress = batch.progress
    assert (progress.done, progress.failed, progress.total) == (5, 1, 5)
    assert (progress.under_way, progress.usage.total_tokens > 0) == (0, True)


async def test_a_full_job_is_created_while_the_requests_are_read() -> None:
    async with serving() as (server, client):
        jobs_when_read: list[int] = []

        def requests() -> Iterator[str]:
            for number in range(7):
                jobs_when_read.append(len(server.batch_jobs))
                yield f"{number}?"

        rows, submission = _rows_of(client, requests(), most_rows=3)
        handle = await rows.submit()
        assert [total for _, total in models(server)] == [3, 3, 1]
        assert len(handle.jobs) == 3
        found = [row async for row in _each(rows)]
    assert jobs_when_read == [0, 0, 0, 1, 1, 1, 2]
    assert sorted(row.index for row in found) == [*range(7)]
    assert submission is not None


async def test_another_process_takes_a_handle_up() -> None:
    async with serving() as (server, client):
        requests = [BatchInput("sky", "Sky?"), BatchInput("sea", "Sea?", model="large")]
        async with client.batch(requests, **JOBS) as batch:
            handle = await batch.submit()
            assert await batch.submit() is handle
        again = BatchJobsHandle.from_json(handle.to_json())
        assert again == handle == pickle.loads(pickle.dumps(handle))
        async with AsyncConversations("key", base_url=server.base_url) as other:
            rows = await rows_of(other, again)
        assert texts(rows) == {"sky": "Sky?", "sea": "Sea?"}
        assert sorted(row.index for row in rows) == [0, 1]
        assert len(server.batch_jobs) == 2


async def test_submit_does_not_wait_for_a_reader() -> None:
    async with serving() as (_, client):
        batch = client.batch(range(200), **JOBS)  # type: ignore[arg-type]
        assert (await batch.submit()).jobs == ()
        assert sum([1 async for row in batch if not row.ok]) == 200


def test_a_handle_is_checked() -> None:
    for text, problem in (
        ("[]", 'no "jobs"'),
        ("{", "not JSON|truncated|end|EOF|Expecting"),
        ('{"jobs": ["x", " "]}', r"jobs\[1\] is blank"),
    ):
        with pytest.raises(ValueError, match=problem):
            BatchJobsHandle.from_json(text)
    for jobs in ("019f", [3], {"019f"}):
        with pytest.raises(TypeError, match="jobs"):
            BatchJobsHandle(jobs)  # type: ignore[arg-type]


def some_function() -> str:
    """Return nothing of interest."""
    return ""


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"run": True}, "run=True calls functions"),
    ({"tools": [some_function], "output_type": int}, "tools has functions"),
    ({"output_type": int, "limits": RunLimits()}, "limits has no effect"),
    ({"requests_per_minute": 5}, "requests_per_minute has no effect"),
    ({"recover": True}, "recover has no effect"),
    ({"via": "pigeons"}, 'None or "batch_jobs"'),
]


@pytest.mark.parametrize(("parameters", "problem"), REFUSED)
async def test_what_no_job_can_do_is_refused(
    parameters: dict[str, Any], problem: str
) -> None:
    async with AsyncConversations("key") as client:
        with pytest.raises(ValueError, match=problem):
            client.batch(["Sky?"], **{**JOBS, **parameters})


async def test_a_handle_takes_no_parameters_of_requests() -> None:
    handle = BatchJobsHandle(["019f"])
    async with AsyncConversations("key") as client:
        refused: list[Any] = [{"model": "small"}, {"results": "x.jsonl"}]
        for parameters in refused:
            with pytest.raises(ValueError, match="beside a handle"):
                client.batch(handle, **VIA, **parameters)
        with pytest.raises(TypeError, match='pass via="batch_jobs"'):
            client.batch(handle)
        with pytest.raises(ConfigurationError, match='via="batch_jobs"'):
            await client.batch(["Sky?"], model="small").submit()


async def test_a_row_with_a_function_fails_alone() -> None:
    requests: list[Any] = [{"inputs": "1?", "tools": [some_function]}, "2?"]
    async with serving(say("2")) as (_, client):
        rows = await rows_of(client, requests, model="small", output_type=int)
    assert "tools has functions" in str(rows[0].error)
    assert rows[1].output == 2


async def test_answers_are_read_as_objects() -> None:
    async with serving(say('{"value": 3}'), say("three")) as (server, client):
        rows = await rows_of(client, ["3?", "?"], model="small", output_type=int)
        sent = json.loads(server.files[0].content.splitlines()[0])
    first, second = rows
    assert sent["body"]["completion_args"]["response_format"]["type"] == "json_schema"
    assert (first.output, first.text, first.attempts) == (3, '{"value": 3}', 1)
    assert first.result is not None
    assert (first.result.turns, first.result.usage) == (1, first.usage)
    assert isinstance(second.error, OutputValidationError)
    assert second.response is None


async def test_a_request_that_fails_has_its_error() -> None:
    async with serving(say("Blue"), fail("Fog", status=503)) as (_, client):
        rows = await rows_of(client, ["Sky?", "Sea?"], model="small")
    assert texts(rows)["0"] == "Blue"
    error = rows[1].error
    assert isinstance(error, BatchRequestError)
    assert error.status == 503
    assert not rows[1].uncertain


async def test_on_error_raise_ends_the_batch() -> None:
    async with serving(fail("Fog", status=503)) as (_, client):
        with pytest.raises(BatchRequestError, match="Fog"):
            await rows_of(client, ["Sky?"], model="small", on_error="raise")


async def test_rows_without_a_result_have_an_error() -> None:
    async with serving(latency=0.05) as (server, client):
        async with client.batch(map(str, range(50)), **JOBS) as batch:
            handle = await batch.submit()
            (job_id,) = handle.jobs
            await becomes_true(lambda: server.batch_jobs[0].results)
            await AsyncBatchJobs("key", base_url=server.base_url).cancel(job_id)
            rows = [row async for row in batch]
        taken_up = await rows_of(client, handle)
    assert sorted(row.index for row in rows) == [*range(50)]
    assert any(row.ok for row in rows)
    error = rows[-1].error
    assert isinstance(error, BatchResultsError)
    assert (error.status, error.job_id) == ("CANCELLED", job_id)
    assert texts(taken_up) == texts(rows)


async def test_a_job_without_any_result_fails_its_rows() -> None:
    async with (
        serving(latency=9) as (server, client),
        client.batch(["Sky?", "Sea?"], **JOBS) as batch,
    ):
        (job_id,) = (await batch.submit()).jobs
        await AsyncBatchJobs("key", base_url=server.base_url).cancel(job_id)
        rows = [row async for row in batch]
    assert [type(row.error) for row in rows] == [BatchResultsError] * 2


def on(method: str, end: str) -> Callable[[Any], bool]:
    return lambda request: request.method == method and request.path.endswith(end)


async def test_a_job_whose_creation_has_no_answer_is_found() -> None:
    async with serving() as (server, client):
        server.inflict(Trouble(cut="close"), when=on("POST", "/batch/jobs"))
        rows = await rows_of(client, ["Sky?"], model="small")
        assert texts(rows) == {"0": "Sky?"}
        assert len(server.batch_jobs) == 1


async def test_a_file_is_uploaded_again_if_its_answer_is_lost() -> None:
    async with serving(retries=FAST) as (server, client):
        server.inflict(Trouble(cut="close"), when=on("POST", "/files"))
        rows = await rows_of(client, ["Sky?"], model="small")
        assert texts(rows) == {"0": "Sky?"}
        assert len(server.batch_jobs) == 1


async def test_rows_of_a_job_that_cannot_be_created_fail() -> None:
    requests = ["Sky?", BatchInput("sea", "Sea?", model="large")]
    async with serving() as (server, client):
        server.inflict(
            Trouble(status=422),
            when=lambda request: b'"model":"large"' in request.body,
        )
        rows = await rows_of(client, requests, model="small")
    found = {row.custom_id: row.error for row in rows}
    assert found["0"] is None
    assert isinstance(found["sea"], HTTPValidationError)


async def test_rows_of_a_file_that_cannot_be_uploaded_are_not_uncertain() -> None:
    async with serving(retries=0) as (server, client):
        server.inflict(Trouble(cut="close"), when=on("POST", "/files"))
        rows = await rows_of(client, ["Sky?"], model="small")
        assert not server.batch_jobs
    assert not rows[0].ok
    assert not rows[0].uncertain


async def test_a_wrong_key_ends_the_batch() -> None:
    async with (
        LocalServer(api_key="right") as server,
        AsyncConversations("wrong", base_url=server.base_url) as client,
    ):
        with pytest.raises(AuthenticationError):
            await rows_of(client, ["Sky?"], model="small")
        with pytest.raises(AuthenticationError):
            await client.batch(["Sky?"], **JOBS).submit()


async def test_a_deleted_job_ends_the_batch() -> None:
    async with serving() as (_, client):
        handle = BatchJobsHandle(["3fa85f64-5717-4562-b3fc-2c963f66afa6"])
        with pytest.raises(NotFoundError):
            await rows_of(client, handle)


async def test_a_closed_batch_has_no_handle() -> None:
    async with AsyncConversations("key") as client:
        batch = client.batch(["Sky?"], **JOBS)
        await batch.aclose()
        with pytest.raises(ConfigurationError, match="closed before its jobs"):
            await batch.submit()


async def test_a_blocking_batch_is_submitted() -> None:
    def blocking(url: str) -> list[str]:
        with Conversations("key", base_url=url) as client:
            with client.batch((each for each in ("Sky?", "Sea?")), **JOBS) as batch:
                handle = batch.submit()
            with client.batch(handle, **VIA) as batch:
                return [row.text for row in batch]

    async with serving() as (server, _):
        found = await asyncio.to_thread(blocking, server.base_url)
    assert found == ["Sky?", "Sea?"]


async def test_a_second_batch_takes_the_jobs_of_the_first_up(tmp_path: Path) -> None:
    kept = {**JOBS, "results": tmp_path / "answers.jsonl"}
    requests = [BatchInput("sky", "Sky?"), BatchInput("sea", "Sea?")]
    async with serving() as (server, client):
        async with client.batch(requests, **kept) as batch:
            await batch.submit()
        more = ["Sun?", *reversed(requests), BatchInput("sky2", "Sky?")]
        rows = await rows_of(client, more, **kept)
        assert {row.custom_id: (row.index, row.text, row.resumed) for row in rows} == {
            "0": (0, "Sun?", False),
            "sea": (1, "Sea?", False),
            "sky": (2, "Sky?", False),
            "sky2": (3, "Sky?", False),
        }
        assert [total for _, total in models(server)] == [2, 2]
        rows = await rows_of(client, more, **kept)
        assert all(row.resumed and row.ok for row in rows)
        assert len(server.batch_jobs) == 2
        plain = await rows_of(client, more, **{**kept, "via": None})
        assert texts(plain) == texts(rows)
    assert len(server.conversations) == 4


async def test_rows_that_were_sent_in_no_job_are_uncertain(tmp_path: Path) -> None:
    kept = {**JOBS, "results": tmp_path / "answers.jsonl"}
    async with serving(retries=0) as (server, client):
        create = on("POST", "/batch/jobs")
        server.inflict(Trouble(status=503, cut="close"), when=create)
        server.inflict(Trouble(status=500), when=on("GET", "/batch/jobs"))
        async with client.batch(["Sky?"], **kept) as batch:
            (row,) = [row async for row in batch]
        assert row.uncertain
        assert not server.batch_jobs
        again = await rows_of(client, ["Sky?"], **kept)
        assert (again[0].uncertain, again[0].resumed) == (True, True)
        asked = await rows_of(client, ["Sky?"], retry_failed=True, resend=True, **kept)
        assert texts(asked) == {"0": "Sky?"}


async def test_sent_rows_whose_file_has_no_job_are_uncertain(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    kept = {**JOBS, "results": path}
    async with serving() as (server, client):
        async with client.batch(["Sky?"], **kept) as batch:
            (job_id,) = (await batch.submit()).jobs
        await AsyncBatchJobs("key", base_url=server.base_url).delete(job_id)
        (row,) = await rows_of(client, ["Sky?"], **kept)
        assert isinstance(row.error, BatchUncertainError)
        assert "resend=True" in str(row.error)
        (row,) = await rows_of(client, ["Sky?"], resend=True, **kept)
        assert row.text == "Sky?"


@pytest.mark.parametrize("failures", [3, 20])
async def test_failures_to_follow_a_job_are_outlasted(failures: int) -> None:
    async with serving(retries=0) as (server, client):
        rows, _ = _rows_of(client, ["Sky?"], most_rows=10)
        server.inflict(
            Trouble(status=503),
            times=failures,
            when=lambda request: request.method == "GET" and "/jobs/" in request.path,
        )
        if failures < 20:
            assert [row.text async for row in _each(rows)] == ["Sky?"]
            return
        with pytest.raises(ServerError):
            await rows.take(1)
        assert len(server.batch_jobs) == 1


def _rows_of(
    client: AsyncConversations, requests: Any, *, most_rows: int
) -> tuple[JobRows, Submission]:
    """Return rows whose jobs have few of them."""
    needs = client._batch_client()
    call = {"timeout": None, "retries": None, "headers": None}
    service = JobService(needs.view, needs.retries, call, pause=0.0)
    defaults: dict[str, Any] = dict.fromkeys(OF_START)
    defaults["model"] = "small"
    rows = Rows(requests, "start", defaults)
    submission = Submission(rows, service, NoJobsKept(), most_rows=most_rows)
    made = JobRows(
        submission,
        service,
        NoJobsKept(),
        Tally(None),
        output=None,
        on_error="return",
        progress=None,
    )
    return made, submission


async def _each(rows: JobRows) -> AsyncIterator[BatchRow]:
    while taken := await rows.take(10):
        for row in taken:
            yield row
