"""G14: no traceback, log or repr of a call that is interrupted shows the key."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import cycle
from typing import Any

import pytest

from mistral_conversations import (
    APITimeoutError,
    AsyncConversations,
    AsyncMistral,
    ConfigurationError,
    Timeout,
)
from tests.guarantees.test_g14_the_key_is_not_shown import assert_no_canary
from tests.support.bodies import CONVERSATION_ID
from tests.support.clients import answers, begun_stream, refusal, stay_mute
from tests.support.downloads import CONTENT
from tests.support.for_each import for_each
from tests.support.listener import Listener
from tests.support.raw_server import (
    Connection,
    Handler,
    http,
    raw_server,
    stream_head,
)

pytestmark = pytest.mark.anyio

CANARY = "sk-canary-4f1e9a"
LARGE = "x" * 2_000_000


async def begin_head(connection: Connection) -> None:
    await connection.send(b"HTTP/1.1 200 OK\r\nX: ")
    await connection.until_client_closes()


async def begin_body(connection: Connection) -> None:
    await connection.send(http(200, b"{}" * 9)[:-1])
    await connection.until_client_closes()


async def begin_stream(connection: Connection) -> None:
    await connection.send(begun_stream())
    await connection.until_client_closes()


async def begin_empty_stream(connection: Connection) -> None:
    await connection.send(stream_head())
    await connection.until_client_closes()


STALLS: dict[str, Handler] = {
    "mute": answers(stay_mute),
    "in the head": answers(begin_head),
    "in the body": answers(begin_body),
    "in the stream": answers(begin_stream),
    "before the stream": answers(begin_empty_stream),
    "between attempts": answers(refusal(429, Retry_After="5")),
}


def look(place: str) -> str:
    """Look at a place."""
    return place


CALLS: dict[str, Callable[[AsyncMistral], Awaitable[Any]]] = {
    "start": lambda c: c.conversations.start("Hi", model="m"),
    "large": lambda c: c.conversations.start(LARGE, model="m"),
    "list": lambda c: c.conversations.list(),
    "stream": lambda c: c.conversations.start_stream("Hi", model="m").response(),
}
OTHER_CALLS: dict[str, Callable[[AsyncMistral], Awaitable[Any]]] = {
    "upload": lambda c: c.files.upload(CONTENT, name="sky.txt"),
    "download": lambda c: c.files.download("1"),
    "run": lambda c: c.conversations.run("Hi", model="m", tools=[look]),
}


async def give() -> str:
    return CANARY


KEYS: dict[str, Any] = {"text": CANARY, "function": lambda: CANARY, "coroutine": give}


async def cancelled(call: Awaitable[Any]) -> BaseException:
    task = asyncio.ensure_future(call)
    await asyncio.sleep(0.03)
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await task
    return caught.value


async def waited_for(call: Awaitable[Any]) -> BaseException:
    with pytest.raises(TimeoutError) as caught:
        await asyncio.wait_for(call, 0.03)
    return caught.value


async def in_a_scope(call: Awaitable[Any]) -> BaseException:
    with pytest.raises(TimeoutError) as caught:
        async with asyncio.timeout(0.03):
            await call
    return caught.value


async def in_a_group(call: Awaitable[Any]) -> BaseException:
    cancels: list[BaseException] = []

    async def make() -> None:
        try:
            await call
        except asyncio.CancelledError as error:
            cancels.append(error)
            raise

    async def fail() -> None:
        await asyncio.sleep(0.03)
        raise ZeroDivisionError

    async def make_both() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(make())
            group.create_task(fail())

    with pytest.raises(BaseExceptionGroup):
        await make_both()
    return cancels[0]


@pytest.mark.parametrize("interrupt", [cancelled, waited_for, in_a_scope, in_a_group])
@pytest.mark.parametrize("call", CALLS)
async def test_interrupted_call_shows_no_key(
    call: str,
    interrupt: Callable[[Awaitable[Any]], Awaitable[BaseException]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    for (stall, handler), key in zip(STALLS.items(), cycle(KEYS)):
        if "stream" in stall and call != "stream":
            continue
        async with raw_server(handler) as server:
            client = AsyncMistral(KEYS[key], base_url=server.base_url)
            async with client:
                assert_no_canary(await interrupt(CALLS[call](client)))
            assert CANARY not in f"{client!r}{vars(client)}"
    assert CANARY not in caplog.text


@for_each("call", OTHER_CALLS.values())
async def test_other_call_that_is_cancelled_shows_no_key(call: Any) -> None:
    async with (
        raw_server(answers(begin_body)) as server,
        AsyncMistral(CANARY, base_url=server.base_url) as client,
    ):
        assert_no_canary(await cancelled(call(client)))


@pytest.mark.parametrize("call", CALLS)
async def test_call_that_reaches_a_limit_shows_no_key(call: str) -> None:
    for stall in ("mute", "in the head", "between attempts"):
        async with raw_server(STALLS[stall]) as server:
            client = AsyncMistral("other", base_url=server.base_url)
            view = client.with_options(api_key=CANARY, timeout=Timeout(total=0.05))
            async with client:
                with pytest.raises(Exception, match=r"seconds|429") as caught:
                    await CALLS[call](view)
        assert_no_canary(caught.value)


@asynccontextmanager
async def deaf_server(seconds: float) -> AsyncIterator[str]:
    """Read nothing, and reset each connection after some seconds; yield the URL."""

    async def ignore(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await asyncio.sleep(seconds)
        finally:
            writer.transport.abort()

    listener = Listener(ignore, limit=1024)
    await listener.start()
    try:
        yield f"http://127.0.0.1:{listener.port}"
    finally:
        await listener.stop()


async def test_server_that_does_not_read_shows_no_key() -> None:
    """The request's head is then in a buffer with the body's first bytes."""
    limits = Timeout(response=0.1)
    async with (
        deaf_server(0.3) as url,
        AsyncConversations(CANARY, base_url=url, timeout=limits) as client,
    ):
        assert_no_canary(await cancelled(client.start(LARGE, model="m")))
        with pytest.raises(APITimeoutError) as caught:
            await client.start(LARGE, model="m")
    assert_no_canary(caught.value)


async def test_reset_while_the_body_is_sent_shows_no_key() -> None:
    async with (
        deaf_server(0.02) as url,
        AsyncConversations(CANARY, base_url=url, retries=0) as client,
    ):
        with pytest.raises(ConnectionError) as caught:
            await client.start(LARGE, model="m")
    assert_no_canary(caught.value)


@pytest.mark.parametrize("streamed", [False, True])
async def test_debug_mode_logs_no_key(
    caplog: pytest.LogCaptureFixture, *, streamed: bool
) -> None:
    """asyncio then logs the callback that blocks the loop."""
    caplog.set_level(logging.DEBUG)
    loop = asyncio.get_running_loop()
    loop.set_debug(True)
    loop.slow_callback_duration = 0.001

    def slow() -> str:
        until = time.perf_counter() + 0.01
        while time.perf_counter() < until:
            pass
        return CANARY

    async with (
        raw_server(answers(refusal(401))) as server,
        AsyncMistral(slow, base_url=server.base_url) as client,
    ):
        call = CALLS["stream" if streamed else "start"]
        with pytest.raises(Exception, match="401") as caught:
            await call(client)
    assert_no_canary(caught.value)
    assert CANARY not in caplog.text
    assert "Executing" in caplog.text


@for_each("error", [LookupError, TimeoutError, asyncio.CancelledError])
async def test_function_that_fails_after_an_attempt_shows_no_key(error: Any) -> None:
    keys = iter([CANARY])

    async def key() -> str:
        for found in keys:
            return found
        raise error

    async with (
        raw_server(answers(refusal(429, Retry_After="0"))) as server,
        AsyncConversations(key, base_url=server.base_url) as client,
    ):
        with pytest.raises(error) as caught:
            await client.get(CONVERSATION_ID)
    assert_no_canary(caught.value)


async def test_function_that_returns_no_key_after_an_attempt_shows_no_key() -> None:
    keys = iter([CANARY, CANARY + "\n"])
    async with raw_server(answers(refusal(429, Retry_After="0"))) as server:
        client = AsyncConversations(lambda: next(keys), base_url=server.base_url)
        async with client:
            with pytest.raises(ConfigurationError) as caught:
                await client.get(CONVERSATION_ID)
    assert caught.value.attempts == 2
    assert_no_canary(caught.value)
