"""What a batch keeps of its rows: nothing, or a results file."""

from abc import abstractmethod
from typing import Protocol

from mistral_conversations.batch.requests import RowRequest
from mistral_conversations.models.batch import BatchRow

__all__ = ["Keeping", "NothingKept"]


class Keeping(Protocol):
    """What keeps the rows of a batch."""

    @abstractmethod
    async def open(self) -> None:
        """Prepare to keep rows, before the first one."""

    @abstractmethod
    async def begin(self, request: RowRequest, /) -> BatchRow | None:
        """Return the outcome of a row in an earlier batch, or note that it is sent."""

    @abstractmethod
    async def end(self, request: RowRequest, row: BatchRow, /) -> None:
        """Keep the outcome of a row."""

    @abstractmethod
    async def take_back(self, request: RowRequest, /) -> None:
        """Note that a row was not processed, although it had begun."""

    @abstractmethod
    async def aclose(self) -> None:
        """Release what was opened."""


class NothingKept:
    """Keeps nothing."""

    async def open(self) -> None:
        """Do nothing."""

    async def begin(self, _request: RowRequest) -> BatchRow | None:
        """Return None: no row is known."""
        return None

    async def end(self, _request: RowRequest, _row: BatchRow) -> None:
        """Do nothing."""

    async def take_back(self, _request: RowRequest) -> None:
        """Do nothing."""

    async def aclose(self) -> None:
        """Do nothing."""
