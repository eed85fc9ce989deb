"""One turn of a chat at a time, however turns end."""

import asyncio
import contextvars
import gc
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from mistral_conversations import (
    AsyncChat,
    AsyncConversations,
    AsyncRunStream,
    ConfigurationError,
    MessageOutputEvent,
    ResponseStartedEvent,
    StreamInterruptedError,
    TurnStarted,
)
from mistral_conversations.server import LocalServer, Trouble, call
from tests.support.clients import becomes_true
from tests.support.for_each import for_each
from tests.support.scripted import ADD, MODEL, Scripted, add, scripted

pytestmark = pytest.mark.anyio

SLOW = Trouble(event_delay=0.02)
OPEN = "the stream of this chat's last turn is still open"


async def said(chat: AsyncChat) -> list[Any]:
    """Return the messages of both sides."""
    entries: Any = (await chat.history()).entries
    return [each.content for each in entries]


async def test_turns_come_in_the_order_in_which_they_began() -> None:
    async with scripted("a", "b", "c", "d", "e") as local:
        local.server.inflict(SLOW, times=None)
        chat = local.client.chat(model=MODEL)
        results = await asyncio.gather(*(chat.send(str(n)) for n in range(5)))
        assert await said(chat) == ["0", "a", "1", "b", "2", "c", "3", "d", "4", "e"]
    assert [result.text for result in results] == list("abcde")


async def test_a_stream_has_its_turn_when_it_is_first_read() -> None:
    async with scripted("a", "b", "c") as local:
        chat = local.client.chat(model=MODEL)
        early, late = chat.stream("early"), chat.stream("late")
        await chat.send("first")
        assert (await late.result()).text == "b"
        assert (await early.result()).text == "c"
        assert (await said(chat))[::2] == ["first", "late", "early"]


async def test_a_turn_that_does_not_want_to_wait() -> None:
    async with scripted("a", "b") as local:
        local.server.inflict(SLOW)
        chat = local.client.chat(model=MODEL)
        task = asyncio.create_task(chat.send("1"))
        await becomes_true(lambda: "in a turn" in repr(chat))
        with pytest.raises(ConfigurationError, match="another turn of this chat"):
            await chat.send("2", wait=False)
        await task
        assert (await chat.send("2", wait=False)).text == "b"
        assert len(local.posts) == 2


async def test_a_turn_in_the_body_of_a_stream_is_refused() -> None:
    async with scripted("a b", "c") as local:
        chat = local.client.chat(model=MODEL)
        stream = chat.stream("1")
        async for _ in stream:
            with pytest.raises(ConfigurationError, match=OPEN):
                await chat.send("2")
            break
        with pytest.raises(ConfigurationError, match=OPEN):
            await chat.delete()
        await stream.aclose()
        assert (await chat.send("2")).text == "c"


async def test_a_turn_in_the_body_of_a_relay_is_refused() -> None:
    async with scripted([ADD], "b", "c") as local:
        chat = local.client.chat(model=MODEL, tools=[add])
        relay = chat.stream("1").sse()
        await anext(relay)
        for turn in (chat.send("2"), chat.delete()):
            with pytest.raises(ConfigurationError, match=OPEN):
                await turn
        async for _ in relay:
            pass
        assert (await chat.send("2")).text == "c"


async def test_the_id_is_known_once_the_service_has_named_it() -> None:
    async with scripted("a b", "c") as local:
        chat = local.client.chat(model=MODEL)
        async with chat.stream("1") as stream:
            assert isinstance(await anext(stream), TurnStarted)
            assert chat.id is None
            assert isinstance(await anext(stream), ResponseStartedEvent)
            assert chat.id is not None
            assert chat.id == stream.conversation_id
            assert len((await chat.history()).entries) > 0
            fork = chat.fork()
            await stream.result()
        await fork.send("2")
        assert await said(fork) == ["1", "a b", "2", "c"]


async def test_another_task_may_read_the_stream_that_one_waits_for() -> None:
    async with scripted("a b", "c") as local:
        chat = local.client.chat(model=MODEL)
        stream = chat.stream("1")
        await stream.__aenter__()
        task = asyncio.create_task(stream.result())
        await asyncio.sleep(0)
        assert (await chat.send("2")).text == "c"
        assert (await task).text == "a b"


@for_each("plain", [True, False])
async def test_a_function_of_a_turn_cannot_wait_for_that_turn(plain: bool) -> None:
    problems: list[str] = []

    async def nested() -> str:
        try:
            return (await chat.send("Again")).text
        except ConfigurationError as error:
            problems.append(str(error))
            return "no"

    def nested_elsewhere() -> str:
        context = contextvars.copy_context()
        return context.run(asyncio.run, nested())

    function: Any = nested_elsewhere if plain else nested
    async with scripted([call(function.__name__)], "Done.") as local:
        chat = local.client.chat(model=MODEL, tools=[function])
        assert (await chat.send("Begin")).text == "Done."
    assert len(problems) == 1
    assert "a function of this chat's turn cannot begin another" in problems[0]


