"""What the caller sees if a model raises, fails, returns nonsense or never ends."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from mistral_conversations.server import LocalServer, fail, say
from tests.support.interpreter import completed
from tests.support.local.async_caller import calling
from tests.support.local.http_caller import Reply, Serve

FORM = {"object": "Error", "type": "invalid_request_error", "code": 3000}
NOTHING: Iterator[str] = iter([])


class OwnError(Exception):
    pass


def raising(_: Any, __: Any) -> str:
    raise OwnError("The mine is flooded")


async def raising_async(_: Any, __: Any) -> str:
    await asyncio.sleep(0)
    raise OwnError("The mine is flooded")


async def raising_first(_: Any, __: Any) -> AsyncIterator[str]:
    for text in ("never",):
        raise OwnError("The mine is flooded")
        yield text


async def raising_later(_: Any, __: Any) -> AsyncIterator[str]:
    yield "Half"
    raise OwnError("The mine is flooded")


def _check_refused(reply: Reply, message: str) -> None:
    assert reply.status == 500
    assert reply.headers["content-type"].startswith("application/json")
    assert FORM.items() <= reply.json.items()
    assert message in reply.json["message"]
    assert b"Traceback" not in reply.body
    assert b".py" not in reply.body


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", [raising, raising_async])
def test_function_that_raises_is_an_error(
    serve: Serve, caplog: pytest.LogCaptureFixture, model: Any, stream: bool
) -> None:
    caller = serve(model)
    reply = caller.start(stream=stream)
    _check_refused(reply, "OwnError: The mine is flooded")
    assert caller.get("/v1/conversations").json == []
    [logged] = [r for r in caplog.records if r.levelno >= logging.WARNING]
    assert logged.name.startswith("mistral_conversations.server")
    assert logged.exc_info is not None
    assert isinstance(logged.exc_info[1], OwnError)


@pytest.mark.parametrize("stream", [False, True])
def test_append_to_a_function_that_raises_leaves_the_conversation(
    serve: Serve, stream: bool
) -> None:
    replies = iter(["Fine"])
    caller = serve(lambda _, __: next(replies))
    conversation_id = caller.start().json["conversation_id"]
    for _ in range(2):
        reply = caller.append(conversation_id, inputs="More", stream=stream)
        _check_refused(reply, "StopIteration")
    assert len(caller.history(conversation_id)) == 2


@pytest.mark.parametrize(
    ("model", "before"), [(raising_first, []), (raising_later, ["Half"])]
)
def test_generator_that_raises_ends_the_stream_with_an_error(
    serve: Serve, caplog: pytest.LogCaptureFixture, model: Any, before: list[str]
) -> None:
    caller = serve(model)
    reply = caller.start(stream=True)
    started, *deltas, error = reply.events
    assert [delta["content"] for delta in deltas] == before
    assert error["type"] == "conversation.response.error"
    assert error["code"] == 3000
    assert "OwnError: The mine is flooded" in error["message"]
    assert b"Traceback" not in reply.body
    [kept] = caller.history(started["conversation_id"])
    assert kept["content"] == "Hello there"
    [logged] = [r for r in caplog.records if r.levelno >= logging.WARNING]
    assert logged.exc_info is not None
    assert isinstance(logged.exc_info[1], OwnError)


@pytest.mark.parametrize("model", [raising_first, raising_later])
def test_generator_that_raises_is_an_error_for_a_plain_call(
    serve: Serve, model: Any
) -> None:
    caller = serve(model)
    _check_refused(caller.start(), "OwnError: The mine is flooded")
    [conversation] = caller.get("/v1/conversations").json
    assert len(caller.history(conversation["id"])) == 1


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        (None, "None"),
        (7, "7"),
        (b"bytes", "b'bytes'"),
        ({"type": "text", "text": "a"}, "'text'"),
        (["a", None], "None"),
        ([["nested"]], "nested"),
        (NOTHING, "iterator"),
        ([fail("No"), "more"], "fail()"),
    ],
)
def test_reply_that_is_no_turn_is_an_error(
    serve: Serve, reply: Any, shown: str, stream: bool
) -> None:
    caller = serve(lambda _, __: reply)
    answer = caller.start(stream=stream)
    _check_refused(answer, "the reply of the model")
    assert shown in answer.json["message"]


@pytest.mark.parametrize("piece", [None, 7, ["a"], {"type": "text", "text": "a"}])
def test_what_is_yielded_and_is_no_piece_is_an_error(serve: Serve, piece: Any) -> None:
    async def model(_: Any, __: Any) -> AsyncIterator[Any]:
        yield "Half"
        yield piece

    caller = serve(model)
    _check_refused(caller.start(), "what the model yields must be made of texts")
    *_, delta, error = caller.start(stream=True).events
    assert delta["content"] == "Half"
    assert repr(piece) in error["message"]


def test_function_may_fail_with_a_status(serve: Serve) -> None:
    caller = serve(lambda _, __: fail("Slow down", status=429))
    for stream in (False, True):
        reply = caller.start(stream=stream)
        assert reply.status == 429
        assert reply.json["type"] == "rate_limited"
    assert caller.get("/v1/conversations").json == []


@pytest.mark.parametrize(("status", "seen"), [(None, 500), (503, 503)])
def test_generator_may_fail_and_is_not_asked_for_more(
    serve: Serve, caplog: pytest.LogCaptureFixture, status: int | None, seen: int
) -> None:
    held, reached = [], []

    async def pieces() -> AsyncIterator[Any]:
        try:
            yield "Half"
            yield fail("Enough", code=7, status=status)
            reached.append("more")
            yield "more"
        finally:
            reached.append("end")

    def model(_: Any, __: Any) -> AsyncIterator[Any]:
        held.append(pieces())
        return held[-1]

    caller = serve(model)
    *_, delta, error = caller.start(stream=True).events
    assert (delta["content"], error["message"], error["code"]) == ("Half", "Enough", 7)
    assert reached == ["end"]
    plain = caller.start()
    assert (plain.status, plain.json["message"]) == (seen, "Enough")
    assert not [r for r in caplog.records if r.levelno >= logging.WARNING]


def test_failure_is_followed_by_the_next_answer(serve: Serve) -> None:
    caller = serve([fail("No"), [say("Half"), fail("No")], "Yes"])
    first = caller.start(stream=True).events[0]["conversation_id"]
    assert caller.append(first, inputs="x").status == 500
    assert caller.append(first, inputs="y").json["outputs"][0]["content"] == "Yes"
    said = [entry["content"] for entry in caller.history(first)]
    assert said == ["Hello there", "x", "y", "Yes"]


@pytest.mark.anyio
@pytest.mark.parametrize("stream", [False, True])
async def test_leaving_the_server_closes_a_model_that_never_ends(stream: bool) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def model(_: Any, __: Any) -> AsyncIterator[str]:
        try:
            while True:
                yield "on and "
                begun.set()
        finally:
            await asyncio.sleep(0)
            ended.set()

    async with asyncio.timeout(10):
        async with LocalServer(model) as server, calling(server) as caller:
            asking = asyncio.create_task(caller.start(stream=stream))
            await begun.wait()
            asking.cancel()
            await asyncio.wait([asking])
            assert not ended.is_set()
        assert ended.is_set()


ENDLESS = """
import asyncio, http.client, json, threading
from mistral_conversations.server import LocalServer

