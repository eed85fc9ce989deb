"""A reader slower than the server pauses the connection, and then gets everything."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import pytest

from mistral_conversations import AsyncConversations
from mistral_conversations._transport import answer_handler
from tests.support.clients import answers, becomes_true, connector_of, whole_stream
from tests.support.proxies import Authority
from tests.support.raw_server import raw_server

pytestmark = pytest.mark.anyio

TEXTS = [f"{number} {'x' * 20_000} " for number in range(200)]


@asynccontextmanager
async def serving(*, tls: bool, given: bool) -> AsyncIterator[AsyncConversations]:
    """Serve more than aiohttp buffers to a client of the server."""
    authority = Authority()
    theirs = authority.server_context("127.0.0.1") if tls else None
    ours = authority.client_context() if tls else None
    async with AsyncExitStack() as stack:
        options: dict[str, Any] = {"ssl": ours}
        if given:
            connector = aiohttp.TCPConnector(ssl=ours or True)
            session = aiohttp.ClientSession(connector=connector)
            options = {"session": await stack.enter_async_context(session)}
        replies = answers(whole_stream(*TEXTS), whole_stream("Next."))
        server = await stack.enter_async_context(raw_server(replies, ssl=theirs))
        url = f"http{'s' if tls else ''}://127.0.0.1:{server.port}"
        client = AsyncConversations("key", base_url=url, **options)
        yield await stack.enter_async_context(client)


def connection_of(client: AsyncConversations) -> Any:
    """Return aiohttp's end of the only connection in use."""
    (handler,) = connector_of(client)._acquired
    return handler


async def read_slowly(client: AsyncConversations) -> str:
    """Read one event, let the connection pause, and read the rest."""
    async with client.start_stream("Sky?", model="m") as stream:
        await anext(aiter(stream))
        handler = connection_of(client)
        assert await becomes_true(lambda: not handler.transport.is_reading())
        text = (await stream.response()).text
    assert not handler._reading_paused
    return text


@pytest.mark.parametrize("given", [False, True], ids=["own", "given"])
@pytest.mark.parametrize("tls", [False, True], ids=["tcp", "tls"])
async def test_slow_reader_pauses_the_connection(*, tls: bool, given: bool) -> None:
    async with serving(tls=tls, given=given) as client:
        assert await read_slowly(client) == "".join(TEXTS)
        following = client.start_stream("And?", model="m")
        assert (await following.response()).text == "Next."


async def test_reading_resumes_without_reading_paused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def blind(value: Any, name: str, *default: Any) -> Any:
        return getattr(None if name == "_reading_paused" else value, name, *default)

    monkeypatch.setattr(answer_handler, "getattr", blind, raising=False)
    async with serving(tls=False, given=False) as client:
        assert await read_slowly(client) == "".join(TEXTS)


async def test_reading_that_was_not_paused_is_not_resumed() -> None:
    async with (
        serving(tls=False, given=False) as client,
        client.start_stream("Sky?", model="m") as stream,
    ):
        await anext(aiter(stream))
        handler = connection_of(client)
        assert await becomes_true(lambda: not handler.transport.is_reading())
        handler._reading_paused = False
        handler.resume_reading()
        assert not handler.transport.is_reading()
