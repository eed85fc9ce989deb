"""JSON Schemas closed to properties that they do not name."""

from typing import Any

import pytest

from mistral_conversations._wire.strict_schema import closed, keys_below

OBJECT: dict[str, Any] = {"type": "object", "properties": {"a": {"type": "integer"}}}
CLOSED = {**OBJECT, "additionalProperties": False}


@pytest.mark.parametrize(
    "at",
    [
        lambda s: s,
        lambda s: {"type": "array", "items": s},
        lambda s: {"type": "array", "prefixItems": [s, {"type": "null"}]},
        lambda s: {"anyOf": [{"type": "null"}, s]},
        lambda s: {"oneOf": [s], "discriminator": {"propertyName": "a"}},
        lambda s: {"allOf": [s]},
        lambda s: {"type": "object", "additionalProperties": s},
        lambda s: {"type": "object", "patternProperties": {"^x": s}},
        lambda s: {"$ref": "#/$defs/A", "$defs": {"A": s}},
        lambda s: {**CLOSED, "properties": {"properties": s}},
    ],
)
def test_an_object_is_closed_anywhere(at: Any) -> None:
    schema = at(OBJECT)
    before = repr(schema)
    assert closed(schema) == at(CLOSED)
    assert repr(schema) == before


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {},
        {"type": "object"},
        {"type": "object", "additionalProperties": {"type": "integer"}},
        {**OBJECT, "additionalProperties": True},
        {"type": "object", "additionalProperties": True},
        {"enum": [OBJECT], "default": OBJECT, "const": OBJECT, "examples": [OBJECT]},
    ],
)
def test_what_says_otherwise_stays_open(schema: Any) -> None:
    assert closed(schema) == schema


@pytest.mark.parametrize(
    ("below", "keys"),
    [
        ({"type": "string"}, set()),
        ({"type": "array", "items": CLOSED}, {"a"}),
        ({"anyOf": [{"$ref": "#/$defs/A"}, {"type": "null"}]}, set()),
        ({"$ref": "#"}, {"root"}),
        ({"enum": [1, "a"]}, set()),
        ({"const": 1}, set()),
        ({"type": ["string", "null"]}, set()),
        ({"type": ["object", "null"]}, None),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, None),
        ({"type": "array", "items": True}, None),
        ({"type": "array", "items": False}, set()),
        ({}, None),
        (OBJECT, None),
    ],
)
def test_the_keys_that_objects_below_the_root_may_have(below: Any, keys: Any) -> None:
    schema: dict[str, Any] = {**CLOSED, "properties": {"root": below}}
    assert keys_below(schema) == keys
    schema["$defs"] = {"A": {**CLOSED, "properties": {"b": False}}}
    assert keys_below(schema) == (None if keys is None else {*keys, "b"})
