"""Tracebacks: the caller's own frames, without those of the package."""

import asyncio
import traceback
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from mistral_conversations import (
    APIConnectionError,
    AsyncConversations,
    AsyncMistral,
    Conversations,
    DecodeError,
    MistralConversationsError,
    NotFoundError,
    ResponseFailedError,
    StreamInterruptedError,
)
from mistral_conversations.server import LocalServer, Trouble
from tests.support.client_and_server import answered_with
from tests.support.clients import refusal, refusing_port
from tests.support.raw_server import json_answer

pytestmark = pytest.mark.anyio

LIBRARY = "0189f7a0-0000-7000-8000-000000000000"


@pytest.fixture
async def server() -> AsyncIterator[LocalServer]:
    async with LocalServer() as server:
        yield server


@pytest.fixture
async def client(server: LocalServer) -> AsyncIterator[AsyncConversations]:
    async with AsyncConversations("key", base_url=server.base_url, retries=0) as client:
        yield client


def names(error: BaseException | None) -> list[str]:
    """Return the functions in the traceback of an error."""
    assert error is not None
    return [frame.name for frame in traceback.extract_tb(error.__traceback__)]


async def consume(stream: Any) -> None:
    async for _ in stream:
        pass


CALLS: dict[str, Callable[[AsyncConversations], Any]] = {
    "get": lambda c: c.get("conv_1"),
    "delete": lambda c: c.delete("conv_1"),
    "append": lambda c: c.append("conv_1", "Hi"),
    "response": lambda c: c.append_stream("conv_1", "Hi").response(),
    "wrong input": lambda c: c.start(5, model="m"),  # type: ignore[arg-type]
    "wrong item": lambda c: c.start([{"a": 1}], model="m"),
    "both": lambda c: c.start("Hi", model="m", agent_id="a"),
    "number": lambda c: c.list(page=-1),
    "not JSON": lambda c: c.start("Hi", model="m", metadata={"a": float("nan")}),
    "timeout": lambda c: c.start("Hi", timeout="1"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", CALLS)
async def test_an_error_of_a_call_has_only_the_callers_frames(
    client: AsyncConversations, name: str
) -> None:
    async def program() -> None:
        await CALLS[name](client)

    with pytest.raises((MistralConversationsError, TypeError, ValueError)) as caught:
        await program()
    test = "test_an_error_of_a_call_has_only_the_callers_frames"
    assert names(caught.value) == [test, "program"]


@pytest.mark.parametrize("text", [False, True])
async def test_an_error_of_a_stream_has_only_the_callers_frames(
    client: AsyncConversations, server: LocalServer, *, text: bool
) -> None:
    test = "test_an_error_of_a_stream_has_only_the_callers_frames"
    for trouble, error in [
        (Trouble(cut="close", after_events=2), StreamInterruptedError),
        (Trouble(error="broken", after_events=2), ResponseFailedError),
        (Trouble(status=404), NotFoundError),
    ]:
        server.inflict(trouble)
        stream = client.start_stream("Hi", model="m")
        with pytest.raises(error) as caught:
            await consume(stream.text() if text else stream)
        assert names(caught.value) == [test, "consume"]


async def test_an_error_that_a_stream_raises_again_does_not_grow(
    client: AsyncConversations, server: LocalServer
) -> None:
    server.inflict(Trouble(cut="close", after_events=2))
    stream = client.start_stream("Hi", model="m")
    for _ in range(3):
        with pytest.raises(StreamInterruptedError) as caught:
            await stream.response()
        (name,) = names(caught.value)
        assert name.startswith("test_an_error_that")


async def test_list_all_and_parts_of_a_client_alike(server: LocalServer) -> None:
    async with AsyncMistral("key", base_url=server.base_url, retries=0) as client:
        walk = client.libraries.documents.list_all(LIBRARY)
        with pytest.raises(NotFoundError) as caught:
            await consume(walk)
        assert names(caught.value)[1:] == ["consume"]
        assert caught.value.__context__ is None
        with pytest.raises(NotFoundError) as caught:
            await client.libraries.documents.upload(LIBRARY, b"x", name="a.txt")
        assert len(names(caught.value)) == 1


async def test_a_lost_connection_has_short_causes() -> None:
    with refusing_port() as sock:
        url = f"http://127.0.0.1:{sock.getsockname()[1]}"
        async with AsyncConversations("key", base_url=url, retries=0) as client:
            with pytest.raises(APIConnectionError) as caught:
                await client.get("conv_1")
    assert len(names(caught.value)) == 1
    cause = caught.value.__cause__
    assert names(cause) == []
    assert len("".join(traceback.format_exception(caught.value)).splitlines()) < 25


async def test_an_answer_that_does_not_fit_is_short() -> None:
    async with answered_with(json_answer([])) as (client, _):
        with pytest.raises(DecodeError) as caught:
            await client.get("conv_1")
    assert len(names(caught.value)) == 1


async def test_the_callers_own_function_stays_in_the_traceback() -> None:
    def read_key() -> str:
        raise KeyError("vault")

    async def read_missing_conversation() -> str:
        async with answered_with(refusal(404)) as (other, _):
            await other.get("conv_1")
        return "key"

    async with answered_with(b"", api_key=read_key) as (client, _):
        with pytest.raises(KeyError) as lost:
            await client.get("conv_1")
    assert names(lost.value)[-1] == "read_key"
    assert len(names(lost.value)) > 3  # also where it was called from
    async with answered_with(b"", api_key=read_missing_conversation) as (client, _):
        with pytest.raises(NotFoundError) as caught:
            await client.get("conv_1")
    assert names(caught.value)[1:] == ["read_missing_conversation"]


@pytest.mark.parametrize("name", ["get", "start", "list_all", "start_stream"])
async def test_an_unknown_keyword_is_the_callers_fault(
    client: AsyncConversations, name: str
) -> None:
    call: Any = getattr(client, name)
    with pytest.raises(TypeError, match=rf"AsyncConversations.{name}\(\)") as caught:
        await call("conv_1", color="blue")
    assert len(names(caught.value)) == 1


def blocking(function: Callable[[], Any]) -> list[str]:
    with pytest.raises((MistralConversationsError, TypeError, ValueError)) as caught:
        function()
    return names(caught.value)[1:]


async def test_the_blocking_twins_are_as_short(server: LocalServer) -> None:
    def calls() -> None:
        with Conversations("key", base_url=server.base_url, retries=0) as client:
            wrong: Any = 5
            assert blocking(lambda: client.get("conv_1")) == ["<lambda>"]
            assert blocking(lambda: client.start(wrong, model="m")) == ["<lambda>"]
            assert blocking(lambda: client.start_stream(wrong)) == ["<lambda>"]
            assert blocking(lambda: list(client.list_all(0))) == ["<lambda>"]
            call: Any = client.get
            assert blocking(lambda: call("conv_1", color="blue")) == ["<lambda>"]
            start: Any = client.start
            assert blocking(lambda: start("Hi", color="blue")) == ["<lambda>"]
            stream = client.append_stream("conv_1", "Hi")
            assert blocking(stream.response) == []
            assert blocking(lambda: list(stream)) == ["<lambda>"]
            for trouble in (
                Trouble(cut="close", after_events=2),
                Trouble(error="broken", after_events=2),
            ):
                server.inflict(trouble)
                stream = client.start_stream("Hi", model="m")
                assert blocking(lambda s=stream: list(s)) == ["<lambda>"]  # type: ignore[misc]
                server.inflict(trouble)
                stream = client.start_stream("Hi", model="m")
                assert blocking(lambda s=stream: list(s.text())) == ["<lambda>"]  # type: ignore[misc]
            server.inflict(Trouble(status=500))
            assert blocking(lambda: list(client.list_all())) == ["<lambda>"]
        assert blocking(lambda: client.get("conv_1")) == ["<lambda>"]

    await asyncio.to_thread(calls)
