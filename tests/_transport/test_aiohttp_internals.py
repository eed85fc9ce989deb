"""Undocumented parts of aiohttp: that they exist, and what is lost without them."""

import asyncio
import io
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Any, TypeAlias

import aiohttp
import pytest
from aiohttp import client_proto, http_exceptions

from mistral_conversations import APIConnectionError, APITimeoutError, Timeout
from mistral_conversations._transport import aiohttp_internals
from mistral_conversations._transport.aiohttp_internals import (
    AbortablePayload,
    accept_one_answer,
    client_timeout,
    end_wait,
    open_transports,
    parser_errors,
    received_bytes,
    report_connection,
    session_loop,
    session_middlewares,
    session_proxy,
    unread_bytes,
)
from mistral_conversations._transport.answer_handler import AnswerHandler
from mistral_conversations._transport.session import SessionPool
from tests.support.bodies import CONVERSATION_ID
from tests.support.clients import (
    READS,
    answers,
    becomes_true,
    client_of,
    connector_of,
    lose,
    silent_port,
    whole_answer,
    whole_stream,
)
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

Hide: TypeAlias = Callable[..., None]

HANDLER = [
    "_factory",
    "ResponseHandler",
    "data_received",
    "exception",
    "feed_data",
    "force_close",
    "is_connected",
    "set_exception",
    "set_response_params",
]

ATTRIBUTES = [
    *HANDLER,
    "_loop",
    "_middlewares",
    "_acquired",
    "total_bytes",
    "_read_nowait",
    "_waiter",
    "send",
    "transport",
]


@pytest.fixture
def hide(monkeypatch: pytest.MonkeyPatch) -> Hide:
    """Hide attributes of aiohttp's objects from us; aiohttp itself needs them."""

    def hide_all(*names: str) -> None:
        def blind_getattr(value: Any, name: str, *default: Any) -> Any:
            if name in names:
                return getattr(None, name, *default)
            return getattr(value, name, *default)

        def blind_hasattr(value: Any, name: str) -> bool:
            return name not in names and hasattr(value, name)

        module = aiohttp_internals
        monkeypatch.setattr(module, "getattr", blind_getattr, raising=False)
        monkeypatch.setattr(module, "hasattr", blind_hasattr, raising=False)

    return hide_all


@asynccontextmanager
async def response_to(reply: Any) -> AsyncIterator[aiohttp.ClientResponse]:
    async with (
        raw_server(answers(reply)) as server,
        aiohttp.ClientSession() as session,
        session.get(server.base_url) as response,
    ):
        yield response


async def begin_body(connection: Connection) -> None:
    await connection.send(stream_head() + chunked(b"one"))
    await connection.until_client_closes()


async def break_body(connection: Connection) -> None:
    await connection.send(stream_head() + chunked(b"one", b"two"))
    await asyncio.sleep(0.02)
    connection.close()


async def answer_in_two(connection: Connection) -> None:
    """Pause in the middle of the body."""
    answer = whole_answer()
    await connection.send(answer[:-9])
    await asyncio.sleep(0.3)
    await connection.send(answer[-9:])


@pytest.mark.parametrize("name", ATTRIBUTES)
@pytest.mark.parametrize("given", [True, False], ids=["given", "own"])
async def test_no_request_fails_without(name: str, hide: Hide, *, given: bool) -> None:
    hide(name)
    replies = (whole_answer(), whole_answer(), whole_stream(), http(204))
    async with raw_server(answers(*replies)) as server, aiohttp.ClientSession() as own:
        async with client_of(server, session=own if given else None) as client:
            await client.start("Sky?", model="m")
            await client.start("x" * 100_000, model="m")
            await client.start_stream("Sky?", model="m").response()
            await client.delete(CONVERSATION_ID)
        assert len(server.requests) == 4


async def test_connections_accept_one_answer_by_factory() -> None:
    async with aiohttp.TCPConnector() as connector:
        accept_one_answer(connector)
        assert isinstance(connector._factory(), AnswerHandler)


@pytest.mark.parametrize("name", HANDLER)
async def test_connections_are_left_to_aiohttp_without(name: str, hide: Hide) -> None:
    hide(name)
    async with aiohttp.TCPConnector() as connector:
        made = connector._factory
        accept_one_answer(connector)
        assert connector._factory is made


@pytest.mark.parametrize("module", [client_proto, http_exceptions])
async def test_connections_are_left_to_aiohttp_without_a_module(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module.__name__, None)
    monkeypatch.delitem(sys.modules, AnswerHandler.__module__)
    async with aiohttp.TCPConnector() as connector:
        made = connector._factory
        accept_one_answer(connector)
        assert connector._factory is made


async def test_loop_of_a_session_is_known() -> None:
    async with aiohttp.ClientSession() as session:
        assert session_loop(session) is asyncio.get_running_loop()


async def test_without_loop_a_session_on_another_loop_is_not_refused(
    hide: Hide,
) -> None:
    hide("_loop")
    async with aiohttp.ClientSession() as session:
        pool = SessionPool(session, limit=0, ssl=None)
        opened = await asyncio.to_thread(asyncio.run, pool.session(https=False))
        assert opened.session is session


