"""A model that answers on a signal, and callers that leave before it does."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import attrs
import pytest

from mistral_conversations.server import LocalServer
from tests.support.clients import becomes_true
from tests.support.local.async_caller import AsyncCaller, calling

BUSY = "Conversation is being updated, concurrent requests are not supported"


@attrs.define
class SlowModel:
    """A model that answers at once, but waits for `go` if the text contains "slow"."""

    asked: asyncio.Event = attrs.field(factory=asyncio.Event)
    go: asyncio.Event = attrs.field(factory=asyncio.Event)

    async def __call__(self, conversation: Any, _: Any) -> AsyncIterator[str]:
        yield "An "
        if "slow" in conversation.entries[-1]["content"]:
            self.asked.set()
            await self.go.wait()
        yield "answer"


@attrs.define
class SlowConversation:
    """A server with a conversation whose answers can be written slowly."""

    server: LocalServer
    model: SlowModel
    caller: AsyncCaller
    id: str

    async def write(self, **body: Any) -> "asyncio.Task[Any]":
        """Start an answer that does not end before `model.go` is set."""
        body = {"inputs": "slow", **body}
        writing = asyncio.create_task(self.caller.append(self.id, **body))
        await self.model.asked.wait()
        return writing

    async def is_busy(self) -> bool:
        """Return whether the conversation is locked, by an append."""
        status, body = await self.caller.append(self.id, inputs="more")
        assert status == 200 or body["message"] == BUSY
        return bool(status == 409)


@asynccontextmanager
async def slow_conversation(**settings: Any) -> AsyncIterator[SlowConversation]:
    """Run a server with a conversation for at most 20 seconds; stop it first."""
    model, running = SlowModel(), AsyncExitStack()
    server = await running.enter_async_context(LocalServer(model, **settings))
    async with calling(server) as caller, running, asyncio.timeout(20):
        _, body = await caller.start(inputs="one")
        yield SlowConversation(server, model, caller, body["conversation_id"])


async def drop(writing: "asyncio.Task[Any]", log: pytest.LogCaptureFixture) -> None:
    """Disconnect before the answer; return once the server has noticed."""
    log.set_level(logging.INFO, "mistral_conversations.server")
    writing.cancel()
    await asyncio.wait([writing])
    assert await becomes_true(lambda: " dropped " in log.text)
