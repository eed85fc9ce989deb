"""The values that the published description allows, read by the models.

Each object schema has a body with all its properties, then one for each other value
that a property may have. The published examples of the service also hold numbers as
strings, no `type`, and `pagination: null`.
"""

from collections.abc import Iterator
from typing import Any, get_args

import attrs
import pytest

from mistral_conversations import (
    InputEntries,
    ListDocumentOut,
    ListLibraryOut,
    MessageOutputContentChunks,
    from_dict,
    to_dict,
)
from mistral_conversations.models.model import Unknown
from tests.models.test_published import PLAIN, class_of, object_schemas
from tests.support.api_description import schemas
from tests.support.bodies import Body, without
from tests.support.comparison import json_differences
from tests.support.for_each import for_each
from tests.support.library_bodies import documents, libraries
from tests.test_observed import unknown_in

FORMATS = {
    "date-time": "2026-07-01T12:00:00.250000Z",
    "uuid": "019f0000-1111-7000-8000-0000000000a1",
}
FREE = {"a": [1, 0.5, "b", None, {"c": True}]}
"""An object with any keys."""


def values(schema: Any, *, as_text: bool = False) -> list[Any]:
    """Return a value of each kind that a schema allows.

    Args:
        schema: the schema.
        as_text: whether numbers are strings, where no other string can be meant.
    """
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name in PLAIN:
            return [FREE]
        schema = schemas()[name]
    if words := [*schema.get("enum", ()), *({schema.get("const")} - {None})]:
        return words
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        as_text = as_text and {"type": "string"} not in choices
        return [v for each in choices for v in values(each, as_text=as_text)]
    return _of_kind(schema["type"], schema, as_text) if "type" in schema else [FREE]


def _of_kind(kind: str, schema: Any, as_text: bool) -> list[Any]:
    match kind:
        case "array":
            items = values(schema.get("items", {}), as_text=as_text)
            return [items, [], *([item] for item in items)]
        case "object" if schema.get("properties"):
            return [full(schema, as_text=as_text)]
        case "object":
            inner = schema.get("additionalProperties", True)
            return [FREE] if inner is True else [{"a": values(inner)[0]}]
        case "string":
            return [FORMATS.get(schema.get("format"), "Blue")]
        case "integer" | "number":
            number = 1785585600 if kind == "integer" else 0.5
            return [str(number) if as_text else number]
    return [True, False] if kind == "boolean" else [None]


def full(schema: Any, *, as_text: bool = False) -> Body:
    """Return a body with all properties of an object schema."""
    return {
        key: values(each, as_text=as_text)[0]
        for key, each in schema["properties"].items()
    }


def bodies_of(schema: Any) -> Iterator[Body]:
    whole = full(schema)
    yield whole
    for key, each in schema["properties"].items():
        for other in values(each)[1:]:
            yield {**whole, key: other}


def extra_in(value: Any) -> list[Any]:
    """Find the keys, anywhere in a model, that no field has or that fit none."""
    if isinstance(value, tuple):
        return [found for item in value for found in extra_in(item)]
    if isinstance(value, Unknown) or not attrs.has(type(value)):
        return []
    inner = (getattr(value, each.name) for each in attrs.fields(type(value)))
    return [*value.extra, *(found for item in inner for found in extra_in(item))]


def test_every_value_of_the_description_has_its_field() -> None:
    for name, schema in object_schemas().items():
        for body in bodies_of(schema):
            found = from_dict(class_of(name), body)
            assert unknown_in(found) == extra_in(found) == [], (name, body)
            assert json_differences(body, to_dict(found)) == [], name


def test_numbers_in_strings_are_the_same_numbers() -> None:
    differing = 0
    for name, schema in object_schemas().items():
        body, other = full(schema), full(schema, as_text=True)
        assert from_dict(class_of(name), other) == from_dict(class_of(name), body), name
        differing += body != other
    assert differing > 10


def without_type(union: Any) -> list[tuple[str, Body]]:
    names = [each.__name__ for each in get_args(union) if attrs.has(each)]
    return [
        (name, without(full(object_schemas()[name]), "type"))
        for name in names
        if name in schemas()
    ]


@pytest.mark.parametrize("union", [InputEntries, MessageOutputContentChunks])
def test_the_shape_decides_where_the_type_is_missing(union: Any) -> None:
    for name, body in without_type(union):
        found = from_dict(union, body)
        assert type(found) is class_of(name)
        assert extra_in(found) == []


@for_each(
    ("kind", "body"),
    [
        (ListLibraryOut, {**libraries(), "pagination": None}),
        (ListLibraryOut, {**libraries(), "pagination": "none", "next_page_token": "t"}),
        (ListDocumentOut, {**documents(1), "pagination": None}),
    ],
)
def test_pagination_may_be_null_or_odd(kind: Any, body: Body) -> None:
    page = from_dict(kind, body)
    assert (len(page), page.pagination) == (1, None)
