"""The rounds of a job: each takes every measure once, in rotating order."""

import sys
from collections.abc import Callable, Sequence

from .claims import Figures, Round
from .measures import Job, Measure
from .roster import Roster

__all__ = ["play", "turned"]


def turned(measures: Sequence[Measure], number: int) -> list[Measure]:
    """Return the order of a round: each round begins with another measure."""
    first = number % len(measures)
    return [*measures[first:], *measures[:first]]


def play(job: Job, rounds: int, roster: Roster) -> list[Round]:
    """Warm up the contenders, then run the rounds."""
    sys.stderr.write(f"{job.name}: warming\n")
    for measure in job.measures:
        roster.warm(measure)
    return [_round(job, number, roster.ask) for number in range(rounds)]


def _round(job: Job, number: int, ask: Callable[[Measure], Figures]) -> Round:
    sys.stderr.write(f"{job.name}: round {number + 1}\n")
    return {each.name: ask(each) for each in turned(job.measures, number)}
