"""The cattrs converter between JSON's plain types and the models."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import cache
from typing import Any, Literal, TypeAlias, TypeVar, get_args, get_origin, overload

from cattrs import Converter, override, transform_error
from cattrs.cols import list_structure_factory
from cattrs.gen import make_dict_structure_fn

from mistral_conversations._wire.caller_objects import configure_caller_objects
from mistral_conversations._wire.compiled import Hook, compiled_hook
from mistral_conversations._wire.keys import OURS, json_fields
from mistral_conversations._wire.odd_values import (
    MISFITS,
    kind_of_json,
    members_of,
    read_float,
    read_int,
    stand_ins,
)
from mistral_conversations._wire.times import (
    read_timestamp,
    read_unix_time,
    timestamp,
    unix_seconds,
)
from mistral_conversations._wire.unions import configure_unions, is_unknown
from mistral_conversations.errors import DecodeError
from mistral_conversations.models.model import Model
from mistral_conversations.models.unix_time import UnixTime

__all__ = [
    "from_dict",
    "structure",
    "structure_hook",
    "to_dict",
    "to_plain",
    "unstructure",
]

T = TypeVar("T")

JSONObject: TypeAlias = dict[str, Any]

_MOST_PROBLEMS = 10


@overload
def from_dict(cls: type[T], data: Any) -> T: ...
@overload
def from_dict(cls: Any, data: Any) -> Any: ...
def from_dict(cls: Any, data: Any) -> Any:
    """Build a model, or a member of a union such as `InputEntries`, from plain JSON.

    Args:
        cls: the class, or the alias of the union.
        data: the result of `json.loads`: dicts, lists, str, int, float, bool, None.

    Raises:
        DecodeError: `data` does not fit; the message names the position.
    """
    try:
        return structure(cls, data)
    except ValueError as error:
        raise DecodeError(str(error), body=data) from None


def structure(cls: Any, data: Any) -> Any:
    """Build an object of a class or union.

    Raises:
        ValueError: `data` does not fit; the message names the position.
    """
    hook = structure_hook(cls)
    try:
        return hook(data, cls)
    except MISFITS:
        return _structure_slowly(cls, data)


@cache
def structure_hook(cls: Any) -> Hook:
    """Return the function that structures a class or union, for repeated use."""
    return _converter(detailed=False).get_structure_hook(cls)


def to_dict(obj: Any) -> Any:
    """Convert a model to JSON's plain types, without fields that are None.

    Raises:
        ValueError: the model is nested too deeply, or contains itself.
    """
    try:
        return unstructure(obj)
    except RecursionError:
        raise ValueError(f"{type(obj).__name__} is nested too deeply") from None


def unstructure(obj: Any) -> Any:
    """Convert an object of models and plain types, down to Python's recursion limit."""
    return _converter(detailed=False).unstructure(obj)


def to_plain(value: Any, place: str) -> Any:
    """Convert what a caller passed, of any classes, to JSON's plain types.

    `check_json` then finds what JSON has no type for.

    Args:
        value: the object.
        place: its name, for the error.

    Raises:
        TypeError: a class of the caller's raised an exception, the cause of this one.
        ValueError: the object is nested too deeply, or contains itself.
    """
    try:
        return unstructure(value)
    except RecursionError:
        raise ValueError(f"{place} is nested too deeply for JSON") from None
    except Exception as error:  # the classes are the caller's
        problem = f"{type(error).__name__}: {error}"
        raise TypeError(f"{place} cannot be written as JSON: {problem}") from error


@cache
def _converter(*, detailed: bool) -> Converter:
    converter = Converter(detailed_validation=detailed)
    configure_caller_objects(converter)
    configure_scalars(converter)
    configure_models(converter, _detailed_hook if detailed else compiled_hook)
    configure_unions(converter)
    return converter


def _structure_slowly(cls: Any, data: Any) -> Any:
    """Structure again, with a detailed converter that finds what does not fit."""
    try:
        return _converter(detailed=True).structure(data, cls)
    except MISFITS as error:
        place = getattr(cls, "__name__", "data")
        raise ValueError(_listed(transform_error(error, path=place))) from None


def _listed(problems: list[str]) -> str:
    """Join the first problems, and count the rest: each item of a list may have one."""
    shown = "; ".join(problems[:_MOST_PROBLEMS])
    rest = len(problems) - _MOST_PROBLEMS
    return f"{shown}; and {rest} more" if rest > 0 else shown


