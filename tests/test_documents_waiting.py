"""Waiting until a document is processed, for every status of the service."""

import asyncio
import pickle
from functools import partial
from typing import Any

import anyio
import pytest

from mistral_conversations import (
    APIConnectionError,
    APITimeoutError,
    DocumentProcessingError,
    NotFoundError,
    ServerError,
)
from mistral_conversations.models.documents import ProcessingStatusOut
from tests.support.clients import (
    FAST,
    becomes_true,
    in_use,
    nothing_in_use,
    refusal,
    stay_mute,
    within,
)
from tests.support.for_each import for_each
from tests.support.raw_server import json_answer
from tests.support.upload_servers import (
    DOCUMENT_ID,
    LIBRARY_ID,
    document_answer,
    libraries_and_server,
)

pytestmark = pytest.mark.anyio

PATH = f"/v1/libraries/{LIBRARY_ID}/documents/{DOCUMENT_ID}"
IDS = (LIBRARY_ID, DOCUMENT_ID)
QUICK = 0.001


def status(**words: str | None) -> bytes:
    return json_answer({"document_id": DOCUMENT_ID, **words})


RUNNING = status(process_status="in_progress", processing_status="Running")
COMPLETED = status(process_status="done", processing_status="Completed")

ENDS: dict[str, dict[str, str | None]] = {
    "both": {"process_status": "done", "processing_status": "Completed"},
    "done": {"process_status": "done"},
    "noop": {"process_status": "noop"},
    "self-managed": {"process_status": "self_managed"},
    "Completed": {"processing_status": "Completed"},
    "Completed, and null": {"process_status": None, "processing_status": "Completed"},
    "done, and another word": {"process_status": "done", "processing_status": "Fin"},
}

WAITS: dict[str, dict[str, str | None]] = {
    "both": {"process_status": "in_progress", "processing_status": "Running"},
    "Running": {"processing_status": "Running"},
    "todo": {"process_status": "todo"},
    "no room": {"process_status": "waiting_for_capacity"},
    "unknown": {"process_status": "dreaming", "processing_status": "Dreaming"},
    "nulls": {"process_status": None, "processing_status": None},
    "nothing": {},
}

FAILS: dict[str, tuple[dict[str, str | None], str]] = {
    "error": ({"process_status": "error"}, "error"),
    "missing content": ({"process_status": "missing_content"}, "missing_content"),
    "Error": ({"processing_status": "Error"}, "Error"),
    "both": ({"process_status": "error", "processing_status": "Error"}, "error"),
}


@pytest.mark.parametrize("end", ENDS)
async def test_wait_ends_with(end: str) -> None:
    replies = (RUNNING, RUNNING, status(**ENDS[end]), document_answer(200))
    async with libraries_and_server(*replies) as (libraries, server):
        made = await libraries.documents.wait_until_processed(*IDS, poll=QUICK)
    asked = [(each.method, each.target) for each in server.requests]
    assert asked == [("GET", f"{PATH}/status")] * 3 + [("GET", PATH)]
    assert made.id == DOCUMENT_ID


@for_each("word", WAITS)
async def test_wait_continues_with(word: str) -> None:
    replies = (status(**WAITS[word]), COMPLETED, document_answer(200))
    async with libraries_and_server(*replies) as (libraries, server):
        await libraries.documents.wait_until_processed(*IDS, poll=QUICK)
    assert len(server.requests) == 3


@for_each("word", FAILS)
async def test_wait_fails_with(word: str) -> None:
    words, reported = FAILS[word]
    async with libraries_and_server(RUNNING, status(**words)) as (libraries, server):
        with pytest.raises(DocumentProcessingError) as caught:
            await libraries.documents.wait_until_processed(*IDS, poll=QUICK)
    assert len(server.requests) == 2
    for error in (caught.value, pickle.loads(pickle.dumps(caught.value))):
        assert error.document_id == DOCUMENT_ID
        assert error.process_status == reported
        assert DOCUMENT_ID in str(error)
        assert reported in str(error)


async def test_document_that_is_processed_is_not_waited_for() -> None:
    async with libraries_and_server(COMPLETED, document_answer(200)) as (libraries, _):
        async with asyncio.timeout(5):
            await libraries.documents.wait_until_processed(*IDS, poll=60)


async def test_progress_is_called_with_each_status() -> None:
    seen: list[ProcessingStatusOut] = []
    replies = (RUNNING, status(process_status="dreaming"), COMPLETED)
    async with libraries_and_server(*replies, document_answer(200)) as (libraries, _):
        await libraries.documents.wait_until_processed(
            *IDS, poll=QUICK, progress=seen.append
        )
    words = [each.process_status for each in seen]
    assert words == ["in_progress", "dreaming", "done"]


async def test_progress_is_called_for_a_failure_too() -> None:
    seen: list[ProcessingStatusOut] = []
    async with libraries_and_server(status(process_status="error")) as (libraries, _):
        with pytest.raises(DocumentProcessingError):
            await libraries.documents.wait_until_processed(*IDS, progress=seen.append)
    assert len(seen) == 1


