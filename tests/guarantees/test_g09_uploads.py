"""G9: a file is sent again only where that is safe, and only from its beginning."""

import asyncio
import io
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from mistral_conversations import (
    APIConnectionError,
    RateLimitError,
    RetryPolicy,
    SDKError,
    ServerError,
)
from tests.support.clients import FAST, Reply, lose, refusal, refusing_port, reset
from tests.support.for_each import for_each
from tests.support.upload_servers import (
    LIBRARY_ID,
    document_answer,
    libraries_and_server,
    libraries_at,
    part_of,
    whole_pieces,
)

pytestmark = pytest.mark.anyio

CONTENT = bytes(range(256)) * 700
RESEND = RetryPolicy(max_retries=2, max_delay=0.01, resend=True)


def standing(at: int) -> io.BytesIO:
    file = io.BytesIO(CONTENT)
    file.seek(at)
    return file


def pipe() -> Any:
    reading, writing = os.pipe()
    os.write(writing, b"through")
    os.close(writing)
    return os.fdopen(reading, "rb")


REWINDABLE: dict[str, Callable[[Path], Any]] = {
    "path": lambda path: path,
    "bytes": lambda _: CONTENT,
    "file": lambda _: standing(0),
}

REFUSALS = {
    "429": refusal(429),
    "429 Retry-After": refusal(429, Retry_After="0"),
    "503 Retry-After": refusal(503, Retry_After="0"),
}

FAILURES: dict[str, tuple[Reply, type[Exception]]] = {
    "500": (refusal(500), ServerError),
    "503": (refusal(503), ServerError),
    "502": (refusal(502), ServerError),
    "lost": (lose, APIConnectionError),
    "reset": (reset, APIConnectionError),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "sky.txt"
    path.write_bytes(CONTENT)
    return path


@pytest.mark.parametrize("kind", REWINDABLE)
@pytest.mark.parametrize("refused", REFUSALS)
async def test_what_was_refused_is_sent_again_whole(
    refused: str, kind: str, path: Path
) -> None:
    replies = (REFUSALS[refused], REFUSALS[refused], document_answer())
    async with libraries_and_server(*replies, retries=FAST) as (libraries, server):
        made = await libraries.documents.upload(
            LIBRARY_ID, REWINDABLE[kind](path), name="a"
        )
    assert [part_of(each).content for each in server.requests] == [CONTENT] * 3
    assert made.meta is not None
    assert made.meta.attempts == 3


async def test_file_is_sent_again_from_where_it_stood() -> None:
    async with libraries_and_server(refusal(429), document_answer(), retries=FAST) as (
        libraries,
        server,
    ):
        await libraries.documents.upload(LIBRARY_ID, standing(1000), name="a")
    assert [part_of(each).content for each in server.requests] == [CONTENT[1000:]] * 2


async def test_attempts_end_and_are_counted(path: Path) -> None:
    async with libraries_and_server(refusal(429), retries=FAST) as (libraries, server):
        with pytest.raises(RateLimitError) as caught:
            await libraries.documents.upload(LIBRARY_ID, path)
    assert caught.value.attempts == 3
    assert len(server.requests) == 3


@for_each("kind", ["iterator", "pipe"])
@for_each("policy", [FAST, RESEND])
async def test_what_was_taken_is_not_sent_again(kind: str, policy: RetryPolicy) -> None:
    async with libraries_and_server(refusal(429), refusal(404), retries=policy) as (
        libraries,
        server,
    ):
        with pipe() as file, pytest.raises(RateLimitError) as caught:
            await libraries.documents.upload(
                LIBRARY_ID, file if kind == "pipe" else whole_pieces(b"one"), name="a"
            )
    assert caught.value.attempts == 1
    assert len(server.requests) == 1


@pytest.mark.parametrize("kind", REWINDABLE)
@pytest.mark.parametrize("failure", FAILURES)
async def test_what_may_have_been_processed_is_not_sent_again(
    failure: str, kind: str, path: Path
) -> None:
    reply, error = FAILURES[failure]
    async with libraries_and_server(reply, retries=FAST) as (libraries, server):
        with pytest.raises(error) as caught:
            await libraries.documents.upload(
                LIBRARY_ID, REWINDABLE[kind](path), name="a"
            )
    assert isinstance(caught.value, APIConnectionError | SDKError)
    assert caught.value.attempts == 1
    assert caught.value.may_have_been_processed
    assert len(server.requests) == 1


@pytest.mark.parametrize("kind", REWINDABLE)
@pytest.mark.parametrize("failure", FAILURES)
async def test_what_may_have_been_processed_is_sent_again_where_that_is_asked_for(
    failure: str, kind: str, path: Path
) -> None:
    reply, _ = FAILURES[failure]
    async with libraries_and_server(reply, document_answer(), retries=RESEND) as (
        libraries,
        server,
    ):
        await libraries.documents.upload(LIBRARY_ID, REWINDABLE[kind](path), name="a")
    assert [part_of(each).content for each in server.requests] == [CONTENT] * 2


@for_each("failure", FAILURES)
async def test_iterator_is_not_sent_again_even_where_that_is_asked_for(
    failure: str,
) -> None:
    reply, error = FAILURES[failure]
    async with libraries_and_server(reply, document_answer(), retries=RESEND) as (
        libraries,
        server,
    ):
        with pytest.raises(error):
            await libraries.documents.upload(LIBRARY_ID, whole_pieces(b"x"), name="a")
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422])
async def test_lasting_status_is_not_asked_twice(status: int, path: Path) -> None:
    async with libraries_and_server(refusal(status), retries=RESEND) as (
        libraries,
        server,
    ):
        with pytest.raises(SDKError):
            await libraries.documents.upload(LIBRARY_ID, path)
    assert len(server.requests) == 1


