"""Decide whether and when to send a failed call again; pure."""

import random
from http import HTTPStatus

from mistral_conversations.config import RetryPolicy
from mistral_conversations.errors import (
    APIConnectionError,
    APITimeoutError,
    MistralConversationsError,
    SDKError,
)

__all__ = ["REPEATABLE", "busy_delay", "retry_delay"]

REPEATABLE = frozenset({"GET", "PUT", "DELETE"})
"""The methods that do the same when they are sent twice (RFC 9110, 9.2.2)."""

_PASSING = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
        *range(520, 525),  # Cloudflare's 502: it could not reach the service, or wait
        529,  # overloaded
    }
)
"""The statuses that pass with time. Not 525 and 526 (certificates), 530 (blocked or
misconfigured), 598 and 599 (no server of the service sends them)."""

_FIRST_BUSY_DELAY = 0.25
_LONGEST_BUSY_DELAY = 5.0


def retry_delay(
    method: str,
    error: MistralConversationsError,
    attempt: int,
    policy: RetryPolicy,
    *,
    repeatable: bool = True,
) -> float | None:
    """Return the seconds to wait before the next attempt, or None to give up.

    Args:
        method: the HTTP method of the call.
        error: the error of the attempt.
        attempt: its number, from 1.
        policy: what the caller allows.
        repeatable: whether the body can be sent again.
    """
    if attempt > policy.max_retries or not repeatable:
        return None
    if not _may_resend(error, twice=policy.resend or method in REPEATABLE):
        return None
    asked = error.retry_after if isinstance(error, SDKError) else None
    if asked is not None:
        return asked if asked <= policy.max_delay else None
    return _backoff(attempt, first=policy.first_delay, longest=policy.max_delay)


def busy_delay(attempt: int) -> float:
    """Return the seconds to wait before the next request to a busy conversation."""
    return _backoff(attempt, first=_FIRST_BUSY_DELAY, longest=_LONGEST_BUSY_DELAY)


def _may_resend(error: MistralConversationsError, *, twice: bool) -> bool:
    """Return whether to send again; `twice` if processing it twice does no harm."""
    if isinstance(error, APITimeoutError):
        return error.phase == "connect"
    if isinstance(error, APIConnectionError):
        return twice or not error.may_have_been_processed
    if not isinstance(error, SDKError) or error.status not in _PASSING:
        return False
    return twice or not error.may_have_been_processed


def _backoff(attempt: int, *, first: float, longest: float) -> float:
    """Double with each attempt, with jitter so that clients do not retry in step."""
    doubled: float = first * 2 ** min(attempt - 1, 16)
    return min(longest, doubled) * random.uniform(0.5, 1)  # noqa: S311
