"""The job that measures what hooks and tracing cost, and its goals."""

from .claims import Claim, at_most, cost
from .measures import Job, measure

__all__ = ["OBSERVED"]


def _cost(text: str, task: str, way: str, goal: float | None) -> Claim:
    value = cost(f"observed.{task}_{way}") / cost(f"observed.{task}_off")
    return Claim(text, value, None if goal is None else at_most(goal))


OBSERVED = Job(
    "observed",
    "events or calls",
    [
        *(
            measure(f"observed.events_{way}", "/bulk/{amount}", 50_000, 10_000)
            for way in ("off", "hooks", "tracing")
        ),
        *(
            measure(f"observed.start_{way}", "/start/{amount}", 2_000, 400)
            for way in ("off", "hooks", "tracing")
        ),
    ],
    [
        _cost("a stream with hooks: CPU time, x one without", "events", "hooks", 1.1),
        _cost("a stream with tracing", "events", "tracing", 1.1),
        _cost("a call with hooks: CPU time, x one without", "start", "hooks", None),
        _cost("a call with tracing, the SDK included", "start", "tracing", None),
    ],
)
