"""G8: a busy conversation raises an error of its own, or is waited for."""

import asyncio
import math
import time
from typing import Any

import pytest

from mistral_conversations import (
    ConflictError,
    ConversationBusyError,
    SDKError,
)
from tests.support.bodies import CONVERSATION_ID
from tests.support.clients import (
    ENTRY_ID,
    FAST,
    POSTS,
    answers,
    becomes_true,
    busy_answer,
    client_of,
    in_use,
    refusal,
    whole_answer,
    whole_stream,
)
from tests.support.for_each import for_each
from tests.support.raw_server import raw_server

pytestmark = pytest.mark.anyio

WAITING = ["append", "append_stream", "restart", "restart_stream"]

SOON = 2.0


def call(client: Any, operation: str, **options: Any) -> Any:
    ids = [CONVERSATION_ID] + ([ENTRY_ID] if operation.startswith("restart") else [])
    made = getattr(client, operation)(*ids, "Sky?", **options)
    return made.response() if operation.endswith("stream") else made


def good(operation: str) -> bytes:
    return whole_stream() if operation.endswith("stream") else whole_answer()


@for_each("operation", POSTS)
async def test_busy_conversation_raises_after_one_request(operation: str) -> None:
    async with (
        raw_server(answers(busy_answer())) as server,
        client_of(server, retries=FAST) as client,
    ):
        with pytest.raises(ConversationBusyError, match="being updated") as caught:
            await POSTS[operation](client)
        assert len(server.requests) == 1
    assert caught.value.status == 409
    assert caught.value.attempts == 1
    assert not caught.value.may_have_been_processed


@pytest.mark.parametrize("operation", WAITING)
async def test_busy_conversation_is_waited_for(operation: str) -> None:
    reply = good(operation)
    async with (
        raw_server(answers(busy_answer(), busy_answer(), reply)) as server,
        client_of(server, retries=0) as client,
    ):
        answer = await call(client, operation, wait_if_busy=10)
        assert len(server.requests) == 3
        bodies = {request.body for request in server.requests}
    assert answer.text.startswith("Blue")
    assert answer.meta.attempts == 3
    assert len(bodies) == 1


@pytest.mark.parametrize("operation", ["append", "append_stream"])
async def test_conversation_that_stays_busy_raises_in_time(operation: str) -> None:
    async with (
        raw_server(answers(busy_answer())) as server,
        client_of(server) as client,
    ):
        begin = time.monotonic()
        with pytest.raises(ConversationBusyError) as caught:
            await call(client, operation, wait_if_busy=0.4)
        assert 0.4 <= time.monotonic() - begin < 0.4 + 5
        assert 2 <= len(server.requests) < 6
        assert caught.value.attempts == len(server.requests)


async def test_no_wait_is_one_request() -> None:
    async with (
        raw_server(answers(busy_answer())) as server,
        client_of(server, retries=FAST) as client,
    ):
        with pytest.raises(ConversationBusyError):
            await client.append(CONVERSATION_ID, "Sky?", wait_if_busy=0)
        assert len(server.requests) == 1


@pytest.mark.parametrize("operation", ["append", "append_stream"])
async def test_wait_can_be_cancelled(operation: str) -> None:
    async with (
        raw_server(answers(busy_answer())) as server,
        client_of(server) as client,
    ):
        waiting = asyncio.ensure_future(call(client, operation, wait_if_busy=600))
        assert await becomes_true(lambda: server.requests)
        await asyncio.sleep(0.02)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(asyncio.shield(waiting), SOON)
        sent = len(server.requests)
        assert in_use(client) == 0
        await asyncio.sleep(0.6)
        assert len(server.requests) == sent


async def test_waiting_stream_can_be_closed() -> None:
    async with (
        raw_server(answers(busy_answer())) as server,
        client_of(server) as client,
    ):
        stream = client.append_stream(CONVERSATION_ID, "Sky?", wait_if_busy=600)

        async def read() -> int:
            return len([event async for event in stream])

        reading = asyncio.create_task(read())
        assert await becomes_true(lambda: server.requests)
        await asyncio.sleep(0.02)
        await stream.aclose()
        assert await asyncio.wait_for(reading, SOON) == 0


@pytest.mark.parametrize("wait", [None, 10])
async def test_conflict_of_another_kind_is_not_waited_for(wait: float | None) -> None:
    async with (
        raw_server(answers(refusal(409))) as server,
        client_of(server, retries=FAST) as client,
    ):
        with pytest.raises(ConflictError) as caught:
            await client.append(CONVERSATION_ID, "Sky?", wait_if_busy=wait)
        assert len(server.requests) == 1
    assert type(caught.value) is ConflictError


@for_each("status", [400, 404, 500])
async def test_other_status_is_not_waited_for(status: int) -> None:
    async with (
        raw_server(answers(refusal(status))) as server,
        client_of(server, retries=FAST) as client,
    ):
        with pytest.raises(SDKError) as caught:
            await client.append(CONVERSATION_ID, "Sky?", wait_if_busy=10)
        assert len(server.requests) == 1
    assert caught.value.status == status


async def test_waiting_uses_up_no_retries() -> None:
    busy, later = busy_answer(), refusal(429)
    async with (
        raw_server(answers(busy, later, busy, later, later)) as server,
        client_of(server, retries=FAST) as client,
    ):
        with pytest.raises(SDKError) as caught:
            await client.append(CONVERSATION_ID, "Sky?", wait_if_busy=10)
        assert caught.value.status == 429
        assert len(server.requests) == 5
    assert caught.value.attempts == 5


@for_each("wait", [-1, -0.001, math.nan, math.inf, "3", True, [3]])
@for_each("operation", WAITING)
async def test_wait_that_is_no_time_is_refused(operation: str, wait: Any) -> None:
    async with (
        raw_server(answers(busy_answer())) as server,
        client_of(server) as client,
    ):
        with pytest.raises((TypeError, ValueError), match="wait_if_busy"):
            await call(client, operation, wait_if_busy=wait)
        assert server.requests == []
