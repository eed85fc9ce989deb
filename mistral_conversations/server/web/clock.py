"""The clock of a store, which a test can replace."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

__all__ = ["Clock", "now"]

Clock: TypeAlias = Callable[[], datetime]


def now() -> datetime:
    """Return the current time."""
    return datetime.now(UTC)
