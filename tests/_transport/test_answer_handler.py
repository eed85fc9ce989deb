"""A connection that accepts one answer for each request, and nothing behind it."""

import asyncio
import gc
import time
import weakref
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import aiohttp
import pytest
from aiohttp import http_parser

from mistral_conversations import (
    APIConnectionError,
    AsyncConversations,
    NotFoundError,
    SDKError,
    Timeout,
)
from mistral_conversations._transport.answer_handler import AnswerHandler
from tests.support.bodies import CONVERSATION_ID
from tests.support.clients import (
    answers,
    becomes_true,
    begin_plain,
    client_of,
    connector_of,
    refusal,
    whole_answer,
    whole_stream,
)
from tests.support.raw_server import (
    Connection,
    Handler,
    Request,
    chunked,
    http,
    raw_server,
    raw_server_on_thread,
)

pytestmark = pytest.mark.anyio

JSON_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
JSON = whole_answer().partition(b"\r\n\r\n")[2]
NO_LENGTH = b"HTTP/1.1 204 No Content\r\n\r\n"
CHUNKED = JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

BEHIND = {
    "NUL": b"\0",
    "space": b" ",
    "CRLF": b"\r\n",
    "LF": b"\n",
    "junk": b"junk",
    "a beginning": b"HTTP/1.1 4",
    "a second answer": whole_answer(),
    "a 408": http(408),
    "a 408 that closes": http(408, b"", {"Connection": "close"}),
    "half an answer": whole_answer()[:-9],
    "much": b"\0" * 70_000,
}


async def start(client: AsyncConversations) -> None:
    assert (await client.start("Sky?", model="m")).text == "Blue, mostly."


async def stream(client: AsyncConversations) -> None:
    assert (await client.start_stream("Sky?", model="m").response()).text == "Blue."


async def delete(client: AsyncConversations) -> None:
    await client.delete(CONVERSATION_ID)


async def miss(client: AsyncConversations) -> None:
    with pytest.raises(NotFoundError, match="Not today"):
        await client.get(CONVERSATION_ID)


async def get_nothing(client: AsyncConversations) -> None:
    with pytest.raises(SDKError) as caught:
        await client.get(CONVERSATION_ID)
    assert caught.value.status == 304


Check = Callable[[AsyncConversations], Awaitable[None]]

WHOLE: dict[str, tuple[bytes, Check]] = {
    "length": (whole_answer(), start),
    "after 103": (b"HTTP/1.1 103 Early\r\nA: b\r\n\r\n" + whole_answer(), start),
    "chunked": (CHUNKED + chunked(JSON[:9], JSON[9:], end=True), start),
    "trailers": (CHUNKED + chunked(JSON) + b"0\r\nA: b\r\n\r\n", start),
    "error": (refusal(404), miss),
    "stream": (whole_stream(), stream),
    "204 without length": (NO_LENGTH, delete),
    "204 of length 0": (http(204), delete),
    "200 of length 0": (http(200), delete),
}

TOO_LONG: dict[str, tuple[bytes, Check]] = {
    "204 with a body": (http(204, b"{}"), delete),
    "204 with a body unannounced": (NO_LENGTH + b"{}", delete),
    "204 with chunks": (
        b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n"
        + chunked(b"{}", end=True),
        delete,
    ),
    "304 with a body": (http(304, b"{}"), get_nothing),
    "stream with junk behind its last event": (
        whole_stream(end=False) + b"0\r\njunk\r\n\r\n",
        stream,
    ),
}


def splits(answer: bytes, behind: bytes) -> Iterator[list[bytes]]:
    """Yield ways to send both: at once, split around the head, and drop by drop."""
    last_head = max(answer.find(b"HTTP/1.1", 1), 0)
    head = answer.index(b"\r\n\r\n", last_head) + 4
    whole = answer + behind
    yield [whole]
    yield [answer[:head], whole[head:]]
    yield [answer[: head - 2], whole[head - 2 :]]
    yield [answer, behind]
    if len(behind) < 9:
        yield [whole[at : at + 1] for at in range(len(whole))]


def first_in(pieces: list[bytes]) -> Handler:
    """Return a handler that sends these pieces first, and whole answers then."""
    answered: list[Request] = []

    async def handler(request: Request, connection: Connection) -> None:
        connection.no_delay()
        answered.append(request)
        if len(answered) > 1:
            await connection.send(whole_answer())
            return
        for piece in pieces:
            await connection.send(piece)
            await asyncio.sleep(0.002 if len(pieces) < 9 else 0)

    return handler


async def check(pieces: list[bytes], call: Check, connections: int) -> None:
    async with raw_server(first_in(pieces)) as server, client_of(server) as client:
        await call(client)
        await asyncio.sleep(0.005)
        await start(client)
        assert len(server.requests) == 2
        assert server.connections == connections


