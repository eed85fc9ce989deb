"""G9: a connection that the server closed while it was idle serves no request."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache, partial
from typing import TypeAlias

import aiohttp
import attrs
import pytest

from mistral_conversations import AsyncConversations, AsyncLibraries, Conversations
from tests.support.bodies import CONVERSATION_ID, model_conversation
from tests.support.clients import becomes_true, client_of, whole_answer, whole_stream
from tests.support.library_bodies import LIBRARY_ID, library
from tests.support.proxies import Authority, tunnel_to
from tests.support.raw_server import (
    Connection,
    Handler,
    RawServer,
    Request,
    http,
    json_answer,
    raw_server_on_thread,
)
from tests.support.upload_servers import document_answer

pytestmark = pytest.mark.anyio

Ending: TypeAlias = Callable[[Connection], Awaitable[None]]


async def close(connection: Connection) -> None:
    connection.close()


async def reset(connection: Connection) -> None:
    connection.reset()


def send(data: bytes, *, and_close: bool = False) -> Ending:
    async def ending(connection: Connection) -> None:
        await connection.send(data)
        if and_close:
            connection.close()

    return ending


ENDINGS: Mapping[str, Ending] = {
    "FIN": close,
    "RST": reset,
    "408": send(http(408)),
    "408, close": send(http(408, b"", {"Connection": "close"})),
    "408, FIN": send(http(408, b"", {"Connection": "close"}), and_close=True),
    "half an answer": send(b"HTTP/1.1 408 Reque"),
    "half an answer, FIN": send(b"HTTP/1.1 408 Reque", and_close=True),
    "garbage": send(b"\0\0"),
    "CRLF": send(b"\r\n"),
    "another answer": send(whole_answer()),
}


@attrs.frozen
class Clients:
    conversations: AsyncConversations
    libraries: AsyncLibraries


OPERATIONS: Mapping[str, Callable[[Clients], Awaitable[object]]] = {
    "start": lambda its: its.conversations.start("Sky?", model="m"),
    "large": lambda its: its.conversations.start("x" * 200_000, model="m"),
    "stream": lambda its: its.conversations.start_stream("?", model="m").response(),
    "get": lambda its: its.conversations.get(CONVERSATION_ID),
    "delete": lambda its: its.conversations.delete(CONVERSATION_ID),
    "update": lambda its: its.libraries.update(LIBRARY_ID, name="Skies"),
    "upload": lambda its: its.libraries.documents.upload(
        LIBRARY_ID, b"blue", name="sky.txt"
    ),
}

OF_LIBRARIES = {"update", "upload"}


def answer_to(request: Request) -> bytes:
    if request.method == "DELETE":
        return http(204)
    if request.method == "PATCH":
        return json_answer(library())
    if request.method == "GET":
        return json_answer(model_conversation(1))
    if request.target.endswith("/documents"):
        return document_answer()
    return whole_stream() if request.json.get("stream") else whole_answer()


class EndedBy:
    """A handler that answers, and ends its first connections after that."""

    def __init__(
        self,
        ending: Ending,
        *,
        after: float = 0.0,
        times: int = 1,
        arrival: float = 0.005,
    ) -> None:
        self._ending = ending
        self._after = after
        self._arrival = arrival
        """The seconds in which the end reaches the client, through a tunnel or not."""

        self._left = times
        self._ended = 0

    def has_ended(self, times: int) -> bool:
        """Return whether it has ended so many connections."""
        return self._ended >= times

    async def __call__(self, request: Request, connection: Connection) -> None:
        await connection.send(answer_to(request))
        if self._left:
            self._left -= 1
            await asyncio.sleep(self._after)
            await self._ending(connection)
            await asyncio.sleep(self._arrival)
            self._ended += 1


async def answer(request: Request, connection: Connection) -> None:
    await connection.send(answer_to(request))


@cache
def authority() -> Authority:
    return Authority()


@asynccontextmanager
async def served(
    handler: Handler, way: str = "http"
) -> AsyncIterator[tuple[RawServer, Clients]]:
    """Serve on a thread, so that the server continues while the client's loop stops."""
    tls = authority().server_context("localhost") if way != "http" else None
    async with AsyncExitStack() as stack:
        server = stack.enter_context(raw_server_on_thread(handler, ssl=tls))
        proxy = None
        if way == "tunnel":
            tunnel = tunnel_to(server.port)
            proxy = stack.enter_context(raw_server_on_thread(tunnel)).base_url
        url = server.base_url if tls is None else f"https://localhost:{server.port}"
        conversations = AsyncConversations(
            "key",
            base_url=url,
            retries=0,
            proxy=proxy,
            ssl=None if tls is None else authority().client_context(),
        )
        libraries = AsyncLibraries(
            "key",
            base_url=url,
            retries=0,
            proxy=proxy,
            ssl=None if tls is None else authority().client_context(),
        )
        stack.push_async_callback(becomes_true, lambda: not server.open_connections)
        await stack.enter_async_context(conversations)
        await stack.enter_async_context(libraries)
        yield server, Clients(conversations, libraries)


async def first(clients: Clients, operation: str) -> None:
    kind = "update" if operation in OF_LIBRARIES else "start"
    await OPERATIONS[kind](clients)


async def until_ended(handler: EndedBy, times: int = 1, *, blocked: bool) -> None:
    """Wait for the server, on its thread, to end its connections."""
    if blocked:
        block_until(partial(handler.has_ended, times))
    else:
        await becomes_true(partial(handler.has_ended, times))
        await asyncio.sleep(0.005)  # in which the loop reads what has arrived


