"""OpenAI's SDK on its aiohttp transport: the Responses API, answered in its shapes."""

import importlib
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from .crowd import Crowd
from .orders import Order, Task
from .tasks import at_once, calling, first_event

QUESTION = {"input": "Hello!", "model": "any-model"}

_sdk: Any = importlib.import_module("openai")


@asynccontextmanager
async def _opened(order: Order) -> AsyncIterator[Any]:
    async with _sdk.AsyncOpenAI(
        api_key="key",
        base_url=f"{order.url}/v1",
        http_client=_sdk.DefaultAioHttpClient(),
    ) as client:
        yield client.responses


async def _events(responses: Any, _: Order) -> int:
    count = 0
    async for _event in await responses.create(**QUESTION, stream=True):
        count += 1
    return count


async def _live(responses: Any, _: Order, crowd: Crowd) -> None:
    count = 0
    async for _event in await responses.create(**QUESTION, stream=True):
        if not count:
            crowd.began()
        count += 1
    crowd.ended(count)


async def _first(responses: Any, _: Order) -> float:
    begin, seconds = time.perf_counter(), 0.0
    async for _event in await responses.create(**QUESTION, stream=True):
        seconds = seconds or time.perf_counter() - begin
    return seconds


async def _start(responses: Any, order: Order) -> int:
    count = 0
    for _ in range(order.amount):
        count += len((await responses.create(**QUESTION)).output)
    return count


TASKS: Mapping[str, Task] = {
    "events": calling(_opened, _events, 2),
    "live": at_once(_opened, _live),
    "start": calling(_opened, _start),
    "first": first_event(_opened, _first),
}
