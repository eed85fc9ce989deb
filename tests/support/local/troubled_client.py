"""Our own client of a server with troubles."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from mistral_conversations import AsyncConversations, ConversationResponse
from mistral_conversations.server import LocalServer, Trouble

__all__ = ["start", "troubled_client"]


@asynccontextmanager
async def troubled_client(
    *troubles: Trouble, times: int | None = 1, **options: Any
) -> AsyncIterator[tuple[AsyncConversations, LocalServer]]:
    """Yield a client and its server, which inflicts these troubles in turn."""
    options.setdefault("retries", 0)
    async with (
        LocalServer() as server,
        AsyncConversations("key", base_url=server.base_url, **options) as client,
    ):
        for trouble in troubles:
            server.inflict(trouble, times=times)
        yield client, server


async def start(client: AsyncConversations, *, streamed: bool) -> ConversationResponse:
    if streamed:
        return await client.start_stream("one two three", model="m").response()
    return await client.start("one two three", model="m")
