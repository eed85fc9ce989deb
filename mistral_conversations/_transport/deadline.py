"""The deadline of a call, from `Timeout.total`."""

import asyncio
import math

from mistral_conversations.errors import APITimeoutError

__all__ = ["Deadline", "now"]


class Deadline:
    """A deadline `total` seconds from now; None for no deadline."""

    def __init__(self, total: float | None) -> None:
        self.total = total
        self.at = None if total is None else now() + total

    def left(self) -> float:
        """Return the seconds until the deadline."""
        return math.inf if self.at is None else self.at - now()

    def postpone(self, seconds: float) -> None:
        """Move the deadline, for time that does not count."""
        if self.at is not None:
            self.at += seconds

    def sooner(self, moment: float | None) -> float | None:
        """Return the deadline or another moment, whichever comes first."""
        if moment is None or self.at is None:
            return self.at if moment is None else moment
        return min(moment, self.at)

    def error(
        self, *, may_have_been_processed: bool, attempts: int = 1
    ) -> APITimeoutError:
        """Return the error of a call that reached its deadline.

        Args:
            may_have_been_processed: whether bytes of a request may have left.
            attempts: how many times the request was tried.
        """
        return APITimeoutError(
            f"the call took longer than {self.total:g} seconds (total)",
            phase="total",
            may_have_been_processed=may_have_been_processed,
            attempts=attempts,
        )


def now() -> float:
    """Return the running loop's time, in seconds."""
    return asyncio.get_running_loop().time()
