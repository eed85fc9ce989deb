"""A process that executes orders: reads lines of JSON, writes a line for each.

Run with the contender's name and its loop, `asyncio` or `uvloop`, as its arguments; it
ends when stdin does.
"""

import asyncio
import importlib
import json
import sys
import traceback
from collections.abc import Mapping

from .orders import Figures, Order, Task


def main() -> None:
    """Execute the orders one after the other."""
    if sys.argv[2:] == ["uvloop"]:
        policy = importlib.import_module("uvloop").EventLoopPolicy()
        asyncio.set_event_loop_policy(policy)
    tasks = importlib.import_module(f"{__package__}.{sys.argv[1]}").TASKS
    for line in sys.stdin:
        sys.stdout.write(f"{json.dumps(answer(tasks, Order(**json.loads(line))))}\n")
        sys.stdout.flush()


def answer(tasks: Mapping[str, Task], order: Order) -> dict[str, Figures | str]:
    """Execute an order; an error is returned as the answer, which ends the run."""
    try:
        return {"figures": tasks[order.task](order)}
    except Exception:  # noqa: BLE001
        return {"error": traceback.format_exc()}


if __name__ == "__main__":
    main()
