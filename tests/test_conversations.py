"""Smoke."""

import pytest

from mistral_conversations import AsyncConversations
from tests.bodies import response, text_stream
from tests.raw_server import Connection, Request, chunked, event, json_answer, raw_server, stream_head

pytestmark = pytest.mark.anyio


async def test_start_gives_the_answer() -> None:
    async def handler(_: Request, connection: Connection) -> None:
        await connection.send(json_answer(response()))

    async with raw_server(handler) as server, AsyncConversations("k", base_url=server.base_url) as client:
        answer = await client.start("Sky?", model="m")
    assert answer.text == "Blue, mostly."
    assert server.requests[0].json == {"inputs": "Sky?", "model": "m"}


async def test_stream() -> None:
    async def handler(_: Request, connection: Connection) -> None:
        body = [event(e) for e in text_stream("a", "b")]
        await connection.send(stream_head() + chunked(*body, end=True))

    async with raw_server(handler) as server, AsyncConversations("k", base_url=server.base_url) as client:
        async with client.start_stream("Sky?", model="m") as stream:
            assert [type(e).__name__ async for e in stream][-1] == "ResponseDoneEvent"
        assert (await stream.response()).text == "ab"
        await client.start_stream("Sky?", model="m").response()
        assert server.connections == 1
