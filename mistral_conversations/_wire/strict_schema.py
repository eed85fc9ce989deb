"""JSON Schemas whose objects have no other properties than those they name."""

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["closed", "keys_below"]

# Where a schema (JSON Schema 2020-12, section 10 of its core) has others.
_BY_NAME = {
    "$defs",
    "definitions",
    "dependentSchemas",
    "patternProperties",
    "properties",
}
_LISTED = {"allOf", "anyOf", "oneOf", "prefixItems"}
_SINGLE = {
    "additionalProperties",
    "contains",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
}
_RESTRICTING = {"$ref", "allOf", "anyOf", "const", "enum", "oneOf"}


def closed(schema: Any) -> Any:
    """Return a copy with `additionalProperties: false` on every object.

    An object that says otherwise, or names no properties (a dict), stays as it is.
    """
    if not isinstance(schema, Mapping):
        return schema  # True and False are schemas
    copy = {key: _closed_below(key, value) for key, value in schema.items()}
    if "properties" in copy:
        copy.setdefault("additionalProperties", False)
    return copy


def _closed_below(key: str, value: Any) -> Any:
    if key in _BY_NAME:
        return {name: closed(schema) for name, schema in value.items()}
    if key in _LISTED:
        return [closed(schema) for schema in value]
    return closed(value) if key in _SINGLE else value


def keys_below(schema: Mapping[str, Any]) -> frozenset[str] | None:
    """Return the keys that objects inside the root may have; None if any."""
    found: set[str] = set()
    for each in _all_below(schema):
        if each is True or (isinstance(each, Mapping) and _is_free(each)):
            return None
        if isinstance(each, Mapping):
            found.update(each.get("properties", ()))
            if each.get("$ref") == "#":
                found.update(schema.get("properties", ()))
    return frozenset(found)


def _all_below(schema: Any) -> Iterator[Any]:
    for key, value in schema.items() if isinstance(schema, Mapping) else ():
        if key in _BY_NAME:
            below = list(value.values())
        elif key in _LISTED:
            below = list(value)
        else:
            below = [value] if key in _SINGLE else []
        for each in below:
            if key != "additionalProperties" or each is not False:
                yield each
            yield from _all_below(each)


def _is_free(schema: Mapping[str, Any]) -> bool:
    """Return whether an object of a schema may have keys that it does not name."""
    kinds = schema.get("type", "object")
    takes_objects = "object" in ([kinds] if isinstance(kinds, str) else kinds)
    return (
        takes_objects
        and not _RESTRICTING & schema.keys()
        and schema.get("additionalProperties") is not False
    )
