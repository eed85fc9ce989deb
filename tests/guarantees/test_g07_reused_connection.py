"""G7: after a normal end the connection serves the next call."""

import asyncio

import pytest

from tests.support.clients import client_of, in_use, whole_answer, whole_stream
from tests.support.raw_server import Connection, Request, chunked, raw_server

pytestmark = pytest.mark.anyio


async def obey(request: Request, connection: Connection) -> None:
    streamed = request.json.get("stream")
    await connection.send(whole_stream() if streamed else whole_answer())


async def test_connection_is_reused_after_a_normal_end() -> None:
    async with raw_server(obey) as server, client_of(server) as client:
        for _ in range(3):
            await client.start("whole", model="m")
            await client.start_stream("whole", model="m").response()
            async with client.start_stream("whole", model="m") as stream:
                async for _event in stream:
                    pass
            async for _text in client.start_stream("whole", model="m").text():
                pass
        assert len(server.requests) == 12
        assert server.connections == 1


async def test_connection_is_reused_when_the_body_ends_a_little_after_done() -> None:
    async def late_end(_: Request, connection: Connection) -> None:
        await connection.send(whole_stream(end=False))
        await asyncio.sleep(0.02)
        await connection.send(chunked(end=True))

    async with raw_server(late_end) as server, client_of(server) as client:
        for _ in range(3):
            await client.start_stream("whole", model="m").response()
        assert server.connections == 1


async def test_connection_is_closed_when_the_body_does_not_end_after_done() -> None:
    async def no_end(_: Request, connection: Connection) -> None:
        await connection.send(whole_stream(end=False))
        await connection.until_client_closes()

    async with raw_server(no_end) as server, client_of(server) as client:
        await client.start_stream("first", model="m").response()
        begin = asyncio.get_running_loop().time()
        response = await client.start_stream("second", model="m").response()
        spent = asyncio.get_running_loop().time() - begin
        assert response.text == "Blue."
        assert 0.08 < spent < 5
        assert in_use(client) == 0
        assert server.connections == 2


async def test_done_is_given_before_the_end_of_the_body_is_awaited() -> None:
    ended = asyncio.Event()

    async def end_after_done(_: Request, connection: Connection) -> None:
        await connection.send(whole_stream(end=False))
        await asyncio.wait_for(ended.wait(), 5)
        await connection.send(chunked(end=True))

    async with raw_server(end_after_done) as server, client_of(server) as client:
        async with client.start_stream("whole", model="m") as stream:
            async for given in stream:
                if given.type == "conversation.response.done":
                    ended.set()
        await client.start_stream("whole", model="m").response()
        assert server.connections == 1
