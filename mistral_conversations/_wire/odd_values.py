"""Values that do not fit their field, and which of them a model survives.

The rule: counters, lists and objects in optional fields never cost an answer. Where
such a value does not fit, the field has its default, and `extra` keeps the value under
its key. Every other misfit is one of the whole object: a required key, text, a time, a
flag, or the setting of a model (a float). An object with a tag, such as an entry, then
becomes `Unknown...`; for an answer, it is a `DecodeError`.

Numbers are read in every field: "12" and 12.0 as 12. A bool is no number.
"""

import types
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

import attrs
from cattrs.errors import BaseValidationError

from mistral_conversations._wire.keys import OURS
from mistral_conversations.models.model import Model

__all__ = [
    "MISFITS",
    "default_of",
    "kind_of_json",
    "members_of",
    "read_float",
    "read_int",
    "stand_ins",
]

Make: TypeAlias = Callable[[], Any]

MISFITS = (KeyError, TypeError, ValueError, BaseValidationError)
"""The exceptions that structuring raises if an object does not fit its class."""

_IF_ODD = "if_odd"
"""The key of a stand-in in the metadata of a field: for one that is required, or of a
class with a tag, and must not cost the object. None is for a field that must."""

# What a number in a string may consist of; `int` and `float` also read "1_000", other
# scripts and "nan".
_DIGITS = frozenset("0123456789+- ")
_NUMERALS = _DIGITS | set(".eE")

_LARGEST = 2.0**63
"""Above it, a float is no count."""


def kind_of_json(value: Any) -> str:
    """Return the kind of a value, for messages."""
    return "null" if value is None else type(value).__name__


def read_int(value: Any, _: Any = None) -> int:
    """Return an integer, also from a whole float or from either in a string.

    Raises:
        TypeError, ValueError: the value is none of these.
    """
    if value.__class__ is int:
        return value
    if value.__class__ is str and _DIGITS.issuperset(value):
        return int(value)
    number = _number(value, "int")
    if not (number.is_integer() and abs(number) <= _LARGEST):
        raise ValueError(f"expected int, got {number}")
    return int(number)


def read_float(value: Any, _: Any = None) -> float:
    """Return a number, also from a string; an integer stays one.

    Raises:
        TypeError, ValueError: the value is no number.
    """
    return value if value.__class__ is int else _number(value, "a number")


def _number(value: Any, expected: str) -> float:
    if value.__class__ is float:
        return value
    if value.__class__ is str and _NUMERALS.issuperset(value):
        return float(value)
    raise TypeError(f"expected {expected}, got {kind_of_json(value)}")


def stand_ins(cls: type[Model]) -> dict[str, Make]:
    """Return what makes the value of a field whose own does not fit, by its name.

    A class with a tag has none, unless the metadata of a field has one.
    """
    fields: tuple[attrs.Attribute[Any], ...] = attrs.fields(cls)
    marked = {
        field.name: field.metadata[_IF_ODD]
        for field in fields
        if field.metadata.get(_IF_ODD) is not None
    }
    if any(get_origin(field.type) is Literal for field in fields):
        return marked
    counted = {
        field.name: default_of(field)
        for field in fields
        if field.default is not attrs.NOTHING
        and field.name not in OURS
        and _IF_ODD not in field.metadata
        and _is_countable(field.type)
    }
    return {**counted, **marked}


def default_of(field: "attrs.Attribute[Any]") -> Make:
    """Return what makes the default of a field."""
    default = field.default
    return getattr(default, "factory", None) or (lambda: default)


def _is_countable(kind: Any) -> bool:
    """Return whether a field is a counter, a list or an object.

    Annotated is a time in UNIX seconds, a counter in JSON.
    """
    members = (get_origin(member) or member for member in members_of(kind))
    return any(
        member in {int, tuple, Mapping, Annotated} or _is_model(member)
        for member in members
    )


def _is_model(member: Any) -> bool:
    return isinstance(member, type) and issubclass(member, Model)


def members_of(kind: Any) -> tuple[Any, ...]:
    """Return the members of a type: `str` and `TextChunk` of `str | TextChunk`."""
    is_union = get_origin(kind) in {Union, types.UnionType}
    return get_args(kind) if is_union else (kind,)
