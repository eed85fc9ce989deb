"""Models that fail in ways that no exception handler of theirs would expect."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import NoReturn

import pytest

from mistral_conversations.server import (
    LocalServer,
    Piece,
    RecordedConversation,
    RecordedRequest,
    fail,
)
from tests.support.local.async_caller import calling
from tests.support.local.http_caller import Serve


class UnspeakableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


def surrogate(*_: object) -> NoReturn:
    raise ValueError("\ud800")


def unspeakable(*_: object) -> NoReturn:
    raise UnspeakableError


def cancelled(*_: object) -> NoReturn:
    raise asyncio.CancelledError


def outcome(*_: object) -> NoReturn:
    pytest.fail("what was asked is wrong")


@pytest.mark.parametrize("raising", [surrogate, unspeakable, cancelled, outcome])
@pytest.mark.parametrize("stream", [False, True])
def test_function_that_raises_anything_is_answered_with_500(
    serve: Serve, raising: Callable[..., NoReturn], *, stream: bool
) -> None:
    reply = serve(raising).start(stream=stream)
    assert reply.status == 500
    assert reply.json["message"].startswith("The model of LocalServer raised ")


@pytest.mark.parametrize("raising", [surrogate, unspeakable, cancelled, outcome])
def test_generator_that_raises_anything_ends_the_stream_with_an_error(
    serve: Serve, raising: Callable[..., NoReturn]
) -> None:
    async def model(*_: object) -> AsyncIterator[str]:
        yield "Half"
        raising()

    events = serve(model).start(stream=True).events
    assert events[1]["content"] == "Half"
    assert events[-1]["type"] == "conversation.response.error"


@pytest.mark.parametrize("stream", [False, True])
def test_cleanup_that_raises_does_not_spoil_an_answer(
    serve: Serve, *, stream: bool
) -> None:
    async def model(*_: object) -> AsyncIterator[Piece]:
        try:
            yield fail("No")
        finally:
            raise ValueError("in cleaning up")

    assert b'"message":"No"' in serve(model).start(stream=stream).body


@pytest.mark.anyio
async def test_conversations_stand_in_the_order_in_which_they_began() -> None:
    asked, go = asyncio.Event(), asyncio.Event()

    async def model(conversation: RecordedConversation, _: RecordedRequest) -> str:
        if conversation.entries[0]["content"] == "slow":
            asked.set()
            await go.wait()
        return "Done"

    async with LocalServer(model) as server, calling(server) as caller:
        slow = asyncio.create_task(caller.start(inputs="slow"))
        await asked.wait()
        await caller.start(inputs="fast")
        go.set()
        await slow
        inputs = [each.entries[0]["content"] for each in server.conversations]
    assert inputs == ["slow", "fast"]
