"""The rows that a job has to answer, in a few bytes a row."""

from abc import abstractmethod
from array import array
from collections.abc import Iterator
from typing import Protocol

import attrs

__all__ = ["AnyRows", "Place", "Wanted", "WantedRows"]

_DIGEST = 16


@attrs.frozen
class Place:
    """What a batch knows of a row besides its name."""

    index: int
    digest: str
    """That of the request; empty if nothing is kept."""


class Wanted(Protocol):
    """The rows that a job has to answer, each once."""

    @abstractmethod
    def take(self, custom_id: str | None) -> Place | None:
        """Return the place of a row; None if it is not wanted, or was taken."""

    @abstractmethod
    def lacks_any(self, total: int, /) -> bool:
        """Return whether a job with so many requests left out a row."""


class WantedRows:
    """The rows of a job that belong to a batch.

    Until the first is taken, they take 16 bytes a row, or 32 with their digests.
    """

    def __init__(self) -> None:
        self._keys = array("q")
        self._indexes = array("Q")
        self._digests = bytearray()
        self._left: dict[int, int] | None = None

    def __len__(self) -> int:
        """Return the number of rows, taken or not."""
        return len(self._keys)

    def add(self, custom_id: str, place: Place) -> None:
        """Add a row."""
        self._keys.append(hash(custom_id))
        self._indexes.append(place.index)
        self._digests += bytes.fromhex(place.digest)

    def digest(self, at: int) -> str:
        """Return the digest of the row that was added as number `at`, from 0."""
        return self._digests[at * _DIGEST : (at + 1) * _DIGEST].hex()

    def take(self, custom_id: str | None) -> Place | None:
        """Return the place of a row; None if it is not wanted, or was taken."""
        at = self._not_taken().pop(hash(custom_id), None)
        return None if at is None else Place(self._indexes[at], self.digest(at))

    def lacks_any(self, _total: int) -> bool:
        """Return whether a row is left."""
        return bool(self._not_taken())

    def _not_taken(self) -> dict[int, int]:
        if self._left is None:
            self._left = {key: at for at, key in enumerate(self._keys)}
        return self._left


class AnyRows:
    """All rows of a job.

    Args:
        count: counts the rows of all jobs of a batch.
    """

    def __init__(self, count: Iterator[int]) -> None:
        self._count = count
        self._number = 0
        self._taken: set[int] = set()

    def take(self, custom_id: str | None) -> Place | None:
        """Return the place of a row; None if it was taken."""
        key = hash(custom_id)
        if custom_id is not None and key in self._taken:
            return None
        self._taken.add(key)
        self._number += 1
        return Place(next(self._count), "")

    def lacks_any(self, total: int) -> bool:
        """Return whether fewer rows were taken than the job had."""
        return self._number < total
