"""What a contender is asked, and how it measures itself; the standard library alone.

The vendor's and OpenAI's contenders run in an environment without this project's
dependencies, and what is imported here is imported in every process that is measured.
"""

import gc
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

__all__ = ["Clock", "Figures", "Order", "Task", "timed"]

Figures: TypeAlias = dict[str, float]


class Order(NamedTuple):
    """One thing to do once."""

    task: str
    url: str
    """The base URL; its path tells the server what to answer."""

    amounts: Mapping[str, int]

    @property
    def amount(self) -> int:
        """How many of what the task is about: events, calls, streams, entries."""
        return self.amounts["amount"]


class Clock:
    """Take the CPU time of a `with` block, all threads together.

    Clients are made before it, for that costs some of them as much as a hundred events.
    """

    cpu = 0.0

    def __enter__(self) -> None:
        gc.collect()
        self._begin = time.process_time()

    def __exit__(self, *_: object) -> None:
        self.cpu = time.process_time() - self._begin


Task: TypeAlias = Callable[[Order], Figures]


def timed(work: Callable[[Clock], int], wanted: int) -> Figures:
    """Do some work that starts the clock itself; see that all of it was done."""
    clock = Clock()
    count = work(clock)
    if count != wanted:
        raise RuntimeError(f"{count} came of {wanted}")
    return {"cpu": clock.cpu, "count": count}
