"""Checks of parameters that are numbers: seconds, counts and flags.

A bool counts as neither a number nor an int, although `bool` is a subclass of `int`.
"""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

if TYPE_CHECKING:
    import attrs

__all__ = [
    "Validator",
    "check_flag",
    "check_int",
    "check_seconds",
    "class_of",
    "is_int",
    "is_number",
    "on_field",
]

Validator: TypeAlias = "Callable[[Any, attrs.Attribute[Any], Any], None]"


# An int above it does not fit a float: it is as good as infinite.
_LARGEST = sys.float_info.max


def is_int(value: object) -> TypeGuard[int]:
    """Return whether a value is an int."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: object) -> TypeGuard[int | float]:
    """Return whether a value is an int or a float."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def class_of(value: object) -> str:
    """Name a class, or the class of an object, which may be secret itself."""
    if isinstance(value, type):
        return f"the class {value.__name__}"
    return f"an object of type {type(value).__name__}"


def check_seconds(
    name: str,
    value: object,
    *,
    zero: bool = False,
    most: float | None = None,
    optional: bool = False,
) -> None:
    """Check that a parameter is a finite number of seconds.

    Args:
        name: the parameter.
        value: its value.
        zero: whether 0 is allowed.
        most: the largest number that is allowed.
        optional: whether None is allowed.

    Raises:
        TypeError: the value is not a number.
        ValueError: the value is negative, 0 without `zero`, above `most`, infinite
            or NaN.
    """
    if optional and value is None:
        return
    if not is_number(value):
        raise TypeError(_misfit(name, "seconds", value, optional=optional))
    if most is not None and not value <= most:
        shown = _shown(value)
        raise ValueError(f"{name} must be {most:g} seconds or less, not {shown}")
    if not (value >= 0 if zero else value > 0) or value > _LARGEST:
        least = "0 seconds or more" if zero else "more than 0 seconds"
        raise ValueError(f"{name} must be {least}, and finite, not {_shown(value)}")


def check_int(
    name: str,
    value: object,
    *,
    least: int | None = None,
    most: int | None = None,
    optional: bool = False,
) -> None:
    """Check that a parameter is an int in a range.

    Args:
        name: the parameter.
        value: its value.
        least: the smallest int that is allowed.
        most: the largest int that is allowed; requires `least`.
        optional: whether None is allowed.

    Raises:
        TypeError: the value is not an int.
        ValueError: the value is out of range.
    """
    if optional and value is None:
        return
    if not is_int(value):
        raise TypeError(_misfit(name, "an int", value, optional=optional))
    if (least is not None and value < least) or (most is not None and value > most):
        range_ = f"{least} or more" if most is None else f"from {least} to {most}"
        raise ValueError(f"{name} must be {range_}, not {_shown(value)}")


def check_flag(name: str, value: object) -> None:
    """Check that a parameter is a bool.

    Raises:
        TypeError: the value is not a bool.
    """
    if not isinstance(value, bool):
        raise TypeError(_misfit(name, "a bool", value))


def on_field(check: Callable[..., None], **rules: Any) -> Validator:
    """Return an attrs validator that applies a check under the name users give.

    Args:
        check: one of the checks above.
        rules: its keyword arguments.
    """

    def validate(_: Any, field: "attrs.Attribute[Any]", value: Any) -> None:
        check(field.alias, value, **rules)

    return validate


def _shown(value: float) -> str:
    try:
        return str(value)
    except ValueError:  # Python writes no integer of more than 4,300 digits
        return f"an integer of {int(value).bit_length():,} bits"


def _misfit(name: str, wanted: str, value: object, *, optional: bool = False) -> str:
    allowed = f"{wanted} or None" if optional else wanted
    return f"{name} must be {allowed}, not {type(value).__name__}"
