"""G7: a task closes a stream that another task reads."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from mistral_conversations import ConfigurationError, StreamInterruptedError
from mistral_conversations.stream import AsyncConversationStream
from tests.support.clients import (
    Reply,
    answers,
    becomes_true,
    begin_text,
    begin_without_an_event,
    client_of,
    in_use,
    nothing_in_use,
    stay_mute,
    whole_answer,
)
from tests.support.raw_server import raw_server

pytestmark = pytest.mark.anyio

SOON = 2.0


async def read_all(stream: AsyncConversationStream) -> int:
    return len([event async for event in stream])


async def enter_and_read(stream: AsyncConversationStream) -> int:
    async with stream:
        return await read_all(stream)


def text_of(stream: AsyncConversationStream) -> str | None:
    return stream.snapshot.text if stream.snapshot else None


async def test_stream_that_waits_for_an_event_ends() -> None:
    async with (
        raw_server(answers(begin_text, whole_answer())) as server,
        client_of(server, limit=1) as client,
    ):
        stream = client.start_stream("Sky?", model="m")
        reading = asyncio.create_task(read_all(stream))
        assert await becomes_true(lambda: text_of(stream) == "onetwo")
        await stream.aclose()
        assert await asyncio.wait_for(reading, SOON) == 3
        assert in_use(client) == 0
        assert (await client.start("Sky?", model="m")).text


async def test_response_that_waits_for_an_event_raises() -> None:
    async with raw_server(answers(begin_text)) as server, client_of(server) as client:
        stream = client.start_stream("Sky?", model="m")
        reading = asyncio.create_task(stream.response())
        assert await becomes_true(lambda: text_of(stream) == "onetwo")
        await stream.aclose()
        with pytest.raises(StreamInterruptedError, match="closed") as caught:
            await asyncio.wait_for(reading, SOON)
        assert caught.value.partial is not None
        assert caught.value.partial.text == "onetwo"


async def test_stream_ends_while_the_service_has_not_answered() -> None:
    async with (
        raw_server(answers(stay_mute, whole_answer())) as server,
        client_of(server, limit=1) as client,
    ):
        stream = client.start_stream("Sky?", model="m")
        reading = asyncio.create_task(read_all(stream))
        assert await becomes_true(lambda: server.requests)
        await stream.aclose()
        with suppress(ConfigurationError):
            assert await asyncio.wait_for(reading, SOON) == 0
        assert in_use(client) == 0
        assert (await client.start("Sky?", model="m")).text


@pytest.mark.parametrize("reply", [begin_text, begin_without_an_event])
@pytest.mark.parametrize("read", [read_all, enter_and_read])
async def test_stream_ends_at_whatever_moment_it_is_closed(
    read: Callable[[AsyncConversationStream], Awaitable[int]], reply: Reply
) -> None:
    """Close it after more and more turns of the loop: opening, opened, reading."""
    async with raw_server(answers(reply)) as server, client_of(server) as client:
        for turns in range(60):
            stream = client.start_stream("Sky?", model="m")
            reading = asyncio.ensure_future(read(stream))
            for _ in range(turns):
                await asyncio.sleep(0)
            await stream.aclose()
            with suppress(ConfigurationError):
                assert await asyncio.wait_for(reading, SOON) <= 3
            assert not turns or await nothing_in_use(client), turns


async def test_closing_twice_at_once_is_fine() -> None:
    async with raw_server(answers(begin_text)) as server, client_of(server) as client:
        async with client.start_stream("Sky?", model="m") as stream:
            await anext(stream)
            await asyncio.gather(stream.aclose(), stream.aclose())
        await stream.aclose()
        assert in_use(client) == 0


@pytest.mark.parametrize("read", [read_all, enter_and_read])
async def test_closing_twice_while_it_is_opened_is_fine(
    read: Callable[[AsyncConversationStream], Awaitable[int]],
) -> None:
    """The second close comes while the first one's end of the wait is on its way."""
    async with (
        raw_server(answers(stay_mute)) as server,
        client_of(server) as client,
    ):
        for turns in (1, 2, 3):
            stream = client.start_stream("Sky?", model="m")
            reading = asyncio.ensure_future(read(stream))
            assert await becomes_true(lambda: server.requests)
            await stream.aclose()
            for _ in range(turns):
                await asyncio.sleep(0)
                await stream.aclose()
            with suppress(ConfigurationError):
                assert await asyncio.wait_for(reading, SOON) == 0
            assert await nothing_in_use(client)
            server.requests.clear()
