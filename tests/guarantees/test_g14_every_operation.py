"""G14: no operation shows the key, in whatever log and by whatever way it is sent."""

import asyncio
import logging
import pickle
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, suppress
from itertools import cycle
from pathlib import Path
from typing import Any

import aiohttp
import pytest

import mistral_conversations
from mistral_conversations import (
    AsyncMistral,
    Mistral,
    MistralConversationsError,
    Recovery,
    RetryPolicy,
    RunOptions,
    Timeout,
)
from mistral_conversations.server import LocalServer, call, say
from tests.guarantees.test_g14_the_key_is_not_shown import CANARY, assert_no_canary
from tests.guarantees.test_g14_what_servers_repeat import (
    ANSWERS,
    MALFORMED,
    REFUSALS,
    STREAMS,
)
from tests.support.bodies import started
from tests.support.clients import answers, lose, reset, stay_mute
from tests.support.every_log import everything_logged
from tests.support.every_operation import OPERATIONS, Operation, outcome
from tests.support.for_each import for_each
from tests.support.proxies import Authority, tunnel_to
from tests.support.raw_server import (
    Connection,
    Request,
    chunked,
    event,
    http,
    json_answer,
    raw_server,
    raw_server_on_thread,
    stream_head,
)

pytestmark = pytest.mark.anyio

KEY = CANARY.encode()
LIMITS = Timeout(response=0.03, idle=0.03)
ONCE_MORE = RetryPolicy(max_retries=1, max_delay=0.01)

REPLIES: Mapping[str, Any] = {
    **REFUSALS,
    **ANSWERS,
    **MALFORMED,
    **STREAMS,
    "bad cookie": http(401, headers={"Set-Cookie": f"{CANARY}; expires={CANARY}"}),
    "bad cookies": http(200, headers={"Set-Cookie": f'[{CANARY}]="a{CANARY}; =;'}),
    "upgrade": http(101, headers={"Upgrade": CANARY, "Connection": "upgrade"}),
    "interim": b"HTTP/1.1 103 H\r\nX: " + KEY + b"\r\n\r\n" + http(500, KEY),
    "trailer": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
    + KEY
    + b"\r\n\r\n",
    "nul": b"HTTP/1.1 200 OK\r\nX: \0" + KEY + b"\r\n\r\n",
    "length": http(200, b"{}", {"Content-Length": CANARY}),
    "encoding": http(200, KEY, {"Transfer-Encoding": CANARY}),
    "long header": http(200, b"{}", {"X": CANARY * 9000}),
    "wait": http(429, headers={"Retry-After": CANARY}),
    "name": http(200, b"x", {"Content-Disposition": CANARY, "Content-Length": "9"}),
    "lost": lose,
    "reset": reset,
    "mute": stay_mute,
}


class HostileServer:
    """Sends each of the replies in turn, and closes the connection behind it."""

    def __init__(self) -> None:
        self._replies = cycle(REPLIES.items())
        self.sent: set[str] = set()

    async def __call__(self, _: Request, connection: Connection) -> None:
        name, reply = next(self._replies)
        self.sent.add(name)
        if not isinstance(reply, bytes):
            await reply(connection)
            return
        await connection.send(reply)
        connection.close()


class Ways(AsyncExitStack):
    """Options of clients that reach hostile servers, by the way of their requests."""

    async def open(self, serve: HostileServer) -> Iterator[dict[str, Any]]:
        """Return the options of one way after the other, forever."""
        authority = Authority()
        context = authority.server_context("localhost")
        plain = await self.enter_async_context(raw_server(serve))
        safe = await self.enter_async_context(raw_server(serve, ssl=context))
        tunnel = await self.enter_async_context(raw_server(tunnel_to(safe.port)))
        session = await self.enter_async_context(aiohttp.ClientSession())
        trusted = {"ssl": authority.client_context()}
        url, https = plain.base_url, f"https://localhost:{safe.port}"
        user = f"http://me:{CANARY}@127.0.0.1"
        return cycle([
            {"base_url": url},
            {"base_url": url, "session": session},
            {"base_url": url, "api_key": lambda: CANARY},
            {"base_url": https, **trusted},
            {"base_url": "http://a.test", "proxy": f"{user}:{plain.port}"},
            {"base_url": https, "proxy": f"{user}:{tunnel.port}", **trusted},
            {"base_url": https, "proxy": f"{user}:{plain.port}", **trusted},
        ])  # fmt: skip