@pytest.mark.parametrize("error", [ZeroDivisionError(), TimeoutError("mine")])
async def test_error_of_progress_ends_the_wait(error: Exception) -> None:
    def fail(_: ProcessingStatusOut) -> None:
        raise error

    async with libraries_and_server(RUNNING) as (libraries, server):
        with pytest.raises(type(error)) as caught:
            await libraries.documents.wait_until_processed(
                *IDS, poll=QUICK, progress=fail
            )
    assert caught.value is error
    assert len(server.requests) == 1


async def test_poll_is_the_time_between_two_questions() -> None:
    loop = asyncio.get_running_loop()
    times: list[float] = []
    replies = (RUNNING, RUNNING, COMPLETED, document_answer(200))
    async with libraries_and_server(*replies) as (libraries, _):
        await libraries.documents.wait_until_processed(
            *IDS, poll=0.05, progress=lambda _: times.append(loop.time())
        )
    assert times[1] - times[0] >= 0.045
    assert times[2] - times[1] >= 0.045


@pytest.mark.parametrize("poll", [QUICK, 60])
@pytest.mark.parametrize("kind", ["running", "mute", "mute at the end"])
async def test_wait_has_a_limit(kind: str, poll: float) -> None:
    replies: dict[str, tuple[Any, ...]] = {
        "running": (RUNNING,),
        "mute": (stay_mute,),
        "mute at the end": (COMPLETED, stay_mute),
    }
    async with libraries_and_server(*replies[kind]) as (libraries, _):
        async with within(0.15):
            with pytest.raises(APITimeoutError) as caught:
                await libraries.documents.wait_until_processed(
                    *IDS, timeout=0.15, poll=poll
                )
        assert await nothing_in_use(libraries)
    assert caught.value.phase == "total"
    assert DOCUMENT_ID in str(caught.value)


async def test_limit_of_each_request_is_that_of_the_client() -> None:
    async with (
        libraries_and_server(RUNNING, stay_mute, timeout=0.1) as (libraries, _),
        within(0.1),
    ):
        with pytest.raises(APITimeoutError) as caught:
            await libraries.documents.wait_until_processed(*IDS, poll=QUICK)
    assert caught.value.phase == "total"


async def test_questions_are_repeated_after_a_failure() -> None:
    replies = (RUNNING, refusal(500), refusal(503), COMPLETED, document_answer(200))
    async with libraries_and_server(*replies) as (libraries, server):
        await libraries.documents.wait_until_processed(*IDS, poll=QUICK, retries=FAST)
    assert len(server.requests) == 5


async def test_failure_that_lasts_ends_the_wait() -> None:
    async with libraries_and_server(RUNNING, refusal(500), retries=FAST) as (
        libraries,
        server,
    ):
        with pytest.raises(ServerError) as caught:
            await libraries.documents.wait_until_processed(*IDS, poll=QUICK)
    assert caught.value.attempts == 3
    assert len(server.requests) == 4


async def test_document_that_is_deleted_meanwhile_is_not_found() -> None:
    async with libraries_and_server(RUNNING, refusal(404)) as (libraries, _):
        with pytest.raises(NotFoundError):
            await libraries.documents.wait_until_processed(*IDS, poll=QUICK)


@pytest.mark.parametrize("reply", [RUNNING, stay_mute])
async def test_cancelled_wait_ends(reply: Any) -> None:
    async with libraries_and_server(reply, limit=1) as (libraries, _):
        with anyio.move_on_after(0.03) as scope:
            await libraries.documents.wait_until_processed(*IDS, poll=60)
        assert scope.cancelled_caught
        assert await nothing_in_use(libraries)


async def test_wait_ends_when_its_client_is_closed() -> None:
    async with libraries_and_server(stay_mute) as (libraries, server):
        waiting = asyncio.ensure_future(libraries.documents.wait_until_processed(*IDS))
        assert await becomes_true(lambda: server.requests)
        assert in_use(libraries) == 1
        await libraries.aclose()
        with pytest.raises(APIConnectionError):
            await asyncio.wait_for(waiting, 5)


async def async_progress(word: str, _: ProcessingStatusOut) -> None:
    del word


REFUSED: dict[str, dict[str, Any]] = {
    "no library": {"library_id": ""},
    "no document": {"document_id": ""},
    "timeout of 0": {"timeout": 0},
    "timeout below 0": {"timeout": -1},
    "no timeout": {"timeout": None},
    "endless timeout": {"timeout": float("inf")},
    "timeout in words": {"timeout": "3"},
    "poll of 0": {"poll": 0},
    "no poll": {"poll": None},
    "poll of NaN": {"poll": float("nan")},
    "bool for a poll": {"poll": True},
    "progress that is no function": {"progress": 3},
    "async progress": {"progress": partial(async_progress, "x")},
    "retries in words": {"retries": "3"},
}


@for_each("case", REFUSED)
async def test_nothing_is_sent_with(case: str) -> None:
    ids = {"library_id": LIBRARY_ID, "document_id": DOCUMENT_ID}
    async with libraries_and_server(COMPLETED) as (libraries, server):
        with pytest.raises((TypeError, ValueError)):
            await libraries.documents.wait_until_processed(**{**ids, **REFUSED[case]})
        assert server.connections == 0
