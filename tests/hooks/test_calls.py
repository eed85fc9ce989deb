"""Hooks see the attempts of each call."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

import pytest

from mistral_conversations import (
    APIConnectionError,
    APITimeoutError,
    AsyncConversations,
    AsyncLibraries,
    AsyncMistral,
    ConversationBusyError,
    MistralConversationsError,
    NotFoundError,
    RequestInfo,
    RetryPolicy,
    SDKError,
)
from mistral_conversations.server import LocalServer
from tests.support.bodies import CONVERSATION_ID
from tests.support.clients import (
    FAST,
    POSTS,
    Reply,
    answers,
    becomes_true,
    busy_answer,
    lose,
    refusal,
    stay_mute,
    whole_answer,
)
from tests.support.every_operation import OPERATIONS, outcome
from tests.support.for_each import for_each
from tests.support.hooks import Seen, all_hooks
from tests.support.raw_server import Handler, http, json_answer, raw_server

pytestmark = pytest.mark.anyio

NOWHERE = "http://127.0.0.1:9"


@asynccontextmanager
async def seen_of(
    handler: Handler, *, is_async: bool = False, **options: Any
) -> AsyncIterator[tuple[Seen, AsyncConversations]]:
    """Yield what hooks see, and their client of a server."""
    seen = Seen()
    options = {"retries": 0, **all_hooks(seen, is_async=is_async), **options}
    async with (
        raw_server(handler) as server,
        AsyncConversations("key", base_url=server.base_url, **options) as client,
    ):
        yield seen, client


@for_each("is_async", [False, True])
async def test_a_call_is_a_request_and_a_response(*, is_async: bool) -> None:
    answer = json_answer(
        {"conversation_id": CONVERSATION_ID, "outputs": [], "usage": {}},
        headers={"mistral-correlation-id": "req_1"},
    )
    handler = answers(answer)
    async with seen_of(handler, is_async=is_async) as (seen, client):
        await client.append("c 1", "Hi")
    assert seen.names == ["on_request", "on_response"]
    request, response = (info for _, info in seen.infos)
    facts: dict[str, Any] = {
        "operation": "conversations.append",
        "method": "POST",
        "path": "/v1/conversations/c%201",
        "attempt": 1,
        "conversation_id": "c 1",
        "body": None,
    }
    assert request == RequestInfo(**facts)
    assert {name: getattr(response, name) for name in facts} == facts
    assert (response.status, response.request_id) == (200, "req_1")
    assert response.bytes == len(answer.partition(b"\r\n\r\n")[2])
    assert 0 < response.seconds < 30
    assert (response.error, response.response_body) == (None, None)


async def test_each_attempt_is_seen() -> None:
    replies: list[Reply] = [lose, http(503, b"{}"), refusal(404)]
    retries = RetryPolicy(max_retries=2, max_delay=0.01, resend=True)
    async with seen_of(answers(*replies), retries=retries) as (seen, client):
        with pytest.raises(NotFoundError):
            await client.append("c", "Hi")
    assert seen.names == ["on_request", "on_response", "on_retry"] * 2 + [
        "on_request",
        "on_response",
    ]
    for name in ("on_request", "on_response"):
        assert [info.attempt for info in seen.of(name)] == [1, 2, 3]
    ends = [(info.status, info.error) for info in seen.of("on_response")]
    lost, refused, missing = ends
    assert lost == (None, APIConnectionError)
    assert refused[0] == 503
    assert issubclass(refused[1], SDKError)
    assert missing == (404, NotFoundError)
    retried = seen.of("on_retry")
    assert [(info.attempt, info.status) for info in retried] == [(1, None), (2, 503)]
    assert [info.error for info in retried] == [lost[1], refused[1]]
    assert all(0 <= info.delay <= 0.02 for info in retried)


async def test_a_busy_conversation_is_a_retry() -> None:
    replies = [busy_answer(), busy_answer(), whole_answer()]
    async with seen_of(answers(*replies), retries=FAST) as (seen, client):
        await client.append("c", "Hi", wait_if_busy=30)
    errors = [info.error for info in seen.of("on_retry")]
    assert errors == [ConversationBusyError, ConversationBusyError]


async def test_a_timeout_and_a_cancelled_call_have_an_end() -> None:
    async with seen_of(answers(stay_mute, stay_mute)) as (seen, client):
        with pytest.raises(APITimeoutError):
            await client.start("Hi", model="m", timeout=0.05)
        task = asyncio.create_task(client.start("Hi", model="m"))
        assert await becomes_true(lambda: len(seen.of("on_request")) == 2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    late, cancelled = seen.of("on_response")
    assert (late.status, cancelled.status) == (None, None)
    assert cancelled.error is asyncio.CancelledError
    assert issubclass(late.error, APITimeoutError | asyncio.CancelledError)


async def test_a_call_that_sends_nothing_is_not_seen() -> None:
    async with seen_of(answers()) as (seen, client):
        with pytest.raises(TypeError):
            await client.start(7, model="m")  # type: ignore[arg-type]
        await client.aclose()
        with pytest.raises(ValueError, match="closed"):
            await client.start("Hi", model="m")
    assert seen.of("on_response") == []


@for_each("wants", [False, True])
async def test_bodies_only_if_wanted(*, wants: bool) -> None:
    replies = [whole_answer(), refusal(404)]
    async with seen_of(answers(*replies), hook_bodies=wants) as (seen, client):
        answer = await client.start("Sky?", model="m")
        with pytest.raises(NotFoundError):
            await client.append("c", "Hi")
    begun, _ = seen.of("on_request")
    ended, refused = seen.of("on_response")
    bodies = [begun.body, ended.body, ended.response_body, refused.response_body]
    if not wants:
        assert bodies == [None] * 4
        return
    assert bodies[0] == bodies[1] == b'{"inputs":"Sky?","model":"m"}'
    assert answer.conversation_id.encode() in bodies[2]
    assert b"message" in bodies[3]
    assert "Sky?" not in repr(seen.infos)


async def test_files_have_no_bodies_but_sizes() -> None:
    seen = Seen()
    hooks = all_hooks(seen)
    async with (
        LocalServer() as server,
        AsyncMistral("k", base_url=server.base_url, hook_bodies=True, **hooks) as api,
    ):
        file = await api.files.upload(b"sky" * 1000, name="sky.txt")
        await api.files.download(file.id, BytesIO())
    up, down = seen.of("on_response")
    assert (up.operation, down.operation) == ("files.upload", "files.download")
    assert (up.body, down.response_body) == (None, None)
    assert down.bytes >= 3000


OTHERS = {
    "agents.list_all": "agents.list_pages",
    "batch_jobs.list_all": "batch_jobs.list",
    "batch_jobs.results": "batch_jobs.get",
    "batch_jobs.wait": "batch_jobs.get",
    "connectors.list_all": "connectors.list",
    "connectors.list_all_tools": "connectors.list_tools",
    "conversations.list_all": "conversations.list",
    "conversations.run": "conversations.start",
    "conversations.run_stream": "conversations.start_stream",
    "documents.list_all": "documents.list",
    "documents.wait_until_processed": "documents.status",
    "files.list_all": "files.list",
    "libraries.list_all": "libraries.list",
}
"""The first request of a method that makes several."""


async def test_every_operation_has_its_name() -> None:
    """The name is that of the method, as the calls of `AsyncMistral` write it."""
    for operation in OPERATIONS:
        seen = Seen()
        client = operation.cls("k", base_url=NOWHERE, retries=0, **all_hooks(seen))
        async with client:
            with pytest.raises(MistralConversationsError):
                await outcome(operation.call(client))
        method = f"{part_of(operation.cls)}.{operation.name}"
        name = seen.infos[0][1].operation
        assert name == OTHERS.get(method, method), operation


def part_of(cls: type) -> str:
    """Return the attribute of `AsyncMistral` that is a client of this class."""
    name = cls.__name__.removeprefix("Async")
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)[1:]


async def test_another_client_of_the_same_connections_has_the_hooks() -> None:
    seen = Seen()
    async with (
        raw_server(answers(whole_answer(), json_answer({"data": []}))) as server,
        AsyncMistral("k", base_url=server.base_url, **all_hooks(seen)) as api,
    ):
        await POSTS["start"](api.conversations.with_options(timeout=30))
        await api.libraries.list()
    operations = [info.operation for info in seen.of("on_request")]
    assert operations == ["conversations.start", "libraries.list"]


async def test_pages_are_calls() -> None:
    seen = Seen()
    async with (
        LocalServer() as server,
        AsyncLibraries("k", base_url=server.base_url, **all_hooks(seen)) as libraries,
    ):
        assert [each async for each in libraries.list_all()] == []
    assert [info.operation for info in seen.of("on_request")] == ["libraries.list"]
