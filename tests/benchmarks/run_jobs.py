"""The jobs in which a model calls functions, and their goals."""

from .claims import Claim, at_least, at_most, cost, figure
from .measures import Job, Measure, measure

__all__ = ["CALLS", "RUN"]

_TURNS = 20


def _runs(name: str, full: int, quick: int) -> Measure:
    """Declare a measure of whole runs, each with one call in all turns but the last."""
    turns = {"turns": _TURNS, "calls": 1}
    path = "/run/{turns}/{calls}"
    return measure(name, path, {"amount": full, **turns}, {"amount": quick, **turns})


RUN = Job(
    "run",
    "runs",
    [
        _runs("ours.run", 100, 20),
        _runs("ours.plain_run", 100, 20),
        _runs("ours.appends", 100, 20),
        _runs("vendor.run", 5, 1),
    ],
    [
        Claim(
            f"{_TURNS} turns: CPU time, x the same appends by hand",
            cost("ours.run") / cost("ours.appends"),
            at_most(1.2),
        ),
        Claim(
            "the same with a plain function, which a thread runs",
            cost("ours.plain_run") / cost("ours.appends"),
        ),
        Claim(
            f"{_TURNS} turns: CPU time of the vendor's run_async, x ours",
            cost("vendor.run") / cost("ours.run"),
            at_least(5),
        ),
    ],
)


def _seconds(task: str, number: int) -> Measure:
    return measure(f"ours.{task}", "/run/2/{amount}", number, number)


def _beside_one(text: str, many: str, one: str) -> Claim:
    seconds = figure(f"ours.{many}", "seconds") / figure(f"ours.{one}", "seconds")
    return Claim(
        f"{text} of 0.5 s in one turn: time, x one call", seconds, at_most(1.2)
    )


CALLS = Job(
    "calls",
    "calls",
    [
        _seconds("call", 1),
        _seconds("calls", 50),
        _seconds("plain_call", 1),
        _seconds("plain_calls", 50),
    ],
    [
        _beside_one("50 calls", "calls", "call"),
        _beside_one("50 calls of a plain function", "plain_calls", "plain_call"),
    ],
)
