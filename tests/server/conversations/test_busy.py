"""A conversation is locked while an answer is written into it."""

import asyncio
from typing import Any

import pytest

from mistral_conversations.server import LocalServer
from tests.support.local.async_caller import CONVERSATIONS, END, calling
from tests.support.local.slow_model import BUSY, slow_conversation

pytestmark = pytest.mark.anyio

BOTH = pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])


@BOTH
async def test_second_answer_at_a_time_is_refused(stream: bool) -> None:
    async with slow_conversation() as slow:
        history = f"{CONVERSATIONS}/{slow.id}/history"
        _, before = await slow.caller.send("GET", history)
        writing = await slow.write(stream=stream)
        entry_id = before["entries"][0]["id"]
        for refused in (
            await slow.caller.append(slow.id, inputs="more"),
            await slow.caller.append(slow.id, inputs="more", stream=True),
            await slow.caller.append(slow.id, inputs="more", store=False),
            await slow.caller.restart(slow.id, from_entry_id=entry_id),
        ):
            status, body = refused
            assert (status, body["message"]) == (409, BUSY)
            assert (body["object"], body["type"]) == ("Error", "invalid_request_error")
            assert isinstance(body["code"], int)
        slow.model.go.set()
        status, _ = await writing
        assert status == 200
        assert not await slow.is_busy()
        said = await slow.caller.said(slow.id)
        assert said == ["one", "An answer", "slow", "An answer", "more", "An answer"]


async def test_second_answer_is_refused_before_the_first_one_begins() -> None:
    asked, go = asyncio.Event(), asyncio.Event()

    async def model(_: Any, __: Any) -> str:
        asked.set()
        await go.wait()
        return "Late"

    async with LocalServer(["first"]) as server, calling(server) as caller:
        _, body = await caller.start()
        conversation_id = body["conversation_id"]
        server.model = model
        writing = asyncio.create_task(caller.append(conversation_id, inputs="two"))
        await asked.wait()
        status, _ = await caller.append(conversation_id, inputs="three")
        go.set()
        await writing
        said = await caller.said(conversation_id)
    assert status == 409
    assert said == ["Hello there", "first", "two", "Late"]


@BOTH
async def test_busy_conversation_can_be_read(stream: bool) -> None:
    async with slow_conversation() as slow:
        writing = await slow.write(stream=stream)
        assert await slow.caller.said(slow.id) == ["one", "An answer", "slow"]
        [kept] = slow.server.conversations
        assert len(kept.entries) == 3
        status, body = await slow.caller.send("GET", CONVERSATIONS)
        assert (status, len(body)) == (200, 1)
        slow.model.go.set()
        await writing
        assert len(kept.entries) == 3
        assert len(slow.server.conversations[0].entries) == 4


@BOTH
async def test_other_conversations_are_not_locked(stream: bool) -> None:
    async with slow_conversation() as slow:
        _, other = await slow.caller.start(inputs="another")
        writing = await slow.write(stream=stream)
        status, _ = await slow.caller.append(other["conversation_id"], inputs="x")
        assert status == 200
        status, _ = await slow.caller.start()
        assert status == 200
        assert await slow.is_busy()
        slow.model.go.set()
        await writing


@BOTH
async def test_answer_that_is_not_stored_locks_nothing(stream: bool) -> None:
    async with slow_conversation() as slow:
        writing = await slow.write(stream=stream, store=False)
        assert not await slow.is_busy()
        slow.model.go.set()
        status, _ = await writing
        assert status == 200
        said = await slow.caller.said(slow.id)
        assert said == ["one", "An answer", "more", "An answer"]


@BOTH
async def test_branch_locks_only_itself(stream: bool) -> None:
    async with slow_conversation() as slow:
        entry_id = slow.server.conversations[0].entries[0]["id"]
        body = {"from_entry_id": entry_id, "inputs": "slow", "stream": stream}
        writing = asyncio.create_task(slow.caller.restart(slow.id, **body))
        await slow.model.asked.wait()
        assert not await slow.is_busy()
        status, _ = await slow.caller.append(
            slow.server.conversations[1].id, inputs="more"
        )
        assert status == 409
        slow.model.go.set()
        await writing


@BOTH
async def test_conversation_deleted_while_written_stays_deleted(stream: bool) -> None:
    async with slow_conversation() as slow:
        writing = await slow.write(stream=stream)
        path = f"{CONVERSATIONS}/{slow.id}"
        assert (await slow.caller.send("DELETE", path))[0] == 204
        assert (await slow.caller.append(slow.id, inputs="more"))[0] == 404
        slow.model.go.set()
        status, body = await writing
        assert status == 200
        assert not stream or body[-1]["type"] == END[0]
        assert (await slow.caller.send("GET", path))[0] == 404
        assert slow.server.conversations == ()
