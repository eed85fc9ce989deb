"""Structuring of unions: choice of the member, and a fallback if none fits.

JSON's kinds separate the members of a union: at most one is for a string, one for a
number, and so on. Among objects, `type` decides; without `type`, the class that fits.
Among classes that have no `type`, a key that only one of them requires decides.
One chunk instead of a list is a list of one.
"""

import types
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, Union, get_args, get_origin

import attrs
from cattrs import Converter

from mistral_conversations._wire.compiled import Hook
from mistral_conversations._wire.keys import required_keys
from mistral_conversations._wire.odd_values import MISFITS, kind_of_json, members_of
from mistral_conversations.models.chunks import TextChunk
from mistral_conversations.models.model import Unknown

__all__ = ["configure_unions", "is_unknown", "read_members"]

_KINDS: Mapping[Any, tuple[type, ...]] = {
    float: (float, int),
    datetime: (str,),
    tuple: (list,),
    Mapping: (dict,),
}

# Numbers are also read from these kinds, unless another member of the union has them.
_NUMBERS: Mapping[Any, tuple[type, ...]] = {int: (float, str), float: (str,)}


def configure_unions(converter: Converter) -> None:
    """Register the hooks for the unions of the models."""
    converter.register_structure_hook_factory(
        _is_union, lambda union: _union_hook(union, converter)
    )


def _is_union(cls: Any) -> bool:
    return get_origin(cls) in {Union, types.UnionType}


def _union_hook(union: Any, converter: Converter) -> Hook:
    """Make the hook of a union.

    It never receives null: a model's hook omits keys with null.
    """
    members = read_members(union)
    if len(members) == 1:
        return _member_hook(members.pop(), converter)
    hooks = {
        kind: _members_hook(of_kind, converter)
        for kind, of_kind in _kinds(members).items()
    }
    if any(map(_is_chunks, members)):
        hooks.setdefault(dict, _one_item(hooks[list]))
    hook = next(iter(hooks.values())) if len(hooks) == 1 else _by_kind(hooks, union)
    fallback = next(filter(is_unknown, members), None)
    return hook if fallback is None else _or_unknown(hook, fallback)


def read_members(kind: Any) -> set[Any]:
    """Return the members of a type that are read, without null.

    Beside a fallback, a mapping is only sent.
    """
    members = set(members_of(kind)) - {types.NoneType}
    if any(map(is_unknown, members)):
        return {each for each in members if get_origin(each) is not Mapping}
    return members


def _is_chunks(member: Any) -> bool:
    """Return whether this is the list of chunks that a content may be."""
    return get_origin(member) is tuple and TextChunk in members_of(get_args(member)[0])


def _one_item(items: Hook) -> Hook:
    def structure(value: Any, kind: Any) -> Any:
        (item,) = found = items([value], kind)
        if is_unknown(type(item)):
            raise TypeError("expected a string or an array, got another object")
        return found

    return structure


def _by_kind(hooks: Mapping[type, Hook], union: Any) -> Hook:
    def structure(value: Any, _: Any) -> Any:
        hook = hooks.get(value.__class__)
        if hook is None:
            raise TypeError(f"{value.__class__.__name__} does not fit {union}")
        return hook(value, _)

    return structure


def _kinds(members: set[Any]) -> dict[type, list[Any]]:
    kinds: dict[type, list[Any]] = {}
    for member in members:
        for kind in _kinds_of(member):
            kinds.setdefault(kind, []).append(member)
    for member in members:
        for kind in _NUMBERS.get(member, ()):
            kinds.setdefault(kind, [member])
    return kinds


def _kinds_of(member: Any) -> tuple[type, ...]:
    """Return the JSON kinds from which a member is structured.

    Empty for a Literal, because the `str` beside it accepts the same values, and for
    the fallback class.
    """
    origin = get_origin(member) or member
    if origin is Literal or is_unknown(origin):
        return ()
    return _KINDS.get(origin, (dict,) if attrs.has(origin) else (origin,))


def is_unknown(member: Any) -> bool:
    """Return whether this is one of the `Unknown...` fallback classes."""
    return isinstance(member, type) and issubclass(member, Unknown)


def _members_hook(members: list[Any], converter: Converter) -> Hook:
    if len(members) == 1:
        return _member_hook(members[0], converter)
    if not all("type" in attrs.fields_dict(member) for member in members):
        return _by_keys(members, converter)
    return _by_tag(members, converter)


def _by_tag(members: list[Any], converter: Converter) -> Hook:
    hooks = _HooksByTag(members, converter)

    def structure(value: Any, _: Any) -> Any:
        try:
            hook = hooks[value["type"]]
        except KeyError:
            return hooks.by_shape(value)
        except TypeError:
            raise TypeError(_without_tag(value)) from None
        return hook(value, _)

    return structure


def _without_tag(value: Any) -> str:
    if isinstance(value, dict):
        return f"expected a type that is a string, got {kind_of_json(value['type'])}"
    return f"expected an object, got {kind_of_json(value)}"


class _HooksByTag(dict[Any, Hook]):
    """The hooks by tag, made when a tag first occurs, because making one takes 1 ms."""

    def __init__(self, members: list[Any], converter: Converter) -> None:
        self._classes = {_tag(member): member for member in members}
        self._converter = converter

    def __missing__(self, tag: Any) -> Hook:
        hook: Hook = self._converter.get_structure_hook(self._classes[tag])
        self[tag] = hook
        return hook

    def by_shape(self, value: Any) -> Any:
        """Structure an object without a tag, or raise one of MISFITS."""
        from mistral_conversations._wire.shapes import (  # noqa: PLC0415 - rare
            structure_by_shape,
        )

        hooks = {cls: tag for tag, cls in self._classes.items()}
        return structure_by_shape(value, hooks, lambda v, cls: self[hooks[cls]](v, cls))


def _tag(cls: Any) -> str:
    return str(attrs.fields_dict(cls)["type"].default)


def _member_hook(member: Any, converter: Converter) -> Hook:
    if not attrs.has(member):
        return converter.get_structure_hook(member)
    return lambda value, _: converter.structure(value, member)


def _by_keys(members: list[Any], converter: Converter) -> Hook:
    """Make the hook of classes without tags: a key that only one requires decides.

    An object without such a key is structured as the last class, which reports it.
    """
    required = {cls: required_keys(cls) for cls in sorted(members, key=_name)}
    counts = Counter(key for keys in required.values() for key in keys)
    owners = {key: cls for cls, keys in required.items() for key in keys}
    deciding = [(key, cls) for key, cls in owners.items() if counts[key] == 1]
    *_, last = required

    def structure(value: Any, _: Any) -> Any:
        given = value if isinstance(value, dict) else {}
        found = (cls for key, cls in deciding if given.get(key) is not None)
        return converter.structure(value, next(found, last))

    return structure


def _name(cls: Any) -> str:
    return str(cls.__name__)


def _or_unknown(hook: Hook, unknown: type[Unknown]) -> Hook:
    def structure(value: Any, _: Any) -> Any:
        try:
            return hook(value, _)
        except MISFITS:
            tag = value.get("type") if isinstance(value, dict) else None
            return unknown(type=tag if isinstance(tag, str) else None, raw=value)

    return structure
