"""Orders to contenders, and their clock; imports only the standard library.

The vendor's and OpenAI's contenders run in an environment without this project's
dependencies, and every measured process imports this module.
"""

import gc
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

__all__ = ["MEBIBYTE", "Clock", "Figures", "Order", "Task", "timed"]

MEBIBYTE = 1024 * 1024

Figures: TypeAlias = dict[str, float]


class Order(NamedTuple):
    """A task to perform once."""

    task: str
    url: str
    """The base URL; its path selects the server's answer."""

    amounts: Mapping[str, int]

    @property
    def amount(self) -> int:
        """The number of events, calls, streams or entries."""
        return self.amounts["amount"]


class Clock:
    """A clock for the CPU time of a `with` block, all threads together.

    Clients are made before it: making one can cost as much as a hundred events.
    """

    cpu = 0.0

    def __enter__(self) -> None:
        gc.collect()
        self._begin = time.process_time()

    def __exit__(self, *_: object) -> None:
        self.cpu = time.process_time() - self._begin


Task: TypeAlias = Callable[[Order], Figures]


def timed(work: Callable[[Clock], int], wanted: int) -> Figures:
    """Run work that starts the clock itself; check that all of it was done."""
    clock = Clock()
    count = work(clock)
    if count != wanted:
        raise RuntimeError(f"{count} came of {wanted}")
    return {"cpu": clock.cpu, "count": count}
