"""`Timeout` and `RetryPolicy`: the time limits of a call, and when it is sent again."""

from typing import Self

import attrs

from mistral_conversations._checks import (
    check_flag,
    check_int,
    check_seconds,
    is_int,
    is_number,
    on_field,
)
from mistral_conversations._constructors import keywords_only
from mistral_conversations._public import publish

__all__ = ["RetryPolicy", "Timeout"]


_LIMIT = on_field(check_seconds, optional=True)


@keywords_only(
    "takes its limits by name: pass timeout=0.5 for a total of 0.5 seconds, which is "
    "Timeout(total=0.5), or name another limit, such as Timeout(connect=0.5)"
)
@attrs.frozen(kw_only=True)
class Timeout:
    """Time limits in seconds, given by name; None means no limit.

    Reaching a limit raises `APITimeoutError`, or `StreamTimeoutError` once a stream has
    started. The `phase` of the error names the limit: `pool` if no connection became
    free within `connect`, and `idle` for `event_idle` too.

    Args:
        connect: for getting a connection: waiting for a free one (`limit`), DNS, TCP
            and TLS. 10 by default.
        response: from sending the request, or the last piece of a large one, to the
            final status and its headers, 300 by default. The service answers a plain
            call when the model has finished, so this limits the model's time.
        idle: between two reads of the answer's body, 120 by default; any byte counts.
        event_idle: between two events of a stream, no limit by default; keep-alive
            comments do not count.
        total: for the whole call, no limit by default: all attempts, the waits between
            them, and the whole body. After that, a stream still yields the events that
            it has already read, and completes if the last event has arrived in time.
    """

    connect: float | None = attrs.field(default=10, validator=_LIMIT)
    response: float | None = attrs.field(default=300, validator=_LIMIT)
    idle: float | None = attrs.field(default=120, validator=_LIMIT)
    event_idle: float | None = attrs.field(default=None, validator=_LIMIT)
    total: float | None = attrs.field(default=None, validator=_LIMIT)

    @classmethod
    def of(cls, value: "Timeout | float | None", default: Self) -> Self:
        """Read a `timeout` parameter: a number is the `total`, None is `default`."""
        if value is None:
            return default
        if isinstance(value, cls):
            return value
        if not is_number(value):
            raise TypeError(
                f"timeout must be a Timeout or seconds, not {type(value).__name__}"
            )
        return attrs.evolve(default, total=value)


@keywords_only(
    "takes only max_retries by position: pass the others by name, such as "
    "RetryPolicy(5, max_delay=120)",
    first=1,
)
@attrs.frozen
class RetryPolicy:
    """When a call is sent again automatically.

    GET, DELETE and PUT are sent again after a lost connection and after 408, 429, 500,
    502 to 504, 520 to 524 and 529. POST and PATCH are sent again only if the service
    has certainly not processed them: no connection was made, or it answered 429, or 503
    with a `Retry-After`. `resend` lifts this restriction. A connection attempt that
    exceeds `Timeout.connect` counts as no connection; any other limit of `Timeout` ends
    the call. A stream that has started is never sent again. The wait before a retry is
    as long as the service asks in `Retry-After` (RFC 9110, 10.2.3). Without that
    header, it is `first_delay`, doubles with each retry, and is shortened at random by
    up to a half, so that clients do not retry in step.

    Args:
        max_retries: the maximum number of retries after the first attempt, 2 by
            default.
        first_delay: the longest wait before the first retry in seconds, 0.5 by default;
            0 retries at once, for tests.
        max_delay: the longest wait between two attempts in seconds, 60 by default. A
            `Retry-After` beyond it raises the error at once.
        resend: whether POST and PATCH are sent again in the same cases as GET, False by
            default. The service may then answer, and bill, a message twice.
    """

    max_retries: int = attrs.field(default=2, validator=on_field(check_int, least=0))
    first_delay: float = attrs.field(
        default=0.5, validator=on_field(check_seconds, zero=True), kw_only=True
    )
    max_delay: float = attrs.field(
        default=60, validator=on_field(check_seconds), kw_only=True
    )
    resend: bool = attrs.field(
        default=False, validator=on_field(check_flag), kw_only=True
    )

    @classmethod
    def of(cls, value: "RetryPolicy | int | None", default: Self) -> Self:
        """Read a `retries` parameter: an int is `max_retries`, None is `default`."""
        if value is None:
            return default
        if isinstance(value, cls):
            return value
        if not is_int(value):
            raise TypeError(
                f"retries must be a RetryPolicy or an int, not {type(value).__name__}"
            )
        return attrs.evolve(default, max_retries=value)


publish(globals(), *__all__)
