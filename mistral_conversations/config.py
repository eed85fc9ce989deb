"""How long a call may take, and how often it is sent: `Timeout` and `RetryPolicy`."""

import math
from typing import Any, Self

import attrs

__all__ = ["RetryPolicy", "Timeout", "check_seconds"]


def _seconds(
    instance: object, attribute: "attrs.Attribute[Any]", value: object
) -> None:
    if value is not None:
        _delay(instance, attribute, value)


def _delay(_instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    check_seconds(attribute.name, value)


def check_seconds(name: str, value: object) -> None:
    """Check that a parameter is a number of seconds.

    Raises:
        TypeError: it is no number.
        ValueError: it is 0 or less, or without end.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} must be seconds, not {value!r}")
    if not value > 0 or math.isinf(value):
        raise ValueError(
            f"{name} must be more than 0 seconds, and finite, not {value!r}"
        )


@attrs.frozen
class Timeout:
    """Limits in seconds; None means no limit.

    A limit that is reached raises `APITimeoutError`, or `StreamTimeoutError` once a
    stream has started, whose `phase` names it.

    Args:
        connect: for a connection: waiting for a free one (`limit`), DNS, TCP and TLS.
        response: from the request sent to the first byte of the answer. A plain call
            is answered when the model has ended, so this is the time the model has.
        idle: between two reads of the answer's body; any byte counts.
        event_idle: between two events of a stream; keep-alive comments do not count.
        total: for the whole call: all attempts, the waits between, and the whole body.
            Of a stream, the events that were cut from the bytes before that (64 KiB of
            them at the most) are still given, and so is an answer that had come to its
            end by then.
    """

    connect: float | None = attrs.field(default=10, validator=_seconds)
    response: float | None = attrs.field(default=300, validator=_seconds)
    idle: float | None = attrs.field(default=120, validator=_seconds)
    event_idle: float | None = attrs.field(default=None, validator=_seconds)
    total: float | None = attrs.field(default=None, validator=_seconds)

    @classmethod
    def of(cls, value: "Timeout | float | None", default: Self) -> Self:
        """Read a `timeout` parameter: a number is `total`, None is `default`."""
        if value is None:
            return default
        if isinstance(value, cls):
            return value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(
                f"timeout must be a Timeout or seconds, not {type(value).__name__}"
            )
        return attrs.evolve(default, total=value)


def _count(
    _instance: object, _attribute: "attrs.Attribute[Any]", value: object
) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"max_retries must be an int, not {value!r}")
    if value < 0:
        raise ValueError(f"max_retries must be 0 or more, not {value!r}")


def _flag(_instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    if not isinstance(value, bool):
        raise TypeError(f"{attribute.name} must be a bool, not {value!r}")


@attrs.frozen
class RetryPolicy:
    """How often a call is sent again, by itself.

    GET and DELETE (PUT too) are sent again after a lost connection, 408, 429, 500, 502,
    503 and 504. POST (PATCH too) is sent again only when the service has certainly not
    processed it: no connection was made, or it answered 429, or 503 with a
    `Retry-After`; unless `resend` says otherwise. A limit of `Timeout` that was reached
    ends the call, except where no connection was made in time. A stream that has
    started is never started again.

    Args:
        max_retries: how often at the most, after the first time.
        max_delay: the longest wait in seconds between two attempts. A `Retry-After`
            beyond it raises the error at once.
        resend: whether POST and PATCH follow the rule of GET: a message may then be
            answered, and billed, twice.
    """

    max_retries: int = attrs.field(default=2, validator=_count)
    max_delay: float = attrs.field(default=60, validator=_delay)
    resend: bool = attrs.field(default=False, validator=_flag)

    @classmethod
    def of(cls, value: "RetryPolicy | int | None", default: Self) -> Self:
        """Read a `retries` parameter: an int is `max_retries`, None is `default`."""
        if value is None:
            return default
        if isinstance(value, cls):
            return value
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(
                f"retries must be a RetryPolicy or an int, not {type(value).__name__}"
            )
        return attrs.evolve(default, max_retries=value)
