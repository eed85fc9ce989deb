"""One request and its response: what aiohttp raises becomes an error of ours."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from yarl import URL

from mistral_conversations import APIConnectionError, APITimeoutError, Timeout
from mistral_conversations._transport.attempts import Attempt
from mistral_conversations._transport.deadline import Deadline
from mistral_conversations._transport.exchange import Exchange
from tests.support.clients import (
    Reply,
    answers,
    becomes_true,
    client_of,
    lose,
    refusing_port,
    reset,
    stay_mute,
    whole_answer,
    within,
)
from tests.support.for_each import for_each
from tests.support.proxies import Authority
from tests.support.raw_server import (
    Connection,
    RawServer,
    chunked,
    http,
    raw_server,
    raw_server_on_thread,
    stream_head,
)

pytestmark = pytest.mark.anyio

BODY = b"0123456789" * 100


@asynccontextmanager
async def opened(reply: Reply, **limits: Any) -> AsyncIterator[Exchange]:
    async with raw_server(answers(reply)) as server, aiohttp.ClientSession() as session:
        exchange = await open_one(session, server, Timeout(**limits))
        try:
            yield exchange
        finally:
            exchange.close()


async def open_one(
    session: aiohttp.ClientSession,
    server: RawServer,
    timeout: Timeout,
    method: str = "GET",
) -> Exchange:
    return await Exchange.open(
        session,
        method,
        URL(server.base_url),
        timeout=timeout,
        deadline=Deadline(timeout.total),
        attempt=Attempt(1),
    )


async def read_into(pieces: list[bytes], exchange: Exchange) -> None:
    while piece := await exchange.read():
        pieces.append(piece)


async def read_all(exchange: Exchange) -> bytes:
    pieces: list[bytes] = []
    await read_into(pieces, exchange)
    return b"".join(pieces)


async def test_answer_is_read_to_its_end() -> None:
    async with opened(http(201, BODY, {"X-Name": "a", "x-name": "b"})) as exchange:
        assert exchange.status == 201
        assert exchange.headers["x-name"] == "a, b"
        assert await read_all(exchange) == BODY
        assert await exchange.read() == b""


async def test_pieces_are_given_as_they_come() -> None:
    received = asyncio.Event()

    async def in_two(connection: Connection) -> None:
        await connection.send(stream_head() + chunked(b"one"))
        await received.wait()
        await connection.send(chunked(b"two", end=True))

    async with opened(in_two) as exchange:
        assert await exchange.read() == b"one"
        received.set()
        assert await exchange.read() == b"two"
        assert await exchange.read() == b""


async def test_read_waits_until_its_limit() -> None:
    async def begin(connection: Connection) -> None:
        await connection.send(stream_head() + chunked(b"one"))
        await connection.until_client_closes()

    async with opened(begin) as exchange:
        assert await exchange.read() == b"one"
        until = asyncio.get_running_loop().time() + 0.05
        async with within(0.05):
            with pytest.raises(APITimeoutError) as caught:
                await exchange.read(until)
        assert caught.value.phase == "idle"


@pytest.mark.parametrize("end", ["close", "reset"])
async def test_what_came_before_a_lost_connection_is_given_first(end: str) -> None:
    async def cut(connection: Connection) -> None:
        await connection.send(stream_head() + chunked(b"one", b"two"))
        await asyncio.sleep(0.02)
        if end == "close":
            connection.close()
        else:
            connection.reset()

    async with opened(cut) as exchange:
        await asyncio.sleep(0.06)
        pieces: list[bytes] = []
        with pytest.raises(APIConnectionError) as caught:
            await read_into(pieces, exchange)
        assert b"".join(pieces) == b"onetwo"
        assert caught.value.may_have_been_processed
        with pytest.raises(APIConnectionError):
            await exchange.read()


BROKEN: dict[str, bytes] = {
    "no http": b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    "no version": b"200 OK\r\n\r\n",
    "bad status": b"HTTP/1.1 abc OK\r\n\r\n",
    "bad header": b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
    "bad length": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabcde",
    "two lengths": http(200, b"a", {"content-length": "2"}),
    "bad chunk": stream_head() + b"nonsense\r\nabc\r\n",
    "nothing but a line end": b"\r\n\r\n",
}


@for_each("broken", BROKEN)
async def test_answer_that_is_no_http_is_a_connection_error(broken: str) -> None:
    async def answer(connection: Connection) -> None:
        await connection.send(BROKEN[broken])
        connection.close()

    with pytest.raises(APIConnectionError) as caught:
        async with opened(answer) as exchange:
            await read_all(exchange)
    assert caught.value.may_have_been_processed


@pytest.mark.parametrize("reply", [lose, reset])
async def test_lost_request_may_have_been_processed(reply: Reply) -> None:
    with pytest.raises(APIConnectionError, match="lost") as caught:
        async with opened(reply):
            pass
    assert caught.value.may_have_been_processed
    assert not isinstance(caught.value, APITimeoutError)


async def test_connection_that_is_refused_was_not_processed() -> None:
    with refusing_port() as bound:
        url = URL(f"http://127.0.0.1:{bound.getsockname()[1]}")
        async with aiohttp.ClientSession() as session:
            with pytest.raises(APIConnectionError, match="connect") as caught:
                await Exchange.open(
                    session,
                    "POST",
                    url,
                    timeout=Timeout(),
                    deadline=Deadline(None),
                    attempt=Attempt(1),
                )
    assert not caught.value.may_have_been_processed


async def test_limit_of_the_session_counts_for_nothing() -> None:
    """The caller's session has limits of its own; the client's are asked for."""
    limits = aiohttp.ClientTimeout(total=0.01, sock_read=0.01)

    async def slowly(connection: Connection) -> None:
        await asyncio.sleep(0.1)
        await connection.send(http(200, BODY))

    async with (
        raw_server(answers(slowly)) as server,
        aiohttp.ClientSession(timeout=limits, raise_for_status=True) as session,
    ):
        exchange = await open_one(session, server, Timeout())
        assert await read_all(exchange) == BODY


async def test_connection_is_kept_after_the_end_and_closed_before_it() -> None:
    async with (
        raw_server(answers(http(200, BODY))) as server,
        aiohttp.ClientSession() as session,
    ):
        for _ in range(2):
            exchange = await open_one(session, server, Timeout())
            await read_all(exchange)
            exchange.close()
        assert server.connections == 1
        (await open_one(session, server, Timeout())).close()
        exchange = await open_one(session, server, Timeout())
        assert await read_all(exchange) == BODY
        assert server.connections <= 2


async def test_answer_to_a_limit_closes_the_connection() -> None:
    async with (
        raw_server(answers(stay_mute)) as server,
        aiohttp.ClientSession() as session,
    ):
        with pytest.raises(APITimeoutError):
            await open_one(session, server, Timeout(response=0.02))
        assert await becomes_true(lambda: not server.open_connections)


async def test_answer_that_has_come_whole_is_read_after_its_time() -> None:
    async with opened(http(409, BODY), total=0.2) as exchange:
        await asyncio.sleep(0.25)
        assert await read_all(exchange) == BODY


async def test_answer_that_has_not_come_whole_ends_with_its_time() -> None:
    async with opened(stream_head() + chunked(BODY), total=0.2) as exchange:
        await asyncio.sleep(0.25)
        with pytest.raises(APITimeoutError) as caught:
            await exchange.read()
    assert caught.value.phase == "total"


async def test_read_after_the_session_was_closed_is_a_lost_connection() -> None:
    body = answers(stream_head() + chunked(BODY))
    async with raw_server(body) as server, aiohttp.ClientSession() as session:
        exchange = await open_one(session, server, Timeout())
        assert await exchange.read() == BODY
        await session.close()
        with pytest.raises(APIConnectionError, match="the connection was lost"):
            await exchange.read()
        exchange.close()


async def test_read_after_the_loop_ended_is_a_lost_connection() -> None:
    def open_elsewhere(server: RawServer) -> Exchange:
        async def open_and_close() -> Exchange:
            async with aiohttp.ClientSession() as session:
                exchange = await open_one(session, server, Timeout())
                exchange.close()
                return exchange

        return asyncio.run(open_and_close())

    async with raw_server(answers(stream_head() + chunked(BODY))) as server:
        exchange = await asyncio.to_thread(open_elsewhere, server)
    assert await exchange.read() == BODY
    with pytest.raises(APIConnectionError, match="the answer was closed"):
        await exchange.read()


async def test_tls_connection_closes_before_its_end_without_the_server() -> None:
    authority = Authority()
    context = authority.server_context("127.0.0.1")
    handler = answers(stream_head() + chunked(BODY))
    connector = aiohttp.TCPConnector(ssl=authority.client_context())
    async with (
        raw_server(handler, ssl=context) as server,
        aiohttp.ClientSession(connector=connector) as session,
        session.get(f"https://127.0.0.1:{server.port}") as response,
    ):
        assert response.connection is not None
        assert response.connection.transport is not None
        socket = response.connection.transport.get_extra_info("socket")
        Exchange(response, Timeout(), Deadline(None)).close()
        await asyncio.sleep(0)
        assert socket.fileno() == -1


async def test_large_request_is_sent_whole_without_a_warning() -> None:
    text = "a" * 3_000_000
    with raw_server_on_thread(answers(whole_answer())) as server:
        async with client_of(server) as client:
            await client.start(text, model="m")
        assert server.requests[0].json["inputs"] == text


async def test_large_request_is_sent_again_whole() -> None:
    text = "a" * 3_000_000
    busy = http(429, b"", {"Retry-After": "0"})
    with raw_server_on_thread(answers(busy, whole_answer())) as server:
        async with client_of(server, retries=1) as client:
            await client.start(text, model="m")
        assert [len(request.json["inputs"]) for request in server.requests] == [
            3_000_000
        ] * 2
