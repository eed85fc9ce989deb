"""A call's way through the transport: options, headers, log, answer, attempts."""

import logging
from typing import Any

import attrs
import pytest

from mistral_conversations import (
    AsyncConversations,
    NotFoundError,
    RateLimitError,
    RetryPolicy,
    SDKError,
    ServerError,
    StreamDecodeError,
    Timeout,
)
from mistral_conversations._transport.credentials import Credentials
from mistral_conversations._transport.options import Options
from mistral_conversations._transport.session import SessionPool
from mistral_conversations._transport.transport import Transport
from mistral_conversations._transport.uploads.upload import upload_of
from mistral_conversations._wire.call import Call
from tests.support.clients import (
    Reply,
    answers,
    lose,
    refusal,
    whole_answer,
    whole_stream,
)
from tests.support.for_each import for_each
from tests.support.raw_server import RawServer, Request, http, raw_server
from tests.support.upload_servers import part_of

pytestmark = pytest.mark.anyio

FAST = RetryPolicy(max_retries=2, max_delay=0.001)

OPTIONS = Options(
    credentials=Credentials("key"), timeout=Timeout(), retries=FAST, headers={}
)

GET = Call("GET", "/v1/things")
POST = Call("POST", "/v1/things", body=b'{"a": 1}')
DELETE = Call("DELETE", "/v1/things/a")
STREAM = Call("POST", "/v1/things", body=b"{}", stream=True)
UPLOAD = Call("POST", "/v1/files")


def transport_of(server: RawServer, path: str = "") -> Transport:
    pool = SessionPool(None, limit=0, ssl=None)
    return Transport(server.base_url + path, pool, None)


async def sent(call: Call, options: Options = OPTIONS, path: str = "") -> Request:
    """Return a call as the server receives it."""
    async with raw_server(answers(http(200, b"ok"))) as server:
        transport = transport_of(server, path)
        await transport.fetch(call, options)
        await transport.aclose()
        return server.requests[0]


async def fetch(call: Call, *replies: Reply, options: Options = OPTIONS) -> Any:
    async with raw_server(answers(*replies)) as server:
        transport = transport_of(server)
        try:
            return await transport.fetch(call, options)
        finally:
            await transport.aclose()


async def test_request_has_the_path_below_the_base_url_and_the_query() -> None:
    call = Call("GET", "/v1/a%2Fb", query={"page": "0", "id": ["x y", "z&"]})
    request = await sent(call, path="/gateway")
    assert request.method == "GET"
    assert request.target == "/gateway/v1/a%2Fb?page=0&id=x+y&id=z%26"
    assert request.body == b""


async def test_request_has_the_headers_of_the_client() -> None:
    headers = (await sent(POST)).headers
    assert headers["authorization"] == "Bearer key"
    assert headers["accept"] == "application/json"
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"].startswith("mistral-conversations/")
    assert (await sent(POST)).body == b'{"a": 1}'


async def test_request_without_a_body_has_no_content_type() -> None:
    assert "content-type" not in (await sent(GET)).headers


async def test_headers_of_the_caller_replace_those_of_the_client() -> None:
    options = OPTIONS.with_call(None, None, {"user-agent": "mine", "X-A": "b"})
    headers = (await sent(GET, options)).headers
    assert headers["user-agent"] == "mine"
    assert headers["x-a"] == "b"


async def test_answer_is_whole_and_says_how_it_came() -> None:
    reply = await fetch(GET, http(201, b"x" * 300_000, {"X-Name": "a"}))
    assert reply.content == b"x" * 300_000
    assert reply.meta.status == 201
    assert reply.meta.headers["x-name"] == "a"
    assert reply.meta.attempts == 1


async def test_attempts_are_counted_once() -> None:
    reply = await fetch(GET, refusal(500), refusal(502), http(200, b"ok"))
    assert reply.meta.attempts == 3
    with pytest.raises(ServerError) as caught:
        await fetch(GET, refusal(500))
    assert caught.value.attempts == 3
    assert "after 3 attempts" in str(caught.value)


@for_each("status", [199 + 1, 204, 299])
async def test_status_2xx_is_an_answer(status: int) -> None:
    assert (await fetch(GET, http(status))).meta.status == status


@for_each("status", [301, 304, 400, 418, 501])
async def test_other_status_is_an_error_at_once(status: int) -> None:
    """A redirect is not followed."""
    with pytest.raises(SDKError) as caught:
        await fetch(GET, http(status, b"", {"Location": "http://127.0.0.1:9/"}))
    assert caught.value.status == status
    assert caught.value.attempts == 1


