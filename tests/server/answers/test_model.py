"""Models: the echo, a script, or any kind of function, and their arguments."""

import asyncio
import functools
from collections.abc import AsyncIterator
from typing import Any

import pytest

from mistral_conversations.server import (
    LocalServer,
    RecordedConversation,
    RecordedRequest,
    call,
    say,
    think,
)
from tests.support.for_each import for_each
from tests.support.local.async_caller import END, calling
from tests.support.local.http_caller import Caller, Serve

TEXT = "Yes, two  words"
FORM = {"object": "Error", "type": "invalid_request_error", "code": 3000}


def function(_: RecordedConversation, __: RecordedRequest) -> str:
    return TEXT


async def async_function(_: RecordedConversation, __: RecordedRequest) -> Any:
    await asyncio.sleep(0)
    return [TEXT[:5], say(TEXT[5:])]


async def generator(_: Any, __: Any) -> AsyncIterator[Any]:
    yield TEXT[:3]
    await asyncio.sleep(0)
    yield say(TEXT[3:])


async def async_function_of_a_generator(_: Any, __: Any) -> AsyncIterator[Any]:
    return generator(_, __)


class Answerer:
    def __call__(self, _: Any, __: Any) -> Any:
        return (say(TEXT),)

    async def pieces(self) -> AsyncIterator[str]:
        yield TEXT

    async def method(self, _: Any, __: Any) -> Any:
        return say(TEXT)


class AsyncAnswerer:
    async def __call__(self, _: Any, __: Any) -> Any:
        return TEXT


class Pieces:
    """An async iterator that is no generator."""

    def __init__(self, _: Any, __: Any) -> None:
        self.left = [TEXT[4:], TEXT[:4]]

    def __aiter__(self) -> "Pieces":
        return self

    async def __anext__(self) -> str:
        if not self.left:
            raise StopAsyncIteration
        return self.left.pop()


MODELS: dict[str, Any] = {
    "texts": [TEXT, TEXT],
    "tuple": (say(TEXT), [TEXT[:7], TEXT[7:]]),
    "function": function,
    "lambda": lambda _, __: say(TEXT),
    "async function": async_function,
    "async generator": generator,
    "function of a generator": lambda _, __: Answerer().pieces(),
    "async function of a generator": async_function_of_a_generator,
    "callable object": Answerer(),
    "async callable object": AsyncAnswerer(),
    "bound method": Answerer().method,
    "partial": functools.partial(async_function),
    "async iterator": Pieces,
}


@pytest.mark.parametrize("kind", MODELS)
def test_model_of_any_kind_answers(serve: Serve, kind: str) -> None:
    caller = serve(model=MODELS[kind])
    plain = caller.start().json
    [entry] = plain["outputs"]
    assert (entry["type"], entry["content"]) == ("message.output", TEXT)
    started, *deltas, done = caller.append(
        plain["conversation_id"], inputs="Again", stream=True
    ).events
    assert started["conversation_id"] == plain["conversation_id"]
    assert "".join(delta["content"] for delta in deltas) == TEXT
    assert len({delta["id"] for delta in deltas}) == 1
    assert done["type"] == "conversation.response.done"
    said = [entry["content"] for entry in caller.history(plain["conversation_id"])]
    assert said == ["Hello there", TEXT, "Again", TEXT]


def test_model_is_given_the_conversation_with_the_new_inputs_last(serve: Serve) -> None:
    given: list[RecordedConversation] = []

    def model(conversation: RecordedConversation, _: RecordedRequest) -> Any:
        given.append(conversation)
        return [call("f", x=1)] if len(given) == 1 else "done"

    caller = serve(model)
    conversation_id = caller.start(instructions="Be brief.").json["conversation_id"]
    [question, asked] = caller.history(conversation_id)
    result = {"tool_call_id": asked["tool_call_id"], "result": "7"}
    caller.append(conversation_id, inputs=[result, {"role": "user", "content": "So?"}])
    first, second = given
    assert first.id == second.id == first.json["id"] == conversation_id
    assert first.json["model"] == "mistral-small-latest"
    assert first.json["instructions"] == "Be brief."
    assert list(first.entries) == [question]
    assert list(second.entries[:2]) == [question, asked]
    assert [entry["type"] for entry in second.entries[2:]] == [
        "function.result",
        "message.input",
    ]
    assert second.entries[2]["result"] == "7"
    assert second.entries[3]["content"] == "So?"


def test_model_is_given_the_branch_of_a_restart(serve: Serve) -> None:
    given: list[RecordedConversation] = []

    def model(conversation: RecordedConversation, _: RecordedRequest) -> str:
        given.append(conversation)
        return "Fine"

    caller = serve(model)
    old = caller.start(inputs="one").json["conversation_id"]
    caller.append(old, inputs="two")
    entry_id = caller.history(old)[0]["id"]
    new = caller.restart(old, from_entry_id=entry_id, inputs="other").json
    assert given[-1].id == new["conversation_id"] != old
    assert [entry["content"] for entry in given[-1].entries] == ["one", "other"]


