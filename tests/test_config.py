"""Timeout and RetryPolicy."""

import copy
import math
import pickle
from typing import Any

import attrs
import pytest

from mistral_conversations import AsyncConversations, RetryPolicy, Timeout
from tests.support.for_each import for_each

LIMITS = ["connect", "response", "idle", "event_idle", "total"]


def test_timeout_defaults_are_the_documented_ones() -> None:
    assert Timeout() == Timeout(
        connect=10, response=300, idle=120, event_idle=None, total=None
    )


def test_retry_policy_defaults_are_the_documented_ones() -> None:
    assert RetryPolicy() == RetryPolicy(
        max_retries=2, first_delay=0.5, max_delay=60, resend=False
    )


@for_each("limits", [(0.5,), (None,), (1, 2), (1, 2, 3, 4, 5)])
def test_limits_without_names_are_refused(limits: Any) -> None:
    with pytest.raises(TypeError) as caught:
        Timeout(*limits)
    assert "timeout=0.5 for a total of 0.5 seconds" in str(caught.value)
    assert "Timeout(total=0.5)" in str(caught.value)
    assert "Timeout(connect=0.5)" in str(caught.value)


def test_retry_policy_takes_only_its_count_without_a_name() -> None:
    assert RetryPolicy(5) == RetryPolicy(max_retries=5)
    with pytest.raises(TypeError, match=r"by name, such as RetryPolicy\(5, max_delay"):
        RetryPolicy(*[5, 60])


@pytest.mark.parametrize("config", [Timeout, RetryPolicy])
def test_unknown_setting_is_refused_by_name(config: Any) -> None:
    with pytest.raises(TypeError, match="'pool'"):
        config(pool=5)


@for_each("name", LIMITS)
@for_each("value", [0.001, 1, 1e9, None])
def test_limit_takes_seconds_or_none(name: str, value: float | None) -> None:
    assert getattr(Timeout(**{name: value}), name) == value


@for_each("name", LIMITS)
@for_each("value", [0, -1, math.nan, math.inf])
def test_limit_that_is_no_time_is_refused(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=name):
        Timeout(**{name: value})


@for_each("name", LIMITS)
@for_each("value", ["3", True, [3], {}])
def test_limit_that_is_no_number_is_refused(name: str, value: Any) -> None:
    with pytest.raises(TypeError, match=name):
        Timeout(**{name: value})


def test_number_as_timeout_is_the_total() -> None:
    default = Timeout(connect=3)
    assert Timeout.of(7, default) == Timeout(connect=3, total=7)
    assert Timeout.of(None, default) is default
    assert Timeout.of(Timeout(idle=5), default) == Timeout(idle=5)


@for_each("value", ["3", True, (3, 4), {"total": 3}])
def test_timeout_of_another_kind_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="timeout"):
        AsyncConversations("key", timeout=value)


@for_each("value", [0, -1, math.nan])
def test_timeout_that_is_no_time_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="total"):
        AsyncConversations("key", timeout=value)


@pytest.mark.parametrize("value", [-1, -100])
def test_retries_below_none_are_refused(value: int) -> None:
    with pytest.raises(ValueError, match="max_retries"):
        AsyncConversations("key", retries=value)


@for_each("value", [1.5, "2", True, None, [2]])
def test_max_retries_that_is_no_int_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="max_retries"):
        RetryPolicy(max_retries=value)


@for_each("value", [0, -1, math.nan, math.inf])
def test_longest_wait_that_is_no_time_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="max_delay"):
        RetryPolicy(max_delay=value)


@for_each("value", ["3", True, None])
def test_longest_wait_that_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="max_delay"):
        RetryPolicy(max_delay=value)


@for_each("value", [0, 0.01, 5])
def test_first_wait_is_seconds_and_may_be_none_at_all(value: float) -> None:
    assert RetryPolicy(first_delay=value).first_delay == value


@for_each("value", [-1, math.nan, math.inf])
def test_first_wait_that_is_no_time_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="first_delay"):
        RetryPolicy(first_delay=value)


@for_each("value", ["3", True, None])
def test_first_wait_that_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="first_delay"):
        RetryPolicy(first_delay=value)


@for_each("value", [1, "yes", None])
def test_resend_that_is_no_bool_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="resend"):
        RetryPolicy(resend=value)


def test_int_as_retries_is_the_max() -> None:
    default = RetryPolicy(max_delay=3)
    assert RetryPolicy.of(7, default) == RetryPolicy(max_retries=7, max_delay=3)
    assert RetryPolicy.of(0, default).max_retries == 0
    assert RetryPolicy.of(None, default) is default


@for_each("value", [1.0, "2", True, False])
def test_retries_of_another_kind_are_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="retries"):
        AsyncConversations("key", retries=value)


@pytest.mark.parametrize("config", [Timeout(total=3), RetryPolicy(max_retries=5)])
def test_config_is_a_value(config: Any) -> None:
    assert pickle.loads(pickle.dumps(config)) == config
    assert copy.deepcopy(config) == config
    assert hash(config) == hash(attrs.evolve(config))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        config.total = config.max_retries = 3


@for_each("limit", [-1, 1.5, "3", True, None])
def test_limit_of_connections_that_is_none_is_refused(limit: Any) -> None:
    with pytest.raises(ValueError, match="limit"):
        AsyncConversations("key", limit=limit)
