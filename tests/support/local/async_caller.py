"""A caller on the server's loop that reads events as they arrive."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import attrs

from mistral_conversations.server import LocalServer
from tests.support.local.http_caller import START

CONVERSATIONS = "/v1/conversations"
END = ("conversation.response.done", "conversation.response.error")


@attrs.frozen
class AsyncCaller:
    session: aiohttp.ClientSession

    async def send(self, method: str, path: str, body: object = None) -> Any:
        """Return status and JSON of an answer; for a stream, the list of its events."""
        async with self.session.request(method, path, json=body) as response:
            if response.content_type == "text/event-stream":
                return response.status, [event async for event in _events(response)]
            raw = await response.read()
            return response.status, json.loads(raw) if raw else None

    async def start(self, **body: Any) -> Any:
        return await self.send("POST", CONVERSATIONS, {**START, **body})

    async def append(self, conversation_id: str, **body: Any) -> Any:
        return await self.send("POST", f"{CONVERSATIONS}/{conversation_id}", body)

    async def restart(self, conversation_id: str, **body: Any) -> Any:
        path = f"{CONVERSATIONS}/{conversation_id}/restart"
        return await self.send("POST", path, body)

    async def said(self, conversation_id: str) -> list[Any]:
        """Return the contents of the messages of a conversation."""
        path = f"{CONVERSATIONS}/{conversation_id}/messages"
        _, body = await self.send("GET", path)
        return [message["content"] for message in body["messages"]]

    @asynccontextmanager
    async def stream(self, **body: Any) -> AsyncIterator[AsyncIterator[Any]]:
        """Start a conversation whose events are read one by one."""
        asked = {**START, **body, "stream": True}
        async with self.session.post(CONVERSATIONS, json=asked) as response:
            assert response.status == 200
            yield _events(response)


@asynccontextmanager
async def calling(server: LocalServer) -> AsyncIterator[AsyncCaller]:
    """Yield a caller of a running server."""
    headers = {"Authorization": "Bearer key-of-a-test"}
    limit = aiohttp.ClientTimeout(total=20)
    session = aiohttp.ClientSession(server.base_url, headers=headers, timeout=limit)
    async with session:
        yield AsyncCaller(session)
    await asyncio.sleep(0)


async def _events(response: aiohttp.ClientResponse) -> AsyncIterator[Any]:
    async for line in response.content:
        if line.startswith(b"data: "):
            yield json.loads(line[6:])
