"""The dice: every choice follows from the seed and the place where it is made."""

import math
from collections.abc import Mapping
from random import Random
from typing import TypeVar

__all__ = ["Dice"]

T = TypeVar("T")


class Dice:
    """Random choices, the same in each run for the same seed and place.

    Args:
        seed: the seed of the run.
        place: what the choices are about, such as a call.
    """

    def __init__(self, seed: int, *place: object) -> None:
        self._random = Random("/".join(map(str, (seed, *place))))

    def chance(self, share: float) -> bool:
        """Return True in this share of cases."""
        return self._random.random() < share

    def fraction(self) -> float:
        """Return a number from 0 to 1."""
        return self._random.random()

    def pick(self, weights: Mapping[T, float]) -> T:
        """Return one of the keys, each as often as its weight says."""
        return self._random.choices([*weights], [*weights.values()])[0]

    def number(self, least: int, most: int) -> int:
        """Return an integer between two, both included."""
        return self._random.randint(least, most)

    def about(self, least: float, most: float) -> float:
        """Return a number between two, each order of magnitude equally often."""
        return math.exp(self._random.uniform(math.log(least), math.log(most)))
