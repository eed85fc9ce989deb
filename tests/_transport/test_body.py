"""The form in which aiohttp is given a body, and the limit on each of its pieces."""

import asyncio

import pytest

from mistral_conversations._transport.aiohttp_internals import AbortablePayload
from mistral_conversations._transport.body import (
    Limit,
    StreamedBody,
    request_body,
    within,
)

pytestmark = pytest.mark.anyio

LARGE = b"x" * (64 * 1024 + 1)


class Streamed(StreamedBody):
    async def __anext__(self) -> bytes:
        raise StopAsyncIteration


@pytest.mark.parametrize("body", [None, b"", b"x", LARGE[1:]])
@pytest.mark.parametrize("seconds", [None, 3.0])
def test_small_body_is_given_as_it_is(
    body: bytes | None, seconds: float | None
) -> None:
    assert request_body(body, seconds) == (body, None)


async def test_large_body_without_a_limit_is_sent_in_pieces() -> None:
    body, scope = request_body(LARGE, None)
    assert isinstance(body, AbortablePayload)
    assert body.size == len(LARGE)
    assert scope is None


async def test_each_piece_of_a_large_body_puts_its_limit_off() -> None:
    long, scope = request_body(LARGE, 60)
    assert isinstance(long, AbortablePayload)
    body = long._value
    assert scope is not None
    async with scope:
        assert scope.when() is None
        assert body.read(10) == LARGE[:10]
        first = scope.when()
        await asyncio.sleep(0.01)
        assert body.read() == LARGE[10:]
        second = scope.when()
    assert first is not None
    assert second is not None
    assert second > first


async def test_streamed_body_is_given_its_limit() -> None:
    streamed = Streamed()
    body, scope = request_body(streamed, 60)
    assert isinstance(body, AbortablePayload)
    assert streamed.limit is not None
    assert scope is streamed.limit.scope


async def test_streamed_body_loses_the_limit_of_another_attempt() -> None:
    streamed = Streamed()
    request_body(streamed, 60)
    request_body(streamed, None)
    assert streamed.limit is None


async def test_limit_that_is_reached_ends_the_wait() -> None:
    limit = Limit(0.01)

    async def answer() -> None:
        limit.begin()
        await asyncio.sleep(5)

    with pytest.raises(TimeoutError):
        await within(limit.scope, answer())


async def test_limit_does_not_count_while_it_pauses() -> None:
    limit = Limit(0.01)
    async with limit.scope:
        limit.begin()
        limit.pause()
        await asyncio.sleep(0.05)


async def test_limit_does_nothing_after_the_answer() -> None:
    """The rest of a body may still be on its way."""
    limit = Limit(0.01)
    limit.begin()

    async def answer() -> str:
        return "early"

    assert await within(limit.scope, answer()) == "early"
    limit.pause()
    limit.begin()
    await asyncio.sleep(0.03)
