"""Which entries of a history are newer than a time of the service."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

import attrs

from mistral_conversations._wire.entry_facts import created_at, in_utc
from mistral_conversations.models.entries import InputEntries, UnknownEntry

__all__ = ["Ages"]


@attrs.frozen
class Ages:
    """The ages of entries, which a history has in the order they were appended."""

    _new: Sequence[bool | None]
    """Whether each one's own time is after `earliest`; None without such a time."""

    first_new: int
    """The position of the first that is new; the length if none is."""

    last_old: int
    """The position of the last that is old; -1 if none is."""

    @classmethod
    def of(
        cls,
        entries: Sequence[InputEntries],
        earliest: datetime | None,
        sent: Sequence[Any] = (),
    ) -> Self:
        """Compare the times of entries with a time.

        Args:
            entries: the history.
            earliest: the time; None if it is unknown, and so are all ages.
            sent: entries in plain JSON that were sent. The service may have kept their
                times, which therefore say nothing.
        """
        if earliest is None:
            return cls([None] * len(entries), len(entries), -1)
        bound, given = in_utc(earliest), _times(sent)
        new = [
            None if time is None or time in given else time > bound
            for time in map(created_at, entries)
        ]
        first = next((at for at, age in enumerate(new) if age), len(new))
        last = next((at for at in reversed(range(len(new))) if new[at] is False), -1)
        return cls(new, first, last)

    def is_new(self, at: int) -> bool | None:
        """Return whether an entry is new by its time, or by those before it."""
        age = self._new[at]
        return True if age is None and self.last_old < at > self.first_new else age

    def is_old(self, at: int) -> bool:
        """Return whether an entry is old by its time."""
        return self._new[at] is False

    @property
    def since(self) -> int:
        """The position of the first entry that may be new."""
        return min(self.first_new, self.last_old + 1)

    @property
    def all_old(self) -> bool:
        """Whether every entry is old, by its time or by those after it."""
        return self.last_old == len(self._new) - 1 and self.first_new == len(self._new)


def _times(sent: Sequence[Any]) -> frozenset[datetime]:
    """Return the times that sent entries have; most have none."""
    times = (created_at(UnknownEntry(raw=each)) for each in sent)
    return frozenset(time for time in times if time is not None)
