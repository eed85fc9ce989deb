"""G14: every bad answer raises an error of ours with a helpful message."""

import json
import pickle
from typing import Any

import pytest
from hypothesis import given

from mistral_conversations import (
    APIConnectionError,
    BadRequestError,
    DecodeError,
    HTTPValidationError,
    MistralConversationsError,
    SDKError,
    ServerError,
    Timeout,
)
from mistral_conversations._wire.failure import failure
from tests.support.client_and_server import answered_with, served_by
from tests.support.comparison import any_json, thorough
from tests.support.for_each import for_each
from tests.support.raw_server import (
    Connection,
    Request,
    http,
    json_answer,
)

pytestmark = pytest.mark.anyio

IDS = {"mistral-correlation-id": "req-1"}
JSON = {"Content-Type": "application/json"}


@thorough
@given(any_json)
def test_any_json_as_the_body_of_an_error_is_an_error(body: Any) -> None:
    for status in (400, 403, 409, 422, 429, 503):
        error = failure(status, IDS, json.dumps(body).encode())
        assert isinstance(error, SDKError)
        assert isinstance(error.message, str)
        assert error.message
        assert str(error).startswith(f"HTTP {status}: {error.message}")
        assert str(error).endswith("[request id req-1]")
        assert repr(error)
        copy = pickle.loads(pickle.dumps(error))
        assert (str(copy), copy.body) == (str(error), error.body)


ERROR_BODIES: list[tuple[bytes, str]] = [
    (b"", "Internal Server Error"),
    (b"<html><head><title>Oh</title></head><body><h1>no</h1></body></html>", "Oh no"),
    (b'{"message": "Out of order"}', "Out of order"),
    (b'\xef\xbb\xbf{"message": "Out of order", "code": NaN}', "500: Out of order"),
    ('{"message": "Out of order"}'.encode("utf-16"), "500: Out of order"),
    (b'{"message": "cut off', '{"message": "cut off'),
    (b"\xff\xfe\x00bad", r"\x00bad"),
    (b"[" * 100_000, "[[[[["),
    (b'{"message":' * 100 + b'"deep"' + b"}" * 100, "Internal Server Error"),
    (b'{"message":' * 300 + b'"deep"' + b"}" * 300, '{"message":{"message":'),
    (b'{"message": "' + b"x" * 10_000_000 + b'"}', "xxxx"),
    (b"null", "Internal Server Error"),
]


@for_each(("content", "message"), ERROR_BODIES)
async def test_a_body_of_any_kind_over_the_wire(content: bytes, message: str) -> None:
    async with answered_with(http(500, content, IDS)) as (client, _):
        with pytest.raises(ServerError) as caught:
            await client.start("Hi")
        with pytest.raises(ServerError) as streamed:
            await client.start_stream("Hi").response()
    error = caught.value
    assert str(error).startswith("HTTP 500: ")
    assert message in str(error)
    assert str(error).endswith(" [request id req-1]")
    assert len(str(error)) < 1000
    assert str(streamed.value) == str(error)


async def test_a_422_names_the_field() -> None:
    problem = {
        "type": "missing",
        "loc": ["body", "inputs", 0, "role"],
        "msg": "Required",
    }
    body = {"object": "Error", "detail": [problem], "message": [problem], "code": 3001}
    async with answered_with(json_answer(body, 422, IDS)) as (client, _):
        with pytest.raises(HTTPValidationError) as caught:
            await client.start("Hi")
    assert str(caught.value) == (
        "HTTP 422: body.inputs.0.role: Required [request id req-1]"
    )


STYLE = "<style>" + "body { margin: 0 }\n" * 300 + "</style>"
MISFIT = {
    "type": "extra_forbidden",
    "loc": ["body", "max_completion_tokens"],
    "msg": "Extra inputs are not permitted",
}
SHOWN: list[tuple[int, Any, str]] = [
    (
        422,
        {"object": "error", "message": {"detail": [MISFIT]}},
        "max_completion_tokens: Extra inputs are not permitted",
    ),
    (403, f"<html><head>{STYLE}</head><p>Just a moment...", "403: Just a moment..."),
    (401, {"error": "bad_client", "error_description": "No"}, "bad_client: No"),
    (400, {"title": "Invalid", "detail": "No name"}, "Invalid: No name"),
    (400, {"Message": "Denied"}, "400: Denied"),
    (500, {"fault": {"faultstring": "Quota"}}, "500: Quota"),
    (500, {"odd": {"words": "inside"}}, '{"odd": {"words": "inside"}}'),
    (500, {"message": "\x1b]0;owned\x07\ud800"}, r"\x1b]0;owned\x07\ud800"),
]


@for_each(("status", "body", "words"), SHOWN)
async def test_the_reason_is_shown_whatever_its_shape(
    status: int, body: Any, words: str
) -> None:
    content = body if isinstance(body, str) else json.dumps(body)
    async with answered_with(http(status, content.encode(), IDS)) as (client, _):
        for called in (client.start("Hi"), client.start_stream("Hi").response()):
            with pytest.raises(SDKError) as caught:
                await called
            assert words in str(caught.value)
            assert "margin" not in str(caught.value)
            assert str(caught.value).encode()
            assert str(caught.value).isprintable()
    if status == 422:
        assert isinstance(caught.value, HTTPValidationError)
        assert [item.loc[-1] for item in caught.value.detail] == [
            "max_completion_tokens"
        ]