@asynccontextmanager
async def listening_late(bound: socket.socket) -> AsyncIterator[list[bytes]]:
    """Listen where connections were refused at first; keep what is sent there."""
    bodies: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        bodies.append(await reader.readuntil(b"--\r\n"))
        writer.write(document_answer())
        await writer.drain()
        writer.close()

    async def listen() -> asyncio.Server:
        await asyncio.sleep(0.1)
        return await asyncio.start_server(serve, sock=bound)

    listening = asyncio.ensure_future(listen())
    try:
        yield bodies
    finally:
        (await listening).close()


@pytest.mark.parametrize("kind", ["path", "iterator", "pipe"])
async def test_connection_that_was_refused_took_nothing_of_the_file(
    kind: str, path: Path
) -> None:
    """So not even an iterator is used up."""
    files: dict[str, Any] = {"path": path, "iterator": whole_pieces(b"thr", b"ough")}
    retries = RetryPolicy(max_retries=200, max_delay=0.01)
    os.truncate(path, 7)
    with refusing_port() as bound, pipe() as piped:
        base_url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        async with (
            listening_late(bound) as bodies,
            libraries_at(base_url, retries=retries) as libraries,
        ):
            made = await libraries.documents.upload(
                LIBRARY_ID, files.get(kind, piped), name="a"
            )
    assert len(bodies) == 1
    taken = bytes(range(7)) if kind == "path" else b"thr"
    assert taken in bodies[0]
    assert made.meta is not None
    assert made.meta.attempts > 1


async def test_progress_begins_anew_with_each_attempt(path: Path) -> None:
    seen: list[int] = []
    async with libraries_and_server(refusal(429), document_answer(), retries=FAST) as (
        libraries,
        _,
    ):
        await libraries.documents.upload(
            LIBRARY_ID, path, progress=lambda sent, _: seen.append(sent)
        )
    half = len(seen) // 2
    assert seen[:half] == seen[half:] == sorted(set(seen))
    assert seen[-1] == len(CONTENT)


async def test_file_that_is_gone_before_it_is_sent_again_is_reported(
    path: Path,
) -> None:
    async def remove(connection: Any) -> None:
        os.unlink(path)  # noqa: PTH108
        await connection.send(refusal(429))

    async with libraries_and_server(remove, document_answer(), retries=FAST) as (
        libraries,
        server,
    ):
        with pytest.raises(FileNotFoundError):
            await libraries.documents.upload(LIBRARY_ID, path)
    assert len(server.requests) == 1
