"""Times as text in ISO 8601."""

from datetime import UTC, datetime
from typing import Any

__all__ = ["read_timestamp", "timestamp"]


def read_timestamp(value: Any, _: Any = None) -> datetime:
    """Return the time of a text, in UTC if it names no zone.

    Raises:
        TypeError, ValueError: the value is no text, or no time.
    """
    time = datetime.fromisoformat(value)
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)


def timestamp(time: datetime) -> str:
    """Return the text of a time, with `Z` for UTC."""
    text = time.isoformat()
    return f"{text[:-6]}Z" if text.endswith("+00:00") else text
