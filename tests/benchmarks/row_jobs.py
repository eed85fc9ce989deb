"""The jobs that ask the rows of batches, and their goals."""

from .claims import Claim, Value, at_most, cost, figure
from .measures import Job, measure

__all__ = ["ROWS", "ROWS_MEMORY"]

_STARTS = "/start/{amount}"

ROWS = Job(
    "rows",
    "rows",
    [
        measure(f"ours.{name}", _STARTS, 10_000, 400)
        for name in ("rows", "kept_rows", "starts")
    ],
    [
        Claim(
            "rows of a batch: CPU time, x as many starts at once by hand",
            cost("ours.rows") / cost("ours.starts"),
            at_most(1.3),
        ),
        Claim(
            "the same with a results file",
            cost("ours.kept_rows") / cost("ours.starts"),
        ),
    ],
)


def _further(name: str) -> Value:
    return figure("ours.many_rows", name) - figure("ours.few_rows", name)


ROWS_MEMORY = Job(
    "rows_memory",
    "rows",
    [
        measure("ours.few_rows", _STARTS, 10_000, 200, "new"),
        measure("ours.many_rows", _STARTS, 100_000, 2_000, "new"),
    ],
    [
        Claim(
            "ten times as many rows: further memory, bytes a further row",
            _further("bytes") / _further("count"),
            at_most(100),
        ),
    ],
)