async def mark(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Mark a request, as a middleware of the caller's session."""
    request.headers["X-Marked"] = "yes"
    return await handler(request)


@pytest.mark.parametrize("hidden", [False, True])
async def test_without_middlewares_aiohttp_replays_on_a_session_handed_in(
    hide: Hide, *, hidden: bool
) -> None:
    """The session's own middlewares are called all the same."""
    if hidden:
        hide("_middlewares")
    async with (
        raw_server(answers(lose)) as server,
        aiohttp.ClientSession(middlewares=[mark]) as session,
        client_of(server, session=session) as client,
    ):
        assert session_middlewares(session) == (None if hidden else [mark])
        with pytest.raises(APIConnectionError):
            await READS["get"](client)
        assert len(server.requests) == (2 if hidden else 1)
        assert all(each.headers["x-marked"] == "yes" for each in server.requests)


async def test_without_middlewares_nothing_is_replayed_on_a_session_of_our_own(
    hide: Hide,
) -> None:
    hide("_middlewares")
    async with raw_server(answers(lose)) as server, client_of(server) as client:
        with pytest.raises(APIConnectionError):
            await READS["get"](client)
        assert len(server.requests) == 1


@pytest.mark.parametrize("hidden", [None, "_acquired", "transport"])
async def test_without_acquired_no_connection_in_use_is_found(
    hide: Hide, hidden: str | None
) -> None:
    async with raw_server(answers(begin_body)) as server, client_of(server) as client:
        stream = client.start_stream("Sky?", model="m")
        reading = asyncio.ensure_future(anext(aiter(stream)))
        assert await becomes_true(lambda: server.requests)
        if hidden is not None:
            hide(hidden)
        assert len(list(open_transports(connector_of(client)))) == (hidden is None)
        reading.cancel()
        await asyncio.wait([reading])
    assert list(open_transports(None)) == []


def test_limits_are_exact_by_ceil_threshold() -> None:
    limits = client_timeout(1.5)
    assert (limits.total, limits.connect, limits.sock_read) == (None, 1.5, None)
    assert limits.ceil_threshold == float("inf")


def test_without_ceil_threshold_limits_are_rounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = aiohttp.ClientTimeout

    def without(*, total: float | None, connect: float | None) -> aiohttp.ClientTimeout:
        return made(total=total, connect=connect)

    monkeypatch.setattr(aiohttp, "ClientTimeout", without)
    limits = client_timeout(1.5)
    assert (limits.total, limits.connect) == (None, 1.5)


async def test_response_limit_ends_with_the_headers() -> None:
    limits = Timeout(response=0.1)
    async with (
        raw_server(answers(answer_in_two)) as server,
        client_of(server, timeout=limits) as client,
    ):
        await client.start("Sky?", model="m")


async def get_behind_another(server: RawServer, *, limit: float) -> None:
    """Call on a caller's session whose only connection is in use at first."""
    connector = aiohttp.TCPConnector(limit=1)
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        client_of(server, session=session, timeout=Timeout(response=limit)) as client,
    ):
        first = asyncio.ensure_future(session.get(server.base_url))
        assert await becomes_true(lambda: server.requests)
        try:
            await client.start("Sky?", model="m")
        finally:
            (await first).close()


async def answer_late(connection: Connection) -> None:
    await asyncio.sleep(0.4)
    await connection.send(whole_answer())


async def test_response_limit_does_not_count_the_wait_for_a_connection() -> None:
    async with raw_server(answers(answer_late, whole_answer())) as server:
        await get_behind_another(server, limit=0.3)


@pytest.mark.parametrize("name", ["send", "_middlewares"])
async def test_response_limit_counts_the_wait_for_a_connection_without(
    name: str, hide: Hide
) -> None:
    hide(name)
    async with raw_server(answers(answer_late, whole_answer())) as server:
        with pytest.raises(APITimeoutError) as caught:
            await get_behind_another(server, limit=0.3)
    assert caught.value.phase == "response"


async def test_request_with_slots_has_no_report() -> None:
    class Slotted:
        __slots__ = ()

        async def send(self) -> None:
            """Stand for a request of another aiohttp."""

    request: Any = Slotted()
    assert not report_connection(request, lambda: None)


@pytest.mark.parametrize("name", [None, "protocol", "_payload", "transport"])
async def test_stale_connection_of_a_session_given_is_found_by_its_protocol(
    name: str | None, hide: Hide
) -> None:
    async def answer_and_close(connection: Connection) -> None:
        await connection.send(whole_answer())
        connection.close()

    async with aiohttp.ClientSession() as session:
        with raw_server_on_thread(answers(answer_and_close)) as server:
            async with client_of(server, session=session) as client:
                await client.start("Sky?", model="m")
                time.sleep(0.05)  # noqa: ASYNC251 - nothing is read meanwhile
                if name is not None:
                    hide(name)
                    with pytest.raises(APIConnectionError):
                        await client.start("Sky?", model="m")
                else:
                    await client.start("Sky?", model="m")
                    assert len(server.requests) == 2


