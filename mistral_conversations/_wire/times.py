"""Times in JSON: text in ISO 8601, or UNIX seconds."""

from datetime import UTC, datetime, timedelta
from typing import Any

from mistral_conversations._wire.odd_values import read_float

__all__ = ["read_timestamp", "read_unix_time", "timestamp", "unix_seconds"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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


def read_unix_time(value: Any) -> datetime:
    """Return the time that a number of seconds stands for, in UTC.

    Raises:
        TypeError, ValueError: the value is no number, or beyond what a `datetime` can
            represent.
    """
    try:
        return _EPOCH + timedelta(seconds=read_float(value))
    except OverflowError:
        raise ValueError(f"expected UNIX seconds, got {value}") from None


def unix_seconds(time: Any) -> Any:
    """Return UNIX seconds: an integer, unless the time has a fraction of a second.

    What is no time stays as it is, as in every field of a model.
    """
    if not isinstance(time, datetime):
        return time
    aware = time if time.tzinfo is not None else time.replace(tzinfo=UTC)
    seconds = (aware - _EPOCH).total_seconds()
    return int(seconds) if seconds.is_integer() else seconds