@pytest.mark.parametrize("kind", WHOLE)
async def test_connection_is_used_again_after_a_whole_answer(kind: str) -> None:
    answer, call = WHOLE[kind]
    for pieces in splits(answer, b""):
        await check(pieces, call, connections=1)


@pytest.mark.parametrize("behind", BEHIND)
@pytest.mark.parametrize("kind", WHOLE)
async def test_bytes_behind_an_answer_cost_its_connection_alone(
    kind: str, behind: str
) -> None:
    answer, call = WHOLE[kind]
    for pieces in splits(answer, BEHIND[behind]):
        await check(pieces, call, connections=2)


@pytest.mark.parametrize("kind", TOO_LONG)
async def test_body_where_none_belongs_costs_its_connection_alone(kind: str) -> None:
    answer, call = TOO_LONG[kind]
    for pieces in splits(answer, b""):
        await check(pieces, call, connections=2)


@pytest.mark.parametrize("trailer", [b"junk", b"\0\xff", b"a b: c"])
async def test_junk_in_the_trailers_costs_no_answer_without_the_c_parser(
    trailer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """aiohttp uses its parser in Python where its extension is not installed."""
    parser: Any = http_parser
    pure = parser.HttpResponseParserPy
    monkeypatch.setattr("aiohttp.client_proto.HttpResponseParser", pure)
    answer = CHUNKED + chunked(JSON) + b"0\r\n" + trailer + b"\r\n"
    for pieces in (
        [answer + b"\r\n"],
        [answer, b"\r\n"],
        [answer[:-4], answer[-4:] + b"\r\n"],
    ):
        await check(pieces, start, connections=2)


@pytest.mark.parametrize("kind", ["204 with a body", "204 with chunks"])
async def test_connection_is_not_used_again_where_a_body_may_follow(kind: str) -> None:
    answer, call = TOO_LONG[kind]
    head = answer.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    async with (
        raw_server(first_in([head])) as server,
        client_of(server) as client,
    ):
        await call(client)
        await start(client)
        assert server.connections == 2


@pytest.mark.parametrize("place", [b"ZZ\r\n", b"3\r\nabcZZ", b"-1\r\n", b"\0\0\0\0\0"])
async def test_malformed_chunk_is_a_lost_connection_at_once(place: bytes) -> None:
    """aiohttp's parser stops there, and never wakes the body's reader."""
    for pieces in splits(CHUNKED + chunked(JSON[:9]), place):
        async with (
            raw_server(first_in([*pieces, b"\r\n"])) as server,
            client_of(server, timeout=Timeout(idle=30)) as client,
        ):
            with pytest.raises(APIConnectionError, match="lost while reading"):
                await client.start("Sky?", model="m")


async def test_idle_connection_with_something_to_read_is_not_connected() -> None:
    async def answer_and_close(_: Request, connection: Connection) -> None:
        await connection.send(whole_answer())
        await asyncio.sleep(0.01)
        connection.close()

    async with raw_server(answer_and_close) as server, client_of(server) as client:
        await start(client)
        handler = idle_handler(client)
        assert handler.is_connected()
        assert await becomes_true(lambda: not handler.is_connected())


async def test_connection_in_use_is_connected_whatever_it_has_to_read() -> None:
    with raw_server_on_thread(answers(begin_plain)) as server:
        async with client_of(server) as client:
            call = asyncio.ensure_future(client.start("Sky?", model="m"))
            assert await becomes_true(lambda: server.requests)
            time.sleep(0.05)  # noqa: ASYNC251 - nothing is read meanwhile
            (handler,) = connector_of(client)._acquired
            assert handler.is_connected()
            call.cancel()
            await asyncio.wait([call])


async def test_connection_lost_by_a_runtime_error_is_a_lost_connection() -> None:
    """As uvloop reports some over TLS."""
    handler = AnswerHandler(loop=asyncio.get_running_loop())
    handler.set_response_params()
    handler.connection_lost(RuntimeError("the handler is closed"))
    with pytest.raises(aiohttp.ClientOSError, match="the handler is closed"):
        await handler.read()


async def test_connection_is_freed_without_the_garbage_collector() -> None:
    gc.disable()
    try:
        async with raw_server(answers(whole_answer())) as server:
            async with client_of(server) as client:
                await start(client)
                handler = weakref.ref(idle_handler(client))
            assert await becomes_true(lambda: handler() is None)
    finally:
        gc.enable()


def idle_handler(client: AsyncConversations) -> Any:
    """Return aiohttp's end of the only connection in the pool."""
    ((handler, _since),) = next(iter(connector_of(client)._conns.values()))
    return handler