async def test_retry_after_is_read_for_every_status() -> None:
    options = attrs.evolve(OPTIONS, retries=RetryPolicy(max_retries=1, max_delay=5))
    for status in (429, 503):
        with pytest.raises(SDKError) as caught:
            await fetch(POST, refusal(status, Retry_After="60"), options=options)
        assert caught.value.retry_after == 60
        assert caught.value.attempts == 1
    assert not isinstance(caught.value, RateLimitError)


async def test_delete_that_finds_nothing_was_done_by_a_lost_attempt() -> None:
    reply = await fetch(DELETE, lose, refusal(404))
    assert reply.content == b""
    assert (reply.meta.status, reply.meta.attempts) == (204, 2)


@pytest.mark.parametrize(
    ("call", "replies"),
    [(DELETE, [refusal(404)]), (DELETE, [refusal(429), refusal(404)])],
)
async def test_delete_that_finds_nothing_otherwise_is_an_error(
    call: Call, replies: list[bytes]
) -> None:
    with pytest.raises(NotFoundError):
        await fetch(call, *replies)


async def test_read_that_finds_nothing_after_a_lost_attempt_is_an_error() -> None:
    with pytest.raises(NotFoundError) as caught:
        await fetch(GET, lose, refusal(404))
    assert caught.value.attempts == 2


async def test_stream_is_opened_for_the_caller_to_close() -> None:
    async with raw_server(answers(whole_stream("Blue."))) as server:
        transport = transport_of(server)
        source = await transport.open(STREAM, OPTIONS, max_event_bytes=1000)
        assert source.meta.status == 200
        assert server.requests[0].headers["accept"] == "text/event-stream"
        await source.aclose()
        await transport.aclose()


@pytest.mark.parametrize(
    ("headers", "kind"),
    [({}, "nothing"), ({"Content-Type": "text/html; charset=x"}, "text/html")],
)
async def test_answer_that_is_no_event_stream_is_not_asked_for_again(
    headers: dict[str, str], kind: str
) -> None:
    async with raw_server(answers(http(200, b"<p>Hello", headers))) as server:
        transport = transport_of(server)
        with pytest.raises(StreamDecodeError, match=kind) as caught:
            await transport.open(STREAM, OPTIONS, max_event_bytes=1000)
        assert caught.value.body == "<p>Hello"
        assert caught.value.meta is not None
        assert caught.value.meta.status == 200
        assert len(server.requests) == 1
        await transport.aclose()


async def test_upload_is_sent_as_a_form() -> None:
    async with raw_server(answers(http(200, b"ok"))) as server:
        transport = transport_of(server)
        upload = upload_of(b"blue", "sky.txt", None, None)
        reply = await transport.upload(UPLOAD, upload, OPTIONS)
        part = part_of(server.requests[0])
        await transport.aclose()
    assert reply.content == b"ok"
    assert (part.filename, part.content) == ("sky.txt", b"blue")


async def test_failure_of_the_file_is_raised_as_it_is() -> None:
    """It replaces the lost connection; it is the caller's own, with its context."""
    mine = ZeroDivisionError("mine")

    async def break_off() -> Any:
        yield b"blue"
        raise mine

    async with raw_server(answers(http(200, b"ok"))) as server:
        transport = transport_of(server)
        upload = upload_of(break_off(), "sky.txt", None, None)
        with pytest.raises(ZeroDivisionError) as caught:
            await transport.upload(UPLOAD, upload, OPTIONS)
        await transport.aclose()
    assert caught.value is mine
    assert caught.value.__context__ is None


@pytest.mark.parametrize("reply", [http(200, b"ok"), refusal(503), lose])
async def test_each_attempt_is_logged(
    reply: Reply, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "mistral_conversations")
    options = attrs.evolve(OPTIONS, headers={"X-Secret": "s3cret"})
    replies = (reply, http(200, b"ok", {"mistral-correlation-id": "req-1"}))
    await fetch(GET, *replies, options=options)
    lines = [
        each.getMessage()
        for each in caplog.records
        if each.name == "mistral_conversations" and each.levelno == logging.DEBUG
    ]
    outcome = "200" if isinstance(reply, bytes) and b" 200 " in reply else "503"
    outcome = outcome if isinstance(reply, bytes) else "APIConnectionError"
    assert lines[0].startswith(f"GET /v1/things: {outcome}, request id None, ")
    assert lines[0].endswith("attempt 1")
    if outcome != "200":
        assert "request id req-1" in lines[1]
        assert lines[1].endswith("attempt 2")
    assert not any("key" in line or "s3cret" in line for line in lines)


async def test_client_answers_through_its_transport() -> None:
    async with (
        raw_server(answers(whole_answer())) as server,
        AsyncConversations("key", base_url=server.base_url + "/gateway/") as client,
    ):
        await client.start("Sky?", model="m")
        assert server.requests[0].target == "/gateway/v1/conversations"
