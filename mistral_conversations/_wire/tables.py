"""Models from JSON objects, by a table of the fields of each class.

A hundred thousand deltas a second come through here. A field of a scalar type takes a
value of just that type as it is; any other value goes through the hook of the field.
The fields are set as `__init__` would set them, which takes twice as long.
"""

import types
from collections.abc import Callable
from typing import Any, TypeAlias, Union, get_args, get_origin

import attrs
from cattrs import Converter

from mistral_conversations.models.model import Model

__all__ = ["OURS", "Hook", "kind_of_json", "table_hook"]

Hook: TypeAlias = Callable[[Any, Any], Any]
Absent: TypeAlias = Callable[[], Any]
Field: TypeAlias = tuple[
    str, type | None, Any, Hook, Callable[[Any, Any], None], Any, Absent | None
]

OURS = frozenset({"extra", "meta"})
"""The fields that are no keys of an object."""

_SCALARS = (str, int, bool)


def table_hook(cls: type[Model], converter: Converter) -> Hook:
    """Make what structures a class, or raises one of MISFITS."""
    fields = _fields(cls, converter)
    known = {name for name, *_ in fields}
    new, set_extra = cls.__new__, _setter(cls, "extra")
    set_meta = _setter(cls, "meta") if "meta" in attrs.fields_dict(cls) else None

    def structure(data: Any, _: Any) -> Any:
        if data.__class__ is not dict:
            raise TypeError(f"expected an object, got {kind_of_json(data)}")
        model, found, get = new(cls), 0, data.get
        for name, scalar, kind, hook, set_field, default, absent in fields:
            value = get(name)
            if value is None:
                set_field(model, default if absent is None else absent())
                continue
            found += 1
            if value.__class__ is not scalar:
                value = hook(value, kind)
            set_field(model, value)
        set_extra(model, {} if found == len(data) else _extra(data, known))
        if set_meta is not None:
            set_meta(model, None)
        return model

    return structure


def kind_of_json(value: Any) -> str:
    """Name the kind of a value, for messages."""
    return "null" if value is None else type(value).__name__


def _extra(data: dict[str, Any], known: set[str]) -> dict[str, Any]:
    return {
        key: value
        for key, value in data.items()
        if value is not None and key not in known
    }


def _fields(cls: type[Model], converter: Converter) -> list[Field]:
    return [
        (
            field.name,
            _scalar(field.type),
            field.type,
            converter.get_structure_hook(field.type),
            _setter(cls, field.name),
            field.default,
            _absent(field),
        )
        for field in attrs.fields(cls)
        if field.name not in OURS
    ]


def _setter(cls: type[Model], name: str) -> Callable[[Any, Any], None]:
    """Give what sets a field of a frozen object: the descriptor of its slot."""
    setter: Callable[[Any, Any], None] = getattr(cls, name).__set__
    return setter


def _absent(field: "attrs.Attribute[Any]") -> Absent | None:
    """Give what makes the default of a field, or refuses to; None: it is as it is."""
    if field.default is not attrs.NOTHING:
        factory: Absent | None = getattr(field.default, "factory", None)
        return factory

    def missing() -> None:
        raise KeyError(field.name)

    return missing


def _scalar(kind: Any) -> type | None:
    """Give the scalar that a field takes as it is: `str` for `str | TextChunk`."""
    is_union = get_origin(kind) in {Union, types.UnionType}
    members = get_args(kind) if is_union else (kind,)
    return next((member for member in members if member in _SCALARS), None)
