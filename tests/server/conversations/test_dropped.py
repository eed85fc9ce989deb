"""An answer is written to its end even if its caller has gone."""

import asyncio

import aiohttp
import pytest

from mistral_conversations import AsyncConversations
from mistral_conversations.server import (
    LocalServer,
    Piece,
    RecordedConversation,
    fail,
    say,
)
from tests.support.clients import becomes_true
from tests.support.local.async_caller import calling
from tests.support.local.slow_model import drop, slow_conversation

pytestmark = pytest.mark.anyio

BOTH = pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])


@BOTH
async def test_dropped_answer_is_finished_and_stored(
    caplog: pytest.LogCaptureFixture, stream: bool
) -> None:
    async with slow_conversation() as slow:
        await drop(await slow.write(stream=stream), caplog)
        assert await slow.is_busy()
        assert await slow.caller.said(slow.id) == ["one", "An answer", "slow"]
        slow.model.go.set()
        assert await becomes_true(lambda: len(slow.server.conversations[0].entries) > 3)
        assert (await slow.caller.said(slow.id))[-1] == "An answer"
        assert not await slow.is_busy()


@BOTH
async def test_dropped_start_is_finished_and_stored(
    caplog: pytest.LogCaptureFixture, stream: bool
) -> None:
    async with slow_conversation() as slow:
        starting = slow.caller.start(inputs="slow", stream=stream)
        task = asyncio.create_task(starting)
        await slow.model.asked.wait()
        await drop(task, caplog)
        slow.model.go.set()
        assert await becomes_true(lambda: len(slow.server.conversations[1].entries) > 1)


@BOTH
async def test_busy_after_drop_keeps_the_lock_after_a_failure(
    caplog: pytest.LogCaptureFixture, stream: bool
) -> None:
    loop = asyncio.get_running_loop()
    asked, go = asyncio.Event(), asyncio.Event()

    async def model(conversation: RecordedConversation, _: object) -> Piece:
        if conversation.entries[-1]["content"] != "fail":
            return say("An answer")
        asked.set()
        await go.wait()
        return fail("No", status=503)

    async with slow_conversation(busy_after_drop=0.2) as slow:
        slow.server.model = model
        appending = slow.caller.append(slow.id, inputs="fail", stream=stream)
        task = asyncio.create_task(appending)
        await asked.wait()
        begun = loop.time()
        await drop(task, caplog)
        go.set()
        while await slow.is_busy():
            pass
        assert loop.time() - begun >= 0.2


@BOTH
async def test_busy_after_drop_keeps_the_lock_and_the_answer_back(
    caplog: pytest.LogCaptureFixture, stream: bool
) -> None:
    loop = asyncio.get_running_loop()
    async with slow_conversation(busy_after_drop=0.2) as slow:
        writing = await slow.write(stream=stream)
        begun = loop.time()
        await drop(writing, caplog)
        slow.model.go.set()
        refusals = 0
        said = await slow.caller.said(slow.id)
        while await slow.is_busy():
            refusals += 1
            assert said == ["one", "An answer", "slow"]
            said = await slow.caller.said(slow.id)
        assert loop.time() - begun >= 0.2
        assert refusals > 1
        said = await slow.caller.said(slow.id)
        assert said[2:] == ["slow", "An answer", "more", "An answer"]


async def test_busy_after_drop_does_not_cut_a_slow_model_short(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with slow_conversation(busy_after_drop=0.02) as slow:
        await drop(await slow.write(stream=True), caplog)
        await asyncio.sleep(0.06)
        assert await slow.is_busy()
        slow.model.go.set()
        assert await becomes_true(lambda: len(slow.server.conversations[0].entries) > 3)
        assert not await slow.is_busy()


async def test_busy_after_drop_does_not_affect_a_caller_that_stays() -> None:
    async with slow_conversation(busy_after_drop=600) as slow:
        for stream in (False, True):
            await slow.caller.append(slow.id, inputs="more", stream=stream)
            assert not await slow.is_busy()


async def test_client_waits_until_the_dropped_answer_is_stored() -> None:
    async with (
        LocalServer(busy_after_drop=0.2) as server,
        AsyncConversations("key", base_url=server.base_url) as client,
        asyncio.timeout(20),
    ):
        async with client.start_stream("one two three", model="m") as stream:
            await anext(aiter(stream))
        conversation_id = server.conversations[0].id
        answer = await client.append(conversation_id, "four", wait_if_busy=10)
        messages = await client.get_messages(conversation_id)
    assert answer.meta is not None
    assert answer.meta.attempts > 1
    said = [message.content for message in messages.messages]  # type: ignore[union-attr]
    assert said == ["one two three", "one two three", "four", "four"]


@pytest.mark.parametrize("dropped", [False, True])
async def test_leaving_the_server_unlocks_the_conversation(
    caplog: pytest.LogCaptureFixture, dropped: bool
) -> None:
    async with slow_conversation(busy_after_drop=600) as slow:
        writing = await slow.write(stream=True)
        if dropped:
            await drop(writing, caplog)
            slow.model.go.set()
        assert await slow.is_busy()
    ends = await asyncio.gather(writing, return_exceptions=True)
    assert isinstance(
        ends[0], asyncio.CancelledError if dropped else aiohttp.ClientError
    )
    async with slow.server as server, calling(server) as caller:
        status, _ = await caller.append(slow.id, inputs="again")
        assert status == 200
        said = await caller.said(slow.id)
    kept = ["An answer"] if dropped else []
    assert said == ["one", "An answer", "slow", *kept, "again", "An answer"]


async def test_no_task_is_left_of_an_answer(caplog: pytest.LogCaptureFixture) -> None:
    async with slow_conversation() as slow:
        await slow.is_busy()
        tasks = len(asyncio.all_tasks())
        await drop(await slow.write(stream=True), caplog)
        slow.model.go.set()
        assert await becomes_true(lambda: len(slow.server.conversations[0].entries) > 5)
        assert not await slow.is_busy()
        assert await becomes_true(lambda: len(asyncio.all_tasks()) <= tasks)


async def test_no_task_is_left_of_a_server() -> None:
    before = asyncio.all_tasks()
    async with slow_conversation(busy_after_drop=600) as slow:
        dropped = await slow.write(stream=True)
        dropped.cancel()
        starts = [slow.caller.start(inputs="slow", stream=s) for s in (False, True)]
        open_ = [asyncio.create_task(start) for start in starts]
        assert await becomes_true(lambda: len(slow.server.conversations) == 3)
    ends = await asyncio.gather(dropped, *open_, return_exceptions=True)
    assert all(isinstance(end, BaseException) for end in ends)
    assert asyncio.all_tasks() <= before