def test_model_is_given_the_request_without_the_key(serve: Serve) -> None:
    given: list[RecordedRequest] = []

    def model(_: RecordedConversation, request: RecordedRequest) -> str:
        given.append(request)
        return "Fine"

    caller = serve(model)
    headers = {"X-Trace": "t1"}
    body = {"inputs": "Hi", "agent_id": "ag_1", "stream": True}
    caller.send("POST", "/v1/conversations?a=1%20b", body, headers)
    [request] = given
    assert (request.method, request.path) == ("POST", "/v1/conversations")
    assert dict(request.query) == {"a": "1 b"}
    assert request.headers["x-trace"] == "t1"
    assert request.headers["authorization"] == "***"
    assert request.json == body


@pytest.mark.anyio
async def test_pieces_reach_the_caller_as_they_are_yielded() -> None:
    received = [asyncio.Event() for _ in range(3)]

    async def model(_: Any, __: Any) -> AsyncIterator[Any]:
        yield "One"
        await received[0].wait()
        yield think("Hm")
        await received[1].wait()
        yield call("f")
        await received[2].wait()

    async with (
        LocalServer(model) as server,
        calling(server) as caller,
        asyncio.timeout(10),
        caller.stream() as events,
    ):
        assert (await anext(events))["type"] == "conversation.response.started"
        assert (await anext(events))["content"] == "One"
        received[0].set()
        assert (await anext(events))["content"]["type"] == "thinking"
        received[1].set()
        assert (await anext(events))["type"] == "function.call.delta"
        received[2].set()
        assert (await anext(events))["type"] == END[0]


def test_what_is_yielded_in_a_row_is_one_message(serve: Serve) -> None:
    chunk = {"type": "tool_file", "tool": "image_generation", "file_id": "f1"}

    async def model(_: Any, __: Any) -> AsyncIterator[Any]:
        for piece in ("Hel", think("Hm"), think(" so"), say("lo", chunk), " you"):
            yield piece
        yield call("f")
        yield "After"

    caller = serve(model)
    *deltas, called, after = caller.start(stream=True).events[1:-1]
    assert [delta["content_index"] for delta in deltas] == [0, 1, 1, 2, 3, 4]
    assert {delta["output_index"] for delta in deltas} == {0}
    assert (called["output_index"], after["output_index"]) == (1, 2)
    assert after["id"] != deltas[0]["id"]
    thought = {"type": "thinking", "closed": True}
    first, _, last = caller.start().json["outputs"]
    assert last["content"] == "After"
    assert first["content"] == [
        {"type": "text", "text": "Hel"},
        {**thought, "thinking": [{"type": "text", "text": "Hm so"}]},
        {"type": "text", "text": "lo"},
        chunk,
        {"type": "text", "text": " you"},
    ]


def test_model_can_be_set_while_the_server_runs() -> None:
    with LocalServer() as server:
        caller = Caller(server.base_url)
        answers = []
        for model in ("echo", ["one", "two"], ["other"], function):
            server.model = None if model == "echo" else model
            [entry] = caller.start(inputs="Echo").json["outputs"]
            answers.append(entry["content"])
    assert answers == ["Echo", "one", "other", TEXT]


def test_model_put_back_continues_its_script() -> None:
    with LocalServer(["one", "two"]) as server:
        caller = Caller(server.base_url)
        script, answers = server.model, []
        for model in (script, function, script):
            server.model = model
            answers.append(caller.start().json["outputs"][0]["content"])
    assert answers == ["one", TEXT, "two"]


@pytest.mark.anyio
async def test_answer_that_has_begun_stays_with_its_model() -> None:
    go = asyncio.Event()

    async def model(_: Any, __: Any) -> AsyncIterator[str]:
        yield "old "
        await go.wait()
        yield "old"

    async with (
        LocalServer(model) as server,
        calling(server) as caller,
        caller.stream() as events,
    ):
        await anext(events)
        server.model = ["new"]
        _, other = await caller.start()
        go.set()
        said = "".join([e["content"] async for e in events if "content" in e])
    assert other["outputs"][0]["content"] == "new"
    assert said == "old old"


@for_each(
    ("model", "place"),
    [
        (5, "model must be"),
        ("text", "model must be"),
        (say("piece"), "model must be"),
        ({"a": "b"}, "model must be"),
        (iter(["a"]), "model must be"),
        ([None], r"model\[0\] must be"),
        (["a", ["b", 7]], r"model\[1\] must be"),
        (["a", "b", function], r"model\[2\] must be"),
        ([[["nested"]]], r"model\[0\] must be"),
    ],
)
def test_model_of_a_wrong_kind_is_named(model: Any, place: str) -> None:
    with pytest.raises(TypeError, match=place):
        LocalServer(model)
    server = LocalServer(["kept"])
    with pytest.raises(TypeError, match=place):
        server.model = model
    with server:
        reply = Caller(server.base_url).start()
    assert reply.json["outputs"][0]["content"] == "kept"
