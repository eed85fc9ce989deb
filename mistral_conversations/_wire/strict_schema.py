"""JSON Schemas whose objects have no other properties than those they name."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from mistral_conversations._wire.schemas import parts_of, subschemas

__all__ = ["closed", "keys_below"]

_RESTRICTING = {"$ref", "allOf", "anyOf", "const", "enum", "oneOf"}


def closed(schema: Any) -> Any:
    """Return a copy with `additionalProperties: false` on every object.

    An object that says otherwise, or names no properties (a dict), stays as it is.
    """
    made = deepcopy(schema)
    for each in subschemas(made) if isinstance(made, dict) else ():
        if "properties" in each:
            each.setdefault("additionalProperties", False)
    return made


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
    for key, each in parts_of(schema) if isinstance(schema, dict) else ():
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
