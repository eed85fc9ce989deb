"""Limits on waits: one timer for many, and no wait beyond its own limit."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import attrs
import pytest

from mistral_conversations._transport.watch import LimitReachedError, Watch
from tests.support.raw_server import (
    Connection,
    Request,
    chunked,
    raw_server,
    stream_head,
)

pytestmark = pytest.mark.anyio

SOON = 0.1
LONG = 30.0


@attrs.frozen
class Body:
    """The body of an answer, and what is to come of it."""

    content: aiohttp.StreamReader
    to_come: "asyncio.Queue[bytes]"

    def send_later(self, seconds: float, piece: bytes) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(seconds, self.to_come.put_nowait, piece)

    async def end(self) -> None:
        self.to_come.put_nowait(b"")
        await self.content.wait_eof()


@asynccontextmanager
async def watched() -> AsyncIterator[tuple[Body, Watch]]:
    to_come: asyncio.Queue[bytes] = asyncio.Queue()

    async def answer(_: Request, connection: Connection) -> None:
        await connection.send(stream_head())
        while piece := await to_come.get():
            await connection.send(chunked(piece))
        await connection.send(chunked(end=True))

    async with (
        raw_server(answer) as server,
        aiohttp.ClientSession() as session,
        session.get(server.base_url) as response,
    ):
        watch = Watch(response.content)
        yield Body(response.content, to_come), watch
        watch.stop()


def within(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds


async def test_a_wait_ends_at_its_limit() -> None:
    async with watched() as (body, watch):
        begin, limit = within(0), within(SOON)
        watch.begin(None, limit)
        with pytest.raises(LimitReachedError):
            await body.content.readany()
        assert limit <= within(0) <= begin + LONG


async def test_a_timer_of_a_wait_that_is_over_ends_no_later_one() -> None:
    async with watched() as (body, watch):
        watch.begin(None, within(SOON))
        watch.end()
        watch.begin(None, within(LONG))
        body.send_later(2 * SOON, b"late")
        assert await body.content.readany() == b"late"


async def test_a_wait_ends_at_its_limit_though_the_timer_is_of_an_earlier_one() -> None:
    async with watched() as (body, watch):
        watch.begin(None, within(SOON))
        watch.end()
        limit = within(2 * SOON)
        watch.begin(None, limit)
        with pytest.raises(LimitReachedError):
            await body.content.readany()
        assert within(0) >= limit


async def test_a_sooner_limit_does_not_wait_for_the_timer() -> None:
    async with watched() as (body, watch):
        watch.begin(None, within(LONG))
        watch.end()
        watch.begin(None, within(SOON))
        async with asyncio.timeout(LONG / 2):
            with pytest.raises(LimitReachedError):
                await body.content.readany()


async def test_nothing_ends_between_two_waits() -> None:
    async with watched() as (body, watch):
        watch.begin(None, within(SOON))
        watch.end()
        await asyncio.sleep(2 * SOON)
        assert body.content.exception() is None
        watch.begin(None, within(SOON))
        with pytest.raises(LimitReachedError):
            await body.content.readany()


async def test_a_wait_whose_bytes_have_come_is_not_ended() -> None:
    async with watched() as (body, watch):
        watch.begin(None, within(SOON))
        body.send_later(SOON / 2, b"just")
        await asyncio.sleep(2 * SOON)
        assert await body.content.readany() == b"just"


async def test_many_waits_take_one_timer() -> None:
    async with watched() as (_, watch):
        watch.begin(None, within(LONG))
        timer = watch._timer
        for _ in range(100):
            watch.end()
            watch.begin(None, within(LONG))
        assert timer is not None
        assert watch._timer is timer


async def test_no_limit_and_a_body_at_its_end_take_no_timer() -> None:
    async with watched() as (body, watch):
        watch.begin(None, None)
        assert watch._timer is None
        await body.end()
        watch.begin(None, within(SOON))
        assert watch._timer is None


async def test_no_timer_is_left_after_a_stop() -> None:
    async with watched() as (body, watch):
        watch.begin(None, within(SOON))
        watch.stop()
        watch.stop()
        await asyncio.sleep(2 * SOON)
        assert body.content.exception() is None


async def test_a_wait_that_is_cancelled_at_its_limit_leaves_the_body_as_it_was() -> (
    None
):
    async with watched() as (body, watch):
        watch.begin(None, within(SOON))
        wait = asyncio.ensure_future(body.content.readany())
        await asyncio.sleep(0)
        wait.cancel()
        time.sleep(2 * SOON)  # noqa: ASYNC251 - timer and cancellation meet
        await asyncio.wait([wait])
        watch.end()
        body.send_later(0, b"on it goes")
        assert await body.content.readany() == b"on it goes"
