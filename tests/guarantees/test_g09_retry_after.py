"""G9: `Retry-After`, a DELETE whose answer was lost, and aiohttp's own replays."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import aiohttp
import pytest

from mistral_conversations import (
    APIConnectionError,
    AsyncConversations,
    NotFoundError,
    RateLimitError,
    RetryPolicy,
    SDKError,
    ServerError,
    Timeout,
)
from tests.support.bodies import CONVERSATION_ID, model_conversation
from tests.support.clients import (
    FAST,
    POSTS,
    READS,
    Reply,
    answers,
    client_of,
    lose,
    refusal,
    reset,
    whole_answer,
)
from tests.support.raw_server import (
    Connection,
    Handler,
    Request,
    http,
    json_answer,
    raw_server,
)

pytestmark = pytest.mark.anyio


def http_date(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("status", "value", "least"),
    [(429, lambda: "1", 1.0), (503, lambda: http_date(2), 0.9)],
    ids=["seconds", "date"],
)
async def test_retry_after_is_waited_for(
    status: int, value: Callable[[], str], least: float
) -> None:
    asked_at: list[float] = []

    async def handler(_: Request, connection: Connection) -> None:
        asked_at.append(time.monotonic())
        if len(asked_at) == 1:
            await connection.send(refusal(status, Retry_After=value()))
        else:
            await connection.send(whole_answer())

    async with (
        raw_server(handler) as server,
        client_of(server, retries=RetryPolicy(max_delay=5)) as client,
    ):
        await client.start("Sky?", model="m")
    first, second = asked_at
    assert least <= second - first < least + 2


@pytest.mark.parametrize("value", ["0", "Wed, 01 Jul 2026 10:20:30 GMT"])
async def test_retry_after_that_is_over_is_no_wait(value: str) -> None:
    replies = [refusal(429, Retry_After=value), whole_answer()] * 3
    spent = []
    async with (
        raw_server(answers(*replies)) as server,
        client_of(server, retries=RetryPolicy(max_delay=60)) as client,
    ):
        for _ in range(3):
            begin = time.monotonic()
            await client.start("Sky?", model="m")
            spent.append(time.monotonic() - begin)
        assert min(spent) < 0.45
        assert len(server.requests) == 6


@pytest.mark.parametrize("value", ["61", http_date(3600)], ids=["seconds", "date"])
@pytest.mark.parametrize("operation", ["start", "start_stream", "get"])
async def test_retry_after_beyond_the_longest_wait_is_raised_at_once(
    operation: str, value: str
) -> None:
    async with (
        raw_server(answers(refusal(429, Retry_After=value))) as server,
        client_of(server, retries=RetryPolicy(max_delay=60)) as client,
    ):
        with pytest.raises(RateLimitError) as caught:
            await {**READS, **POSTS}[operation](client)
        assert len(server.requests) == 1
    assert caught.value.attempts == 1
    assert caught.value.retry_after is not None
    assert caught.value.retry_after > 60


async def test_retry_after_beyond_the_total_is_raised_at_once() -> None:
    async with (
        raw_server(answers(refusal(429, Retry_After="30"))) as server,
        client_of(server, retries=2, timeout=Timeout(total=5)) as client,
    ):
        with pytest.raises(RateLimitError):
            await client.start("Sky?", model="m")
        assert len(server.requests) == 1


@pytest.mark.parametrize("first", [lose, refusal(500), refusal(408)])
async def test_delete_that_finds_nothing_after_a_lost_answer_succeeds(
    first: Reply,
) -> None:
    async with (
        raw_server(answers(first, refusal(404))) as server,
        client_of(server, retries=FAST) as client,
    ):
        await client.delete(CONVERSATION_ID)
        assert [request.method for request in server.requests] == ["DELETE"] * 2


@pytest.mark.parametrize("first", [refusal(429), refusal(503, Retry_After="0")])
async def test_delete_that_finds_nothing_after_a_refusal_raises(first: bytes) -> None:
    async with (
        raw_server(answers(first, refusal(404))) as server,
        client_of(server, retries=FAST) as client,
    ):
        with pytest.raises(NotFoundError) as caught:
            await client.delete(CONVERSATION_ID)
        assert len(server.requests) == 2
    assert caught.value.attempts == 2


async def test_delete_that_finds_nothing_at_first_raises() -> None:
    async with (
        raw_server(answers(refusal(404))) as server,
        client_of(server, retries=FAST) as client,
    ):
        with pytest.raises(NotFoundError):
            await client.delete(CONVERSATION_ID)
        assert len(server.requests) == 1


async def test_get_that_finds_nothing_after_a_lost_answer_raises() -> None:
    async with (
        raw_server(answers(lose, refusal(404))) as server,
        client_of(server, retries=FAST) as client,
    ):
        with pytest.raises(NotFoundError):
            await client.get(CONVERSATION_ID)
        assert len(server.requests) == 2


async def test_attempts_are_counted_in_the_text_of_an_error() -> None:
    async with (
        raw_server(answers(refusal(500))) as server,
        client_of(server, retries=FAST) as client,
    ):
        with pytest.raises(ServerError, match="after 3 attempts"):
            await client.get(CONVERSATION_ID)


def first_then(dropped: Reply) -> Handler:
    """Answer the first request of the first connection; drop whatever follows."""
    served: list[Request] = []

    async def handler(request: Request, connection: Connection) -> None:
        served.append(request)
        if len(served) == 1:
            await connection.send(json_answer(model_conversation(1)))
        else:
            await answers(dropped)(request, connection)

    return handler


async def dropped_keep_alive(
    handler: Handler,
    call: Callable[[AsyncConversations], Awaitable[object]],
    *,
    handed_in: bool,
) -> tuple[int, int]:
    """Make a call on a connection that the server then drops; count its requests."""
    session = aiohttp.ClientSession() if handed_in else None
    try:
        async with (
            raw_server(handler) as server,
            client_of(server, session=session) as client,
        ):
            await client.get(CONVERSATION_ID)
            with pytest.raises((APIConnectionError, SDKError)) as caught:
                await call(client)
            assert getattr(caught.value, "attempts", None) == 1
            return len(server.requests) - 1, server.connections
    finally:
        if session is not None:
            await session.close()


@pytest.mark.parametrize("handed_in", [False, True], ids=["own", "handed in"])
@pytest.mark.parametrize("drop", [lose, reset])
@pytest.mark.parametrize("operation", ["get", "delete", "start"])
async def test_request_on_a_dropped_connection_is_not_replayed_by_aiohttp(
    operation: str, drop: Reply, *, handed_in: bool
) -> None:
    call = {**READS, **POSTS}[operation]
    counted = await dropped_keep_alive(first_then(drop), call, handed_in=handed_in)
    assert counted == (1, 1)


async def test_session_handed_in_keeps_its_own_middlewares() -> None:
    seen: list[str] = []

    async def watch(
        request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        seen.append(request.method)
        return await handler(request)

    async with (
        raw_server(answers(http(204))) as server,
        aiohttp.ClientSession(middlewares=(watch,)) as session,
        client_of(server, session=session) as client,
    ):
        await client.delete(CONVERSATION_ID)
    assert seen == ["DELETE"]


async def test_connection_closed_while_idle_is_replaced_unnoticed() -> None:
    async def answer_and_close(_: Request, connection: Connection) -> None:
        await connection.send(whole_answer())
        connection.close()

    async with raw_server(answer_and_close) as server, client_of(server) as client:
        await client.start("Sky?", model="m")
        await asyncio.sleep(0.02)
        await client.start("Sky?", model="m")
        assert len(server.requests) == 2
