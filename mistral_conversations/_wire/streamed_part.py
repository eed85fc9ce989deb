"""What was streamed of an answer, compared with what a history has of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from mistral_conversations._wire.entry_facts import text_fact
from mistral_conversations.models.chunks import text_of
from mistral_conversations.models.entries import (
    InputEntries,
    MessageOutputEntry,
    OutputEntries,
)

__all__ = ["Comparison", "compare", "ids_of"]

Comparison: TypeAlias = Literal["joins", "behind", "differs"]
"""The stored answer continues what was streamed, has less of it, or is another one."""


def ids_of(streamed: Sequence[OutputEntries]) -> frozenset[str]:
    """Return the ids of the streamed entries."""
    return frozenset(id for entry in streamed if (id := text_fact(entry, "id")))


def compare(
    streamed: Sequence[OutputEntries], stored: Sequence[InputEntries]
) -> Comparison:
    """Compare what was streamed with the entries of an answer.

    Messages are compared one by one if all of their ids are stored, else as one text.
    A stored answer must also have as many entries of each type as were streamed.
    """
    ours, theirs = _texts(streamed), _texts(stored)
    if not ours.keys() <= theirs.keys():
        ours, theirs = {"": "".join(ours.values())}, {"": "".join(theirs.values())}
    found = {_compare_texts(text, theirs[id]) for id, text in ours.items()}
    if "differs" in found:
        return "differs"
    has_all = _types(streamed) <= _types(stored)
    return "joins" if has_all and "behind" not in found else "behind"


def _texts(entries: Sequence[InputEntries]) -> Mapping[str, str]:
    texts: dict[str, str] = {}
    for entry in entries:
        if isinstance(entry, MessageOutputEntry):
            id = entry.id or ""
            texts[id] = texts.get(id, "") + text_of(entry.content)
    return texts


def _types(entries: Sequence[InputEntries]) -> Counter[str]:
    """Count the entries of each type; an event that fits no class is no entry."""
    kinds = (text_fact(entry, "type") or "" for entry in entries)
    return Counter(kind for kind in kinds if not kind.endswith(_EVENTS))


_EVENTS = (".delta", ".started", ".done")


def _compare_texts(streamed: str, stored: str) -> Comparison:
    """Compare texts; half a character (a lone surrogate) is the beginning of it."""
    if stored.startswith(streamed):
        return "joins"
    ours, theirs = _units(streamed), _units(stored)
    if theirs.startswith(ours):
        return "joins"
    return "behind" if ours.startswith(theirs) else "differs"


def _units(text: str) -> bytes:
    return text.encode("utf-16-be", "surrogatepass")
