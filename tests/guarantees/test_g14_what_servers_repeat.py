"""G14: a server that repeats the key, or a proxy its password, puts it in no error."""

import asyncio
import base64
import logging
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from mistral_conversations import (
    APIConnectionError,
    APITimeoutError,
    AsyncConversations,
    Conversations,
    MistralConversationsError,
    Timeout,
)
from tests.guarantees.test_g14_the_key_is_not_shown import assert_no_canary
from tests.support.bodies import CONVERSATION_ID, started
from tests.support.clients import FAST
from tests.support.for_each import for_each
from tests.support.raw_server import (
    Connection,
    Handler,
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

CANARY = "sk-canary-4f1e9a"
KEY = CANARY.encode()


def begun(rest: bytes) -> bytes:
    return stream_head() + chunked(event(started()), rest, end=True)


def error_event(kind: str) -> bytes:
    return begun(event({**started(), "type": kind, "message": CANARY, "code": 1}))


REFUSALS: dict[str, bytes] = {
    "message": json_answer({"message": f"bad key {CANARY}"}, 401),
    "escaped": http(401, b'{"message": "\\u0073k-canary-4f1e9a"}'),
    "detail": json_answer(
        {
            "detail": [
                {"type": "x", "loc": ["h", CANARY], "msg": CANARY, "input": [CANARY]}
            ]
        },
        422,
    ),
    "page": http(500, b"<title>" + KEY + b"</title>"),
    "cut by the longest message": http(500, b"x" * 490 + KEY),
    "request id": http(500, headers={"Mistral-Correlation-Id": CANARY}),
    "header": http(500, headers={"X-Request": f"Authorization: Bearer {CANARY}"}),
    "location": http(302, headers={"Location": f"/?key={CANARY}"}),
    "reason": b"HTTP/1.1 500 " + KEY + b"\r\nContent-Length: 0\r\n\r\n",
}
ANSWERS: dict[str, bytes] = {
    "text": http(200, b"your key is " + KEY),
    "misfit": json_answer({"conversation_id": 5, "key": CANARY}),
    "list": json_answer([CANARY]),
    "content type": http(200, KEY, {"Content-Type": f"text/html; a={CANARY}"}),
    "cut": http(200, KEY + b"x")[:-1],
    "bad gzip": http(200, KEY, {"Content-Encoding": "gzip"}),
    "bad chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + KEY,
}
MALFORMED: dict[str, bytes] = {
    "status line": b"HTTP/1.1 " + KEY + b"\r\n\r\n",
    "head line": b"HTTP/1.1 200 OK\r\n" + KEY + b"\r\n\r\n",
    "half a head": b"HTTP/1.1 200 OK\r\nX: " + KEY + b"\r\n",
}
STREAMS: dict[str, bytes] = {
    "error": error_event("conversation.response.error"),
    "misfit": error_event("conversation.response.error").replace(b"created_at", b"at"),
    "other error": error_event("error"),
    "no json": begun(b"event: x\ndata: " + KEY + b"\n\n"),
    "too large": begun(b"data: " + KEY * 100),
    "half an event": begun(b"data: " + KEY),
    "bad chunk": stream_head() + chunked(event(started())) + KEY + b"\r\n",
}

CALLS: dict[str, Callable[[AsyncConversations], Awaitable[Any]]] = {
    "start": lambda c: c.start("Hi", model="m"),
    "list": lambda c: c.list(),
    "delete": lambda c: c.delete(CONVERSATION_ID),
    "stream": lambda c: c.start_stream("Hi", model="m").response(),
}
PLAIN = {**REFUSALS, **ANSWERS, **MALFORMED}


def sending(data: bytes) -> Handler:
    async def handler(_: Request, connection: Connection) -> None:
        await connection.send(data)
        connection.close()

    return handler


@pytest.mark.parametrize("form", ["text", "function"])
@pytest.mark.parametrize("call", CALLS)
async def test_key_that_the_service_repeats_is_masked(
    call: str, form: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answers = STREAMS | PLAIN if call == "stream" else PLAIN
    for name, answer in answers.items():
        if call == "delete" and name in ANSWERS:
            continue  # a DELETE reads no body
        key: Any = CANARY if form == "text" else lambda: CANARY
        async with raw_server(sending(answer)) as server:
            client = AsyncConversations(
                key, base_url=server.base_url, retries=FAST, max_event_bytes=1000
            )
            async with client:
                with pytest.raises(MistralConversationsError) as caught:
                    await CALLS[call](client)
            assert server.requests[0].headers["authorization"] == f"Bearer {CANARY}"
        assert_no_canary(caught.value)
    assert CANARY not in caplog.text


@pytest.mark.parametrize("name", REFUSALS | STREAMS)
def test_key_that_the_service_repeats_is_masked_for_the_blocking_client(
    name: str,
) -> None:
    with raw_server_on_thread(sending((REFUSALS | STREAMS)[name])) as server:
        client = Conversations(
            CANARY, base_url=server.base_url, retries=0, max_event_bytes=1000
        )
        with client, pytest.raises(MistralConversationsError) as caught:
            for _ in client.start_stream("Hi", model="m"):
                pass
    assert_no_canary(caught.value)


async def test_key_in_the_address_hides_no_failure() -> None:
    async with raw_server(sending(b"no answer\r\n\r\n")) as server:
        url = f"{server.base_url}/{CANARY}"
        async with AsyncConversations(CANARY, base_url=url, retries=0) as client:
            with pytest.raises(APIConnectionError) as caught:
                await client.start("Sky?", model="m")
    assert_no_canary(caught.value)


async def test_what_the_service_says_around_the_key_is_kept() -> None:
    async with (
        raw_server(sending(REFUSALS["message"])) as server,
        AsyncConversations(CANARY, base_url=server.base_url) as client,
    ):
        with pytest.raises(MistralConversationsError) as caught:
            await client.list()
    assert str(caught.value) == "HTTP 401: bad key ***"


PASSWORD = "s3cret-pässword€"
ENCODED = "s3cret-p%C3%A4ssword%E2%82%AC"
TOKEN = base64.b64encode(f"me:{PASSWORD}".encode()).decode()

CONNECTS: dict[str, bytes] = {
    "nothing": b"",
    "status line": b"HTTP/1.1 abc OK\r\n\r\n",
    "status line with the password": f"HTTP/1.1 {PASSWORD}\r\n\r\n".encode(),
    "garbage": b"\x00\xff\xfe garbage\r\n\r\n",
    "tls alert": b"\x15\x03\x01\x00\x02\x02\x46",
    "http/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "half a head": b"HTTP/1.1 200 OK\r\nX: a\r\n",
    "half a line": b"HTTP/1.1 2",
    "407": http(407, TOKEN.encode()),
    "407 with the token": f"HTTP/1.1 407 Basic {TOKEN}\r\n\r\n".encode(),
    "407 that is cut": http(407, b"xx")[:-1],
    "redirect": http(302, headers={"Location": f"http://me:{ENCODED}@proxy.test/"}),
    "204": b"HTTP/1.1 204 No Content\r\n\r\n",
    "long header": b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
    "many headers": b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 40_000 + b"\r\n",
    "bad header": b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
    "nul": b"HTTP/1.1 200 OK\r\nA: b\x00c\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "bad chunk": b"HTTP/1.1 407 No\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "no tls": b"HTTP/1.1 200 OK\r\n\r\nno TLS",
    "closed tunnel": b"HTTP/1.1 200 OK\r\n\r\n",
}


def assert_no_password(error: BaseException) -> None:
    """Walk the causes and contexts, as `assert_no_canary` does, for the password."""
    errors = [error]
    for each in errors:
        shown = traceback.TracebackException.from_exception(each, capture_locals=True)
        frames = [frame for frame in shown.stack if "/tests/" not in frame.filename]
        text = "".join(traceback.StackSummary.from_list(frames).format())
        text += "".join(shown.format_exception_only()) + f"{each!r}{vars(each)}"
        for secret in ("s3cret", TOKEN):
            assert secret not in text
        for other in (each.__cause__, each.__context__):
            if other is not None and other not in errors:
                errors.append(other)


def proxied(scheme: str, port: int, **options: Any) -> AsyncConversations:
    return AsyncConversations(
        "key",
        base_url=f"{scheme}://service.test",
        proxy=f"http://me:{ENCODED}@127.0.0.1:{port}",
        **options,
    )


@pytest.mark.parametrize("answer", CONNECTS)
async def test_tunnel_that_fails_shows_no_password_and_sent_nothing(
    answer: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with raw_server(sending(CONNECTS[answer])) as proxy:
        async with proxied("https", proxy.port, retries=FAST) as client:
            with pytest.raises(APIConnectionError, match="could not connect") as caught:
                await client.start("Hi", model="m")
        assert len(proxy.requests) == FAST.max_retries + 1
        sent = proxy.requests[0].headers["proxy-authorization"]
    assert sent == f"Basic {TOKEN}"
    assert not caught.value.may_have_been_processed
    assert caught.value.attempts == FAST.max_retries + 1
    assert_no_password(caught.value)
    assert "s3cret" not in caplog.text
    assert TOKEN not in caplog.text


@for_each("answer", CONNECTS)
async def test_request_through_a_proxy_that_fails_shows_no_password(
    answer: str,
) -> None:
    async with raw_server(sending(CONNECTS[answer])) as proxy:
        async with proxied("http", proxy.port, retries=0) as client:
            with pytest.raises(MistralConversationsError) as caught:
                await client.start("Hi", model="m")
        sent = proxy.requests[0].headers["proxy-authorization"]
    assert sent == f"Basic {TOKEN}"
    assert_no_password(caught.value)


async def mute(_: Request, connection: Connection) -> None:
    await connection.until_client_closes()


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_timeouts_and_cancels_show_no_password(scheme: str) -> None:
    async with raw_server(mute) as proxy:
        limits = Timeout(connect=0.05, response=0.05)
        async with proxied(scheme, proxy.port, timeout=limits, retries=0) as client:
            with pytest.raises(APITimeoutError) as timed_out:
                await client.start("Hi", model="m")
            with pytest.raises(APITimeoutError) as total:
                await client.start("Hi", model="m", timeout=0.02)
            with pytest.raises(TimeoutError) as waited:
                await asyncio.wait_for(client.start("Hi", model="m"), 0.02)
    for caught in (timed_out, total, waited):
        assert_no_password(caught.value)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_proxy_that_is_not_running_shows_no_password(scheme: str) -> None:
    async with raw_server(mute) as proxy:
        port = proxy.port
    async with proxied(scheme, port, retries=0) as client:
        with pytest.raises(APIConnectionError, match="to the proxy") as caught:
            await client.start("Hi", model="m")
    assert_no_password(caught.value)


@pytest.mark.parametrize("scheme", ["ftp", "socks5", "http"])
@pytest.mark.parametrize("by", ["parameter", "environment"])
@pytest.mark.parametrize("cls", [AsyncConversations, Conversations])
def test_proxy_that_is_refused_shows_no_password(
    cls: Any, by: str, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = f"{scheme}://me:s3cret@127.0.0.1:0"
    options = {"proxy": proxy} if by == "parameter" else {}
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(ValueError, match="http://HOST:PORT") as caught:
        cls("key", **options)
    assert_no_password(caught.value)


@pytest.mark.parametrize("given", [b"http://me:s3cret@a", ["http://me:s3cret@a"]])
def test_value_given_instead_of_a_proxy_is_not_shown(given: Any) -> None:
    for cls in (AsyncConversations, Conversations):
        with pytest.raises(ValueError, match="proxy must be a str") as caught:
            cls("key", proxy=given)
        assert_no_password(caught.value)


def test_client_shows_no_password() -> None:
    client = proxied("https", 3128)
    shown = f"{client!r}{vars(client)}{vars(client._transport)}"
    assert "s3cret" not in shown
    assert TOKEN not in shown
