"""The form of a body passed to aiohttp, and the limit on each of its pieces."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from mistral_conversations._transport.aiohttp_internals import AbortablePayload
from mistral_conversations._transport.body import (
    Limit,
    request_body,
    within,
)

pytestmark = pytest.mark.anyio

LARGE = b"x" * (64 * 1024 + 1)


async def pieces(*contents: bytes, pause: float = 0) -> AsyncIterator[bytes]:
    for content in contents:
        await asyncio.sleep(pause)
        yield content


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


async def test_pieces_without_a_limit_are_sent_as_they_are() -> None:
    given = pieces(b"one")
    body, scope = request_body(given, None)
    assert isinstance(body, AbortablePayload)
    assert body._value is given
    assert scope is None


async def test_limit_does_not_count_while_a_piece_is_made() -> None:
    body, scope = request_body(pieces(b"one", b"two", pause=0.05), 0.02)
    assert isinstance(body, AbortablePayload)
    assert scope is not None
    async with scope:
        assert [piece async for piece in body._value] == [b"one", b"two"]
        assert scope.when() is not None


async def test_limit_counts_from_each_piece() -> None:
    body, scope = request_body(pieces(b"one", b"two"), 60)
    assert isinstance(body, AbortablePayload)
    assert scope is not None
    async with scope:
        assert scope.when() is None
        assert await anext(body._value) == b"one"
        first = scope.when()
        await asyncio.sleep(0.01)
        assert await anext(body._value) == b"two"
        second = scope.when()
    assert first is not None
    assert second is not None
    assert second > first


async def test_piece_that_is_not_taken_in_time_ends_the_wait() -> None:
    body, scope = request_body(pieces(b"one", b"two"), 0.02)
    assert isinstance(body, AbortablePayload)
    assert scope is not None

    async def take_one() -> None:
        await anext(body._value)
        await asyncio.sleep(5)

    with pytest.raises(TimeoutError):
        await within(scope, take_one())


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
