"""The moment at which a call must have ended."""

import asyncio
import math

from mistral_conversations.errors import APITimeoutError

__all__ = ["Deadline", "now"]


class Deadline:
    """A moment, so many seconds from now; None for never."""

    def __init__(self, total: float | None) -> None:
        self.total = total
        self.at = None if total is None else now() + total

    def left(self) -> float:
        """Give the seconds until then."""
        return math.inf if self.at is None else self.at - now()

    def sooner(self, moment: float | None) -> float | None:
        """Give this or another moment, whichever comes first."""
        if moment is None or self.at is None:
            return self.at if moment is None else moment
        return min(moment, self.at)

    def error(self, *, attempts: int = 1) -> APITimeoutError:
        """Make the error of a call that has reached its end."""
        return APITimeoutError(
            f"the call took longer than {self.total:g} seconds (total)",
            phase="total",
            may_have_been_processed=True,
            attempts=attempts,
        )


def now() -> float:
    """Give the running loop's time, in seconds."""
    return asyncio.get_running_loop().time()