async def test_received_bytes_are_total_bytes(hide: Hide) -> None:
    async with response_to(http(200, b"four")) as response:
        await response.read()
        assert received_bytes(response.content) == 4
        hide("total_bytes")
        assert received_bytes(response.content) == 0


@pytest.mark.parametrize("hidden", [False, True])
async def test_without_read_nowait_the_rest_of_a_broken_body_is_lost(
    hide: Hide, *, hidden: bool
) -> None:
    if hidden:
        hide("_read_nowait")
    async with response_to(break_body) as response:
        assert await becomes_true(response.content.exception)
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.content.readany()
        assert unread_bytes(response.content) == (b"" if hidden else b"onetwo")


async def waits(response: aiohttp.ClientResponse) -> "asyncio.Task[bytes]":
    assert await response.content.readany() == b"one"
    task = asyncio.ensure_future(response.content.readany())
    await asyncio.sleep(0.01)
    return task


@pytest.mark.parametrize("hidden", [False, True])
async def test_without_waiter_the_body_is_of_no_more_use_after_a_wait(
    hide: Hide, *, hidden: bool
) -> None:
    if hidden:
        hide("_waiter")
    async with response_to(begin_body) as response:
        task = await waits(response)
        end_wait(response.content, ZeroDivisionError())
        with pytest.raises(ZeroDivisionError):
            await task
        spoiled = isinstance(response.content.exception(), ZeroDivisionError)
        assert spoiled is hidden


async def test_without_waiter_and_set_exception_a_wait_does_not_end(hide: Hide) -> None:
    hide("_waiter", "set_exception")
    async with response_to(begin_body) as response:
        task = await waits(response)
        end_wait(response.content, ZeroDivisionError())
        await asyncio.sleep(0.05)
        assert not task.done()
        task.cancel()
        await asyncio.wait([task])


async def test_no_wait_is_ended_without_a_reader() -> None:
    async with response_to(begin_body) as response:
        end_wait(response.content, ZeroDivisionError())
        assert response.content.exception() is None
        assert await response.content.readany() == b"one"


def test_parser_raises_http_processing_errors() -> None:
    assert parser_errors() == (http_exceptions.HttpProcessingError,)
    assert issubclass(http_exceptions.BadStatusLine, parser_errors())


def test_without_http_processing_error_there_is_none_to_catch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(http_exceptions, "HttpProcessingError")
    assert parser_errors() == ()
    monkeypatch.setitem(sys.modules, http_exceptions.__name__, None)
    assert parser_errors() == ()


class Text(AbortablePayload, aiohttp.BytesIOPayload):
    """A large body."""


@pytest.mark.parametrize("hidden", [False, True])
async def test_without_transport_a_body_is_sent_and_cannot_be_aborted(
    hide: Hide, *, hidden: bool
) -> None:
    if hidden:
        hide("transport")
    body = Text(io.BytesIO(b"x" * 20_000_000), disposition=None)
    async with silent_port() as port, aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{port}"
        sending = asyncio.ensure_future(session.post(url, data=body))
        await asyncio.sleep(0.1)
        assert not body.is_whole
        body.abort()
        await asyncio.wait([sending], timeout=0.2)
        assert sending.done() is not hidden
        sending.cancel()
        await asyncio.wait([sending])
        for transport in open_transports(session.connector):
            transport.abort()
        assert isinstance(session.connector, aiohttp.BaseConnector)
        for protocol in list(session.connector._acquired):
            assert protocol.transport is not None
            protocol.transport.abort()


async def test_body_that_was_not_sent_is_not_aborted() -> None:
    body = Text(io.BytesIO(b"x"), disposition=None)
    body.abort()
    assert not body.is_whole


async def test_body_that_was_written_is_whole() -> None:
    body = Text(io.BytesIO(b"x"), disposition=None)
    async with raw_server(answers(http(200))) as server, aiohttp.ClientSession() as s:
        async with s.post(server.base_url, data=body):
            assert body.is_whole
        assert server.requests[0].body == b"x"


async def test_limit_of_a_wait_holds_without_waiter(hide: Hide) -> None:
    hide("_waiter")
    async with (
        raw_server(answers(begin_body)) as server,
        client_of(server, timeout=Timeout(idle=0.1)) as client,
    ):
        with pytest.raises(APITimeoutError):
            await client.start("Sky?", model="m")


@pytest.mark.parametrize("hidden", [False, True])
async def test_proxy_of_a_session_is_found(
    monkeypatch: pytest.MonkeyPatch, *, hidden: bool
) -> None:
    async with aiohttp.ClientSession(proxy="http://proxy.test:1") as session:
        assert session_proxy(session) == "http://proxy.test:1"
        if hidden:
            monkeypatch.delattr(session, "_default_proxy")
            assert session_proxy(session) is None
    async with aiohttp.ClientSession() as session:
        assert session_proxy(session) is None
