"""What a batch of jobs keeps of its rows: nothing, or a results file."""

from abc import abstractmethod
from typing import Protocol

from mistral_conversations.batch.jobs.part import JobPart
from mistral_conversations.batch.jobs.wanted import Place
from mistral_conversations.batch.requests import RowRequest
from mistral_conversations.models.batch import BatchRow

__all__ = ["JobKeeping", "NoJobsKept"]


class JobKeeping(Protocol):
    """What keeps the rows of a batch of jobs."""

    @abstractmethod
    async def open(self) -> None:
        """Prepare to keep rows, before the first one."""

    @abstractmethod
    def place(self, request: RowRequest, /) -> Place:
        """Return what has to be remembered of a row until it ends."""

    @abstractmethod
    async def find(self, request: RowRequest, /) -> BatchRow | str | None:
        """Return the outcome of a row in an earlier batch.

        Returns:
            The row; the id of the input file in which the row was sent; None if it was
            not sent.
        """

    @abstractmethod
    def lost(self, request: RowRequest, /) -> BatchRow | None:
        """Return a row that was sent in a file without a job; None to ask it again."""

    @abstractmethod
    async def sent(self, part: JobPart, file_id: str, /) -> None:
        """Note that the rows of a file are sent."""

    @abstractmethod
    async def finish(self, row: BatchRow, place: Place, /) -> None:
        """Keep the outcome of a row."""

    @abstractmethod
    async def aclose(self) -> None:
        """Release what was opened."""


class NoJobsKept:
    """Keeps nothing."""

    async def open(self) -> None:
        """Do nothing."""

    def place(self, request: RowRequest) -> Place:
        """Return the position."""
        return Place(request.index, "")

    async def find(self, _request: RowRequest) -> BatchRow | str | None:
        """Return None: no row is known."""
        return None

    def lost(self, _request: RowRequest) -> BatchRow | None:
        """Return None: no row was sent."""
        return None

    async def sent(self, _part: JobPart, _file_id: str) -> None:
        """Do nothing."""

    async def finish(self, _row: BatchRow, _place: Place) -> None:
        """Do nothing."""

    async def aclose(self) -> None:
        """Do nothing."""