def block_until(condition: Callable[[], object]) -> None:
    """Wait for the server while the loop reads nothing."""
    until = time.monotonic() + 5
    while not condition() and time.monotonic() < until:
        time.sleep(0.001)


@pytest.mark.parametrize("blocked", [True, False], ids=["blocked", "awake"])
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("ending", ENDINGS)
async def test_request_goes_out_on_a_new_connection(
    ending: str, operation: str, *, blocked: bool
) -> None:
    handler = EndedBy(ENDINGS[ending])
    async with served(handler) as (server, clients):
        await first(clients, operation)
        await until_ended(handler, blocked=blocked)
        await OPERATIONS[operation](clients)
        await OPERATIONS[operation](clients)
        assert len(server.requests) == 3
        assert server.connections == 2


@pytest.mark.parametrize("way", ["https", "tunnel"])
@pytest.mark.parametrize("ending", ENDINGS)
async def test_request_goes_out_on_a_new_connection_over_tls(
    ending: str, way: str
) -> None:
    arrival = 0.1 if way == "tunnel" else 0.005
    handler = EndedBy(ENDINGS[ending], times=2, arrival=arrival)
    async with served(handler, way) as (server, clients):
        for times, blocked in enumerate((True, False), 1):
            await first(clients, "start")
            await until_ended(handler, times, blocked=blocked)
        await OPERATIONS["start"](clients)
        assert len(server.requests) == server.connections == 3


@pytest.mark.parametrize("way", ["http", "https", "tunnel"])
async def test_connection_that_stays_open_serves_all_requests(way: str) -> None:
    """TLS itself sends bytes while a connection is idle, such as session tickets."""
    async with served(answer, way) as (server, clients):
        for blocked in (True, False, False):
            await OPERATIONS["start"](clients)
            if blocked:
                time.sleep(0.02)  # noqa: ASYNC251 - the loop reads nothing meanwhile
            else:
                await asyncio.sleep(0.02)
            await OPERATIONS["stream"](clients)
        assert server.connections == 1


async def test_server_that_closes_after_each_answer_answers_all() -> None:
    handler = EndedBy(close, times=99)
    async with served(handler) as (server, clients):
        for times in range(1, 41):
            await OPERATIONS["start"](clients)
            await until_ended(handler, times, blocked=False)
        assert len(server.requests) == server.connections == 40


@pytest.mark.parametrize("delay", [0.2, 0.1])
async def test_connection_closed_while_the_loop_was_blocked_is_found_closed(
    delay: float,
) -> None:
    handler = EndedBy(close, after=delay)
    async with served(handler) as (server, clients):
        await OPERATIONS["start"](clients)
        await until_ended(handler, blocked=True)
        await OPERATIONS["start"](clients)
        assert len(server.requests) == 2


@pytest.mark.parametrize("blocked", [True, False], ids=["blocked", "awake"])
@pytest.mark.parametrize("operation", ["start", "stream", "get", "delete"])
@pytest.mark.parametrize("ending", ["FIN", "408", "408, FIN", "another answer"])
async def test_request_goes_out_on_a_new_connection_of_a_session_given(
    ending: str, operation: str, *, blocked: bool
) -> None:
    """Half an answer that such a session has read goes unnoticed."""
    handler = EndedBy(ENDINGS[ending])
    with raw_server_on_thread(handler) as server:
        async with aiohttp.ClientSession() as session:
            client = client_of(server, session=session)
            libraries = AsyncLibraries("key", base_url=server.base_url)
            async with client, libraries:
                await client.start("Sky?", model="m")
                await until_ended(handler, blocked=blocked)
                await OPERATIONS[operation](Clients(client, libraries))
        assert len(server.requests) == server.connections == 2


def test_blocking_client_goes_out_on_a_new_connection() -> None:
    handler = EndedBy(close, times=99)
    with raw_server_on_thread(handler) as server:
        client = Conversations("key", base_url=server.base_url, retries=0)
        with client:
            for times in range(1, 4):
                client.start("Sky?", model="m")
                block_until(partial(handler.has_ended, times))
            client.start_stream("Sky?", model="m").response()
        assert len(server.requests) == server.connections == 4


async def test_waiting_call_gets_no_connection_with_bytes_behind_its_answer() -> None:
    """With a limit of 1, each call gets the connection that the last one released."""

    async def answer_and_send_nul(request: Request, connection: Connection) -> None:
        await connection.send(answer_to(request) + b"\0")

    with raw_server_on_thread(answer_and_send_nul) as server:
        async with client_of(server, limit=1) as client:
            await asyncio.gather(*(client.start("Sky?", model="m") for _ in range(9)))
        assert len(server.requests) == 9


async def test_all_idle_connections_closed_at_once_are_skipped() -> None:
    async def handler(request: Request, connection: Connection) -> None:
        if len(server.requests) <= 5:
            await becomes_true(lambda: len(server.requests) >= 5)
            await connection.send(answer_to(request))
            connection.close()
        else:
            await connection.send(answer_to(request))

    with raw_server_on_thread(handler) as server:
        async with client_of(server) as client:
            await asyncio.gather(*(client.start("Sky?", model="m") for _ in range(5)))
            block_until(lambda: not server.open_connections)
            await client.start("Sky?", model="m")
        assert len(server.requests) == server.connections == 6