async def test_a_function_may_use_a_fork() -> None:
    async def nested() -> str:
        return (await forks.pop().send("Aside")).text

    async with scripted("One.", [call("nested")], "Two.", "Three.") as local:
        chat = local.client.chat(model=MODEL, tools=[nested])
        await chat.send("1")
        forks = [chat.fork()]
        assert (await chat.send("2")).text == "Three."


async def cancelled(chat: AsyncChat) -> None:
    stream = chat.stream("1")
    task = asyncio.create_task(stream.result())  # as `send` does
    assert await becomes_true(lambda: stream.conversation_id is not None)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def closed(chat: AsyncChat) -> None:
    async with chat.stream("1") as stream:
        async for event in stream:
            if isinstance(event, MessageOutputEvent):
                break


async def dropped(chat: AsyncChat) -> None:
    events = aiter(chat.stream("1"))
    while not isinstance(await anext(events), MessageOutputEvent):
        pass
    del events
    gc.collect()


async def returned(chat: AsyncChat) -> None:
    async def begin() -> AsyncRunStream:
        stream = chat.stream("1")
        while not isinstance(await anext(stream), MessageOutputEvent):
            pass
        return stream

    await asyncio.create_task(begin())
    await asyncio.sleep(0)  # the callback of the task has the task
    gc.collect()


async def abandoned(chat: AsyncChat) -> None:
    async def read() -> None:
        async for _ in chat.stream("1"):
            pass

    task = asyncio.create_task(read())
    assert await becomes_true(lambda: chat.id is not None)
    task.cancel()
    await asyncio.wait([task])
    del task
    gc.collect()


async def cut(chat: AsyncChat) -> None:
    with pytest.raises(StreamInterruptedError):
        await chat.send("1")


@for_each("end", [cancelled, closed, dropped, returned, abandoned, cut])
async def test_a_turn_that_ends_early_leaves_the_chat_usable(
    end: Callable[[AsyncChat], Awaitable[None]],
) -> None:
    async with scripted("one two three", "Done.") as local:
        trouble = Trouble(cut="close", after_events=2) if end is cut else SLOW
        local.server.inflict(trouble)
        chat = local.client.chat(model=MODEL, recover=False)
        await end(chat)
        assert chat.id is not None
        assert "in a turn" not in repr(chat)
        assert (await chat.send("2")).text == "Done."
        assert local.paths[-1] == "POST ID"


async def test_a_turn_that_is_cancelled_while_it_waits_is_not_sent() -> None:
    async with scripted("a", "b") as local:
        local.server.inflict(SLOW)
        chat = local.client.chat(model=MODEL)
        first = asyncio.create_task(chat.send("1"))
        await becomes_true(lambda: "in a turn" in repr(chat))
        second, third = (asyncio.create_task(chat.send(n)) for n in "23")
        await asyncio.sleep(0)
        second.cancel()
        assert (await third).text == "b"
        assert second.cancelled()
        assert (await first).text == "a"
        assert [post["inputs"] for post in local.posts] == ["1", "3"]


async def test_a_cancel_at_the_moment_of_the_turn_passes_it_on() -> None:
    for steps in range(12):
        async with scripted("a", "b", "c") as local:
            chat = local.client.chat(model=MODEL)
            stream = chat.stream("1")
            await stream.__aenter__()
            reader = asyncio.create_task(stream.result())
            second = asyncio.create_task(chat.send("2"))
            await asyncio.sleep(0)
            reader.add_done_callback(lambda _, task=second: task.cancel())  # type: ignore[misc]
            await reader
            for _ in range(steps):
                await asyncio.sleep(0)
            second.cancel()
            await asyncio.wait([second])
            async with asyncio.timeout(10):
                await chat.send("3")


async def test_a_stream_that_is_closed_while_it_waits_ends() -> None:
    async with scripted("a", "b") as local:
        local.server.inflict(SLOW)
        chat = local.client.chat(model=MODEL)
        first = asyncio.create_task(chat.send("1"))
        await becomes_true(lambda: "in a turn" in repr(chat))
        stream = chat.stream("2")
        reader = asyncio.create_task(_events(stream))
        await asyncio.sleep(0)
        await stream.aclose()
        assert await reader == []
        await first
        assert (await chat.send("3")).text == "b"
        assert len(local.posts) == 2


async def _events(stream: Any) -> list[Any]:
    return [event async for event in stream]


def test_several_event_loops_use_a_chat_one_after_another() -> None:
    with LocalServer(["a", "b c", "d"]) as server:
        client = AsyncConversations("key", base_url=server.base_url)
        chat = client.chat(model=MODEL)

        async def leave() -> Any:
            stream = chat.stream("2")
            await anext(aiter(stream))
            return stream

        assert asyncio.run(chat.send("1")).text == "a"
        left = asyncio.run(leave())
        assert asyncio.run(chat.send("3")).text == "d"
        assert left.conversation_id == chat.id
        asyncio.run(client.aclose())


async def test_a_turn_waits_for_a_conversation_that_is_being_written() -> None:
    async with scripted("one two three", "Done.") as local:
        local.server.inflict(SLOW)
        chat = local.client.chat(model=MODEL)
        await closed(chat)
        assert (await chat.send("2")).text == "Done."
        assert _statuses(local).count("POST ID") >= 1


def _statuses(local: Scripted) -> list[str]:
    return [path for path in local.paths if path.startswith("POST")]
