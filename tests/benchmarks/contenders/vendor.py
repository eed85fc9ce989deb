"""The vendor's SDK."""

import importlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from .crowd import Crowd
from .orders import Order, Task
from .tasks import at_once, calling

QUESTION = {"inputs": "Hello!", "model": "mistral-small-latest"}

_sdk: Any = importlib.import_module("mistralai.client")
_run_context: Any = importlib.import_module("mistralai.extra.run.context")


@asynccontextmanager
async def _opened(order: Order) -> AsyncIterator[Any]:
    async with _sdk.Mistral(api_key="key", server_url=order.url) as client:
        yield client.beta.conversations


async def _events(conversations: Any, _: Order) -> int:
    count = 0
    async with await conversations.start_stream_async(**QUESTION) as stream:
        async for _event in stream:
            count += 1
    return count


async def _live(conversations: Any, _: Order, crowd: Crowd) -> None:
    count = 0
    async with await conversations.start_stream_async(**QUESTION) as stream:
        async for _event in stream:
            if not count:
                crowd.began()
            count += 1
    crowd.ended(count)


async def _start(conversations: Any, order: Order) -> int:
    count = 0
    for _ in range(order.amount):
        count += len((await conversations.start_async(**QUESTION)).outputs)
    return count


async def _history(conversations: Any, _: Order) -> int:
    answer = await conversations.get_history_async(conversation_id="conv_1")
    return len(answer.entries)


async def work(number: int) -> str:
    """Return the double of a number."""
    return str(2 * number)


async def _run(conversations: Any, order: Order) -> int:
    count = 0
    entries = 2 * (order.amounts["turns"] - 1) + 1  # calls, results and the message
    for _ in range(order.amount):
        async with _run_context.RunContext(model=QUESTION["model"]) as context:
            context.register_func(work)
            result = await conversations.run_async(run_ctx=context, inputs="Work!")
        count += len(result.output_entries) == entries
    return count


TASKS: Mapping[str, Task] = {
    "events": calling(_opened, _events, 2),
    "live": at_once(_opened, _live),
    "start": calling(_opened, _start),
    "history": calling(_opened, _history),
    "run": calling(_opened, _run),
}
