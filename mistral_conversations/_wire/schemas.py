"""Changes of JSON Schemas, which are plain dicts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, TypeAlias

__all__ = [
    "KEY",
    "Schema",
    "choices_at",
    "joined_schemas",
    "parts_of",
    "rooted",
    "subschemas",
]

Schema: TypeAlias = dict[str, Any]

KEY = ""
"""A step to the keys of an object."""

_REF = "#/$defs/"
_JSON_TYPES = {str: "string", int: "integer", bool: "boolean"}

# Where a schema (JSON Schema 2020-12, section 10 of its core) has others.
_BY_NAME = frozenset(
    {"$defs", "definitions", "dependentSchemas", "patternProperties", "properties"}
)
_LISTED = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_SINGLE = frozenset(
    {"additionalProperties", "contains", "else", "if", "items", "not"}
    | {"propertyNames", "then"}
)


def parts_of(schema: Schema) -> Iterator[tuple[str, Any]]:
    """Yield the schemas directly in a schema, each with the keyword that has it.

    True and False are schemas too.
    """
    for key, value in schema.items():
        if key in _BY_NAME:
            yield from ((key, each) for each in value.values())
        elif key in _LISTED:
            yield from ((key, each) for each in value)
        elif key in _SINGLE:
            yield key, value


def subschemas(schema: Schema) -> Iterator[Schema]:
    """Yield a schema and every object that is a schema in it, but no data."""
    yield schema
    for _, each in parts_of(schema):
        if isinstance(each, dict):
            yield from subschemas(each)


def rooted(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """Return a schema without a reference at its root, with the definitions it uses.

    `discriminator`, which is OpenAPI's and no part of JSON Schema, is dropped, and an
    `enum` of one type has a `type`.
    """
    root = schema
    while (name := _referred(root)) is not None:
        root = {**definitions[name], **{k: v for k, v in root.items() if k != "$ref"}}
    used = _used(root, definitions)
    made = deepcopy({**root, "$defs": used} if used else {**root})
    for each in subschemas(made):
        each.pop("discriminator", None)
        kinds = {type(item) for item in each.get("enum", ())}
        if len(kinds) == 1 and (name := _JSON_TYPES.get(kinds.pop())):
            each.setdefault("type", name)
    return made


def choices_at(schema: Schema, steps: Sequence[str]) -> list[Any]:
    """Return the values that a schema allows at a position; none if it allows any.

    Args:
        schema: the schema, with its definitions.
        steps: the keys and indexes of the position, `...` for any, KEY for the keys
            themselves.
    """
    found = [schema]
    for step in steps:
        found = [inner for each in _options(found, schema) for inner in _at(each, step)]
    return [value for each in _options(found, schema) for value in each.get("enum", ())]


def _options(schemas: Iterable[Schema], root: Schema) -> Iterator[Schema]:
    """Yield schemas, and instead of references and unions what they stand for."""
    for schema in schemas:
        if (name := _referred(schema)) is not None:
            yield from _options([root["$defs"][name]], root)
        elif "anyOf" in schema:
            yield from _options(schema["anyOf"], root)
        else:
            yield schema


def _at(schema: Schema, step: str) -> Iterator[Schema]:
    if step == KEY:
        yield schema.get("propertyNames", {})
        return
    items = schema.get("prefixItems", ())
    candidates = [
        schema.get("properties", {}).get(step),
        items[int(step)] if step.isdecimal() and int(step) < len(items) else None,
        schema.get("items"),
        schema.get("additionalProperties"),
    ]
    found = next((each for each in candidates if each is not None), None)
    if isinstance(found, dict):
        yield found


def _used(schema: Schema, definitions: Mapping[str, Schema]) -> dict[str, Schema]:
    found: set[str] = set()
    pending = [schema]
    while pending:
        new = _references(pending.pop()) - found
        found |= new
        pending += [definitions[name] for name in new]
    return {name: each for name, each in definitions.items() if name in found}


def _references(schema: Schema) -> set[str]:
    """Return the names of the definitions that a schema refers to."""
    names = (_referred(each) for each in subschemas(schema))
    return {name for name in names if name is not None}


def _referred(schema: Schema) -> str | None:
    reference = str(schema.get("$ref", ""))
    return reference.removeprefix(_REF) if reference.startswith(_REF) else None


def joined_schemas(
    schemas: Mapping[str, Schema],
) -> tuple[dict[str, Schema], dict[str, Schema]]:
    """Return schemas without their definitions, and all definitions.

    Of different definitions with one name, the later ones get another name.
    """
    definitions: dict[str, Schema] = {}
    parts = {}
    for key, schema in schemas.items():
        own = schema.get("$defs", {})
        names = {
            name: _free_name(name, each, definitions) for name, each in own.items()
        }
        part = _renamed(schema, names)
        for name, each in part.pop("$defs", {}).items():
            definitions[names[name]] = each
        parts[key] = part
    return parts, definitions


def _free_name(name: str, schema: Schema, taken: Mapping[str, Schema]) -> str:
    candidate, number = name, 1
    while candidate in taken and taken[candidate] != schema:
        number += 1
        candidate = f"{name}_{number}"
    return candidate


def _renamed(schema: Schema, names: Mapping[str, str]) -> Schema:
    """Return a copy whose references have other names."""
    made = deepcopy(schema)
    for each in subschemas(made):
        if (name := _referred(each)) is not None:
            each["$ref"] = f"{_REF}{names[name]}"
    return made
