"""Ids and timestamps in the service's forms."""

import re
import secrets
import string
import time
import uuid
from datetime import UTC, datetime

__all__ = [
    "agent_id",
    "new_id",
    "new_request_id",
    "new_tool_call_id",
    "new_uuid",
    "read_time",
    "read_utc",
    "timestamp",
]

_TO_MICROSECONDS = len("2026-07-01T12:00:00.000000")
_DATE_TIME = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
_AGENTS = uuid.UUID("6f1d1c1e-5d5b-4f5c-9a53-0c1a7be0b7f4")


def new_id(prefix: str) -> str:
    """Make an id: the prefix (`conv`, `msg`, ...), `_` and 32 hex digits."""
    return f"{prefix}_{uuid.uuid4().hex}"


def new_uuid() -> str:
    """Make an id without a prefix: a random UUID with hyphens (RFC 9562, 5.4)."""
    return str(uuid.uuid4())


def new_request_id() -> uuid.UUID:
    """Make a request id: a UUID of version 7 (RFC 9562, 5.7), as the service does."""
    milliseconds = time.time_ns() // 1_000_000
    version, variant = 7 << 76, 2 << 62
    random = secrets.randbits(80) & ~(15 << 76) & ~(3 << 62)
    return uuid.UUID(int=milliseconds << 80 | version | variant | random)


def new_tool_call_id() -> str:
    """Make the id of a function call: 9 letters and digits."""
    alphabet = string.ascii_letters + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(9))


def agent_id(name: str) -> str:
    """Return the id of an agent by its name; equal names have equal ids."""
    return f"ag_{uuid.uuid5(_AGENTS, name).hex}"


def read_time(text: str) -> datetime:
    """Parse a time (RFC 3339); a date alone is its midnight.

    Raises:
        ValueError: the text is not a time.
    """
    if not _DATE_TIME.fullmatch(text):
        raise ValueError(f"{text!r} is not a time")
    return datetime.fromisoformat(text.upper())


def read_utc(text: str) -> datetime:
    """Parse a time as `read_time`; one without a time zone is in UTC."""
    time = read_time(text)
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time


def timestamp(time: datetime | None = None) -> str:
    """Format a time like the service: UTC, with microseconds and `Z`.

    Args:
        time: the time, in UTC if it has no time zone; None is now.
    """
    if time is None:
        time = datetime.now(UTC)
    elif time.tzinfo is not None:
        time = time.astimezone(UTC)
    return time.isoformat("T", "microseconds")[:_TO_MICROSECONDS] + "Z"
