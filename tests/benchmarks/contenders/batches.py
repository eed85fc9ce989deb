"""Batches: many starts on one client, and the same starts by hand."""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mistral_conversations import AsyncConversations, BatchInput

from .memory import Growth
from .orders import Figures, Order, Task
from .tasks import calling

__all__ = ["TASKS"]

MODEL = "mistral-small-latest"
AT_ONCE = 32


def _opened(order: Order) -> AsyncConversations:
    return AsyncConversations("key", base_url=order.url)


def _requests(amount: int) -> Iterator[BatchInput]:
    return (BatchInput(f"row {number}", "Hello!") for number in range(amount))


async def _ask(client: AsyncConversations, amount: int, **options: Any) -> int:
    count = 0
    requests = _requests(amount)
    async with client.batch(requests, model=MODEL, **options) as batch:
        async for row in batch:
            count += row.ok
    return count


async def _rows(client: AsyncConversations, order: Order) -> int:
    return await _ask(client, order.amount)


async def _kept_rows(client: AsyncConversations, order: Order) -> int:
    with TemporaryDirectory() as folder:
        return await _ask(client, order.amount, results=Path(folder, "rows.jsonl"))


async def _starts(client: AsyncConversations, order: Order) -> int:
    """Start as many conversations at once by hand."""
    count, numbers = 0, iter(range(order.amount))

    async def work() -> None:
        nonlocal count
        for _ in numbers:
            response = await client.start("Hello!", model=MODEL)
            count += bool(response.text)

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return count


def _growth(order: Order) -> Figures:
    """Ask rows, and return the growth of the memory."""

    async def main() -> float:
        async with _opened(order) as client:
            await _ask(client, AT_ONCE)
            growth = Growth()
            count = await _ask(client, order.amount)
            if count != order.amount:
                raise RuntimeError(f"{count} rows came of {order.amount}")
            return growth.at_peak() * 1024

    return {"bytes": asyncio.run(main()), "count": order.amount}


TASKS: Mapping[str, Task] = {
    "rows": calling(_opened, _rows),
    "kept_rows": calling(_opened, _kept_rows),
    "starts": calling(_opened, _starts),
    "few_rows": _growth,
    "many_rows": _growth,
}
