"""Tasks of async clients, which are opened and then used on a loop."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from statistics import median
from typing import Any, TypeAlias, TypeVar

from .crowd import Crowd
from .orders import Clock, Figures, Order, Task, timed

__all__ = ["Opening", "at_once", "calling", "first_event"]

Client = TypeVar("Client")
Opening: TypeAlias = Callable[[Order], AbstractAsyncContextManager[Client]]


def calling(
    opened: Opening[Client],
    call: Callable[[Client, Order], Coroutine[Any, Any, int]],
    extra: int = 0,
) -> Task:
    """Return a task for a call that counts what it received.

    Args:
        opened: makes the client.
        call: executes the order, and returns the count.
        extra: how much the count must exceed the amount.
    """

    async def main(order: Order, clock: Clock) -> int:
        async with opened(order) as client:
            with clock:
                return await call(client, order)

    def task(order: Order) -> Figures:
        wanted = order.amount + extra
        return timed(lambda clock: asyncio.run(main(order, clock)), wanted)

    return task


def at_once(
    opened: Opening[Client],
    read: Callable[[Client, Order, Crowd], Coroutine[Any, Any, None]],
) -> Task:
    """Return a task that reads many streams at once."""

    async def main(order: Order, crowd: Crowd, clock: Clock) -> int:
        async with opened(order) as client:
            calls = [read(client, order, crowd) for _ in range(order.amount)]
            with clock:
                await asyncio.gather(*calls)
        return crowd.complete

    def task(order: Order) -> Figures:
        crowd = Crowd(order)
        figures = timed(lambda clock: asyncio.run(main(order, crowd, clock)), crowd.all)
        return {**figures, **crowd.lateness()}

    return task


def first_event(
    opened: Opening[Client],
    read: Callable[[Client, Order], Coroutine[Any, Any, float]],
) -> Task:
    """Return a task for the median time from a call to its first event."""

    async def main(order: Order) -> Figures:
        async with opened(order) as client:
            times = [await read(client, order) for _ in range(order.amount)]
        return {"ms": 1000 * median(times)}

    return lambda order: asyncio.run(main(order))
