"""The errors and answers of our own client for each trouble."""

from collections.abc import Mapping
from typing import Any

import pytest

from mistral_conversations import (
    APIConnectionError,
    APITimeoutError,
    DecodeError,
    EventTooLargeError,
    MistralConversationsError,
    RateLimitError,
    ResponseFailedError,
    ServerError,
    StreamDecodeError,
    StreamError,
    StreamInterruptedError,
    StreamTimeoutError,
    Timeout,
)
from mistral_conversations.server import Trouble
from tests.support.for_each import for_each
from tests.support.local.troubled_client import start, troubled_client

pytestmark = pytest.mark.anyio

KINDS = pytest.mark.parametrize("streamed", [False, True], ids=["plain", "stream"])

HTML = Trouble(status=200, body="<p>", headers={"Content-Type": "text/html"})
STALLED = Trouble(stall=True, after_events=2)


async def failure_of(
    trouble: Trouble, *, streamed: bool, **options: Any
) -> MistralConversationsError:
    """Start a conversation whose answer is in trouble, and return the error."""
    async with troubled_client(trouble, **options) as (client, server):
        with pytest.raises(MistralConversationsError) as raised:
            await start(client, streamed=streamed)
        assert len(server.requests) == 1
    return raised.value


# --- a stream


@pytest.mark.parametrize(
    ("trouble", "kind", "options"),
    [
        (Trouble(cut="end", after_events=2), StreamInterruptedError, {}),
        (Trouble(cut="close", after_events=2), StreamInterruptedError, {}),
        (Trouble(cut="reset", after_events=2), StreamInterruptedError, {}),
        (Trouble(error="x", after_events=2), ResponseFailedError, {}),
        (Trouble(garbage="{", after_events=2), StreamDecodeError, {}),
        (
            Trouble(giant_event=5000, after_events=2),
            EventTooLargeError,
            {"max_event_bytes": 4000},
        ),
        (STALLED, StreamTimeoutError, {"timeout": Timeout(idle=0.1)}),
        (STALLED, StreamTimeoutError, {"timeout": Timeout(total=0.3)}),
        (
            Trouble(stall=True, after_events=2, comments=0.005),
            StreamTimeoutError,
            {"timeout": Timeout(event_idle=0.1)},
        ),
    ],
)
async def test_broken_stream_has_the_partial_answer(
    trouble: Trouble, kind: type[StreamError], options: Mapping[str, Any]
) -> None:
    async with troubled_client(trouble, **options) as (client, server):
        with pytest.raises(StreamError) as raised:
            await start(client, streamed=True)
        (conversation,) = server.conversations
    error = raised.value
    assert type(error) is kind
    assert error.may_have_been_processed
    assert error.conversation_id == conversation.id
    assert error.partial is not None
    assert error.partial.text == "one"


async def test_failed_stream_has_message_and_code() -> None:
    trouble = Trouble(error="Out of luck", error_code=1234)
    error = await failure_of(trouble, streamed=True)
    assert isinstance(error, ResponseFailedError)
    assert (str(error), error.code) == ("Out of luck", 1234)


async def test_stream_that_ends_before_it_began_has_nothing() -> None:
    error = await failure_of(Trouble(cut="end"), streamed=True)
    assert type(error) is StreamInterruptedError
    assert error.partial is None


@for_each("cut", ["close", "reset"])
@for_each("after_bytes", [100, 300])
async def test_stream_cut_in_the_middle_of_an_event_is_interrupted(
    cut: Any, after_bytes: int
) -> None:
    trouble = Trouble(cut=cut, after_bytes=after_bytes)
    error = await failure_of(trouble, streamed=True)
    assert type(error) is StreamInterruptedError
    assert (error.conversation_id is None) is (after_bytes == 100)


async def test_page_instead_of_a_stream_is_no_stream() -> None:
    error = await failure_of(HTML, streamed=True)
    assert type(error) is StreamDecodeError


# --- both ways


