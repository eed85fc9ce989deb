"""A client and a raw server that answers it with given bytes."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from mistral_conversations import AsyncConversations
from tests.raw_server import (
    Connection,
    Handler,
    RawServer,
    Request,
    chunked,
    event,
    raw_server,
    stream_head,
)

__all__ = ["answering", "event_stream", "talk", "talking"]

KEY = "sk-test"


def answering(*answers: bytes) -> Handler:
    """Give the answers one by one, the last one again and again."""
    left = list(answers)

    async def handler(_: Request, connection: Connection) -> None:
        await connection.send(left.pop(0) if len(left) > 1 else left[0])

    return handler


def event_stream(
    *events: Mapping[str, Any] | bytes, headers: Mapping[str, str] | None = None
) -> bytes:
    """Write a whole answer that is an event stream; bytes go as they are."""
    frames = [item if isinstance(item, bytes) else event(item) for item in events]
    return stream_head(headers) + chunked(*frames, end=True)


@asynccontextmanager
async def talk(
    handler: Handler, **options: Any
) -> AsyncIterator[tuple[AsyncConversations, RawServer]]:
    """Give a client and the server it talks to."""
    options = {"api_key": KEY, **options}
    async with raw_server(handler) as server:
        base_url = server.base_url + options.pop("prefix", "")
        async with AsyncConversations(base_url=base_url, **options) as client:
            yield client, server


@asynccontextmanager
async def talking(
    *answers: bytes, **options: Any
) -> AsyncIterator[tuple[AsyncConversations, RawServer]]:
    """Give a client and the server that answers it with these bytes."""
    async with talk(answering(*answers), **options) as both:
        yield both
