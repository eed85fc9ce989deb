"""Unions: which member an object is, and what stands for one that fits none.

A union is taken apart by the kinds of JSON: one member at the most is for a string,
one for a number, and so on. Among objects the `type` decides; where there is no
`type`, the key that only one of two classes requires.
"""

import types
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias, Union, cast, get_args, get_origin

import attrs
from cattrs import Converter
from cattrs.errors import BaseValidationError

from mistral_conversations.models.conversations import (
    AgentConversation,
    ModelConversation,
)
from mistral_conversations.models.model import Unknown

__all__ = ["MISFITS", "configure_unions"]

_KINDS: Mapping[Any, tuple[type, ...]] = {
    float: (float, int),
    datetime: (str,),
    tuple: (list,),
    Mapping: (dict,),
}

Hook: TypeAlias = Callable[[Any, Any], Any]

MISFITS = (KeyError, TypeError, ValueError, BaseValidationError)
"""What structuring raises when an object does not fit its class."""


def configure_unions(converter: Converter) -> None:
    """Teach a converter the unions of the models."""
    converter.register_structure_hook_factory(
        _is_union, lambda union: _by_kind(union, converter)
    )


def _is_union(cls: Any) -> bool:
    return get_origin(cls) in {Union, types.UnionType}


def _by_kind(union: Any, converter: Converter) -> Hook:
    """Make the hook of a union: look up the kind of JSON, then structure."""
    hooks: dict[type, Hook] = {}
    for kind, members in _kinds(union).items():
        hooks[kind] = _of_members(members, converter)

    def structure(value: Any, _: Any) -> Any:
        hook = hooks.get(value.__class__)
        if hook is None:
            raise TypeError(f"{value.__class__.__name__} does not fit {union}")
        return hook(value, _)

    fallback = _fallback(get_args(union))
    return structure if fallback is None else _or_unknown(structure, fallback)


def _kinds(union: Any) -> dict[type, list[Any]]:
    kinds: dict[type, list[Any]] = {}
    for member in get_args(union):
        for kind in _kinds_of(member):
            kinds.setdefault(kind, []).append(member)
    return kinds


def _kinds_of(member: Any) -> tuple[type, ...]:
    """Tell which of JSON's kinds a member is structured from.

    None for a Literal, whose words the `str` beside it takes too, nor for what stands
    for all that fits nothing else.
    """
    origin = get_origin(member) or member
    if origin is Literal or _is_unknown(origin):
        return ()
    return _KINDS.get(origin, (dict,) if attrs.has(origin) else (origin,))


def _is_unknown(member: Any) -> bool:
    return isinstance(member, type) and issubclass(member, Unknown)


def _of_members(members: list[Any], converter: Converter) -> Hook:
    if len(members) == 1:
        return _later(members[0], converter)
    if set(members) == {ModelConversation, AgentConversation}:
        return _conversation(converter)
    return _by_tag({_tag(member): member for member in members}, converter)


def _later(cls: Any, converter: Converter) -> Hook:
    """Structure a class by a hook that is made when the class is first met."""
    made: list[Hook] = []

    def structure(value: Any, _: Any) -> Any:
        if not made:
            made.append(converter.get_structure_hook(cls))
        return made[0](value, cls)

    return structure


def _tag(cls: Any) -> str:
    return str(attrs.fields_dict(cls)["type"].default)


def _by_tag(members: Mapping[str, Any], converter: Converter) -> Hook:
    hooks = {tag: _later(cls, converter) for tag, cls in members.items()}

    def structure(value: Any, _: Any) -> Any:
        return hooks[value["type"]](value, _)

    return structure


def _conversation(converter: Converter) -> Hook:
    with_agent = _later(AgentConversation, converter)
    with_model = _later(ModelConversation, converter)

    def structure(value: Any, _: Any) -> Any:
        hook = with_model if value.get("agent_id") is None else with_agent
        return hook(value, _)

    return structure


def _fallback(members: tuple[Any, ...]) -> type[Unknown] | None:
    for member in members:
        if _is_unknown(member):
            return cast("type[Unknown]", member)
    return None


def _or_unknown(hook: Hook, unknown: type[Unknown]) -> Hook:
    def structure(value: Any, _: Any) -> Any:
        try:
            return hook(value, _)
        except MISFITS:
            tag = value.get("type") if isinstance(value, dict) else None
            return unknown(type=tag if isinstance(tag, str) else None, raw=value)

    return structure
