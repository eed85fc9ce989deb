"""What a stream needs for the recovery of its answer; only type checkers import it."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from mistral_conversations._wire.service_clock import Moment
from mistral_conversations.errors import (
    MistralConversationsError,
    RecoveryUncertainError,
)
from mistral_conversations.models.conversations import ConversationResponse

__all__ = ["Search", "Trace"]


class Search(Protocol):
    """The search for a lost answer; one that is cancelled may continue."""

    @abstractmethod
    async def run(self) -> ConversationResponse:
        """Return the answer.

        Raises:
            RecoveryError: it is not found.
        """

    @abstractmethod
    def mismatch(self, reason: str) -> RecoveryUncertainError:
        """Return the error of an answer that does not continue what was streamed."""


class Trace(Protocol):
    """What the recovery of an answer needs to know of its call."""

    @abstractmethod
    def record(
        self, error: MistralConversationsError, sent_at: Moment | None = None
    ) -> None:
        """Record the call in an error that ends it."""

    @abstractmethod
    def search(self, error: MistralConversationsError) -> Search | None:
        """Return the search for the answer that an error has lost; None for none."""

    @abstractmethod
    def learn(self, time: datetime | None) -> None:
        """Learn from a time in an answer that has just arrived."""
