"""`Tally`: the counts of a batch."""

import time

from mistral_conversations.models.batch import BatchProgress, BatchRow
from mistral_conversations.models.usage import ConversationUsageInfo
from mistral_conversations.runs.progress import added

__all__ = ["Tally"]


class Tally:
    """Count the rows of a batch and their tokens.

    Args:
        total: the number of rows; None if it is unknown.
    """

    def __init__(self, total: int | None) -> None:
        self._total = total
        self._begun_at: float | None = None
        self._ended_at: float | None = None
        self._under_way = self._done = self._failed = 0
        self._uncertain = self._resumed = 0
        self._usage = ConversationUsageInfo()

    def begin(self) -> None:
        """Start the clock."""
        self._begun_at = time.monotonic()

    def end(self) -> None:
        """Stop the clock."""
        self._ended_at = time.monotonic()

    def row_begins(self) -> None:
        """Count a row that is under way."""
        self._under_way += 1

    def row_stops(self) -> None:
        """Count a row that is no longer under way, whether it has ended or not."""
        self._under_way -= 1

    def row_ends(self, row: BatchRow) -> None:
        """Count a row that has ended."""
        self._done += 1
        self._failed += not row.ok
        self._uncertain += row.uncertain
        self._resumed += row.resumed
        if not row.resumed:
            self._usage = added(self._usage, row.usage)

    def progress(self) -> BatchProgress:
        """Return the counts so far."""
        return BatchProgress(
            done=self._done,
            failed=self._failed,
            uncertain=self._uncertain,
            resumed=self._resumed,
            under_way=self._under_way,
            total=self._total,
            usage=self._usage,
            seconds=self._seconds(),
        )

    def _seconds(self) -> float:
        if self._begun_at is None:
            return 0.0
        now = time.monotonic() if self._ended_at is None else self._ended_at
        return now - self._begun_at
