"""A process that takes orders: a line of JSON each, answered by a line of JSON.

Run with the contender's name as its argument; it ends when stdin does.
"""

import importlib
import json
import sys
import traceback
from collections.abc import Mapping

from .orders import Figures, Order, Task


def main() -> None:
    """Do one order after the other."""
    tasks = importlib.import_module(f"{__package__}.{sys.argv[1]}").TASKS
    for line in sys.stdin:
        sys.stdout.write(f"{json.dumps(answer(tasks, Order(**json.loads(line))))}\n")
        sys.stdout.flush()


def answer(tasks: Mapping[str, Task], order: Order) -> dict[str, Figures | str]:
    """Do an order; whatever goes wrong is the answer, and ends the run over there."""
    try:
        return {"figures": tasks[order.task](order)}
    except Exception:  # noqa: BLE001
        return {"error": traceback.format_exc()}


if __name__ == "__main__":
    main()
