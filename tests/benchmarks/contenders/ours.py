"""This project's own clients."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from mistral_conversations import (
    AsyncConversations,
    AsyncConversationStream,
    AsyncFiles,
    Conversations,
)

from . import batches, runs, sse
from .crowd import Crowd
from .memory import Growth
from .orders import MEBIBYTE, Clock, Figures, Order, Task, timed
from .tasks import at_once, calling, first_event

MODEL = "mistral-small-latest"


def _opened(order: Order) -> AsyncConversations:
    return AsyncConversations("key", base_url=order.url)


def _stream(client: AsyncConversations) -> AsyncConversationStream:
    return client.start_stream("Hello!", model=MODEL)


async def events(client: AsyncConversations, _: Order) -> int:
    count = 0
    async for _event in _stream(client):
        count += 1
    return count


async def _text(client: AsyncConversations, _: Order) -> int:
    count = 0
    async for _piece in _stream(client).text():
        count += 1
    return count


async def _response(client: AsyncConversations, _: Order) -> int:
    return (await _stream(client).response()).text.count(" ")


async def start(client: AsyncConversations, order: Order) -> int:
    count = 0
    for _ in range(order.amount):
        count += len((await client.start("Hello!", model=MODEL)).outputs)
    return count


async def _history(client: AsyncConversations, _: Order) -> int:
    return len((await client.get_history("conv_1")).entries)


async def _live(client: AsyncConversations, _: Order, crowd: Crowd) -> None:
    count = 0
    async for _event in _stream(client):
        if not count:
            crowd.began()
        count += 1
    crowd.ended(count)


async def _first(client: AsyncConversations, _: Order) -> float:
    begin, seconds = time.perf_counter(), 0.0
    async for _event in _stream(client):
        seconds = seconds or time.perf_counter() - begin
    return seconds


def blocking(order: Order) -> Figures:
    """Read a stream without `async`."""

    def read(clock: Clock) -> int:
        count = 0
        with Conversations("key", base_url=order.url) as client, clock:
            for _ in client.start_stream("Hello!", model=MODEL):
                count += 1
        return count

    return timed(read, order.amount + 2)


def long(order: Order) -> Figures:
    """Read a stream event by event, then its response; return the memory growth."""

    async def main() -> Figures:
        async with _opened(order) as client:
            growth, count = Growth(), 0
            stream = _stream(client)
            async for _ in stream:
                count += 1
            response = await stream.response()
            grown = growth.at_peak() * 1024 / 1e6
        if count != order.amount + 2:
            raise RuntimeError(f"{count} events came of {order.amount + 2}")
        return {"growth MB": grown, "text MB": len(response.text.encode()) / 1e6}

    return asyncio.run(main())


def held(order: Order) -> Figures:
    """Hold many streams open, each at its first event; return the growth per stream."""

    async def main() -> float:
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(_opened(order))
            growth = Growth()
            for _ in range(order.amount):
                stream = await stack.enter_async_context(_stream(client))
                await anext(aiter(stream))
            return growth.lasting() / order.amount

    return {"KiB": asyncio.run(main())}


def _files_opened(order: Order) -> AsyncFiles:
    return AsyncFiles("key", base_url=order.url)


async def _download(files: AsyncFiles, _: Order) -> int:
    with TemporaryDirectory() as folder:
        path = await files.download("1", Path(folder, "file"))
        return path.stat().st_size // MEBIBYTE


TASKS: Mapping[str, Task] = {
    "events": calling(_opened, events, 2),
    "text": calling(_opened, _text),
    "response": calling(_opened, _response),
    "blocking": blocking,
    "live": at_once(_opened, _live),
    "start": calling(_opened, start),
    "history": calling(_opened, _history),
    "feed": sse.feed,
    "first": first_event(_opened, _first),
    "long": long,
    "held": held,
    "download": calling(_files_opened, _download),
    **runs.TASKS,
    **batches.TASKS,
}
