"""Relays as the bodies of responses of web frameworks."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from mistral_conversations import AsyncConversations, AsyncRelay, NotFoundError
from tests.relay.reading import names, read
from tests.support.bodies import text_stream
from tests.support.client_and_server import answered_with, ask, event_stream, served_by
from tests.support.clients import becomes_true, begun_stream, refusal
from tests.support.raw_server import Connection, Request

pytestmark = pytest.mark.anyio

STREAM = event_stream(*text_stream("Blue, ", "mostly."))


class Browser:
    """A browser of an ASGI application, without a server between them.

    Args:
        app: the application.
        version: of ASGI: from 2.4 on, a server reports a lost browser by an error of
            `send`; before, by a message alone.
    """

    def __init__(self, app: Any, version: str = "2.4") -> None:
        self._app = app
        self._version = version
        self._leaving = asyncio.Event()
        self._arrived = asyncio.Event()
        self._asked = False
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self.content = b""

    async def get(self, path: str) -> bytes:
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": self._version},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [],
        }
        await self._app(scope, self._receive, self._send)
        return self.content

    async def until(self, text: bytes) -> None:
        """Wait until the content has a text."""
        while text not in self.content:
            self._arrived.clear()
            await self._arrived.wait()

    def leave(self) -> None:
        self._leaving.set()

    async def _receive(self) -> Any:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._leaving.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if self._leaving.is_set() and self._version >= "2.4":
            raise OSError
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {k.decode(): v.decode() for k, v in message["headers"]}
        else:
            self.content += message["body"]
            self._arrived.set()


def application(client: AsyncConversations, keep_alive: float = 15) -> FastAPI:
    app = FastAPI()

    @app.get("/chat")
    async def chat() -> StreamingResponse:
        relay = (await ask(client).open()).sse(keep_alive=keep_alive)
        return StreamingResponse(relay, headers=relay.headers)

    return app


async def test_a_relay_is_the_body_of_a_response_of_fastapi() -> None:
    async with answered_with(STREAM) as (client, _):
        browser = Browser(application(client))
        content = await browser.get("/chat")
    assert browser.status == 200
    assert browser.headers["content-type"].startswith("text/event-stream")
    assert browser.headers["x-accel-buffering"] == "no"
    assert [data for _, data in read(content)] == text_stream("Blue, ", "mostly.")


async def test_what_refuses_the_request_comes_before_the_response() -> None:
    async with answered_with(refusal(404)) as (client, _):
        browser = Browser(application(client))
        with pytest.raises(NotFoundError):
            await browser.get("/chat")
    assert (browser.status, browser.content) == (500, b"Internal Server Error")


async def begin(_: Request, connection: Connection) -> None:
    await connection.send(begun_stream("one"))
    await connection.until_client_closes()


@pytest.mark.parametrize("version", ["2.3", "2.4"])
async def test_a_browser_that_leaves_closes_the_stream(version: str) -> None:
    async with served_by(begin) as (client, server):
        app = application(client, keep_alive=0.02)
        browser = Browser(app, version)
        visit = asyncio.create_task(browser.get("/chat"))
        await browser.until(b"keep-alive")
        assert server.open_connections == 1
        browser.leave()
        await asyncio.wait([visit])
        if not visit.cancelled():
            visit.exception()
        del visit
        assert await becomes_true(lambda: server.open_connections == 0)


@asynccontextmanager
async def aiohttp_server(client: AsyncConversations) -> AsyncIterator[Any]:
    """Yield the URL of an application, and its relays."""
    relays: list[AsyncRelay] = []

    async def chat(request: web.Request) -> web.StreamResponse:
        async with ask(client) as stream:
            relay = stream.sse(keep_alive=0.02)
            relays.append(relay)
            response = web.StreamResponse(headers=relay.headers)
            await response.prepare(request)
            async for chunk in relay:
                await response.write(chunk)
        return response

    app = web.Application()
    app.router.add_get("/chat", chat)
    async with TestServer(app) as server:
        yield server.make_url("/chat"), relays


async def test_a_relay_is_written_by_aiohttp() -> None:
    async with (
        answered_with(STREAM) as (client, _),
        aiohttp_server(client) as (url, _relays),
        aiohttp.ClientSession() as browser,
        browser.get(url) as response,
    ):
        assert response.content_type == "text/event-stream"
        assert names(await response.read())[-1] == "conversation.response.done"


async def test_a_browser_of_aiohttp_that_leaves_closes_the_stream() -> None:
    async with (
        served_by(begin) as (client, server),
        aiohttp_server(client) as (url, relays),
        aiohttp.ClientSession() as browser,
    ):
        async with browser.get(url) as response:
            await response.content.readany()
            assert server.open_connections == 1
        assert await becomes_true(lambda: server.open_connections == 0)
        assert relays[0].error is None
