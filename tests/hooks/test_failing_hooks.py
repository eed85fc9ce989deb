"""A hook that fails changes nothing; one that waits is waited for."""

import asyncio
import functools
import logging
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import pytest

from mistral_conversations import AsyncConversations
from mistral_conversations._event_loop import import_aside
from mistral_conversations.server import LocalServer, Trouble
from tests.support.for_each import for_each
from tests.support.hooks import HOOKS, Seen, all_hooks
from tests.support.scripted import ADD, MODEL, add

pytestmark = pytest.mark.anyio


class MineError(Exception):
    """An error of the caller."""


def plain(_: Any) -> None:
    raise MineError("mine")


async def asynchronous(_: Any) -> None:
    await asyncio.sleep(0)
    raise MineError("mine")


class AsyncObject:
    async def __call__(self, _: Any) -> None:
        raise MineError("mine")


def without_parameters() -> None:
    """Take nothing."""


FAILING: dict[str, Callable[..., Any]] = {
    "plain": plain,
    "async": asynchronous,
    "object": AsyncObject(),
    "partial": functools.partial(plain),
    "returns a coroutine": lambda info: asynchronous(info) if info else None,
    "parameters": without_parameters,
}


@for_each("kind", FAILING)
async def test_what_a_hook_raises_is_logged(
    caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    caplog.clear()
    hooks: dict[str, Any] = dict.fromkeys(HOOKS, FAILING[kind])
    async with (
        LocalServer([ADD, "Done", "Streamed"]) as server,
        AsyncConversations("key", base_url=server.base_url, **hooks) as client,
    ):
        server.inflict(Trouble(status=503, retry_after=0))
        with caplog.at_level(logging.WARNING, "mistral_conversations"):
            result = await client.run("Begin", model=MODEL, tools=[add])
            stream = client.append_stream(result.conversation_id or "", "Hi")
            assert (await stream.response()).text == "Streamed"
    assert result.text == "Done"
    texts = [record.getMessage() for record in caplog.records]
    for name in HOOKS:
        assert any(name in text for text in texts), (name, texts)
    assert all(record.exc_info for record in caplog.records if "hook" in record.msg)


async def test_a_hook_may_use_the_client() -> None:
    """Its own calls are seen, too: such a hook must know when to stop."""
    operations: list[str] = []

    async def look(info: Any) -> None:
        operations.append(info.operation)
        if info.operation == "conversations.start":
            await client.list()

    async with LocalServer() as server:
        client = AsyncConversations("key", base_url=server.base_url, on_request=look)
        async with client:
            await client.start("Hi", model="m")
    assert operations == ["conversations.start", "conversations.list"]


async def test_a_call_waits_for_its_hooks_within_its_timeout() -> None:
    async def hang(_: Any) -> None:
        await asyncio.sleep(60)

    async with LocalServer() as server:
        client = AsyncConversations("key", base_url=server.base_url, on_request=hang)
        async with client:
            with pytest.raises(TimeoutError):
                await client.start("Hi", model="m", timeout=0.05)
    assert not server.requests


async def test_a_hook_that_is_cancelled_with_the_call() -> None:
    begun = asyncio.Event()

    async def hang_once(_: Any) -> None:
        if not begun.is_set():
            begun.set()
            await asyncio.sleep(60)

    async with LocalServer() as server:
        client = AsyncConversations(
            "key", base_url=server.base_url, on_response=hang_once
        )
        async with client:
            task = asyncio.create_task(client.start("Hi", model="m"))
            await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert len(await client.list()) == len(server.conversations) == 1


async def _cancelled_in(name: str) -> Seen:
    """Return what hooks saw of a run that was cancelled while one of them waited."""
    seen, begun = Seen(), asyncio.Event()

    async def hang(info: Any) -> None:
        seen.infos.append((name, info))
        begun.set()
        await asyncio.sleep(60)

    hooks = {**all_hooks(seen), name: hang}
    async with (
        LocalServer([ADD, "Done"]) as server,
        AsyncConversations("key", base_url=server.base_url, **hooks) as client,
    ):
        task = asyncio.create_task(client.run("Begin", model=MODEL, tools=[add]))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    return seen


@for_each(
    ("begin", "end"),
    [("on_request", "on_response"), ("on_function_start", "on_function_end")],
)
async def test_what_is_cancelled_in_its_first_hook_has_an_end(
    begin: str, end: str
) -> None:
    seen = await _cancelled_in(begin)
    assert seen.one(begin)
    assert seen.of(end)[-1].error is asyncio.CancelledError
    assert len(seen.of("on_request")) == len(seen.of("on_response"))
    assert seen.one("on_run_end").outcome == "cancelled"


async def test_a_streamed_run_that_is_cancelled_while_it_closes_has_an_end() -> None:
    seen, closing = Seen(), asyncio.Event()

    async def hang(_: Any) -> None:
        closing.set()
        await asyncio.sleep(60)

    hooks = {**all_hooks(seen, is_async=True), "on_event_stream_end": hang}

    async def read_one(client: AsyncConversations) -> None:
        async with client.run_stream("Begin", model=MODEL) as run:
            await anext(run)

    async with (
        LocalServer(["Done"]) as server,
        AsyncConversations("key", base_url=server.base_url, **hooks) as client,
    ):
        task = asyncio.create_task(read_one(client))
        await closing.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert seen.one("on_run_end").outcome == "closed"


@for_each("is_async", [False, True])
async def test_a_call_whose_coroutine_is_dropped_awaits_no_hook(
    *, is_async: bool
) -> None:
    seen = Seen()

    async def pause(_: Any) -> None:
        await asyncio.sleep(0)

    async def never(info: Any) -> None:
        await asyncio.sleep(0)
        seen.infos.append(("async", info))

    hooks = {**all_hooks(seen), "on_request": pause}
    if is_async:
        hooks |= {"on_response": never, "on_run_end": never}
    await import_aside("mistral_conversations.runs.loop")  # else `run` waits for it
    async with LocalServer() as server:
        client = AsyncConversations("key", base_url=server.base_url, **hooks)
        async with client:
            for call in (
                client.start("Hi", model="m"),
                client.run("Hi", model="m"),
                client.start_stream("Hi", model="m").response(),
            ):
                call.send(None)
                call.close()
    if is_async:
        assert set(seen.names) == {"on_event_stream_end"}
    else:
        errors = [info.error for info in seen.of("on_response")]
        assert errors == [GeneratorExit] * 3
        assert seen.one("on_run_end").outcome == "dropped"
    assert seen.one("on_event_stream_end").outcome == "dropped"


async def test_hooks_see_the_context_of_the_caller() -> None:
    user: ContextVar[str] = ContextVar("user", default="nobody")
    users: list[str] = []
    hooks: dict[str, Any] = dict.fromkeys(HOOKS, lambda _: users.append(user.get()))
    async with (
        LocalServer([ADD, "Done", "Streamed"]) as server,
        AsyncConversations("key", base_url=server.base_url, **hooks) as client,
    ):
        user.set("me")
        result = await client.run("Begin", model=MODEL, tools=[add])
        await client.append_stream(result.conversation_id or "", "Hi").response()
    assert set(users) == {"me"}


async def test_interrupts_of_hooks_are_not_swallowed() -> None:
    def leave(_: Any) -> None:
        raise asyncio.CancelledError

    seen = Seen()
    end = seen.hook("on_response", is_async=False)
    async with LocalServer() as server:
        hooks: dict[str, Any] = {"on_request": leave, "on_response": end}
        client = AsyncConversations("key", base_url=server.base_url, **hooks)
        async with client:
            with pytest.raises(asyncio.CancelledError):
                await client.start("Hi", model="m")
    assert not server.requests
