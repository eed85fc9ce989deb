"""Conversations in the order of their creation, and by their metadata."""

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import attrs

from mistral_conversations.server.conversations.conversation import Conversation
from mistral_conversations.server.web.listing import (
    has_metadata,
    newest_page,
    page_from,
)

__all__ = ["Chronology"]

Pair: TypeAlias = tuple[str, Any]

# Stands for all values that are arrays or objects.
_NESTED = object()


def _created_at(conversation: Conversation) -> str:
    return conversation.created_at


@attrs.define(eq=False)
class Chronology:
    """Conversations, sorted by age; a page costs the same whatever their number.

    They are not added in the order of their creation: a conversation is stored only
    when its model answers.
    """

    _all: list[Conversation] = attrs.field(factory=list, init=False)
    """Oldest first; so are those of each pair."""

    _by_pair: dict[Pair, list[Conversation]] = attrs.field(factory=dict, init=False)
    """The conversations that have a pair in their metadata."""

    def add(self, conversation: Conversation) -> None:
        """Add a conversation."""
        insort(self._all, conversation, key=_created_at)
        for pair in _pairs(conversation.settings["metadata"]):
            insort(self._by_pair.setdefault(pair, []), conversation, key=_created_at)

    def remove(self, conversation: Conversation) -> None:
        """Remove a conversation."""
        _remove(self._all, conversation)
        for pair in _pairs(conversation.settings["metadata"]):
            _remove(self._by_pair[pair], conversation)
            if not self._by_pair[pair]:
                del self._by_pair[pair]

    def oldest(self) -> Conversation:
        """Return the oldest conversation."""
        return self._all[0]

    def all(self) -> Sequence[Conversation]:
        """Return all, oldest first; another thread may ask."""
        return tuple(self._all)

    def page(
        self, page: int, page_size: int, metadata: Mapping[str, Any]
    ) -> Sequence[Conversation]:
        """Return one page of the conversations that have some pairs, newest first.

        With pairs, it costs what the rarest of them and the pages before cost.
        """
        if not metadata:
            return newest_page(self._all, page, page_size)
        among = min((self._by_pair.get(p, []) for p in _pairs(metadata)), key=len)
        found = (
            conversation
            for conversation in reversed(among)
            if has_metadata(conversation.settings["metadata"], metadata)
        )
        return page_from(found, page, page_size)


def _pairs(metadata: Mapping[str, Any] | None) -> Iterator[Pair]:
    for key, value in (metadata or {}).items():
        yield key, _NESTED if isinstance(value, dict | list) else value


def _remove(among: list[Conversation], conversation: Conversation) -> None:
    first = bisect_left(among, conversation.created_at, key=_created_at)
    del among[among.index(conversation, first)]
