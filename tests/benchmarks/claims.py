"""Claims of a job: a value computed for each round, and its limits."""

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
"""The values that a contender measured, by name."""

Round: TypeAlias = Mapping[str, Figures]
"""The figures of a round, by measure name."""

Verdict: TypeAlias = Literal["stretch", "met", "missed", ""]


@attrs.frozen
class Value:
    """A number computed from a round; values combine with `/`, `-` and `*`."""

    needs: frozenset[str]
    """The names of the measures it is computed from."""

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
    """Return one figure of a measure as a value."""
    return Value(frozenset([measure]), lambda each: each[measure][name])


def rate(measure: str) -> Value:
    """Return the count per second of CPU time."""
    return figure(measure, "count") / figure(measure, "cpu")


def cost(measure: str) -> Value:
    """Return the CPU time per item counted."""
    return figure(measure, "cpu") / figure(measure, "count")


def highest(*values: Value) -> Value:
    """Return the highest of several values in each round."""
    needs = frozenset[str]().union(*(value.needs for value in values))
    return Value(needs, lambda each: max(value.of(each) for value in values))


@attrs.frozen
class Limit:
    """A lower or upper limit for a value."""

    number: float
    above: bool

    def holds(self, value: float) -> bool:
        """Return whether a value is within the limit."""
        return value >= self.number if self.above else value <= self.number

    def __str__(self) -> str:
        return f"{'>=' if self.above else '<='} {self.number:g}"


def at_least(number: float) -> Limit:
    """Return a lower limit."""
    return Limit(number, above=True)


def at_most(number: float) -> Limit:
    """Return an upper limit."""
    return Limit(number, above=False)


@attrs.frozen
class Claim:
    """A row of the table; without a goal it is for information only."""

    text: str
    value: Value
    goal: Limit | None = None
    stretch: Limit | None = None

    def verdict(self, value: float) -> Verdict:
        """Return the verdict on a median."""
        if self.stretch is not None and self.stretch.holds(value):
            return "stretch"
        if self.goal is None:
            return ""
        return "met" if self.goal.holds(value) else "missed"

    def find(self, rounds: Sequence[Round]) -> "Finding":
        """Compute the value of each round."""
        return Finding(self, [self.value.of(each) for each in rounds])


@attrs.frozen
class Finding:
    """A claim with its measured values."""

    claim: Claim
    values: Sequence[float]

    @property
    def median(self) -> float:
        """The median of the values, which the limits apply to."""
        return median(self.values)

    @property
    def verdict(self) -> Verdict:
        """The verdict on the median."""
        return self.claim.verdict(self.median)
