"""Where the entries that a request sent stand in a history."""

from collections.abc import Iterator, Sequence
from typing import Any, Self

import attrs

from mistral_conversations._wire.converter import structure
from mistral_conversations._wire.entry_ages import Ages
from mistral_conversations._wire.entry_facts import created_at, is_input
from mistral_conversations._wire.same_entry import is_same, outline
from mistral_conversations.models.entries import FunctionResultEntry, InputEntries

__all__ = ["SentBlock", "begins_with"]

_OTHER = "\0"


@attrs.frozen
class SentBlock:
    """The entries that a request sent, which stand together in a history."""

    _entries: Sequence[InputEntries]
    _types: Sequence[Any]
    """The type that each was sent with; None if with none."""

    @classmethod
    def of(cls, inputs: Sequence[Any]) -> Self:
        """Read entries in plain JSON."""
        plain = [_with_role(entry) for entry in inputs]
        types = [e.get("type") if isinstance(e, dict) else None for e in plain]
        return cls([structure(InputEntries, entry) for entry in plain], types)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def ends_with_output(self) -> bool:
        """Whether the last entry is of an earlier answer, which was sent back."""
        return bool(self._entries) and not is_input(self._entries[-1])

    @property
    def has_time(self) -> bool:
        """Whether an entry was sent with a time, which the service may keep."""
        return any(map(created_at, self._entries))

    def stands_at(self, start: int, history: Sequence[InputEntries]) -> bool:
        """Return whether the entries stand at a position of a history."""
        stored = history[start : start + len(self)]
        return (
            len(stored) == len(self)
            and all(map(is_same, self._entries, stored))
            and all(map(_has_type, self._types, stored))
        )

    def is_beginning(
        self, history: Sequence[InputEntries], copied: Sequence[InputEntries]
    ) -> bool:
        """Return whether a history has copies, then sent entries, and is incomplete.

        It has a part of them; without sent entries, the copies are a part, too.
        """
        sent = max(0, len(history) - len(copied))
        if sent and sent >= len(self):
            return False
        block = SentBlock(self._entries[:sent], self._types[:sent])
        return begins_with(history, copied[: len(history)]) and block.stands_at(
            len(history) - sent, history
        )

    def positions(self, history: Sequence[InputEntries], ages: Ages) -> Iterator[int]:
        """Yield where they stand in a history unless they are old, newest first.

        The cost is linear: the search is that of a text, a character for each entry.
        """
        letters = {outline(entry): chr(at) for at, entry in enumerate(self._entries, 1)}
        every = self.has_time
        sent = "".join(letters[outline(entry)] for entry in reversed(self._entries))
        stored = "".join(
            letters.get(outline(history[at]), _OTHER)
            if every or not ages.is_old(at)
            else _OTHER
            for at in reversed(range(len(history)))
        )
        at = stored.find(sent)
        while at >= 0:
            start = len(history) - at - len(sent)
            if self.stands_at(start, history) and self.is_new(start, ages) is not False:
                yield start
            at = stored.find(sent, at + 1)

    def is_new(self, start: int, ages: Ages) -> bool | None:
        """Return whether the entries at a position are new; None if that is unclear.

        A result of a call is new unless it is old, since the id of the call is unique.
        Entries that were sent with a time may keep it: those beside them decide.
        """
        timeless = [
            start + at for at, sent in enumerate(self._entries) if not created_at(sent)
        ]
        if any(map(ages.is_old, timeless)):
            return False
        if any(isinstance(entry, FunctionResultEntry) for entry in self._entries):
            return True
        if timeless:
            return all(map(ages.is_new, timeless)) or None
        return any(map(ages.is_new, range(start, start + len(self) + 1))) or None


def begins_with(
    history: Sequence[InputEntries], copied: Sequence[InputEntries]
) -> bool:
    """Return whether a history begins with copies of entries."""
    return len(history) >= len(copied) and all(map(_is_copy, copied, history))


def _is_copy(original: InputEntries, copy: InputEntries) -> bool:
    return _has_type(original.type, copy) and is_same(original, copy)


def _has_type(type: Any, stored: InputEntries) -> bool:
    """Return whether an entry has the type; without one, any that fits."""
    return type is None or type == stored.type


def _with_role(entry: Any) -> Any:
    """Fill in the role of a message, which is the user's by default."""
    if isinstance(entry, dict) and entry.get("type") == "message.input":
        return {**entry, "role": entry.get("role") or "user"}
    return entry
