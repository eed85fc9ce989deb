"""The last question of a conversation, and the entry before it."""

from collections.abc import Sequence
from typing import Any

import attrs

from mistral_conversations import InputEntries, MessageInputEntry

__all__ = ["Question", "last_question"]


@attrs.frozen
class Question:
    """A message of the user."""

    inputs: str | Sequence[Any]
    entry_id: str | None
    """The id of the entry before it; None if it is the first entry."""


def last_question(
    entries: Sequence[InputEntries], asked: str | None
) -> Question | None:
    """Return the last question; None if there is none.

    Args:
        entries: the entries of the history. They may lack the last message, if its
            answer failed, or is still being written.
        asked: the last message that this chat sent.
    """
    places = [n for n, entry in enumerate(entries) if _is_question(entry)]
    found = entries[places[-1]] if places else None
    content = found.content if isinstance(found, MessageInputEntry) else None
    if asked is not None and content != asked:
        return Question(asked, _id_before(entries, len(entries)))
    if content is None:
        return None
    inputs = content if isinstance(content, str) else [_message(content)]
    before = _id_before(entries, places[-1])
    return Question(inputs, before)


def _is_question(entry: InputEntries) -> bool:
    return isinstance(entry, MessageInputEntry) and entry.role == "user"


def _id_before(entries: Sequence[InputEntries], place: int) -> str | None:
    ids = [getattr(entry, "id", None) for entry in entries[:place]]
    return next(filter(None, reversed(ids)), None)


def _message(content: Any) -> MessageInputEntry:
    return MessageInputEntry(role="user", content=content)
