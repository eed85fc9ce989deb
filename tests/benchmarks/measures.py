"""What contenders are asked, and the jobs that are made of it."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import attrs

from .claims import Claim

__all__ = ["COMPARATORS", "Amounts", "Job", "Measure", "Process", "measure"]

Amounts: TypeAlias = Mapping[str, int]
"""`amount`, and for some measures more."""

Process: TypeAlias = Literal["kept", "new", "cold"]
"""One for the whole run; a new one each time, warmed; a new one that has nothing."""

COMPARATORS = frozenset({"vendor", "openai"})
"""The contenders that live in an environment of their own."""


@attrs.frozen
class Measure:
    """One thing that one contender does once in each round."""

    contender: str
    task: str
    path: str
    """What the base URL ends with; it tells the server what to answer."""

    full: Amounts
    quick: Amounts
    process: Process = "kept"

    @property
    def name(self) -> str:
        """The name by which claims speak of it."""
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
    """Measures that are taken in turns, and what is claimed of them."""

    name: str
    unit: str
    """What `count` counts, in the plural."""

    measures: Sequence[Measure]
    claims: Sequence[Claim]

    def without(self, contenders: frozenset[str]) -> "Job":
        """Leave contenders out, and the claims that need them."""
        measures = [each for each in self.measures if each.contender not in contenders]
        names = {each.name for each in measures}
        claims = [each for each in self.claims if each.value.needs <= names]
        return attrs.evolve(self, measures=measures, claims=claims)
