"""The limit on the time until the headers of an answer are there."""

import asyncio
import time

import pytest

from mistral_conversations._transport.limit import Limit

pytestmark = pytest.mark.anyio


async def test_limit_ends_a_wait_once_it_has_begun() -> None:
    limit = Limit(0.05)
    asyncio.get_running_loop().call_later(0.05, limit.begin)
    begin = time.monotonic()
    with pytest.raises(TimeoutError):
        await limit.within(asyncio.sleep(5))
    assert time.monotonic() - begin > 0.09
    assert limit.is_reached
    assert limit.when is None


async def test_limit_that_is_paused_ends_nothing() -> None:
    limit = Limit(0.02)
    limit.begin()
    asyncio.get_running_loop().call_soon(limit.pause)
    assert await limit.within(asyncio.sleep(0.1, "done")) == "done"
    assert not limit.is_reached


async def test_no_limit_never_begins() -> None:
    limit = Limit(None)
    limit.begin()
    assert limit.when is None
    assert await limit.within(asyncio.sleep(0, "done")) == "done"


async def test_limit_does_not_begin_after_the_answer() -> None:
    """The rest of a body may be written after an early answer."""
    limit = Limit(0.01)
    limit.begin()
    await limit.within(asyncio.sleep(0))
    limit.begin()
    assert limit.when is None


async def test_answer_that_arrived_while_the_loop_was_blocked_is_taken() -> None:
    loop = asyncio.get_running_loop()
    arrived = loop.create_future()
    limit = Limit(0.05)

    def block() -> None:
        time.sleep(0.1)
        loop.call_soon(arrived.set_result, "done")

    limit.begin()
    loop.call_soon(block)
    assert await limit.within(arrived) == "done"


async def test_cancelled_wait_leaves_no_timer() -> None:
    limit = Limit(60)
    limit.begin()
    waiting = asyncio.ensure_future(limit.within(asyncio.sleep(60)))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert limit.when is None
    assert not limit.is_reached