@KINDS
@pytest.mark.parametrize("cut", ["close", "reset"])
async def test_connection_lost_at_0_is_a_connection_error(
    cut: Any, *, streamed: bool
) -> None:
    error = await failure_of(Trouble(cut=cut), streamed=streamed)
    assert type(error) is APIConnectionError
    assert error.may_have_been_processed


@KINDS
async def test_429_has_the_time_to_retry_after(*, streamed: bool) -> None:
    trouble = Trouble(status=429, retry_after=7)
    error = await failure_of(trouble, streamed=streamed)
    assert isinstance(error, RateLimitError)
    assert (error.status, error.retry_after) == (429, 7)
    assert not error.may_have_been_processed


@KINDS
async def test_page_of_a_gateway_is_a_server_error(*, streamed: bool) -> None:
    trouble = Trouble(status=502, body="<p>Bad gateway")
    error = await failure_of(trouble, streamed=streamed)
    assert isinstance(error, ServerError)
    assert (error.status, error.body) == (502, "<p>Bad gateway")


@KINDS
@pytest.mark.parametrize(
    ("trouble", "timeout", "phase"),
    [
        (Trouble(stall=True), Timeout(response=0.05), "response"),
        (Trouble(delay=60), Timeout(response=0.05), "response"),
        (Trouble(delay=60), Timeout(total=0.1), "total"),
        (Trouble(stall=True, after_bytes=9), Timeout(idle=0.05), "idle"),
        (Trouble(stall=True, after_bytes=9), Timeout(total=0.2), "total"),
    ],
)
async def test_silence_is_a_timeout_of_its_phase(
    trouble: Trouble, timeout: Timeout, phase: str, *, streamed: bool
) -> None:
    error = await failure_of(trouble, streamed=streamed, timeout=timeout)
    assert isinstance(error, APITimeoutError)
    assert error.phase == phase
    assert error.may_have_been_processed


# --- a plain call


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        (Trouble(cut="close", after_bytes=100), APIConnectionError),
        (Trouble(cut="reset", after_bytes=100), APIConnectionError),
        (Trouble(cut="end", after_bytes=100), DecodeError),
        (Trouble(cut="end"), DecodeError),
        (Trouble(garbage="{"), DecodeError),
        (Trouble(garbage="{", after_events=1), DecodeError),
        (HTML, DecodeError),
    ],
)
async def test_plain_answer_that_is_not_whole_may_have_been_processed(
    trouble: Trouble, kind: type[MistralConversationsError]
) -> None:
    error = await failure_of(trouble, streamed=False)
    assert type(error) is kind
    assert error.may_have_been_processed


async def test_failed_plain_call_has_message_and_code() -> None:
    trouble = Trouble(error="Out of luck", error_code=1234)
    error = await failure_of(trouble, streamed=False)
    assert isinstance(error, ServerError)
    assert (error.status, error.message, error.code) == (500, "Out of luck", 1234)


# --- what is no trouble for the client


@KINDS
@pytest.mark.parametrize(
    "trouble",
    [
        Trouble(delay=0.05),
        Trouble(event_delay=0.01),
        Trouble(drip=True),
        Trouble(gzip=True),
        Trouble(gzip=True, drip=True),
        Trouble(giant_event=3_000_000, after_events=1),
    ],
)
async def test_answer_is_the_usual_one_all_the_same(
    trouble: Trouble, *, streamed: bool
) -> None:
    async with troubled_client(trouble) as (client, server):
        response = await start(client, streamed=streamed)
        (conversation,) = server.conversations
    assert response.text == "one two three"
    assert response.conversation_id == conversation.id
    assert response.usage.total_tokens > 0


async def test_comments_keep_a_slow_stream_from_being_idle() -> None:
    trouble = Trouble(event_delay=0.25, comments=0.01)
    async with troubled_client(trouble, timeout=Timeout(idle=0.2)) as (client, _):
        response = await client.start_stream("one", model="m").response()
    assert response.text == "one"