def shown_by(client: Any) -> str:
    """Return all that a look into a client shows."""
    transport = client._transport
    objects = [client, transport, transport._pool]
    for opened in transport._pool._open.values():
        objects += [opened.session, opened.session.connector]
    return f"{client._connection}" + "".join(f"{o!r}{o}{vars(o)}" for o in objects)


def assert_not_shown(error: BaseException) -> None:
    assert_no_canary(error)
    assert KEY not in pickle.dumps(error)


def recovering(operation: Operation) -> dict[str, Any]:
    """Return what makes an operation read a lost answer from the history."""
    recovery = Recovery(timeout=0.05, lock=0, settle=0, poll=0.01)
    return {"recover": recovery} if "recover" in operation.parameters else {}


async def test_no_operation_shows_the_key() -> None:
    async with Ways() as opened:
        hostile = HostileServer()
        await ask_all(await opened.open(hostile))
    assert hostile.sent == REPLIES.keys()


async def ask_all(ways: Iterator[dict[str, Any]]) -> None:
    """Call every operation, each by the next way."""
    failed = 0
    loop = asyncio.get_running_loop()
    loop.slow_callback_duration = 0
    with everything_logged() as log:
        for number, operation in enumerate(OPERATIONS):
            loop.set_debug(number % 8 == 0)  # which logs every callback
            given = {"api_key": CANARY, "timeout": LIMITS, "retries": ONCE_MORE}
            client = operation.cls(**{**given, "max_event_bytes": 999, **next(ways)})
            async with client:
                try:
                    await outcome(operation.call(client, **recovering(operation)))
                except MistralConversationsError as error:
                    failed += 1
                    assert_not_shown(error)
                assert CANARY not in shown_by(client), operation
    assert failed > len(OPERATIONS) / 2
    text = log.getvalue()
    assert CANARY not in text
    for name in ("DEBUG asyncio", "WARNING asyncio", "INFO mistral", "DEBUG mistral"):
        assert name in text


def test_no_blocking_operation_shows_the_key() -> None:
    failed, hostile = 0, HostileServer()
    with everything_logged() as log, raw_server_on_thread(hostile) as server:
        for operation in OPERATIONS[::2]:
            blocking = operation.cls.__name__.removeprefix("Async")
            cls = getattr(mistral_conversations, blocking)
            options = {"timeout": LIMITS, "retries": ONCE_MORE, "max_event_bytes": 999}
            with cls(CANARY, base_url=server.base_url, **options) as client:
                try:
                    blocking_outcome(operation, client)
                except MistralConversationsError as error:
                    failed += 1
                    assert_not_shown(error)
                bridge = client._bridge
                shown = f"{client!r}{client}{vars(client)}{vars(bridge.portal)}"
                assert CANARY not in shown + shown_by(bridge.client)
    assert failed > len(OPERATIONS) / 4
    assert CANARY not in log.getvalue()


def blocking_outcome(operation: Operation, client: Any) -> None:
    found = operation.call(client, **recovering(operation))
    for name in ("response", "result"):
        if hasattr(found, name) and hasattr(found, "close"):
            getattr(found, name)()
            return
    if hasattr(found, "__next__"):
        list(found)


@for_each("first", ["lost", "nul", "cut"])
@for_each("then", ["lost", "cut", "message", "mute", "text", "page", "nul"])
async def test_no_recovery_shows_the_key(first: str, then: str) -> None:
    """Its readings fail as the call did, or are answered with the key."""
    recovery = Recovery(timeout=0.05, lock=0, settle=0, poll=0.01)
    replies = [REPLIES[first], REPLIES[then]]
    with everything_logged() as log:
        async with (
            raw_server(answers(*replies, *replies)) as server,
            AsyncMistral(CANARY, base_url=server.base_url, timeout=LIMITS) as client,
        ):
            talks = client.conversations
            with pytest.raises(MistralConversationsError) as lost:
                await talks.append("c", "Hi", retries=0)
            with pytest.raises(MistralConversationsError) as caught:
                await talks.recover(lost.value, recovery)
            with pytest.raises(MistralConversationsError) as at_once:
                await talks.append("c", "Hi", retries=0, recover=recovery)
    for error in (lost.value, caught.value, at_once.value):
        assert_not_shown(error)
    assert "reading the history" in log.getvalue()
    assert CANARY not in log.getvalue()


