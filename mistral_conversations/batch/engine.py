"""`Engine`: what asks the rows of a batch."""

from abc import abstractmethod
from typing import Protocol

from mistral_conversations.batch.requests import RowRequest
from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.runs import RunResult

__all__ = ["Engine"]


class Engine(Protocol):
    """What asks rows: this process, or others."""

    @abstractmethod
    async def ask(self, request: RowRequest) -> ConversationResponse | RunResult:
        """Ask a row; return its answer, or the result of its run.

        Raises:
            Exception: the error of the row.
        """

    @abstractmethod
    async def aclose(self) -> None:
        """Release what asked the rows; none is under way."""
