"""G3: a large request is sent as long as the server reads it, and no longer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from mistral_conversations import APITimeoutError, AsyncConversations, Timeout
from tests.support.clients import (
    begun_stream,
    silent_port,
    whole_answer,
    whole_stream,
    within,
)
from tests.support.listener import Listener

pytestmark = pytest.mark.anyio

LIMIT = 0.6
SOON = 5.0
TEXT = "a" * 10_000_000

Upload = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def sent_to(serve: Upload, limits: Timeout) -> AsyncIterator[AsyncConversations]:
    """Yield a client of a server that reads only little ahead."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
            await reader.read(1)
        finally:
            writer.transport.abort()

    listener = Listener(talk, limit=256 * 1024)
    await listener.start()
    url = f"http://127.0.0.1:{listener.port}"
    try:
        async with AsyncConversations(
            "key", base_url=url, timeout=limits, retries=0
        ) as client:
            yield client
    finally:
        await listener.stop()


async def read_head(reader: asyncio.StreamReader) -> int:
    """Read up to the body, and return its length."""
    head = await reader.readuntil(b"\r\n\r\n")
    return int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])


async def read_slowly(reader: asyncio.StreamReader, length: int) -> None:
    while length > 0:
        length -= len(await reader.read(256 * 1024))
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("connect", [LIMIT, None])
@pytest.mark.parametrize("operation", ["start", "start_stream"])
async def test_unread_request_raises(operation: str, connect: float | None) -> None:
    async def send(client: AsyncConversations) -> None:
        if operation == "start":
            await client.start(TEXT, model="m")
        else:
            await client.start_stream(TEXT, model="m").response()

    async with silent_port() as port:
        client = AsyncConversations(
            "key",
            base_url=f"http://127.0.0.1:{port}",
            timeout=Timeout(connect=connect, response=LIMIT),
            retries=0,
        )
        async with client, asyncio.timeout(SOON), within(LIMIT):
            with pytest.raises(APITimeoutError) as caught:
                await send(client)
    assert caught.value.phase == "response"
    assert caught.value.may_have_been_processed


async def test_request_whose_reader_stops_raises() -> None:
    async def stop(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        length = await read_head(reader)
        await read_slowly(reader, length // 4)
        await asyncio.sleep(SOON)

    limits = Timeout(connect=None, response=0.3)
    async with sent_to(stop, limits) as client, asyncio.timeout(SOON):
        with pytest.raises(APITimeoutError) as caught:
            await client.start(TEXT, model="m")
    assert caught.value.phase == "response"


async def test_request_that_is_read_slowly_is_sent_whole() -> None:
    """Each pause is within the limit for an answer; all of them are not."""
    took: list[float] = []

    async def read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        begin = asyncio.get_running_loop().time()
        await read_slowly(reader, await read_head(reader))
        took.append(asyncio.get_running_loop().time() - begin)
        writer.write(whole_answer())

    # The end of the body waits in the buffers of the system: some 5 MB, sent already.
    limit = 0.8
    async with sent_to(read, Timeout(connect=0.2, response=limit)) as client:
        assert (await client.start(3 * TEXT, model="m")).text == "Blue, mostly."
    assert took[0] > 1.2 * limit


async def test_request_is_sent_whole_where_its_answer_begins_before() -> None:
    async def answer(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        length = await read_head(reader)
        writer.write(begun_stream("one", "two"))
        await read_slowly(reader, length)
        writer.write(whole_stream("three").partition(b"\r\n\r\n")[2])

    async with sent_to(answer, Timeout(idle=1.5)) as client:
        answered = await client.start_stream(TEXT, model="m").response()
    assert answered.text == "onetwothree"
