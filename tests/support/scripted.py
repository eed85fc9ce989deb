"""A server with a script, and a client of it, for the tests of runs."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import attrs

from mistral_conversations import (
    AsyncAgents,
    AsyncConversations,
    ConversationResponse,
    InputEntries,
    UnknownEntry,
)
from mistral_conversations.server import LocalServer, RecordedRequest, call, say

__all__ = [
    "ADD",
    "DECLARED",
    "MODEL",
    "SCRIPT",
    "Script",
    "Scripted",
    "add",
    "id_of",
    "results",
    "scripted",
    "tasks_of_runs",
]

MODEL = "mistral-medium-latest"

DECLARED = {
    "type": "function",
    "function": {
        "name": "add",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        },
    },
}
"""The function `add`, as a start by hand declares it."""

ADD = call("add", a=1, b=2)
"""A call of `add`."""

SCRIPT = ([say("Let me see."), ADD, call("add", a=3, b=4)], ADD, "Done.")
"""A run of three turns and three calls."""

Script: TypeAlias = Any


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@attrs.frozen
class Scripted:
    """A client and its server."""

    client: AsyncConversations
    server: LocalServer

    @property
    def posts(self) -> Sequence[Mapping[str, Any]]:
        """The bodies that were posted, in their order."""
        return [each.json for each in self.server.requests if each.method == "POST"]

    @property
    def last(self) -> Mapping[str, Any]:
        """The body that was posted last."""
        return self.posts[-1]

    @property
    def paths(self) -> Sequence[str]:
        """Methods and the ends of paths, in their order."""
        return [_path(each) for each in self.server.requests]

    def agents(self) -> AsyncAgents:
        """Return a client of the server's agents."""
        return AsyncAgents("key", base_url=self.server.base_url)

    async def history(self, conversation_id: str | None) -> Sequence[str | None]:
        """Return the types of a conversation's entries."""
        assert conversation_id is not None
        history = await self.client.get_history(conversation_id)
        return [entry.type for entry in history.entries]

    async def start(self, **options: Any) -> ConversationResponse:
        """Start a conversation by hand; its calls stay open."""
        options = {"model": MODEL, "tools": [DECLARED], **options}
        return await self.client.start("Begin", **options)


def _path(request: RecordedRequest) -> str:
    parts = request.path.split("/")[3:]
    known = ["ID" if part.startswith("conv_") else part for part in parts]
    return " ".join([request.method, *known])


def id_of(entry: InputEntries) -> str:
    """Return the id of an entry."""
    assert not isinstance(entry, UnknownEntry)
    assert entry.id is not None
    return entry.id


def results(body: Mapping[str, Any]) -> list[str]:
    """Return the results of functions in a request, in their order."""
    given = body.get("inputs", ())
    inputs = () if isinstance(given, str) else given
    return [each["result"] for each in inputs if each["type"] == "function.result"]


def tasks_of_runs() -> list[asyncio.Task[Any]]:
    """Return the tasks that execute functions."""
    return [task for task in asyncio.all_tasks() if _is_of_run(task.get_coro())]


def _is_of_run(coroutine: object) -> bool:
    code = getattr(coroutine, "cr_code", None)  # other awaitables have none
    return code is not None and "mistral_conversations/runs/" in code.co_filename


@asynccontextmanager
async def scripted(*turns: Script, **options: Any) -> AsyncIterator[Scripted]:
    """Serve these turns; a single function is the model."""
    model = turns[0] if len(turns) == 1 and callable(turns[0]) else list(turns)
    async with (
        LocalServer(model, **options) as server,
        AsyncConversations("key", base_url=server.base_url, retries=0) as client,
    ):
        yield Scripted(client, server)
