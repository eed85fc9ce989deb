"""A raw server whose behaviour the inputs select, and blocking clients of it."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from mistral_conversations import Conversations, ConversationStream
from tests.support.bodies import call_delta, delta, done, started
from tests.support.clients import (
    answers,
    begun_stream,
    refusal,
    whole_answer,
    whole_stream,
)
from tests.support.raw_server import (
    Connection,
    RawServer,
    Request,
    chunked,
    event,
    raw_server_on_thread,
    stream_head,
)

__all__ = [
    "ask",
    "blocking_client",
    "blocking_client_and_server",
    "eventually",
    "loop_threads",
    "obedient_server",
]


class ObedientHandler:
    """Answer as the inputs ask; `rest` is held until the input `word` arrives."""

    def __init__(self) -> None:
        self._word = asyncio.Event()

    async def __call__(self, request: Request, connection: Connection) -> None:
        wish = request.json["inputs"] if request.body else "plain"
        if wish == "begin":
            await connection.send(begun_stream("one", "two"))
            await connection.until_client_closes()
        elif wish == "mute":
            await connection.until_client_closes()
        elif wish == "cut":
            await connection.send(begun_stream("one"))
            connection.close()
        elif wish == "call":
            events = map(event, (started(), call_delta("{}", name="work"), done()))
            await connection.send(stream_head() + chunked(*events, end=True))
        elif wish == "come again":
            await connection.send(refusal(503, Retry_After="4"))
        elif wish == "rest":
            await connection.send(begun_stream("one"))
            await self._word.wait()
            await connection.send(chunked(event(delta("two")), event(done()), end=True))
        else:
            await self._say(wish, request, connection)

    async def _say(self, wish: str, request: Request, connection: Connection) -> None:
        if wish == "word":
            self._word.set()
        streamed = request.body and request.json.get("stream")
        await connection.send(whole_stream() if streamed else whole_answer())


@contextmanager
def blocking_client_and_server(
    *replies: bytes, **options: Any
) -> Iterator[tuple[Conversations, Any]]:
    """Yield a blocking client and a server that answers with these bytes."""
    with (
        raw_server_on_thread(answers(*replies)) as server,
        blocking_client(server, **options) as client,
    ):
        yield client, server


def ask(client: Conversations) -> ConversationStream:
    return client.start_stream("Sky?", model="mistral-small-latest")


@contextmanager
def obedient_server() -> Iterator[RawServer]:
    with raw_server_on_thread(ObedientHandler()) as server:
        yield server


def blocking_client(server: Any, **options: Any) -> Conversations:
    """Return a client of a server; it does not retry by default."""
    options.setdefault("retries", 0)
    return Conversations("key", base_url=server.base_url, **options)


def loop_threads() -> list[threading.Thread]:
    """Return the threads that run the loop of blocking clients."""
    threads = threading.enumerate()
    return [each for each in threads if each.name == "mistral_conversations"]


def eventually(condition: Callable[[], object], seconds: float = 5.0) -> bool:
    """Wait up to `seconds` for a condition; return whether it became true."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.002)
    return True
