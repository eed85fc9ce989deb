"""Structs of msgspec that mirror the models, and what else stands for a type.

msgspec reads a text straight into the fields of a mirror, without a dict in between. A
mirror takes what needs no conversion: the known keys, each with a value of exactly its
kind, and null where a field is None by default. It refuses any other text.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, reduce
from itertools import chain
from operator import or_
from typing import Any, Literal, get_args, get_origin

import attrs
import msgspec

from mistral_conversations._wire.drafts import IF_AWARE, IF_EXACTLY
from mistral_conversations._wire.filled import Fills, Makers, Mirror, fill_of
from mistral_conversations._wire.json import check_levels
from mistral_conversations._wire.keys import json_fields, key_of
from mistral_conversations._wire.times import read_timestamp, read_unix_time
from mistral_conversations._wire.unions import is_unknown, read_members
from mistral_conversations.models.model import Model
from mistral_conversations.models.unix_time import UnixTime

__all__ = ["NoMirrorError", "reader_of"]

_TAG = "type"
_SCALARS = (str, int, bool, float)
_MOST_LEVELS = 100
"""How deep plain JSON may be in a field, so that the whole text is not too deep."""


class NoMirrorError(Exception):
    """A type has no mirror: neither JSON's kinds nor tags tell its values apart."""


def reader_of(kind: Any) -> tuple[Callable[[Any], Any], Fills]:
    """Return what reads the mirror of a type from JSON text, and what fills its object.

    Raises:
        NoMirrorError: the type has none.
    """
    mirror = mirror_of(kind)
    return msgspec.json.Decoder(mirror.type).decode, mirror.fills


@cache
def mirror_of(kind: Any) -> Mirror:
    """Return the mirror of the type of an answer, an event or a field.

    Raises:
        NoMirrorError: it has none.
    """
    mirrors = [_MAKERS.get(_key(each), _none)(each) for each in _members(kind)]
    return mirrors[0] if len(mirrors) == 1 else _union(mirrors)


def _members(kind: Any) -> list[Any]:
    """Return the members of a type that msgspec reads, without null."""
    members = read_members(kind)
    return [
        each
        for each in members
        if not is_unknown(each) and not (str in members and get_origin(each) is Literal)
    ]


def _key(kind: Any) -> Any:
    if isinstance(kind, type) and issubclass(kind, Model):
        return Model
    return kind if kind in _MAKERS else get_origin(kind)


def _model(cls: type[Model]) -> Mirror:
    """Mirror a model by a struct with the same fields, except a tag."""
    fields = {field.name: field for field in json_fields(cls).values()}
    tag = _tag_of(fields)
    if tag is not None:
        del fields[_TAG]
    kinds: dict[str, Any] = {name: field.type for name, field in fields.items()}
    mirrors = {name: mirror_of(kind) for name, kind in kinds.items()}
    struct = msgspec.defstruct(
        cls.__name__,
        [_struct_field(field, mirrors[name]) for name, field in fields.items()],
        tag=tag,
        tag_field=None if tag is None else _TAG,
        rename={name: key_of(field) for name, field in fields.items()},
        kw_only=True,
        forbid_unknown_fields=True,
        gc=False,
    )
    return Mirror(struct, {struct: cache(lambda: fill_of(cls, mirrors, tag))})


def _tag_of(fields: Mapping[str, "attrs.Attribute[Any]"]) -> str | None:
    """Return the only `type` that the objects of a class may have."""
    kind = fields[_TAG].type if _TAG in fields else None
    allowed = get_args(kind) if get_origin(kind) is Literal else ()
    return allowed[0] if len(allowed) == 1 else None


def _struct_field(field: "attrs.Attribute[Any]", mirror: Mirror) -> tuple[Any, ...]:
    default = field.default
    if default is attrs.NOTHING:
        return field.name, mirror.type
    if default is None:
        return field.name, mirror.type | None, None
    return field.name, mirror.type, None if mirror.is_filled(default) else default


def _items(kind: Any) -> Mirror:
    mirror = mirror_of(get_args(kind)[0])
    each: Any = mirror.type
    if not mirror.makers:
        return Mirror(tuple[each, ...])
    fills = mirror.fills

    def fill(items: list[Any]) -> tuple[Any, ...]:
        return tuple([fills[item.__class__](item) for item in items])

    return Mirror(list[each], {list: lambda: fill})


def _mapping(kind: Any) -> Mirror:
    values: Any = get_args(kind)[1]
    makers: Makers = {dict: lambda: _shallow} if values is Any else {}
    return Mirror(dict[str, values], makers)


def _shallow(value: Any) -> Any:
    check_levels(value, _MOST_LEVELS)
    return value


def _union(mirrors: list[Mirror]) -> Mirror:
    """Mirror a union whose members msgspec can tell apart."""
    kind = reduce(or_, (each.type for each in mirrors))
    makers = dict(chain.from_iterable(each.makers.items() for each in mirrors))
    try:
        msgspec.json.Decoder(kind)
    except TypeError as error:
        raise NoMirrorError(str(error)) from None
    if not makers.keys().isdisjoint(_SCALARS):
        raise NoMirrorError(f"{kind} has one kind for two members")
    has_text = any(each.type is str for each in mirrors)
    return Mirror(kind, makers, IF_EXACTLY.format(kind="str") if has_text else "")


def _none(kind: Any) -> Mirror:
    raise NoMirrorError(f"{kind} has no mirror")


_MAKERS: Mapping[Any, Callable[[Any], Mirror]] = {
    **dict.fromkeys((str, int, bool, Literal), Mirror),
    float: lambda _: Mirror(int | float),
    Any: lambda _: Mirror(Any, dict.fromkeys((dict, list), lambda: _shallow)),
    datetime: lambda _: Mirror(str, {str: lambda: read_timestamp}, IF_AWARE),
    UnixTime: lambda _: Mirror(int, {int: lambda: read_unix_time}),
    tuple: _items,
    Mapping: _mapping,
    Model: _model,
}
