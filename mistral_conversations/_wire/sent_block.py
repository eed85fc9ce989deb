"""Where the entries that a request sent stand in a history."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from mistral_conversations._wire.converter import structure
from mistral_conversations._wire.entry_ages import Ages
from mistral_conversations._wire.same_entry import is_same, outline
from mistral_conversations.models.entries import (
    FunctionResultEntry,
    InputEntries,
)

__all__ = ["SentBlock", "begins_with"]

_OTHER = "\0"


@attrs.frozen
class SentBlock:
    """The entries that a request sent, to be found as consecutive entries."""

    entries: Sequence[InputEntries]
    _types: Sequence[Any]
    """The type that each had; None if it had none."""

    @classmethod
    def of(cls, inputs: Sequence[Any]) -> "SentBlock":
        """Read entries in plain JSON."""
        plain = [_completed(entry) for entry in inputs]
        types = [e.get("type") if isinstance(e, dict) else None for e in plain]
        return cls([structure(InputEntries, entry) for entry in plain], types)

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def has_result(self) -> bool:
        """Whether a result of a call is among them, which the call's id identifies."""
        return any(isinstance(entry, FunctionResultEntry) for entry in self.entries)

    def stands_at(self, start: int, history: Sequence[InputEntries]) -> bool:
        """Return whether the entries stand at a position of a history."""
        stored = history[start : start + len(self)] if start >= 0 else ()
        return (
            len(stored) == len(self)
            and all(map(_is_alike, self.entries, stored))
            and all(map(_has_type, self._types, stored))
        )

    def positions(self, history: Sequence[InputEntries], ages: Ages) -> Iterator[int]:
        """Yield where they stand among the entries that are not old, newest first."""
        letters = {outline(entry): chr(at) for at, entry in enumerate(self.entries, 1)}
        sent = "".join(letters[outline(entry)] for entry in self.entries)
        stored = "".join(
            _OTHER if ages.is_old(at) else letters.get(outline(entry), _OTHER)
            for at, entry in enumerate(history)
        )
        at = stored.rfind(sent)
        while at >= 0:
            if self.stands_at(at, history):
                yield at
            at = stored.rfind(sent, 0, at + len(sent) - 1)


def begins_with(
    history: Sequence[InputEntries], copied: Sequence[InputEntries]
) -> bool:
    """Return whether a history begins with copies of entries."""
    return len(history) >= len(copied) and all(map(_is_copy, copied, history))


def _is_copy(original: InputEntries, copy: InputEntries) -> bool:
    return _has_type(original.type, copy) and _is_alike(original, copy)


def _is_alike(sent: InputEntries, stored: InputEntries) -> bool:
    return outline(sent) == outline(stored) and is_same(sent, stored)


def _has_type(type: Any, stored: InputEntries) -> bool:
    """Return whether an entry has the type; without one, any that fits."""
    return type is None or type == stored.type


def _completed(entry: Any) -> Any:
    """Fill in a message's role, which the service reads as the user's."""
    if isinstance(entry, Mapping) and entry.get("type") == "message.input":
        return {**entry, "role": entry.get("role") or "user"}
    return entry
