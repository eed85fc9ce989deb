"""Clients of a raw server, prepared answers, and checks of open connections."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Any, TypeAlias

from mistral_conversations import AsyncConversations, RetryPolicy
from mistral_conversations._api_client import APIClient
from tests.support.bodies import CONVERSATION_ID, delta, response, started, text_stream
from tests.support.raw_server import (
    Connection,
    Handler,
    RawServer,
    Request,
    chunked,
    event,
    json_answer,
    stream_head,
)

__all__ = [
    "ENTRY_ID",
    "FAST",
    "OPERATIONS",
    "POSTS",
    "READS",
    "Operation",
    "Reply",
    "answers",
    "becomes_true",
    "begin",
    "begin_plain",
    "begin_text",
    "begin_without_an_event",
    "begun_stream",
    "busy_answer",
    "client_of",
    "connector_of",
    "full_port",
    "in_use",
    "keep_alive",
    "lose",
    "never_end",
    "nothing_in_use",
    "refusal",
    "reset",
    "silent_port",
    "stay_mute",
    "whole_answer",
    "whole_stream",
    "within",
]

Operation: TypeAlias = Callable[[AsyncConversations], Awaitable[Any]]
Reply: TypeAlias = bytes | Callable[[Connection], Awaitable[None]]

FAST = RetryPolicy(max_retries=2, max_delay=0.01)
"""The usual number of attempts, without the usual waits."""

ENTRY_ID = "msg_019f0000000000000000000000000009"

READS: Mapping[str, Operation] = {
    "list": lambda client: client.list(),
    "get": lambda client: client.get(CONVERSATION_ID),
    "history": lambda client: client.get_history(CONVERSATION_ID),
    "messages": lambda client: client.get_messages(CONVERSATION_ID),
    "delete": lambda client: client.delete(CONVERSATION_ID),
}

POSTS: Mapping[str, Operation] = {
    "start": lambda client: client.start("Sky?", model="m"),
    "append": lambda client: client.append(CONVERSATION_ID, "Sky?"),
    "restart": lambda client: client.restart(CONVERSATION_ID, ENTRY_ID),
    "start_stream": lambda client: client.start_stream("Sky?", model="m").response(),
    "append_stream": lambda client: client.append_stream(
        CONVERSATION_ID, "Sky?"
    ).response(),
    "restart_stream": lambda client: client.restart_stream(
        CONVERSATION_ID, ENTRY_ID
    ).response(),
}

OPERATIONS: Mapping[str, Operation] = {**READS, **POSTS}


def client_of(server: RawServer, **options: Any) -> AsyncConversations:
    """Return a client of a server; it does not retry by default."""
    options.setdefault("retries", 0)
    return AsyncConversations("key", base_url=server.base_url, **options)


def connector_of(client: APIClient) -> Any:
    """Return the aiohttp connector of the running loop."""
    pool = client._transport._pool
    return pool._open[asyncio.get_running_loop()].session.connector


def in_use(client: APIClient) -> int:
    """Count the connections that requests hold on the running loop."""
    return len(connector_of(client)._acquired)


async def becomes_true(condition: Callable[[], object], seconds: float = 2.0) -> bool:
    """Wait up to `seconds` for a condition; return whether it became true."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        await asyncio.sleep(0.001)
    return True


async def nothing_in_use(client: APIClient) -> bool:
    """Return whether all connections come free; dropped ones take some loop turns."""
    return await becomes_true(lambda: not in_use(client), 1.0)


def answers(*replies: Reply) -> Handler:
    """Return a handler that sends the replies in turn, and repeats the last one."""
    rest = list(replies)

    async def handler(_: Request, connection: Connection) -> None:
        reply = rest.pop(0) if len(rest) > 1 else rest[0]
        if isinstance(reply, bytes):
            await connection.send(reply)
        else:
            await reply(connection)

    return handler


async def lose(connection: Connection) -> None:
    """Read the request, and close without an answer."""
    connection.close()


async def reset(connection: Connection) -> None:
    """Read the request, and reset the connection."""
    connection.reset()


async def stay_mute(connection: Connection) -> None:
    """Read the request, and never answer."""
    await connection.until_client_closes()


async def begin(connection: Connection) -> None:
    """Send the beginning of a stream and nothing more."""
    await connection.send(begun_stream())
    await connection.until_client_closes()


async def begin_plain(connection: Connection) -> None:
    """Send the beginning of a plain answer and nothing more."""
    await connection.send(whole_answer()[:-9])
    await connection.until_client_closes()


async def begin_text(connection: Connection) -> None:
    """Send a stream's first two pieces of text and nothing more."""
    await connection.send(begun_stream("one", "two"))
    await connection.until_client_closes()


async def begin_without_an_event(connection: Connection) -> None:
    """Send the head of a stream and nothing more."""
    await connection.send(stream_head())
    await connection.until_client_closes()


async def keep_alive(connection: Connection) -> None:
    """Send the beginning of a stream, then comments forever."""
    await connection.send(begun_stream())
    while True:
        await asyncio.sleep(0.02)
        await connection.send(chunked(b": still there\n\n"))


async def never_end(connection: Connection) -> None:
    """Send events forever."""
    await connection.send(stream_head() + chunked(event(started())))
    while True:
        await asyncio.sleep(0.02)
        await connection.send(chunked(event(delta("a"))))


def refusal(status: int, **headers: str) -> bytes:
    """Return an error as the service sends it; `_` in header names becomes `-`."""
    body = {
        "object": "Error",
        "message": "Not today.",
        "type": "invalid_request_error",
        "code": 1000,
    }
    lines = {name.replace("_", "-"): value for name, value in headers.items()}
    return json_answer(body, status, lines)


def busy_answer() -> bytes:
    """Return the 409 for a conversation that is being written."""
    body = {
        "object": "Error",
        "message": "Conversation is being updated, concurrent requests are not "
        "supported",
        "type": "invalid_request_error",
        "code": 3002,
    }
    return json_answer(body, 409)


def whole_answer() -> bytes:
    """Return the answer of a plain call."""
    return json_answer(response())


def whole_stream(*texts: str, end: bool = True) -> bytes:
    """Return a whole stream with its head."""
    events = [event(body) for body in text_stream(*(texts or ("Blue.",)))]
    return stream_head() + chunked(*events, end=end)


def begun_stream(*texts: str) -> bytes:
    """Return a stream with its head, without its end."""
    events = [event(started()), *(event(delta(text)) for text in texts or ("Bl", "ue"))]
    return stream_head() + chunked(*events)


@contextlib.asynccontextmanager
async def silent_port() -> AsyncIterator[int]:
    """Yield a port that accepts connections, reads little and never answers."""
    held: list[asyncio.StreamWriter] = []

    async def hold(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for writer in held:
            writer.transport.abort()
        await asyncio.sleep(0.01)


@contextlib.contextmanager
def refusing_port() -> Iterator[socket.socket]:
    """Yield a bound socket that does not listen: connections to it are refused."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound


@contextlib.contextmanager
def full_port() -> Iterator[int]:
    """Yield a port with a full backlog: connections to it never succeed."""
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listening.getsockname())
        yield int(listening.getsockname()[1])


@contextlib.asynccontextmanager
async def within(limit: float) -> AsyncIterator[None]:
    """Check that the block takes about `limit` seconds: not much less, nor far more."""
    begin = time.monotonic()
    yield
    assert limit * 0.5 <= time.monotonic() - begin < limit + 5
