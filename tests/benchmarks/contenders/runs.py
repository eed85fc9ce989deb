"""Runs: the model calls functions of this process."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from mistral_conversations import (
    AsyncConversations,
    FunctionResultEntry,
    PythonFunction,
    RunLimits,
    RunOptions,
    function_tool,
)

from .orders import Figures, Order, Task
from .tasks import calling

__all__ = ["TASKS"]

MODEL = "mistral-small-latest"
SECONDS = 0.5
LIMITS = RunLimits(max_calls_per_turn=64)
OPTIONS = RunOptions(max_concurrency=50)


@function_tool
async def work(number: int) -> str:
    """Return the double of a number."""
    return str(2 * number)


WORK = work.declaration


@function_tool(name="work")
def plain_work(number: int) -> str:
    """Return the double of a number."""
    return str(2 * number)


@function_tool(name="work")
async def rest(number: int) -> str:
    """Wait without work, as for an answer of another service."""
    await asyncio.sleep(SECONDS)
    return str(number)


@function_tool(name="work")
def plain_rest(number: int) -> str:
    """Wait in a thread."""
    time.sleep(SECONDS)
    return str(number)


def _opened(order: Order) -> AsyncConversations:
    return AsyncConversations("key", base_url=order.url)


def _runs(function: PythonFunction[..., Any]) -> Task:
    async def run(client: AsyncConversations, order: Order) -> int:
        count = 0
        for _ in range(order.amount):
            result = await client.run("Work!", model=MODEL, tools=[function])
            count += result.turns == order.amounts["turns"]
        return count

    return calling(_opened, run)


async def _appends(client: AsyncConversations, order: Order) -> int:
    """Send the same requests without `run`."""
    count = 0
    for _ in range(order.amount):
        response = await client.start("Work!", model=MODEL, tools=[WORK])
        turns = 1
        while response.function_calls:
            results = [
                FunctionResultEntry(
                    tool_call_id=call.tool_call_id,
                    result=await work(**call.parsed_arguments),
                )
                for call in response.function_calls
            ]
            response = await client.append(response.conversation_id, results)
            turns += 1
        count += turns == order.amounts["turns"]
    return count


def _lasting(function: PythonFunction[..., Any]) -> Task:
    """Return a task for the wall time of one run, whose first turn calls."""

    async def main(order: Order) -> Figures:
        async with _opened(order) as client:
            begin = time.perf_counter()
            result = await client.run(
                "Work!", model=MODEL, tools=[function], limits=LIMITS, options=OPTIONS
            )
            seconds = time.perf_counter() - begin
        if len(result.calls) != order.amount or any(c.error for c in result.calls):
            raise RuntimeError(f"not {order.amount} good calls: {result.calls}")
        return {"seconds": seconds}

    return lambda order: asyncio.run(main(order))


TASKS: Mapping[str, Task] = {
    "run": _runs(work),
    "plain_run": _runs(plain_work),
    "appends": calling(_opened, _appends),
    "call": _lasting(rest),
    "calls": _lasting(rest),
    "plain_call": _lasting(plain_rest),
    "plain_calls": _lasting(plain_rest),
}
