"""The service's clock, as far as answers show it, beside the clocks of this machine.

A suspended machine stops its monotonic clock, and its wall clock may be set. Both are
kept, and of two bounds the one that cannot be wrong for only one of these reasons
counts.
"""

import math
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Self

__all__ = ["Moment", "ServiceClock"]

_DAY = 86_400.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moment:
    """A moment on both clocks of this machine, in seconds.

    A pickle keeps the wall clock's time; the process that reads it may run on another
    machine.
    """

    __slots__ = ("monotonic", "wall")

    def __init__(self, monotonic: float, wall: float) -> None:
        self.monotonic: float = monotonic
        self.wall: float = wall

    @classmethod
    def now(cls) -> Self:
        """Return this moment."""
        return cls(time.monotonic(), time.time())

    @classmethod
    def at(cls, wall: float) -> Self:
        """Return the moment of a wall clock's time."""
        now = cls.now()
        return cls(now.monotonic - (now.wall - wall), wall)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the wall clock's time."""
        return Moment.at, (self.wall,)

    def elapsed(self) -> float:
        """Return the seconds since then: the fewer that either clock shows."""
        now = Moment.now()
        return min(now.monotonic - self.monotonic, now.wall - self.wall)


class ServiceClock:
    """The least that the service's clock shows, learned from the times it sends.

    A time that has arrived was the service's time before: at any later moment, its
    clock shows at least that time and what has passed since. The times of entries are
    those of the clock that dates further entries; a `Date` may come from a machine in
    between, whose clock differs.
    """

    def __init__(self) -> None:
        self._of_entries = _Bound()
        self._of_dates = _Bound()

    def learn(self, created: datetime | None, received: Moment) -> None:
        """Learn from the time of an entry, and when it arrived here."""
        self._of_entries.learn(created, received)

    def learn_from(self, entries: Iterable[object], received: Moment) -> None:
        """Learn from the times of entries that the service created."""
        for entry in entries:
            self.learn(getattr(entry, "created_at", None), received)
            self.learn(getattr(entry, "completed_at", None), received)

    def learn_date(self, date: datetime | None, received: Moment) -> None:
        """Learn from the `Date` of an answer, and when it arrived here.

        No zone accounts for an entry that is more than a day younger: its time is odd.
        """
        self._of_dates.learn(date, received)
        if self._of_entries.at(received) > self._of_dates.at(received) + _DAY:
            self._of_entries = _Bound()

    def earliest(self, moment: Moment) -> datetime | None:
        """Return a time that the service's clock had reached at a moment.

        Nothing that the service creates because of a later request is older.

        Returns:
            None if nothing has been learned.
        """
        return self.earliest_despite(0.0, moment)

    def earliest_despite(self, error: float, moment: Moment) -> datetime | None:
        """Return such a time for a `Date` that may be too late.

        Args:
            error: by how many seconds.
            moment: the moment.
        """
        entries, dates = self._of_entries.at(moment), self._of_dates.at(moment)
        return _time_of(max(entries, dates - error))

    def of_entries(self, moment: Moment) -> datetime | None:
        """Return such a time of the clock that dates entries."""
        return _time_of(self._of_entries.at(moment))


class _Bound:
    """The least that one clock of the service shows."""

    def __init__(self) -> None:
        self._monotonic = -math.inf
        self._wall = -math.inf

    def learn(self, sent: datetime | None, received: Moment) -> None:
        """Learn from a time that was sent, and when it arrived here."""
        if sent is None:
            return
        seconds = seconds_of(sent)
        self._monotonic = max(self._monotonic, seconds - received.monotonic)
        self._wall = max(self._wall, seconds - received.wall)

    def at(self, moment: Moment) -> float:
        """Return UNIX seconds that the clock had reached at a moment."""
        return min(moment.monotonic + self._monotonic, moment.wall + self._wall)


def _time_of(seconds: float) -> datetime | None:
    if not math.isfinite(seconds):
        return None
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError:  # a time of the year 9999, and what has passed since
        return None


def seconds_of(time: datetime) -> float:
    """Return the UNIX seconds of a time; without a zone, it is in UTC."""
    aware = time if time.tzinfo is not None else time.replace(tzinfo=UTC)
    return (aware - _EPOCH).total_seconds()
