"""A client and a raw server that answers it with given bytes."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from mistral_conversations import AsyncConversations, AsyncConversationStream
from mistral_conversations._api_client import APIClient
from tests.support.clients import answers
from tests.support.raw_server import (
    Handler,
    RawServer,
    chunked,
    event,
    raw_server,
    stream_head,
)

__all__ = [
    "answered_with",
    "ask",
    "client_answered_with",
    "client_served_by",
    "event_stream",
    "served_by",
    "types",
]

C = TypeVar("C", bound=APIClient)

KEY = "sk-test"


def event_stream(
    *events: Mapping[str, Any] | bytes, headers: Mapping[str, str] | None = None
) -> bytes:
    """Return a whole answer with an event stream; bytes are inserted unchanged."""
    frames = [item if isinstance(item, bytes) else event(item) for item in events]
    return stream_head(headers) + chunked(*frames, end=True)


@asynccontextmanager
async def client_served_by(
    cls: type[C], handler: Handler, **options: Any
) -> AsyncIterator[tuple[C, RawServer]]:
    """Yield a client of the given class, and its server."""
    options = {"api_key": KEY, **options}
    async with raw_server(handler) as server:
        base_url = server.base_url + options.pop("prefix", "")
        async with cls(base_url=base_url, **options) as client:
            yield client, server


@asynccontextmanager
async def client_answered_with(
    cls: type[C], *replies: bytes, **options: Any
) -> AsyncIterator[tuple[C, RawServer]]:
    """Yield a client of the given class, and a server that answers with these bytes."""
    async with client_served_by(cls, answers(*replies), **options) as both:
        yield both


@asynccontextmanager
async def served_by(
    handler: Handler, **options: Any
) -> AsyncIterator[tuple[AsyncConversations, RawServer]]:
    """Yield a client and its server."""
    async with client_served_by(AsyncConversations, handler, **options) as both:
        yield both


@asynccontextmanager
async def answered_with(
    *replies: bytes, **options: Any
) -> AsyncIterator[tuple[AsyncConversations, RawServer]]:
    """Yield a client and a server that answers with these bytes."""
    async with served_by(answers(*replies), **options) as both:
        yield both


def ask(client: AsyncConversations) -> AsyncConversationStream:
    """Start a stream with any question."""
    return client.start_stream("Sky?", model="mistral-small-latest")


async def types(stream: AsyncConversationStream) -> list[str | None]:
    """Read a stream to its end, and return the types of its events."""
    return [event.type async for event in stream]
