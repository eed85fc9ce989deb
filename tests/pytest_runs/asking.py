"""Uses of a client and a server in the runs, and checks that both are closed."""

import asyncio
import socket

import pytest

from mistral_conversations import AsyncConversations, ConfigurationError

__all__ = ["application", "ask", "drop", "is_closed", "refuses"]


async def ask(client: AsyncConversations, text: str = "Hello there") -> str:
    response = await client.start(text, model="m")
    return response.text


async def drop(client: AsyncConversations) -> None:
    """Leave a stream in its middle, with nobody to close it."""
    async for _ in client.start_stream("one two three four", model="m"):
        break


async def application() -> str:
    """Ask as a program does that goes by the environment."""
    async with AsyncConversations() as client:
        return await ask(client)


def is_closed(client: AsyncConversations) -> bool:
    with pytest.raises(ConfigurationError, match="closed"):
        asyncio.run(ask(client))
    return not client._transport._pool._open


def refuses(base_url: str) -> bool:
    host, port = base_url.removeprefix("http://").split(":")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False
