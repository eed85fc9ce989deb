"""Models from JSON objects, by code that is written for each class.

Hundreds of thousands of deltas a second come through here. As attrs does for
`__init__`, the fields of a class are spelled out in Python source, which is compiled
once. A field of a scalar type takes a value of just that type as it is, a timestamp
is read on the spot; any other value goes through the hook of the field.

The object is filled as one of a subclass that can be written to, and only then becomes
one of the frozen class: `__init__` of a frozen class takes more than twice as long.
"""

import types
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Literal, TypeAlias, Union, cast, get_args, get_origin

import attrs
from cattrs import Converter

from mistral_conversations.models.model import Model

__all__ = ["OURS", "Hook", "compiled_hook", "kind_of_json"]

Hook: TypeAlias = Callable[[Any, Any], Any]

OURS = frozenset({"extra", "meta"})
"""The fields that are no keys of an object."""

_SCALARS = (str, int, bool)

_BEGIN = """\
def structure(data, _):
    if data.__class__ is not dict:
        refuse(data)
    model, keys, get = new(Draft), {keys}, data.get
"""

_FIELD = """\
    if (value := get({key!r})) is None:
        if {key!r} not in data:
            keys -= 1
        {absent}
    else:
        model.{key} = {value}
"""

_SCALAR = "value if value.__class__ is {scalar} else {hook}"

_WORD = "{word!r} if value == {word!r} else {hook}"

_TIME = "time if (time := fromisoformat(value)).tzinfo is not None else {hook}"

_HOOK = "hook_{key}(value, kind_{key})"

_END = """\
    model.extra = {} if keys == len(data) else extra(data)
    model.__class__ = Class
    return model
"""


def compiled_hook(cls: type[Model], converter: Converter) -> Hook:
    """Make what structures a class, or raises one of MISFITS."""
    fields = [field for field in attrs.fields(cls) if field.name not in OURS]
    names: dict[str, Any] = {
        "Class": cls,
        "Draft": _draft(cls),
        "new": object.__new__,
        "refuse": _refuse,
        "fromisoformat": datetime.fromisoformat,
        "extra": _extra({field.name for field in fields}),
    }
    for field in fields:
        names |= _names(field, converter)
    exec("".join(_source(cls, fields)), names)  # noqa: S102 - no text of others is in it
    return cast("Hook", names["structure"])


def kind_of_json(value: Any) -> str:
    """Name the kind of a value, for messages."""
    return "null" if value is None else type(value).__name__


def _draft(cls: type[Model]) -> type[Model]:
    """Make the class of objects of the same layout that are not frozen yet.

    No object of it is ever seen; it only stands among the subclasses of its class.
    """
    members = {
        "__slots__": (),
        "__setattr__": object.__setattr__,
        "__delattr__": object.__delattr__,
    }
    return type(f"Draft{cls.__name__}", (cls,), members)


def _refuse(data: Any) -> None:
    raise TypeError(f"expected an object, got {kind_of_json(data)}")


def _extra(known: set[str]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def extra(data: dict[str, Any]) -> dict[str, Any]:
        return {
            key: value
            for key, value in data.items()
            if value is not None and key not in known
        }

    return extra


def _names(field: "attrs.Attribute[Any]", converter: Converter) -> dict[str, Any]:
    """Give what the code of a field refers to."""
    key = field.name
    return {
        f"hook_{key}": converter.get_structure_hook(field.type),
        f"kind_{key}": field.type,
        f"default_{key}": getattr(field.default, "factory", field.default),
    }


def _source(cls: type[Model], fields: list["attrs.Attribute[Any]"]) -> Iterator[str]:
    yield _BEGIN.format(keys=len(fields))
    for field in fields:
        yield _FIELD.format(key=field.name, absent=_absent(field), value=_value(field))
    if "meta" in attrs.fields_dict(cls):
        yield "    model.meta = None\n"
    yield _END


def _value(field: "attrs.Attribute[Any]") -> str:
    """Write what a field becomes of the value of its key."""
    hook, members = _HOOK.format(key=field.name), _members(field.type)
    scalar = next(filter(_SCALARS.__contains__, members), None)
    if scalar is not None:
        return _SCALAR.format(scalar=scalar.__name__, hook=hook)
    if set(members) <= {datetime, types.NoneType}:
        return _TIME.format(hook=hook)
    if get_origin(field.type) is Literal:
        return _WORD.format(word=get_args(field.type)[0], hook=hook)
    return hook


def _absent(field: "attrs.Attribute[Any]") -> str:
    """Write what is done where a key is absent or null."""
    key, default = field.name, field.default
    if default is attrs.NOTHING:
        return f"raise KeyError({key!r})"
    call = "()" if hasattr(default, "factory") else ""
    return f"model.{key} = default_{key}{call}"


def _members(kind: Any) -> tuple[Any, ...]:
    """Give what a field may be of: `str` and `TextChunk` for `str | TextChunk`."""
    is_union = get_origin(kind) in {Union, types.UnionType}
    return get_args(kind) if is_union else (kind,)
