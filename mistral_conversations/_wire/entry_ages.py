"""Which entries of a history are newer than a time of the service."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

import attrs

from mistral_conversations._wire.entry_facts import created_at, in_utc
from mistral_conversations.models.entries import InputEntries

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
    def of(cls, entries: Sequence[InputEntries], earliest: datetime | None) -> Self:
        """Compare the times of entries with a time; if it is None, no age is known."""
        if earliest is None:
            return cls([None] * len(entries), len(entries), -1)
        bound = in_utc(earliest)
        times = map(created_at, entries)
        new = [None if time is None else time > bound for time in times]
        first = next((at for at, age in enumerate(new) if age), len(new))
        last = next((at for at in reversed(range(len(new))) if new[at] is False), -1)
        return cls(new, first, last)

    def is_new(self, at: int) -> bool:
        """Return whether an entry is surely new, by its time or by those before it.

        No entry stands at the end of the history, which is not new.
        """
        age = self._new[at] if at < len(self._new) else False
        return bool(age) or (age is None and self.last_old < at > self.first_new)

    def is_old(self, at: int) -> bool:
        """Return whether an entry is old by its own time."""
        return self._new[at] is False

    @property
    def since(self) -> int:
        """The position of the first entry that may be new."""
        return min(self.first_new, self.last_old + 1)

    @property
    def are_known(self) -> bool:
        """Whether any age is known."""
        return any(age is not None for age in self._new)

    @property
    def are_old(self) -> bool:
        """Whether every entry is old, by its own time or by those after it."""
        return self.since == len(self._new)
