"""Measures of contenders, and the jobs built from them."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import attrs

from .claims import Claim

__all__ = ["COMPARATORS", "Amounts", "Job", "Measure", "Process", "measure"]

Amounts: TypeAlias = Mapping[str, int]
"""`amount`, and further keys for some measures."""

Process: TypeAlias = Literal["kept", "new", "cold"]
"""One for the whole run; a new one each time, warmed; a new one, not warmed."""

COMPARATORS = frozenset({"vendor", "openai"})
"""The contenders installed in an environment of their own."""


@attrs.frozen
class Measure:
    """A task that one contender performs once in each round."""

    contender: str
    task: str
    path: str
    """The end of the base URL; it selects the server's answer."""

    full: Amounts
    quick: Amounts
    process: Process = "kept"

    @property
    def name(self) -> str:
        """The name that claims refer to."""
        return f"{self.contender}.{self.task}"


def measure(
    name: str,
    path: str,
    full: int | Amounts,
    quick: int | Amounts,
    process: Process = "kept",
) -> Measure:
    """Declare a measure by its name, such as `ours.events`; an int is its amount."""
    contender, _, task = name.partition(".")
    return Measure(contender, task, path, _amounts(full), _amounts(quick), process)


def _amounts(given: int | Amounts) -> Amounts:
    return {"amount": given} if isinstance(given, int) else given


@attrs.frozen
class Job:
    """Measures taken in turns, and the claims about them."""

    name: str
    unit: str
    """The plural noun for what `count` counts."""

    measures: Sequence[Measure]
    claims: Sequence[Claim]

    def without(self, contenders: frozenset[str]) -> "Job":
        """Leave contenders out, and the claims that need them."""
        measures = [each for each in self.measures if each.contender not in contenders]
        names = {each.name for each in measures}
        claims = [each for each in self.claims if each.value.needs <= names]
        return attrs.evolve(self, measures=measures, claims=claims)
