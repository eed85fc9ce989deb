"""The connector that marks requests while they wait for their connection."""

import asyncio
import socket
from typing import Any

import aiohttp
import pytest

from mistral_conversations._transport.attempts import Attempt
from mistral_conversations._transport.connector import Connector, Lookup, connecting
from tests.support.clients import answers, full_port, refusing_port
from tests.support.raw_server import http, raw_server

pytestmark = pytest.mark.anyio


async def test_request_is_marked_until_it_has_its_connection() -> None:
    """On a new connection, and on one from the pool."""
    async with (
        raw_server(answers(http(200, b"ok"))) as server,
        aiohttp.ClientSession(connector=Connector()) as session,
    ):
        for _ in range(2):
            attempt = Attempt(1, is_begun=True, is_connecting=True)
            token = connecting.set(attempt)
            async with session.get(server.base_url) as response:
                assert not attempt.is_connecting
                assert attempt.may_have_been_sent
                await response.read()
            connecting.reset(token)
        assert server.connections == 1


async def test_request_that_gets_no_connection_stays_marked() -> None:
    attempt = Attempt(1, is_begun=True)
    connecting.set(attempt)
    async with aiohttp.ClientSession(connector=Connector()) as session:
        with refusing_port() as bound, pytest.raises(aiohttp.ClientConnectorError):
            await session.get(f"http://127.0.0.1:{bound.getsockname()[1]}")
    assert attempt.is_connecting
    assert not attempt.may_have_been_sent


async def test_request_that_is_cancelled_while_connecting_stays_marked() -> None:
    attempt = Attempt(1, is_begun=True)
    connecting.set(attempt)
    with full_port() as port:
        async with aiohttp.ClientSession(connector=Connector()) as session:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await session.get(f"http://127.0.0.1:{port}")
    assert not attempt.may_have_been_sent


async def test_request_outside_an_attempt_is_connected_all_the_same() -> None:
    async with (
        raw_server(answers(http(200, b"ok"))) as server,
        aiohttp.ClientSession(connector=Connector()) as session,
        session.get(server.base_url) as response,
    ):
        assert connecting.get() is None
        assert await response.read() == b"ok"


async def test_names_are_looked_up_here_where_no_thread_can_be_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> Any:
        raise RuntimeError("can't start new thread")

    lookup = Lookup()
    address = ("127.0.0.1", 80)
    stream = {"type": socket.SOCK_STREAM}
    usual = await lookup.getaddrinfo(*address, **stream)
    named = await lookup.getnameinfo(address, socket.NI_NUMERICHOST)
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "run_in_executor", refuse)
    assert await lookup.getaddrinfo(*address, **stream) == usual
    assert await lookup.getnameinfo(address, socket.NI_NUMERICHOST) == named
    async with raw_server(answers(http(200, b"ok"))) as server:
        url = server.base_url.replace("127.0.0.1", "localhost")
        async with (
            aiohttp.ClientSession(connector=Connector()) as session,
            session.get(url) as response,
        ):
            assert await response.read() == b"ok"
