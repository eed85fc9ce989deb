"""The form of a body passed to aiohttp, and the limit on each of its pieces."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from mistral_conversations._transport.aiohttp_internals import AbortablePayload
from mistral_conversations._transport.body import request_body
from mistral_conversations._transport.limit import Limit
from tests.support.for_each import for_each

pytestmark = pytest.mark.anyio

LARGE = b"x" * (64 * 1024 + 1)


async def pieces(*contents: bytes, pause: float = 0) -> AsyncIterator[bytes]:
    for content in contents:
        await asyncio.sleep(pause)
        yield content


@for_each("body", [None, b"", b"x", LARGE[1:]])
async def test_small_body_is_given_as_it_is(body: bytes | None) -> None:
    limit = Limit(60)
    assert request_body(body, limit) == body
    assert limit.when is None


async def test_large_body_is_sent_in_pieces() -> None:
    body = request_body(LARGE, Limit(None))
    assert isinstance(body, AbortablePayload)
    assert body.size == len(LARGE)


async def test_each_piece_of_a_large_body_puts_its_limit_off() -> None:
    limit = Limit(60)
    long = request_body(LARGE, limit)
    assert isinstance(long, AbortablePayload)
    body = long._value
    assert limit.when is None
    assert body.read(10) == LARGE[:10]
    first = limit.when
    await asyncio.sleep(0.01)
    assert body.read() == LARGE[10:]
    second = limit.when
    limit.pause()
    assert first is not None
    assert second is not None
    assert second > first


async def test_limit_does_not_count_while_a_piece_is_made() -> None:
    limit = Limit(0.02)
    body = request_body(pieces(b"one", b"two", pause=0.05), limit)
    assert isinstance(body, AbortablePayload)

    async def collect() -> list[bytes]:
        return [piece async for piece in body._value]

    assert await limit.within(collect()) == [b"one", b"two"]
    assert not limit.is_reached


async def test_limit_counts_from_each_piece() -> None:
    limit = Limit(60)
    body = request_body(pieces(b"one", b"two"), limit)
    assert isinstance(body, AbortablePayload)
    assert await anext(body._value) == b"one"
    first = limit.when
    await asyncio.sleep(0.01)
    assert await anext(body._value) == b"two"
    second = limit.when
    limit.pause()
    assert first is not None
    assert second is not None
    assert second > first
