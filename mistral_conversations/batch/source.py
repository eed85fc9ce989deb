"""`RowSource`: where the rows of a batch come from."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from mistral_conversations.batch.handle import BatchJobsHandle
from mistral_conversations.models.batch import BatchProgress, BatchRow

__all__ = ["RowSource"]


class RowSource(Protocol):
    """The rows of one batch, as they end. All coroutines run on one event loop."""

    @property
    @abstractmethod
    def progress(self) -> BatchProgress:
        """How far the batch is."""

    @abstractmethod
    async def take(self, most: int) -> Sequence[BatchRow]:
        """Wait for a row, and return the next rows; none at the end.

        A cancelled wait loses no row.

        Args:
            most: the number of rows to return at most.

        Raises:
            Exception: what ended the batch early.
        """

    @abstractmethod
    async def submit(self) -> BatchJobsHandle:
        """Create the batch jobs that answer the rows, and return their ids.

        Raises:
            ConfigurationError: the rows are asked one by one, or the batch was closed.
        """

    @abstractmethod
    async def aclose(self) -> None:
        """End the rows under way."""

    @abstractmethod
    def abandon(self) -> None:
        """End the rows under way, from any thread, without waiting."""