async def test_no_server_forges_a_line_of_the_log() -> None:
    forged = "c\r\nERROR forged\x1b[2J\x9b\u202e"
    begun = stream_head({"Mistral-Correlation-Id": "1\x9b2J\xe9"}) + chunked(
        event({**started(), "conversation_id": forged})
    )
    refused = json_answer(
        {"message": forged, "code": forged}, 503, {"Retry-After": "0"}
    )
    with everything_logged() as log:
        async with (
            raw_server(answers(refused, begun, lose)) as server,
            AsyncMistral("k", base_url=server.base_url, timeout=LIMITS) as client,
        ):
            recover = Recovery(timeout=0.05, lock=0, settle=0, poll=0.01)
            stream = client.conversations.append_stream("c", "Hi", recover=recover)
            with pytest.raises(MistralConversationsError):
                await stream.response()
            with pytest.raises(MistralConversationsError):
                await client.conversations.get(forged)
    lines = log.getvalue().splitlines()
    assert any("reading the history" in line for line in lines)
    assert all(line.isprintable() for line in lines)
    assert not [line for line in lines if line.startswith("ERROR")]


class MineError(Exception):
    """An error of the caller."""


def fail(at: int = 0, size: int | None = None) -> str:
    """Fail."""
    raise MineError(f"at {at} of {size}")


async def pieces() -> AsyncIterator[bytes]:
    yield b"piece"
    raise MineError


RAISE = RunOptions(on_error="raise")
OWN: Mapping[str, Callable[[AsyncMistral], Any]] = {
    "function": lambda c: c.conversations.run(
        "Hi", model="m", tools=[fail], options=RAISE
    ),
    "streamed function": lambda c: outcome(
        c.conversations.run_stream("Hi", model="m", tools=[fail], options=RAISE)
    ),
    "key": lambda c: c.with_options(api_key=fail).models.list(),
    "progress": lambda c: c.files.upload(b"x", name="x", progress=fail),
    "iterator": lambda c: c.files.upload(pieces(), name="x"),
    "target": lambda c: c.files.download("1", Path("/nowhere/at/all")),
}


@pytest.mark.parametrize("name", OWN)
async def test_error_of_the_caller_shows_no_key(name: str) -> None:
    """It passes through frames of this package, which a traceback then shows."""
    with everything_logged() as log:
        async with (
            LocalServer([call("fail")], api_key=CANARY) as server,
            AsyncMistral(CANARY, base_url=server.base_url) as client,
        ):
            with pytest.raises((MineError, OSError)) as caught:
                await OWN[name](client)
    assert_no_canary(caught.value)
    assert CANARY not in log.getvalue()


@pytest.mark.parametrize("name", ["function", "key", "progress"])
def test_error_of_the_caller_shows_no_key_in_blocking_code(name: str) -> None:
    calls: Mapping[str, Callable[[Mistral], Any]] = OWN  # type: ignore[assignment]
    with (
        everything_logged() as log,
        LocalServer([call("fail")], api_key=CANARY) as server,
        Mistral(CANARY, base_url=server.base_url) as client,
        pytest.raises(MineError) as caught,
    ):
        calls[name](client)
    assert_no_canary(caught.value)
    assert CANARY not in log.getvalue()


async def test_success_shows_no_key_either() -> None:
    with everything_logged() as log:
        async with (
            LocalServer([say("Hi"), say("Hi"), say("Hi")], api_key=CANARY) as server,
            AsyncMistral(CANARY, base_url=server.base_url) as client,
        ):
            answer = await client.conversations.start("Hi", model="m")
            stream = client.conversations.start_stream("Hi", model="m")
            run = await client.conversations.run("Hi", model="m", tools=[fail])
            text = await stream.response()
            shown = f"{answer!r}{answer.meta!r}{stream!r}{vars(stream)}{run!r}{text!r}"
            assert CANARY not in shown + shown_by(client)
            for each in (answer, run, text):
                assert KEY not in pickle.dumps(each)
    assert CANARY not in log.getvalue()


def test_search_of_the_logs_finds_a_key() -> None:
    """Prove that `everything_logged` sees each logger, and the locals of frames."""
    for name in ("aiohttp.client", "mistral_conversations.server.web", "asyncio"):
        with everything_logged() as log:
            logging.getLogger(name).debug(CANARY)
        assert CANARY in log.getvalue()
    with everything_logged() as log, suppress(MineError):
        key = CANARY
        try:
            fail()
        except MineError:
            logging.getLogger("aiohttp.server").exception("It failed")
    assert key in log.getvalue()
