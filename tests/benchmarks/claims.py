"""What a job claims: a value of each round, and the limits it is held against."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Literal, TypeAlias

import attrs

__all__ = [
    "Claim",
    "Figures",
    "Finding",
    "Limit",
    "Round",
    "Value",
    "Verdict",
    "at_least",
    "at_most",
    "cost",
    "figure",
    "highest",
    "rate",
]

Figures: TypeAlias = Mapping[str, float]
"""What a contender has measured, by the names that it gave."""

Round: TypeAlias = Mapping[str, Figures]
"""The figures of a round, by the names of the measures."""

Verdict: TypeAlias = Literal["stretch", "met", "missed", ""]


@attrs.frozen
class Value:
    """A number that a round gives; numbers are put together by `/`, `-` and `*`."""

    needs: frozenset[str]
    """The measures that it is made of."""

    of: Callable[[Round], float]

    def __truediv__(self, other: "Value") -> "Value":
        return Value(
            self.needs | other.needs, lambda each: self.of(each) / other.of(each)
        )

    def __sub__(self, other: "Value") -> "Value":
        return Value(
            self.needs | other.needs, lambda each: self.of(each) - other.of(each)
        )

    def __mul__(self, factor: float) -> "Value":
        return Value(self.needs, lambda each: self.of(each) * factor)


def figure(measure: str, name: str) -> Value:
    """Take one figure of a measure as it is."""
    return Value(frozenset([measure]), lambda each: each[measure][name])


def rate(measure: str) -> Value:
    """Take how much came in a second of CPU time."""
    return figure(measure, "count") / figure(measure, "cpu")


def cost(measure: str) -> Value:
    """Take the CPU time that one of it took."""
    return figure(measure, "cpu") / figure(measure, "count")


def highest(*values: Value) -> Value:
    """Take the highest of some values in each round."""
    needs = frozenset[str]().union(*(value.needs for value in values))
    return Value(needs, lambda each: max(value.of(each) for value in values))


@attrs.frozen
class Limit:
    """What a value should reach, or stay within."""

    number: float
    above: bool

    def holds(self, value: float) -> bool:
        """Tell whether a value keeps it."""
        return value >= self.number if self.above else value <= self.number

    def __str__(self) -> str:
        return f"{'>=' if self.above else '<='} {self.number:g}"


def at_least(number: float) -> Limit:
    """Make a limit that is to be reached."""
    return Limit(number, above=True)


def at_most(number: float) -> Limit:
    """Make a limit that is to be kept within."""
    return Limit(number, above=False)


@attrs.frozen
class Claim:
    """A row of the table. Without a goal it informs."""

    text: str
    value: Value
    goal: Limit | None = None
    stretch: Limit | None = None

    def verdict(self, value: float) -> Verdict:
        """Judge a median."""
        if self.stretch is not None and self.stretch.holds(value):
            return "stretch"
        if self.goal is None:
            return ""
        return "met" if self.goal.holds(value) else "missed"

    def find(self, rounds: Sequence[Round]) -> "Finding":
        """Take its value in each round."""
        return Finding(self, [self.value.of(each) for each in rounds])


@attrs.frozen
class Finding:
    """A claim with what was measured."""

    claim: Claim
    values: Sequence[float]

    @property
    def median(self) -> float:
        """The value that is judged."""
        return median(self.values)

    @property
    def verdict(self) -> Verdict:
        """What the median is worth."""
        return self.claim.verdict(self.median)
