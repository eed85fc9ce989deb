"""Building blocks of the schemas of answers."""

from collections.abc import Mapping
from typing import Any, TypeAlias

__all__ = [
    "CALL_ID",
    "COUNT",
    "FLAG",
    "OBJECT",
    "TEXT",
    "TEXT_OR_NULL",
    "TIME",
    "Schema",
    "closed_object",
    "id_of",
    "limited",
    "list_of",
    "nullable",
    "open_object",
    "ref",
    "ref_or_null",
    "tagged",
    "text_or_list",
    "words",
]

Schema: TypeAlias = dict[str, Any]

TEXT: Schema = {"type": "string"}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
OBJECT: Schema = {"type": "object"}
TIME: Schema = {"type": "string", "format": "date-time"}
CALL_ID: Schema = {"type": "string", "pattern": "^[A-Za-z0-9]{9}$"}


def id_of(prefix: str) -> Schema:
    return {"type": "string", "pattern": f"^{prefix}_[0-9a-f]{{32}}$"}


def words(*known: str) -> Schema:
    return {"type": "string", "enum": list(known)}


def nullable(schema: Schema) -> Schema:
    known = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, **known, "type": [schema["type"], "null"]}


def list_of(item: Schema, **limits: int) -> Schema:
    return {"type": "array", "items": item, **limits}


def text_or_list(item: Schema) -> Schema:
    return {"type": ["string", "array"], "items": item}


def limited(kind: str, **limits: float) -> Schema:
    return {"type": [kind, "null"], **limits}


def ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def ref_or_null(name: str) -> Schema:
    return {"anyOf": [ref(name), {"type": "null"}]}


def open_object(optional: str = "", /, **properties: Schema) -> Schema:
    required = sorted(properties.keys() - set(optional.split()))
    return {"type": "object", "properties": properties, "required": required}


def closed_object(optional: str = "", /, **properties: Schema) -> Schema:
    return {**open_object(optional, **properties), "additionalProperties": False}


def tagged(known: Mapping[str, Schema], *names: str) -> Schema:
    """Return the schema for one of several objects, selected by `type`."""
    tags = {known[name]["properties"]["type"]["enum"][0]: name for name in names}
    cases = [
        {
            "if": {"required": ["type"], "properties": {"type": {"const": tag}}},
            "then": ref(name),
        }
        for tag, name in tags.items()
    ]
    tagged = open_object(type=words(*tags))
    return {**tagged, "allOf": cases}
