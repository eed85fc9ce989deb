"""G3: `Timeout.response` bounds the time to the final status and its headers."""

import asyncio
import time
from collections.abc import Mapping

import aiohttp
import pytest

from mistral_conversations import (
    APITimeoutError,
    AsyncConversations,
    AsyncLibraries,
    Conversations,
    Timeout,
)
from tests.support.clients import (
    OPERATIONS,
    Reply,
    answers,
    becomes_true,
    client_of,
    whole_answer,
)
from tests.support.raw_server import Connection, raw_server, raw_server_on_thread

pytestmark = pytest.mark.anyio

LIMIT = 0.3
LIMITS = Timeout(response=LIMIT)
LIBRARY = "019f0000-0000-7000-8000-000000000001"


async def drip_headers(connection: Connection) -> None:
    """Send a header again and again."""
    await connection.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        await asyncio.sleep(0.02)
        await connection.send(b"X-Name: value\r\n")


async def drip_bytes(connection: Connection) -> None:
    """Send one header byte by byte."""
    await connection.send(b"HTTP/1.1 200 OK\r\nX-Name: ")
    while True:
        await asyncio.sleep(0.02)
        await connection.send(b"a")


async def hint(connection: Connection) -> None:
    """Announce an answer without end."""
    while True:
        await asyncio.sleep(0.02)
        await connection.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")


async def flood(connection: Connection) -> None:
    """Ask for the rest of the request without end."""
    while True:
        await connection.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
        await asyncio.sleep(0.001)


HEADS: Mapping[str, Reply] = {
    "headers": drip_headers,
    "bytes": drip_bytes,
    "hints": hint,
    "flood": flood,
}


@pytest.mark.parametrize("given", [False, True], ids=["own", "given"])
@pytest.mark.parametrize("operation", ["start", "start_stream", "list", "delete"])
@pytest.mark.parametrize("head", HEADS)
async def test_head_that_does_not_end_raises(
    head: str, operation: str, *, given: bool
) -> None:
    async with (
        raw_server(answers(HEADS[head])) as server,
        aiohttp.ClientSession() as session,
        client_of(
            server, timeout=LIMITS, retries=2, session=session if given else None
        ) as client,
        asyncio.timeout(10),
    ):
        with pytest.raises(APITimeoutError) as caught:
            await OPERATIONS[operation](client)
        assert len(server.requests) == 1
    assert caught.value.phase == "response"
    assert caught.value.may_have_been_processed


@pytest.mark.parametrize("head", HEADS)
async def test_head_that_does_not_end_raises_for_an_upload(head: str) -> None:
    async with (
        raw_server(answers(HEADS[head])) as server,
        AsyncLibraries("key", base_url=server.base_url, timeout=LIMITS) as client,
        asyncio.timeout(10),
    ):
        with pytest.raises(APITimeoutError) as caught:
            await client.documents.upload(LIBRARY, bytes(200_000), name="a.txt")
    assert caught.value.phase == "response"


def test_head_that_does_not_end_raises_on_the_blocking_side() -> None:
    with (
        raw_server_on_thread(answers(drip_headers)) as server,
        Conversations("key", base_url=server.base_url, timeout=LIMITS) as client,
    ):
        begin = time.monotonic()
        with pytest.raises(APITimeoutError) as caught:
            client.start("Sky?", model="m")
    assert caught.value.phase == "response"
    assert time.monotonic() - begin < 10


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_head_of_a_proxy_that_does_not_end_raises(scheme: str) -> None:
    """The answer to CONNECT belongs to `connect`."""
    limits = Timeout(connect=LIMIT if scheme == "https" else 10, response=LIMIT)
    async with raw_server(answers(drip_headers)) as proxy:
        client = AsyncConversations(
            "key",
            base_url=f"{scheme}://service.test",
            proxy=proxy.base_url,
            timeout=limits,
            retries=0,
        )
        async with client, asyncio.timeout(10):
            with pytest.raises(APITimeoutError) as caught:
                await client.start("Sky?", model="m")
    assert caught.value.phase == ("connect" if scheme == "https" else "response")


async def test_hints_before_an_answer_in_time_are_passed_over() -> None:
    async def hint_twice(connection: Connection) -> None:
        for _ in range(2):
            await connection.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
            await asyncio.sleep(0.02)
        await connection.send(whole_answer())

    async with (
        raw_server(answers(hint_twice)) as server,
        client_of(server, timeout=Timeout(response=5)) as client,
    ):
        assert (await client.start("Sky?", model="m")).text == "Blue, mostly."


@pytest.mark.parametrize("given", [False, True], ids=["own", "given"])
async def test_answer_that_came_while_the_loop_was_blocked_is_taken(
    *, given: bool
) -> None:
    async def answer_soon(connection: Connection) -> None:
        await asyncio.sleep(0.05)
        await connection.send(whole_answer())

    with raw_server_on_thread(answers(answer_soon)) as server:
        async with (
            aiohttp.ClientSession() as session,
            client_of(
                server, timeout=LIMITS, session=session if given else None
            ) as client,
        ):
            calling = asyncio.ensure_future(client.start("Sky?", model="m"))
            assert await becomes_true(lambda: server.requests)
            asyncio.get_running_loop().call_soon(time.sleep, 2 * LIMIT)
            assert (await calling).text == "Blue, mostly."
