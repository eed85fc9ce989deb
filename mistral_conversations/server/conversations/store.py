"""The conversations, in memory."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from mistral_conversations.server.answers.records import RecordedConversation
from mistral_conversations.server.conversations.chronology import Chronology
from mistral_conversations.server.conversations.conversation import Conversation
from mistral_conversations.server.web.failures import not_found

__all__ = ["ConversationStore"]


@attrs.define(eq=False)
class ConversationStore:
    """The stored conversations, by id."""

    keep: int | None = None
    """The most conversations to keep, the newest; None keeps all."""

    _conversations: dict[str, Conversation] = attrs.field(factory=dict, init=False)
    _by_age: Chronology = attrs.field(factory=Chronology, init=False)

    @property
    def count(self) -> int:
        """The number of conversations."""
        return len(self._conversations)

    def add(self, conversation: Conversation) -> None:
        """Add a conversation, and forget the oldest beyond the limit."""
        self._conversations[conversation.id] = conversation
        self._by_age.add(conversation)
        if self.keep is not None and self.count > self.keep:
            self.remove(self._by_age.oldest().id)

    def find(self, conversation_id: str) -> Conversation:
        """Return a conversation.

        Raises:
            RefusalError: no conversation has that id.
        """
        if conversation_id not in self._conversations:
            raise not_found(f"Conversation {conversation_id} not found")
        return self._conversations[conversation_id]

    def remove(self, conversation_id: str) -> None:
        """Remove a conversation.

        Raises:
            RefusalError: no conversation has that id.
        """
        self._by_age.remove(self.find(conversation_id))
        del self._conversations[conversation_id]

    def records(self) -> tuple[RecordedConversation, ...]:
        """Return snapshots of all conversations, oldest first."""
        return tuple(c.record(c.entries) for c in self._by_age.all())

    def page(
        self, page: int, page_size: int, metadata: Mapping[str, Any]
    ) -> Sequence[Conversation]:
        """Return a page of the conversations, newest first.

        Args:
            page: the number of the page, from 0.
            page_size: the number of conversations per page.
            metadata: pairs that a conversation must have, all of them.
        """
        return self._by_age.page(page, page_size, metadata)