async def test_a_header_that_is_not_utf_8_can_be_written(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG", "mistral_conversations")
    head = b"HTTP/1.1 500 X\r\nContent-Length: 0\r\nMistral-Correlation-Id: caf\xe9\r\n"
    async with answered_with(head + b"\r\n") as (client, _):
        with pytest.raises(ServerError) as caught:
            await client.start("Hi")
    assert caught.value.request_id == "café"
    assert str(caught.value).encode().endswith("[request id café]".encode())
    assert "request id café" in caplog.text.encode().decode()


async def test_a_redirect_names_where_it_leads() -> None:
    moved = http(308, b"", {"Location": "https://me:secret@api.example/v1"})
    async with answered_with(moved) as (client, server):
        with pytest.raises(SDKError, match="check base_url") as caught:
            await client.start("Hi")
    assert "redirected to https://***@api.example/v1" in str(caught.value)
    assert len(server.requests) == 1


async def test_a_start_without_model_and_agent_begins_with_the_remedy() -> None:
    problems = [
        {**MISFIT, "type": "missing", "loc": ["body", f"{kind}Request", name]}
        for kind, name in (("Model", "model"), ("Agent", "agent_id"))
    ]
    body = {"object": "Error", "detail": problems, "message": problems}
    async with answered_with(json_answer(body, 422, IDS)) as (client, _):
        for called in (client.start("Hi"), client.start_stream("Hi").response()):
            with pytest.raises(HTTPValidationError) as caught:
                await called
            assert caught.value.message.startswith("give model or agent_id")
            assert "Extra inputs" not in str(caught.value)
            assert len(caught.value.detail) == 2


async def test_an_error_whose_body_breaks_off_is_that_error_still() -> None:
    async def break_off(_: Request, connection: Connection) -> None:
        whole = json_answer(
            {"message": "Out of order"}, 400, {"Content-Length": "5000"}
        )
        await connection.send(whole)
        connection.close()

    async with served_by(break_off) as (client, _):
        with pytest.raises(BadRequestError, match="HTTP 400: Out of order"):
            await client.start("Hi")


GARBAGE = {
    "no HTTP": b"SSH-2.0-OpenSSH_9.0\r\n\r\n",
    "binary": bytes(range(256)) * 4,
    "nothing": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Type: appl",
    "a bad status": b"HTTP/1.1 abc OK\r\n\r\n",
    "a bad header": b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
    "a huge header": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
    "a bad length": b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
    b"Content-Length: 2\r\n\r\n{}",
    "too short": http(200, b"{}", {"Content-Length": "5000", **JSON}),
    "bad chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
    "no last chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"2\r\n{}\r\n",
    "bad gzip": http(200, b"no gzip", {"Content-Encoding": "gzip", **JSON}),
    "half gzip": http(200, b"\x1f\x8b\x08", {"Content-Encoding": "gzip", **JSON}),
    "bad brotli": http(200, b"\xff\xff\xff", {"Content-Encoding": "br", **JSON}),
    "a lonely 100": b"HTTP/1.1 100 Continue\r\n\r\n",
}


@for_each("what", GARBAGE)
@for_each("method", ["start", "get", "start_stream"])
async def test_garbage_instead_of_an_answer(what: str, method: str) -> None:
    async def answer(_: Request, connection: Connection) -> None:
        await connection.send(GARBAGE[what])
        connection.close()

    limits = Timeout(response=5, idle=5)
    async with served_by(answer, retries=0, timeout=limits) as (client, _):
        called = getattr(client, method)("conv_1")
        with pytest.raises(MistralConversationsError) as caught:
            await (called.response() if method == "start_stream" else called)
    assert isinstance(caught.value, APIConnectionError | DecodeError), what
    assert str(caught.value)
    assert caught.value.may_have_been_processed
    pickle.loads(pickle.dumps(caught.value))


@for_each(
    "content",
    [b"", b"<html>", b"null", b"[]", b"5", b'"x"', b"{}", b"\xff", b"[" * 9999],
)
@for_each("method", ["start", "get", "get_history", "get_messages", "append", "list"])
async def test_a_2xx_that_is_not_what_it_should_be(content: bytes, method: str) -> None:
    async with answered_with(http(200, content, {**JSON, **IDS})) as (client, _):
        args = () if method == "list" else ("conv_1",)
        if (method, content) == ("list", b"[]"):
            assert len(await client.list()) == 0
            return
        with pytest.raises(DecodeError, match=r"^the answer is ") as caught:
            await getattr(client, method)(*args)
    assert caught.value.meta is not None
    assert caught.value.meta.request_id == "req-1"
    copy = pickle.loads(pickle.dumps(caught.value))
    assert copy.meta.request_id == "req-1"
