"""Retries of our own client after trouble."""

import pytest

from mistral_conversations import (
    APIConnectionError,
    MistralConversationsError,
    RateLimitError,
    RetryPolicy,
    SDKError,
    ServerError,
    StreamInterruptedError,
    Timeout,
    to_dict,
)
from mistral_conversations.server import Trouble
from tests.support.local.troubled_client import start, troubled_client

pytestmark = pytest.mark.anyio

KINDS = pytest.mark.parametrize("streamed", [False, True], ids=["plain", "stream"])

FAST = RetryPolicy(max_retries=2, max_delay=0.01)
STALLED = Trouble(stall=True, after_events=2)


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble(cut="close"),
        Trouble(cut="reset"),
        Trouble(cut="close", after_bytes=1),
        Trouble(status=500),
        Trouble(status=429),
        Trouble(status=503, retry_after=0),
    ],
)
async def test_read_is_sent_again_after_a_passing_trouble(trouble: Trouble) -> None:
    async with troubled_client(trouble, retries=FAST) as (client, server):
        page = await client.list()
        assert [request.method for request in server.requests] == ["GET", "GET"]
    assert page.meta is not None
    assert page.meta.attempts == 2


@KINDS
@pytest.mark.parametrize(
    "trouble",
    [
        Trouble(status=429),
        Trouble(status=429, retry_after=0),
        Trouble(status=503, retry_after=0),
    ],
)
async def test_message_is_sent_again_if_it_was_not_processed(
    trouble: Trouble, *, streamed: bool
) -> None:
    async with troubled_client(trouble, retries=FAST) as (client, server):
        response = await start(client, streamed=streamed)
        assert len(server.requests) == 2
        assert len(server.conversations) == 1
    assert response.text == "one two three"


@KINDS
@pytest.mark.parametrize(
    "trouble", [Trouble(cut="close"), Trouble(status=500), Trouble(status=503)]
)
async def test_message_is_sent_once_if_it_may_have_been_processed(
    trouble: Trouble, *, streamed: bool
) -> None:
    async with troubled_client(trouble, retries=FAST) as (client, server):
        with pytest.raises((APIConnectionError, SDKError)):
            await start(client, streamed=streamed)
        assert len(server.requests) == 1


@KINDS
async def test_message_is_sent_twice_if_asked_for(*, streamed: bool) -> None:
    policy = RetryPolicy(max_delay=0.01, resend=True)
    async with troubled_client(Trouble(cut="reset"), retries=policy) as (
        client,
        server,
    ):
        await start(client, streamed=streamed)
        assert len(server.requests) == 2
        assert len(server.conversations) == 2, "both were answered"


async def test_trouble_that_stays_uses_up_the_attempts() -> None:
    trouble = Trouble(status=503, retry_after=0)
    async with troubled_client(trouble, times=None, retries=FAST) as (client, server):
        with pytest.raises(ServerError) as raised:
            await start(client, streamed=True)
        assert len(server.requests) == raised.value.attempts == 3
        server.forgive()
        await start(client, streamed=True)


async def test_retry_after_is_waited_for_up_to_its_limit() -> None:
    trouble = Trouble(status=429, retry_after=30)
    async with troubled_client(trouble, retries=FAST) as (client, server):
        with pytest.raises(RateLimitError):
            await client.list()
        assert len(server.requests) == 1


async def test_stream_that_has_started_is_not_sent_again() -> None:
    policy = RetryPolicy(max_delay=0.01, resend=True)
    trouble = Trouble(cut="reset", after_events=1)
    async with troubled_client(trouble, retries=policy) as (client, server):
        with pytest.raises(StreamInterruptedError):
            await start(client, streamed=True)
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "trouble", [STALLED, Trouble(cut="close", after_events=2), Trouble(cut="reset")]
)
async def test_conversation_can_be_gone_on_with_after_a_broken_stream(
    trouble: Trouble,
) -> None:
    async with troubled_client(timeout=Timeout(idle=0.1)) as (client, server):
        begun = await client.start("Hello", model="m")
        server.inflict(trouble)
        with pytest.raises(MistralConversationsError):
            await client.append_stream(begun.conversation_id, "one two").response()
        await client.append(begun.conversation_id, "three", wait_if_busy=5)
        history = await client.get_history(begun.conversation_id)
    contents = [entry["content"] for entry in to_dict(history)["entries"]]
    assert contents == ["Hello", "Hello", "one two", "one two", "three", "three"]