def configure_scalars(converter: Converter) -> None:
    """Accept JSON's scalars without conversion, and nothing else instead of them."""
    for kind in (str, bool):
        converter.register_structure_hook(kind, _exactly(kind))
    converter.register_structure_hook(int, read_int)
    converter.register_structure_hook(float, read_float)
    converter.register_structure_hook(datetime, read_timestamp)
    converter.register_unstructure_hook(datetime, timestamp)
    converter.register_structure_hook_func(lambda cls: cls == UnixTime, _unix_time)
    converter.register_structure_hook_factory(_is_literal, _one_of)
    converter.register_structure_hook_factory(
        _is_mapping, lambda cls: _counts if get_args(cls)[1] is int else _mapping
    )
    converter.register_structure_hook_factory(
        _is_items, lambda cls: _items_hook(cls, converter)
    )
    converter.register_unstructure_hook(
        tuple, lambda items: [converter.unstructure(item) for item in items]
    )


def _is_literal(cls: Any) -> bool:
    return get_origin(cls) is Literal


def _one_of(cls: Any) -> Hook:
    # The hook of cattrs raises an exception that is none of MISFITS.
    allowed = get_args(cls)

    def check(value: Any, _: Any) -> Any:
        if value not in allowed:
            raise ValueError(f"expected one of {allowed}")
        return value

    return check


def _is_mapping(cls: Any) -> bool:
    return getattr(cls, "__origin__", None) is Mapping


def _is_items(cls: Any) -> bool:
    return getattr(cls, "__origin__", None) is tuple


def _items_hook(cls: Any, converter: Converter) -> Hook:
    # cattrs 25.1 has no such factory for tuples
    structure_items = list_structure_factory(cls, converter)

    def structure(value: Any, _: Any) -> Any:
        if value.__class__ is not list:
            raise TypeError(f"expected an array, got {kind_of_json(value)}")
        return tuple(structure_items(value, cls))

    return structure


def _exactly(kind: type) -> Hook:
    def check(value: Any, _: Any) -> Any:
        if value.__class__ is not kind:
            raise TypeError(f"expected {kind.__name__}, got {kind_of_json(value)}")
        return value

    return check


def _mapping(value: Any, _: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"expected an object, got {kind_of_json(value)}")
    return value


def _counts(value: Any, _: Any) -> dict[str, int]:
    counted = _mapping(value, _).items()
    return {key: read_int(count) for key, count in counted if count is not None}


def _unix_time(value: Any, _: Any) -> datetime:
    if isinstance(value, str):
        with suppress(TypeError, ValueError):
            return read_unix_time(value)
        return read_timestamp(value)
    return read_unix_time(value)


def configure_models(
    converter: Converter, make_hook: Callable[[type[Model], Converter], Hook]
) -> None:
    """Structure models with their `extra`, and write them without None fields."""
    converter.register_structure_hook_factory(
        _is_model, lambda cls: make_hook(cls, converter)
    )
    converter.register_unstructure_hook_factory(
        _is_model, lambda cls: _model_writer(cls, converter)
    )
    converter.register_unstructure_hook_func(is_unknown, lambda obj: obj.raw)


def _is_model(cls: Any) -> bool:
    return isinstance(cls, type) and issubclass(cls, Model)


def _detailed_hook(cls: type[Model], converter: Converter) -> Hook:
    """Make a hook for a class that reports the position of what does not fit."""
    known = json_fields(cls)
    odd = stand_ins(cls)
    special: Any = {name: override(omit=True) for name in OURS}
    for key, field in known.items():
        make = odd.get(field.name)
        hook = None if make is None else _or_stand_in(field.type, make, converter)
        special[field.name] = override(rename=key, struct_hook=hook)
    fit: Hook = make_dict_structure_fn(
        cls, converter, _cattrs_use_linecache=False, **special
    )

    def structure(data: Any, _: Any) -> Any:
        if data.__class__ is not dict:
            raise TypeError(f"expected an object, got {kind_of_json(data)}")
        given = {key: value for key, value in data.items() if value is not None}
        return fit({key: given[key] for key in known.keys() & given.keys()}, cls)

    return structure


def _or_stand_in(kind: Any, make: Callable[[], Any], converter: Converter) -> Hook:
    def structure(value: Any, _: Any) -> Any:
        try:
            return converter.structure(value, kind)
        except MISFITS:
            return make()

    return structure


def _model_writer(cls: type[Model], converter: Converter) -> Any:
    fields = [
        (
            key,
            field.name,
            unix_seconds if _is_unix_time(field.type) else converter.unstructure,
        )
        for key, field in json_fields(cls).items()
    ]

    def write(obj: Model) -> JSONObject:
        data = {
            key: to_json(value)
            for key, name, to_json in fields
            if (value := getattr(obj, name)) is not None
        }
        return {**data, **obj.extra}

    return write


def _is_unix_time(kind: Any) -> bool:
    return UnixTime in members_of(kind)
