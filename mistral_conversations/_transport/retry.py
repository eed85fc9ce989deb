"""Whether and when a call that failed is sent again; pure."""

import random
from http import HTTPStatus

from mistral_conversations._wire.failure import retry_after
from mistral_conversations.config import RetryPolicy
from mistral_conversations.errors import (
    APIConnectionError,
    APITimeoutError,
    MistralConversationsError,
    SDKError,
)

__all__ = ["busy_delay", "retry_delay"]

_REPEATABLE = frozenset({"GET", "PUT", "DELETE"})
_PASSING = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)

_FIRST_DELAY = 0.5
_FIRST_BUSY_DELAY = 0.25
_LONGEST_BUSY_DELAY = 5.0


def retry_delay(
    method: str, error: MistralConversationsError, attempt: int, policy: RetryPolicy
) -> float | None:
    """Give the seconds to wait before the next attempt, or None to give up.

    Args:
        method: the HTTP method of the call.
        error: what the attempt ended with.
        attempt: its number, from 1.
        policy: what the caller allows.
    """
    repeatable = policy.resend or method in _REPEATABLE
    if attempt > policy.max_retries or not _may_resend(error, repeatable=repeatable):
        return None
    asked = retry_after(error.headers) if isinstance(error, SDKError) else None
    if asked is not None:
        return asked if asked <= policy.max_delay else None
    return _backoff(attempt, first=_FIRST_DELAY, longest=policy.max_delay)


def busy_delay(attempt: int) -> float:
    """Give the seconds to wait before a busy conversation is asked again."""
    return _backoff(attempt, first=_FIRST_BUSY_DELAY, longest=_LONGEST_BUSY_DELAY)


def _may_resend(error: MistralConversationsError, *, repeatable: bool) -> bool:
    if isinstance(error, APITimeoutError):
        return error.phase == "connect"
    if isinstance(error, APIConnectionError):
        return repeatable or not error.may_have_been_processed
    if not isinstance(error, SDKError) or error.status not in _PASSING:
        return False
    return repeatable or not error.may_have_been_processed


def _backoff(attempt: int, *, first: float, longest: float) -> float:
    """Double from attempt to attempt, with jitter so that clients do not march."""
    doubled: float = first * 2 ** min(attempt - 1, 16)
    return min(longest, doubled) * random.uniform(0.5, 1)  # noqa: S311
