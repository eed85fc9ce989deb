"""Checks of seconds, counts and flags."""

import math
from collections.abc import Callable
from enum import IntEnum
from typing import Any

import attrs
import pytest

from mistral_conversations._checks import (
    check_flag,
    check_int,
    check_seconds,
    is_int,
    is_number,
    on_field,
)
from tests.support.for_each import for_each


class Float64(float):
    """As numpy's float64 is a subclass of float."""


class Level(IntEnum):
    HIGH = 3


NOT_INTS = [1.0, "1", True, False, None, [1], Float64(1), math.nan]
NOT_NUMBERS = ["1", True, False, None, [1], {}, 1j]


@for_each("value", [1, 0, -1, 2**70, Level.HIGH])
def test_an_int_is_an_int_and_a_number(value: int) -> None:
    assert is_int(value)
    assert is_number(value)


@for_each("value", [1.5, math.nan, math.inf, Float64(2)])
def test_a_float_is_a_number_and_no_int(value: float) -> None:
    assert is_number(value)
    assert not is_int(value)


@for_each("value", NOT_NUMBERS)
def test_other_kinds_are_no_numbers(value: object) -> None:
    assert not is_number(value)
    assert not is_int(value)


@for_each("value", [0.001, 1, 1e9, Float64(2), Level.HIGH])
def test_seconds_are_finite_and_positive(value: float) -> None:
    check_seconds("wait", value)
    check_seconds("wait", value, zero=True, most=1e9, optional=True)


@for_each("value", NOT_NUMBERS)
def test_seconds_of_another_kind_name_the_kind(value: object) -> None:
    kind = type(value).__name__
    with pytest.raises(TypeError, match=f"^wait must be seconds, not {kind}$"):
        check_seconds("wait", value)
    if value is not None:
        with pytest.raises(
            TypeError, match=f"^wait must be seconds or None, not {kind}"
        ):
            check_seconds("wait", value, optional=True)


@pytest.mark.parametrize(
    "value",
    [
        -1,
        -math.inf,
        math.inf,
        pytest.param(10**400, id="huge"),
        math.nan,
        Float64("nan"),
    ],
)
@pytest.mark.parametrize("zero", [True, False])
def test_seconds_out_of_range_name_the_limit(value: float, zero: bool) -> None:
    limit = "0 seconds or more" if zero else "more than 0 seconds"
    with pytest.raises(ValueError, match=f"^wait must be {limit}, and finite, not "):
        check_seconds("wait", value, zero=zero)


def test_zero_seconds_are_allowed_where_a_caller_says_so() -> None:
    check_seconds("wait", 0, zero=True)
    with pytest.raises(ValueError, match=r"must be more than 0 seconds, .* not 0$"):
        check_seconds("wait", 0)


@for_each("value", [10.1, 11, math.inf, math.nan])
def test_seconds_above_the_most_name_it(value: float) -> None:
    check_seconds("wait", 10, most=10)
    with pytest.raises(ValueError, match=r"^wait must be 10 seconds or less, not "):
        check_seconds("wait", value, most=10)


def test_none_is_allowed_where_a_parameter_is_optional() -> None:
    check_seconds("wait", None, optional=True)
    check_int("count", None, least=1, optional=True)


@for_each("value", [0, 1, 2**70, Level.HIGH])
def test_a_count_has_a_least(value: int) -> None:
    check_int("count", value, least=0)
    with pytest.raises(ValueError, match=r"^count must be 5 or more, not -?\d+$"):
        check_int("count", min(value, 4), least=5)


def test_a_number_too_large_to_be_written_is_described() -> None:
    with pytest.raises(
        ValueError, match=r"^count must be 5 .*an integer of 19,932 bits"
    ):
        check_int("count", -(10**6000), least=5)
    with pytest.raises(ValueError, match=r"^wait must be .* an integer of 19,932 bits"):
        check_seconds("wait", 10**6000)


@for_each("value", NOT_INTS)
def test_a_count_of_another_kind_names_the_kind(value: object) -> None:
    kind = type(value).__name__
    with pytest.raises(TypeError, match=f"^count must be an int, not {kind}$"):
        check_int("count", value, least=0)
    if value is not None:
        with pytest.raises(
            TypeError, match=f"^count must be an int or None, not {kind}"
        ):
            check_int("count", value, optional=True)


@pytest.mark.parametrize("value", [-1, 65536])
def test_an_int_out_of_a_range_names_both_ends(value: int) -> None:
    for fits in (0, 65535):
        check_int("port", fits, least=0, most=65535)
    with pytest.raises(ValueError, match=f"must be from 0 to 65535, not {value}$"):
        check_int("port", value, least=0, most=65535)


@for_each("value", [1, 0, "yes", None])
def test_a_flag_is_a_bool(value: object) -> None:
    check_flag("resend", True)
    check_flag("resend", False)
    with pytest.raises(TypeError, match=r"^resend must be a bool, not \w+$"):
        check_flag("resend", value)


@attrs.frozen
class Config:
    _wait: float = attrs.field(default=1, validator=on_field(check_seconds, zero=True))
    resend: bool = attrs.field(default=False, validator=on_field(check_flag))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Config(wait=-1), "^wait must be 0 seconds or more"),
        (lambda: Config(resend=1), "^resend must be a bool"),  # type: ignore[arg-type]
    ],
)
def test_a_field_is_named_as_its_parameter(
    make: Callable[[], Any], message: str
) -> None:
    assert Config(wait=0, resend=True)
    with pytest.raises((TypeError, ValueError), match=message):
        make()
