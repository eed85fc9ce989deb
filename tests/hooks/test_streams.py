"""Hooks see the end of each stream, however it ends."""

import asyncio
import gc
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from mistral_conversations import (
    AsyncConversations,
    AsyncConversationStream,
    NotFoundError,
    Recovery,
    ResponseFailedError,
    StreamDecodeError,
    StreamInfo,
    StreamInterruptedError,
)
from mistral_conversations.server import LocalServer, Trouble
from tests.support.clients import (
    answers,
    becomes_true,
    begun_stream,
    lose,
    never_end,
    nothing_in_use,
    stay_mute,
    whole_stream,
)
from tests.support.for_each import for_each
from tests.support.hooks import Seen, all_hooks
from tests.support.raw_server import Handler, raw_server

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def stream_of(
    handler: Handler, *, is_async: bool = False, **options: Any
) -> AsyncIterator[tuple[Seen, AsyncConversations]]:
    seen = Seen()
    hooks = all_hooks(seen, is_async=is_async)
    async with (
        raw_server(handler) as server,
        AsyncConversations(
            "key", base_url=server.base_url, retries=0, **hooks, **options
        ) as client,
    ):
        yield seen, client


async def begun(client: AsyncConversations) -> AsyncConversationStream:
    """Return a stream whose first event has been read."""
    stream = client.start_stream("Sky?", model="m")
    await anext(stream)
    return stream


@for_each("is_async", [False, True])
async def test_a_whole_stream(*, is_async: bool) -> None:
    async with stream_of(answers(whole_stream()), is_async=is_async) as (seen, client):
        events = [each async for each in client.start_stream("Sky?", model="m")]
        assert seen.names == ["on_request", "on_response", "on_event_stream_end"]
    (begin, head, end) = (info for _, info in seen.infos)
    assert begin.operation == head.operation == "conversations.start_stream"
    assert isinstance(end, StreamInfo)
    assert (end.outcome, end.error, end.status) == ("done", None, 200)
    assert (end.events, end.attempts, end.recovered) == (len(events), 1, False)
    assert end.conversation_id is not None
    assert end.usage is not None
    assert end.usage.total_tokens > 0
    assert end.seconds_to_first_event is not None
    assert head.seconds <= end.seconds_to_first_event <= end.seconds < 30
    assert head.bytes <= end.bytes
    assert end.bytes > 100
    assert (head.response_body, end.response_body) == (None, None)


async def test_a_stream_that_breaks_off_and_one_that_is_read_as_a_whole() -> None:
    async with stream_of(answers(begun_stream(), whole_stream())) as (seen, client):
        async with client.start_stream("Sky?", model="m") as stream:
            async for _ in stream:
                break
        await client.start_stream("Sky?", model="m").response()
    left, whole = seen.of("on_event_stream_end")
    assert (left.outcome, left.error, left.usage) == ("closed", None, None)
    assert left.events >= 1
    assert left.conversation_id is not None
    assert whole.outcome == "done"


async def test_a_stream_that_is_closed_twice_ends_once() -> None:
    async with stream_of(answers(begun_stream())) as (seen, client):
        stream = await begun(client)
        await stream.aclose()
        await stream.aclose()
        del stream
        gc.collect()
    assert seen.names.count("on_event_stream_end") == 1


async def test_a_stream_that_is_cancelled() -> None:
    async with stream_of(answers(never_end)) as (seen, client):
        stream = await begun(client)
        task = asyncio.create_task(stream.response())
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await stream.aclose()
    end = seen.one("on_event_stream_end")
    assert end.outcome in {"cancelled", "closed"}


async def test_a_stream_that_is_cancelled_before_its_answer() -> None:
    async with stream_of(answers(stay_mute)) as (seen, client):
        task = asyncio.create_task(begun(client))
        assert await becomes_true(lambda: seen.infos)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    end = seen.one("on_event_stream_end")
    assert (end.outcome, end.error) == ("cancelled", asyncio.CancelledError)
    assert (end.status, end.events, end.seconds_to_first_event) == (None, 0, None)


@for_each("is_async", [False, True])
async def test_a_stream_that_is_dropped(*, is_async: bool) -> None:
    """The collector cannot wait, so that an async hook is not called."""
    async with stream_of(answers(never_end), is_async=is_async) as (seen, client):
        stream = await begun(client)
        del stream
        gc.collect()
        assert await nothing_in_use(client)
        ends = seen.of("on_event_stream_end")
    if is_async:
        assert ends == []
    else:
        assert [(info.outcome, info.error) for info in ends] == [("dropped", None)]
        assert ends[0].events >= 1


async def test_a_stream_that_is_never_opened_has_no_end() -> None:
    async with stream_of(answers()) as (seen, client):
        stream = client.start_stream("Sky?", model="m")
        await stream.aclose()
        del stream
        gc.collect()
    assert seen.infos == []


FAILURES: Mapping[str, tuple[Any, type[Exception]]] = {
    "cut": (Trouble(cut="reset", after_events=2), StreamInterruptedError),
    "garbage": (Trouble(garbage="{", after_events=2), StreamDecodeError),
    "reported": (Trouble(error="no", after_events=2), ResponseFailedError),
}


@for_each("name", FAILURES)
async def test_a_stream_that_fails(name: str) -> None:
    trouble, error = FAILURES[name]
    seen = Seen()
    async with (
        LocalServer() as server,
        AsyncConversations("k", base_url=server.base_url, **all_hooks(seen)) as client,
    ):
        server.inflict(trouble)
        with pytest.raises(error) as caught:
            await client.start_stream("Sky?", model="m").response()
    end = seen.one("on_event_stream_end")
    assert (end.outcome, end.status) == ("failed", 200)
    assert end.error is type(caught.value)


async def test_a_stream_that_is_rejected_or_lost_before_its_answer() -> None:
    seen = Seen()
    async with (
        LocalServer() as server,
        AsyncConversations("k", base_url=server.base_url, **all_hooks(seen)) as client,
    ):
        with pytest.raises(NotFoundError):
            await client.append_stream("none", "Hi").response()
    end = seen.one("on_event_stream_end")
    assert (end.outcome, end.error, end.status) == ("failed", NotFoundError, 404)
    async with stream_of(answers(lose)) as (seen, client):
        with pytest.raises(ConnectionError):
            await client.append_stream("c", "Hi").response()
    end = seen.one("on_event_stream_end")
    assert (end.outcome, end.status, end.attempts) == ("failed", None, 1)
    assert end.conversation_id == "c"


async def test_a_stream_that_is_recovered() -> None:
    seen = Seen()
    recovery = Recovery(timeout=20, lock=0, settle=0, poll=0.01)
    async with (
        LocalServer(["Blue sky"]) as server,
        AsyncConversations("k", base_url=server.base_url, **all_hooks(seen)) as client,
    ):
        server.inflict(Trouble(cut="close", after_events=2))
        stream = client.start_stream("Sky?", model="m", recover=recovery)
        answer = await stream.response()
    assert stream.recovered
    end = seen.one("on_event_stream_end")
    assert (end.outcome, end.recovered) == ("done", True)
    assert answer.text
    readings = {info.operation for info in seen.of("on_request")[1:]}
    assert readings == {"conversations.get_history"}


async def test_the_response_so_far_with_bodies() -> None:
    async with stream_of(answers(whole_stream()), hook_bodies=True) as (seen, client):
        answer = await client.start_stream("Sky?", model="m").response()
    end = seen.one("on_event_stream_end")
    assert end.response_body["conversation_id"] == answer.conversation_id
    assert end.response_body["outputs"]
    assert "Sky" not in repr(end)
