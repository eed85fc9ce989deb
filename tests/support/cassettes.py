"""What the tests of cassettes share: raw services, and lines of a cassette."""

import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from mistral_conversations.server import LocalServer
from tests.support.local.http_caller import Caller
from tests.support.raw_server import (
    Connection,
    RawServer,
    Request,
    raw_server_on_thread,
)

__all__ = ["Answer", "lines_of", "recorder_of", "replayer_of"]

Answer: TypeAlias = bytes | Callable[[Request, Connection], Awaitable[None]]


@contextmanager
def recorder_of(
    cassette: Path, *answers: Answer, **settings: Any
) -> Iterator[tuple[Caller, RawServer]]:
    """Record a service that gives raw answers, one after another."""
    left = list(answers)

    async def serve(request: Request, connection: Connection) -> None:
        answer = left.pop(0)
        if isinstance(answer, bytes):
            await connection.send(answer)
        else:
            await answer(request, connection)

    with (
        raw_server_on_thread(serve) as service,
        LocalServer.recording(
            cassette, upstream=service.base_url, **settings
        ) as server,
    ):
        yield Caller(server.base_url), service


@contextmanager
def replayer_of(cassette: Path, **settings: Any) -> Iterator[Caller]:
    """Replay a cassette to a caller."""
    with LocalServer.replaying(cassette, **settings) as server:
        yield Caller(server.base_url)


def lines_of(cassette: Path) -> Sequence[Any]:
    """Return the whole lines of a cassette after the first, as plain JSON."""
    text = cassette.read_text(encoding="utf-8") if cassette.exists() else ""
    _first, *lines = text.rpartition("\n")[0].split("\n")
    return [json.loads(line) for line in lines]
