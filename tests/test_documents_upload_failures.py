"""Errors of a caller's file, iterator or progress reach the caller unchanged."""

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import pytest

from mistral_conversations import APIConnectionError, RateLimitError, RetryPolicy
from tests.support.clients import FAST, becomes_true, in_use
from tests.support.for_each import for_each
from tests.support.upload_servers import LIBRARY_ID, libraries_and_server, whole_pieces

pytestmark = pytest.mark.anyio

CONTENT = b"x" * 300_000


class OwnError(Exception):
    """An error that only the caller knows."""


ERRORS: dict[str, BaseException] = {
    "own": OwnError("mine"),
    "OSError": OSError(5, "Input/output error"),
    "TimeoutError": TimeoutError("the disk"),
    "ConnectionResetError": ConnectionResetError("the other one"),
    "CancelledError": asyncio.CancelledError("what the iterator waits for"),
    "SystemExit": SystemExit(3),
    "KeyboardInterrupt": KeyboardInterrupt(),
    "connection error of ours": APIConnectionError("another call"),
    "error of ours": RateLimitError("another call", status=429),
}


class Failing(io.BytesIO):
    def __init__(self, error: BaseException) -> None:
        super().__init__(CONTENT)
        self.error = error

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > 100_000:
            raise self.error
        return super().read(size)


async def failing(error: BaseException) -> AsyncIterator[bytes]:
    yield CONTENT
    raise error


def file_of(way: str, error: BaseException) -> dict[str, Any]:
    def fail(sent: int, _: int | None) -> None:
        if sent > 100_000:
            raise error

    if way == "file":
        return {"file": Failing(error)}
    if way == "iterator":
        return {"file": failing(error)}
    return {"file": CONTENT, "progress": fail}


@pytest.mark.parametrize("way", ["file", "iterator", "progress"])
@pytest.mark.parametrize("kind", ERRORS)
async def test_error_reaches_the_caller_as_it_is(kind: str, way: str) -> None:
    error = ERRORS[kind]
    async with libraries_and_server(limit=1, retries=FAST) as (libraries, server):
        with pytest.raises(type(error)) as caught:
            await libraries.documents.upload(
                LIBRARY_ID, name="a", **file_of(way, error)
            )
        assert caught.value is error
        assert error.__cause__ is None
        assert not isinstance(error.__context__, APIConnectionError)
        assert in_use(libraries) == 0
        assert await becomes_true(lambda: not server.open_connections)
        assert (server.connections, server.requests) == (1, [])
        await libraries.documents.upload(LIBRARY_ID, b"x", name="a")


async def test_error_keeps_its_cause() -> None:
    async def fail() -> AsyncIterator[bytes]:
        yield b"x"
        try:
            int("three")
        except ValueError as error:
            raise OwnError from error

    async with libraries_and_server() as (libraries, _):
        with pytest.raises(OwnError) as caught:
            await libraries.documents.upload(LIBRARY_ID, fail(), name="a")
    assert isinstance(caught.value.__cause__, ValueError)
    assert caught.value.__cause__ is caught.value.__context__


@for_each("piece", ["text", None, 3, [b"x"]])
async def test_piece_that_is_no_bytes_is_refused(piece: Any) -> None:
    async def give() -> AsyncIterator[Any]:
        yield b"x"
        yield piece

    async with libraries_and_server() as (libraries, server):
        with pytest.raises(TypeError, match="file gave a"):
            await libraries.documents.upload(LIBRARY_ID, give(), name="a")
        assert await becomes_true(lambda: not server.open_connections)
        assert server.requests == []


async def test_form_that_was_cut_is_no_whole_request() -> None:
    """An iterator has no length, so the last chunk must be missing."""
    async with libraries_and_server() as (libraries, server):
        with pytest.raises(OwnError):
            await libraries.documents.upload(LIBRARY_ID, failing(OwnError()), name="a")
        assert await becomes_true(lambda: not server.open_connections)
        assert (server.connections, server.requests) == (1, [])


async def test_generator_is_closed_with_the_error_of_progress() -> None:
    closed = []

    async def give() -> AsyncIterator[bytes]:
        try:
            yield CONTENT
        finally:
            await asyncio.sleep(0)
            closed.append(True)

    def fail(*_: Any) -> None:
        raise OwnError

    async with libraries_and_server() as (libraries, _):
        with pytest.raises(OwnError):
            await libraries.documents.upload(
                LIBRARY_ID, give(), name="a", progress=fail
            )
        assert closed


async def test_failed_file_is_not_sent_again() -> None:
    policy = RetryPolicy(max_retries=3, max_delay=0.01, resend=True)
    async with libraries_and_server(retries=policy) as (libraries, server):
        with pytest.raises(OSError, match="Input/output error"):
            await libraries.documents.upload(
                LIBRARY_ID, Failing(ERRORS["OSError"]), name="a"
            )
        assert server.connections == 1


async def test_iterator_may_be_used_for_two_uploads() -> None:
    pieces = whole_pieces(b"one")
    async with libraries_and_server() as (libraries, server):
        await libraries.documents.upload(LIBRARY_ID, pieces, name="a")
        await libraries.documents.upload(LIBRARY_ID, pieces, name="a")
    assert len(server.requests) == 2
