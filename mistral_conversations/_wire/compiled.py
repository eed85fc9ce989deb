"""Models from JSON objects, by code that is generated for each class.

Hundreds of thousands of deltas a second pass through this module. As attrs does for
`__init__`, it writes the fields of a class as Python source and compiles that once.
A scalar field takes a value of exactly its type as it is, a timestamp is parsed in
place; any other value goes through the hook of the field.
"""

import types
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Literal, TypeAlias, cast, get_args, get_origin

import attrs
from cattrs import Converter

from mistral_conversations._wire.drafts import (
    END,
    IF_AWARE,
    IF_EXACTLY,
    META,
    absent,
    names_of,
)
from mistral_conversations._wire.keys import OURS, key_of
from mistral_conversations._wire.odd_values import (
    MISFITS,
    kind_of_json,
    members_of,
    stand_ins,
)
from mistral_conversations.models.model import Model

__all__ = ["Hook", "compiled_hook"]

Hook: TypeAlias = Callable[[Any, Any], Any]

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
        model.{name} = {value}
"""

_ODD_FIELD = """\
    if (value := get({key!r})) is None:
        if {key!r} not in data:
            keys -= 1
        {absent}
    else:
        try:
            model.{name} = {value}
        except MISFITS:
            model.{name} = stand_in_{name}()
            odd[{key!r}] = value
"""

_LITERAL = "{literal!r} if value == {literal!r} else {hook}"

_HOOK = "hook_{name}(value, kind_{name})"

_BEGIN_ODD = """\
    odd = {}
"""

_END_ODD = """\
    if odd:
        model.extra = {**model.extra, **odd}
"""

_EXTRA = """\
    model.extra = {} if keys == len(data) else extra(data)
"""


def compiled_hook(cls: type[Model], converter: Converter) -> Hook:
    """Return the function that structures a class, or raises one of MISFITS.

    Raises:
        NotImplementedError: the class relies on what its `__init__` does.
    """
    fields = [field for field in attrs.fields(cls) if field.name not in OURS]
    names = names_of(cls) | {
        "refuse": _refuse,
        "extra": _extra({key_of(field) for field in fields}),
        "MISFITS": MISFITS,
    }
    names |= {f"stand_in_{name}": make for name, make in stand_ins(cls).items()}
    for field in fields:
        names |= _names(field, converter)
    exec("".join(_source(cls, fields)), names)  # noqa: S102 - the source is this module's own
    return cast("Hook", names["structure"])


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
    """Return the names that the code of a field refers to."""
    name = field.name
    return {
        f"hook_{name}": converter.get_structure_hook(field.type),
        f"kind_{name}": field.type,
    }


def _source(cls: type[Model], fields: list["attrs.Attribute[Any]"]) -> Iterator[str]:
    odd = stand_ins(cls)
    yield _BEGIN.format(keys=len(fields))
    if odd:
        yield _BEGIN_ODD
    for field in fields:
        lines = _ODD_FIELD if field.name in odd else _FIELD
        yield lines.format(
            key=key_of(field),
            name=field.name,
            absent=absent(field),
            value=_value(field),
        )
    if "meta" in attrs.fields_dict(cls):
        yield META
    yield _EXTRA
    if odd:
        yield _END_ODD
    yield END


def _value(field: "attrs.Attribute[Any]") -> str:
    """Return the expression that turns the value of a key into that of its field."""
    hook, members = _HOOK.format(name=field.name), members_of(field.type)
    scalar = next(filter(_SCALARS.__contains__, members), None)
    if scalar is not None:
        return IF_EXACTLY.format(kind=scalar.__name__) + hook
    if set(members) <= {datetime, types.NoneType}:
        return IF_AWARE + hook
    if get_origin(field.type) is Literal:
        return _LITERAL.format(literal=get_args(field.type)[0], hook=hook)
    return hook
