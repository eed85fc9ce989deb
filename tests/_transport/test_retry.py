"""Whether and when a failed call is retried."""

import math
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_conversations import (
    APIConnectionError,
    APITimeoutError,
    DecodeError,
    MistralConversationsError,
    RetryPolicy,
    SDKError,
    TimeoutPhase,
)
from mistral_conversations._transport.retry import busy_delay, retry_delay
from mistral_conversations._wire.failure import failure
from tests.support.for_each import for_each

MANY = RetryPolicy(max_retries=10)
METHODS = st.sampled_from(["GET", "PUT", "DELETE", "POST", "PATCH"])
READING = st.sampled_from(["GET", "PUT", "DELETE"])
WRITING = st.sampled_from(["POST", "PATCH"])

PASSING = {408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529}


def answered(status: int, retry_after: str | None = None) -> SDKError:
    headers = {} if retry_after is None else {"retry-after": retry_after}
    return failure(status, headers, b"")


def lost(*, may_have_been_processed: bool) -> APIConnectionError:
    return APIConnectionError("x", may_have_been_processed=may_have_been_processed)


def timed_out(phase: str) -> APITimeoutError:
    return APITimeoutError("x", phase=cast("TimeoutPhase", phase))


ERRORS = st.one_of(
    st.integers(300, 599).map(answered),
    st.booleans().map(lambda may: lost(may_have_been_processed=may)),
    st.sampled_from(["pool", "connect", "response", "idle", "total"]).map(timed_out),
)


@given(READING, st.integers(300, 599))
def test_read_is_repeated_only_for_the_passing_statuses(
    method: str, status: int
) -> None:
    delay = retry_delay(method, answered(status), 1, MANY)
    assert (delay is not None) == (status in PASSING)


@given(WRITING, st.integers(300, 599), st.sampled_from([None, "0", "3"]))
def test_write_is_repeated_where_it_was_surely_not_processed(
    method: str, status: int, retry_after: str | None
) -> None:
    delay = retry_delay(method, answered(status, retry_after), 1, MANY)
    sure = status == 429 or (status == 503 and retry_after is not None)
    assert (delay is not None) == sure


@given(METHODS, st.integers(300, 599))
def test_resend_makes_a_write_follow_the_rule_of_a_read(
    method: str, status: int
) -> None:
    policy = RetryPolicy(max_retries=10, resend=True)
    delay = retry_delay(method, answered(status), 1, policy)
    assert (delay is not None) == (status in PASSING)


@given(METHODS, st.booleans(), st.booleans())
def test_lost_connection_is_repeated_by_the_same_rule(
    method: str, may: bool, resend: bool
) -> None:
    policy = RetryPolicy(resend=resend)
    delay = retry_delay(method, lost(may_have_been_processed=may), 1, policy)
    reading = method in {"GET", "PUT", "DELETE"}
    assert (delay is not None) == (reading or resend or not may)


@for_each("method", ["GET", "POST"])
@for_each("phase", ["pool", "connect", "response", "idle", "total"])
def test_limit_that_was_reached_ends_the_call_except_connect(
    method: str, phase: str
) -> None:
    policy = RetryPolicy(resend=True)
    delay = retry_delay(method, timed_out(phase), 1, policy)
    assert (delay is not None) == (phase == "connect")


@given(METHODS, ERRORS, st.integers(1, 20), st.integers(0, 20))
def test_attempts_are_never_more_than_allowed(
    method: str, error: MistralConversationsError, attempt: int, most: int
) -> None:
    policy = RetryPolicy(max_retries=most, resend=True)
    if attempt > most:
        assert retry_delay(method, error, attempt, policy) is None


@given(METHODS, ERRORS, st.integers(1, 100), st.floats(0.01, 1000))
def test_wait_is_never_longer_than_allowed(
    method: str, error: MistralConversationsError, attempt: int, longest: float
) -> None:
    policy = RetryPolicy(max_retries=100, max_delay=longest, resend=True)
    delay = retry_delay(method, error, attempt, policy)
    assert delay is None or 0 <= delay <= longest


@given(st.integers(1, 2000))
def test_wait_grows_with_jitter_up_to_its_bound(attempt: int) -> None:
    policy = RetryPolicy(max_retries=2000, max_delay=60)
    doubled = min(60.0, 0.5 * 2 ** min(attempt - 1, 30))
    delay = retry_delay("GET", answered(500), attempt, policy)
    assert delay is not None
    assert doubled / 2 <= delay <= doubled


@given(st.integers(1, 60), st.floats(0, 100))
def test_wait_grows_from_the_first_one(attempt: int, first: float) -> None:
    policy = RetryPolicy(max_retries=60, first_delay=first, max_delay=60)
    doubled = min(60.0, first * 2 ** min(attempt - 1, 16))
    delay = retry_delay("GET", answered(500), attempt, policy)
    assert delay is not None
    assert doubled / 2 <= delay <= doubled


def test_waits_of_many_clients_differ() -> None:
    delays = {retry_delay("GET", answered(500), 3, MANY) for _ in range(20)}
    assert len(delays) > 10


@pytest.mark.parametrize(("seconds", "delay"), [("60", 60), ("61", None)])
def test_retry_after_of_the_longest_wait_is_taken(
    seconds: str, delay: float | None
) -> None:
    error = answered(429, seconds)
    assert retry_delay("POST", error, 1, RetryPolicy(max_delay=60)) == delay


@given(st.integers(0, 120))
def test_retry_after_is_taken_as_it_is_or_ends_the_call(seconds: int) -> None:
    delay = retry_delay("POST", answered(429, str(seconds)), 1, RetryPolicy())
    assert delay == (seconds if seconds <= 60 else None)


@for_each("value", ["", "soon", "-1", "nan", "inf", "1e999"])
def test_retry_after_that_is_none_leaves_the_usual_wait(value: str) -> None:
    delay = retry_delay("GET", answered(429, value), 1, RetryPolicy())
    assert delay is not None
    assert 0.25 <= delay <= 0.5


def test_retry_after_in_the_past_is_no_wait() -> None:
    error = answered(429, "Wed, 21 Oct 2015 07:28:00 GMT")
    assert retry_delay("GET", error, 1, RetryPolicy()) == 0


@for_each("error", [MistralConversationsError("x"), DecodeError("x"), answered(200)])
def test_error_of_another_kind_is_not_repeated(error: Any) -> None:
    assert retry_delay("GET", error, 1, MANY) is None


@given(st.integers(1, 10_000))
def test_busy_conversation_is_asked_again_within_seconds(attempt: int) -> None:
    delay = busy_delay(attempt)
    assert math.isfinite(delay)
    assert 0.125 <= delay <= 5


@given(METHODS, st.sampled_from(sorted(PASSING)), st.booleans())
def test_body_that_cannot_be_sent_again_ends_the_call(
    method: str, status: int, resend: bool
) -> None:
    policy = RetryPolicy(resend=resend)
    assert retry_delay(method, answered(status), 1, policy, repeatable=False) is None
    error = lost(may_have_been_processed=False)
    assert retry_delay(method, error, 1, policy, repeatable=False) is None
