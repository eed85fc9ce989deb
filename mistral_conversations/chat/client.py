"""What a chat needs of its client."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from mistral_conversations.models.conversations import ConversationHistory
from mistral_conversations.runs.machine import Run

if TYPE_CHECKING:
    from mistral_conversations._observing.runs import RunWatch

__all__ = ["ChatClient", "ChatOperations"]


class ChatOperations(Protocol):
    """The operations of a chat that are no runs."""

    @property
    @abstractmethod
    def get_history(self) -> Callable[..., Awaitable[ConversationHistory]]:
        """Returns the entries of a conversation."""

    @property
    @abstractmethod
    def delete(self) -> Callable[..., Awaitable[None]]:
        """Deletes a conversation."""


@attrs.frozen
class ChatClient:
    """The client of a chat."""

    operations: ChatOperations

    run: Callable[[Any, Mapping[str, Any]], Run]
    """Makes a run from inputs and the parameters of `run`, which it checks."""

    watch: "Callable[[Run], RunWatch | None]"
    """Makes what shows a run to observers."""
