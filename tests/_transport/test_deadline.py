"""The deadline of a call, and what its error says about the request."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from mistral_conversations import (
    APIConnectionError,
    APITimeoutError,
    AsyncConversations,
    RetryPolicy,
    SDKError,
)
from mistral_conversations._transport.deadline import Deadline, now
from tests.support.bodies import CONVERSATION_ID
from tests.support.clients import (
    FAST,
    Reply,
    answers,
    begin,
    client_of,
    full_port,
    lose,
    refusal,
    stay_mute,
    whole_answer,
)
from tests.support.raw_server import RawServer, raw_server

pytestmark = pytest.mark.anyio

LIMIT = 0.15


async def test_no_deadline_leaves_time_without_end() -> None:
    deadline = Deadline(None)
    assert deadline.left() == float("inf")
    assert deadline.sooner(None) is None
    assert deadline.sooner(3) == 3


async def test_deadline_comes_nearer() -> None:
    deadline = Deadline(50)
    assert 40 < deadline.left() <= 50
    await asyncio.sleep(0.02)
    assert deadline.left() < 49.99


async def test_the_sooner_of_two_moments_is_chosen() -> None:
    deadline = Deadline(50)
    assert deadline.sooner(None) == deadline.at
    assert deadline.sooner(now() + 10) == pytest.approx(now() + 10, abs=5)
    assert deadline.sooner(now() + 90) == deadline.at


@pytest.mark.parametrize("sent", [True, False])
async def test_error_names_the_limit_and_keeps_its_arguments(*, sent: bool) -> None:
    error = Deadline(2.5).error(may_have_been_processed=sent, attempts=3)
    assert "2.5 seconds (total)" in str(error)
    assert error.phase == "total"
    assert error.may_have_been_processed is sent
    assert error.attempts == 3


async def slow_key() -> str:
    await asyncio.sleep(30)
    return "key"


def key_that_is_slow_the_second_time() -> Callable[[], Awaitable[str]]:
    asked = 0

    async def key() -> str:
        nonlocal asked
        asked += 1
        return await slow_key() if asked > 1 else "key"

    return key


async def error_of(client: AsyncConversations, **options: Any) -> APITimeoutError:
    """Start a conversation, which takes too long."""
    with pytest.raises(APITimeoutError) as caught:
        await client.start("Sky?", model="m", timeout=LIMIT, **options)
    assert caught.value.phase == "total"
    return caught.value


def client_with_key(server: RawServer, key: Any, **options: Any) -> AsyncConversations:
    return AsyncConversations(key, base_url=server.base_url, **options)


async def test_nothing_was_sent_while_the_key_is_asked_for() -> None:
    async with raw_server(answers(whole_answer())) as server:
        async with client_with_key(server, slow_key) as client:
            error = await error_of(client)
        assert not error.may_have_been_processed
        assert error.attempts == 1
        assert server.connections == 0


async def test_nothing_was_sent_while_connecting() -> None:
    with full_port() as port:
        url = f"http://127.0.0.1:{port}"
        async with AsyncConversations("key", base_url=url) as client:
            assert not (await error_of(client)).may_have_been_processed


async def test_nothing_was_sent_while_waiting_for_a_free_connection() -> None:
    async with (
        raw_server(answers(begin)) as server,
        client_of(server, limit=1) as client,
        client.start_stream("Sky?", model="m") as stream,
    ):
        await anext(aiter(stream))
        assert not (await error_of(client)).may_have_been_processed
        assert len(server.requests) == 1


@pytest.mark.parametrize("used_before", [False, True])
async def test_a_request_that_was_sent_may_have_been_processed(
    *, used_before: bool
) -> None:
    """On a new connection, and on one from the pool."""
    replies = [whole_answer(), stay_mute] if used_before else [stay_mute]
    async with (
        raw_server(answers(*replies)) as server,
        client_of(server) as client,
    ):
        if used_before:
            await client.start("Sky?", model="m")
        assert (await error_of(client)).may_have_been_processed
        assert server.connections == 1


async def test_a_large_unread_request_may_have_been_processed() -> None:
    held: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, w: held.append(w), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, AsyncConversations("key", base_url=url) as client:
        with pytest.raises(APITimeoutError) as caught:
            await client.start("x" * 30_000_000, model="m", timeout=1)
        assert caught.value.may_have_been_processed
        for writer in held:
            writer.transport.abort()


async def test_nothing_was_sent_while_a_session_handed_in_connects() -> None:
    with full_port() as port:
        url = f"http://127.0.0.1:{port}"
        async with (
            aiohttp.ClientSession() as session,
            AsyncConversations("key", base_url=url, session=session) as client,
        ):
            assert not (await error_of(client)).may_have_been_processed


async def test_nothing_was_sent_on_a_session_handed_in_while_the_key_is_asked_for() -> (
    None
):
    async with (
        raw_server(answers(whole_answer())) as server,
        aiohttp.ClientSession() as session,
        client_with_key(server, slow_key, session=session) as client,
    ):
        assert not (await error_of(client)).may_have_been_processed


@pytest.mark.parametrize(
    ("reply", "resend", "processed"),
    [
        (refusal(429, Retry_After="0"), False, False),
        (refusal(503, Retry_After="0"), False, False),
        (refusal(500), True, True),
        (lose, True, True),
    ],
)
async def test_earlier_attempts_count(
    reply: Reply, *, resend: bool, processed: bool
) -> None:
    """The second attempt never gets beyond its key."""
    policy = RetryPolicy(max_retries=2, max_delay=0.001, resend=resend)
    async with raw_server(answers(reply)) as server:
        key = key_that_is_slow_the_second_time()
        async with client_with_key(server, key, retries=policy) as client:
            error = await error_of(client)
        assert error.may_have_been_processed is processed
        assert error.attempts == 2
        assert len(server.requests) == 1


async def test_wait_for_a_busy_service_says_that_nothing_was_processed() -> None:
    """A wait that would pass the deadline is not begun: the refusal is raised."""
    async with (
        raw_server(answers(refusal(429, Retry_After="1"))) as server,
        client_of(server, retries=2) as client,
    ):
        with pytest.raises(SDKError) as caught:
            await client.start("Sky?", model="m", timeout=0.5)
        assert not caught.value.may_have_been_processed
        assert len(server.requests) == 1


async def test_later_error_reports_the_earlier_attempts() -> None:
    """The last attempt alone was certainly not processed."""
    async with (
        raw_server(answers(lose, refusal(400))) as server,
        client_of(server, retries=FAST) as client,
    ):
        with pytest.raises(SDKError) as caught:
            await client.get(CONVERSATION_ID)
        assert caught.value.may_have_been_processed
        assert caught.value.attempts == 2


async def test_error_of_the_key_reports_the_earlier_attempts() -> None:
    keys = ["key", "no key"]
    async with (
        raw_server(answers(lose)) as server,
        client_with_key(server, lambda: keys.pop(0), retries=FAST) as client,
    ):
        with pytest.raises(ValueError, match="api_key") as caught:
            await client.get(CONVERSATION_ID)
    assert getattr(caught.value, "may_have_been_processed", None)


async def test_only_attempt_that_cannot_connect_was_not_processed() -> None:
    async with raw_server(answers(stay_mute)) as server:
        url = server.base_url
    async with AsyncConversations("key", base_url=url, retries=0) as client:
        with pytest.raises(APIConnectionError) as caught:
            await client.start("Sky?", model="m")
    assert not caught.value.may_have_been_processed
