"""`Timeout` and `RetryPolicy`: the time limits of a call, and when it is sent again."""

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
    """Time limits in seconds; None means no limit.

    Reaching a limit raises `APITimeoutError`, or `StreamTimeoutError` once a stream has
    started; its `phase` names the limit.

    Args:
        connect: for getting a connection: waiting for a free one (`limit`), DNS, TCP
            and TLS. 10 by default.
        response: from sending the request to the first byte of the answer, 300 by
            default. A plain call is answered when the model has finished, so this is
            the time the model has.
        idle: between two reads of the answer's body, 120 by default; any byte counts.
        event_idle: between two events of a stream, no limit by default; keep-alive
            comments do not count.
        total: for the whole call, no limit by default: all attempts, the waits between
            them, and the whole body. A stream still yields the events that it had
            parsed before that (at most 64 KiB of them), and completes if its last event
            had arrived by then.
    """

    connect: float | None = attrs.field(default=10, validator=_seconds)
    response: float | None = attrs.field(default=300, validator=_seconds)
    idle: float | None = attrs.field(default=120, validator=_seconds)
    event_idle: float | None = attrs.field(default=None, validator=_seconds)
    total: float | None = attrs.field(default=None, validator=_seconds)

    @classmethod
    def of(cls, value: "Timeout | float | None", default: Self) -> Self:
        """Read a `timeout` parameter: a number is the `total`, None is `default`."""
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
    """When a call is sent again automatically.

    GET, DELETE and PUT are sent again after a lost connection and after 408, 429, 500,
    502, 503 and 504. POST and PATCH are sent again only if the service has certainly
    not processed them: no connection was made, or it answered 429, or 503 with a
    `Retry-After`. `resend` lifts this restriction. Reaching a limit of `Timeout` ends
    the call, unless no connection was made in time. A stream that has started is never
    sent again. The waits grow exponentially with random jitter, unless the service
    sends `Retry-After` (RFC 9110, 10.2.3).

    Args:
        max_retries: the maximum number of retries after the first attempt, 2 by
            default.
        max_delay: the longest wait between two attempts in seconds, 60 by default. A
            `Retry-After` beyond it raises the error at once.
        resend: whether POST and PATCH are sent again in the same cases as GET, False by
            default. The service may then answer, and bill, a message twice.
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