begun = threading.Event()

async def model(conversation, request):
    try:
        yield "on and"
        while True:
            yield " on"
            begun.set()
            await asyncio.sleep(0)
    finally:
        await asyncio.sleep(0)
        print("ended")

async def waiting(conversation, request):
    try:
        begun.set()
        await asyncio.sleep(600)
    finally:
        print("ended")

def ask(url, stream):
    connection = http.client.HTTPConnection(url.removeprefix("http://"))
    body = json.dumps({"inputs": "a", "model": "m", "stream": stream})
    headers = {"Authorization": "Bearer k", "Content-Type": "application/json"}
    connection.request("POST", "/v1/conversations", body, headers)
    return connection

def leave(model, stream):
    with LocalServer(model) as server:
        connection = ask(server.base_url, stream)
        begun.wait()
    connection.close()
    begun.clear()

async def leave_async(model, stream):
    async with LocalServer(model) as server:
        connection = await asyncio.to_thread(ask, server.base_url, stream)
        await asyncio.to_thread(begun.wait)
    connection.close()
    begun.clear()

for model in (model, waiting):
    for stream in (False, True):
        leave(model, stream)
        asyncio.run(leave_async(model, stream))
"""


def test_leaving_a_model_that_never_ends_is_silent() -> None:
    ended = completed(ENDLESS)
    assert (ended.code, ended.out, ended.err) == (0, "ended\n" * 8, "")
