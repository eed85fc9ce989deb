"""Parameters of pydantic's types: models, constraints, unions with a discriminator."""

import dataclasses
import subprocess
import sys
from datetime import date, datetime
from typing import Annotated, Any, Literal, NamedTuple

import attrs
import msgspec
import pydantic
import pydantic.dataclasses
import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ConfigDict, Field, PositiveInt
from typing_extensions import TypedDict

from mistral_conversations._wire.annotations import Shape, description_of
from mistral_conversations._wire.pydantic_annotations import needs_pydantic
from mistral_conversations._wire.values import write
from tests.support.for_each import for_each


class Item(BaseModel):
    """An item of a shop."""

    name: str
    price: PositiveInt = Field(description="in cents", title="The price")
    parts: list["Item"] = []


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    title: str


class Strict(BaseModel):
    model_config = ConfigDict(strict=True)

    day: date


class Odd(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    value: int = Field(default_factory=int)
    other: Any = object()


@pydantic.dataclasses.dataclass
class Point:
    x: int


@dataclasses.dataclass
class Order:
    item: Item
    at: datetime


class Basket(TypedDict):
    items: list[Item]


class Pair(NamedTuple):
    first: Point
    second: int


@attrs.define
class Wrong:
    item: Item


class Plain(msgspec.Struct):
    x: int


ITEM = {
    "description": "An item of a shop.",
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "price": {
            "description": "in cents",
            "title": "The price",
            "type": "integer",
            "exclusiveMinimum": 0,
        },
        "parts": {"type": "array", "items": {"$ref": "#/$defs/Item"}, "default": []},
    },
    "required": ["name", "price"],
}
CAT = {
    "type": "object",
    "properties": {
        "kind": {"const": "cat", "type": "string"},
        "lives": {"type": "integer"},
    },
    "required": ["kind", "lives"],
}
DOG = {
    "type": "object",
    "properties": {
        "kind": {"const": "dog", "type": "string"},
        "title": {"type": "string"},
    },
    "required": ["kind", "title"],
}
Pet = Annotated[Cat | Dog, Field(discriminator="kind")]
Count = Annotated[int, Field(ge=1, description="the count")]


def shape(annotation: Any) -> Shape:
    return Shape.of(annotation, "the parameter")


@for_each(
    "annotation,schema",
    [
        (Item, {**ITEM, "$defs": {"Item": ITEM}}),
        (
            list[Item],
            {
                "type": "array",
                "items": {"$ref": "#/$defs/Item"},
                "$defs": {"Item": ITEM},
            },
        ),
        (PositiveInt, {"type": "integer", "exclusiveMinimum": 0}),
        (Count, {"type": "integer", "minimum": 1, "description": "the count"}),
        (
            Pet,
            {
                "oneOf": [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}],
                "$defs": {"Cat": CAT, "Dog": DOG},
            },
        ),
        (
            Cat | Dog,
            {
                "anyOf": [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}],
                "$defs": {"Cat": CAT, "Dog": DOG},
            },
        ),
        (
            Point,
            {
                "type": "object",
                "properties": {"x": {"type": "integer"}},
                "required": ["x"],
            },
        ),
        (
            Order,
            {
                "type": "object",
                "properties": {
                    "item": {"$ref": "#/$defs/Item"},
                    "at": {"type": "string", "format": "date-time"},
                },
                "required": ["item", "at"],
                "$defs": {"Item": ITEM},
            },
        ),
        (
            Odd,
            {
                "type": "object",
                "properties": {"value": {"type": "integer"}, "other": {}},
            },
        ),
    ],
)
def test_a_type_of_pydantic_has_a_schema(annotation: Any, schema: Any) -> None:
    described = shape(annotation)
    assert described.schema == schema
    assert described.is_object == (schema.get("type") == "object")
    Draft202012Validator.check_schema(described.schema)


@for_each(
    "annotation,value,read",
    [
        (Item, {"name": "a", "price": "5"}, Item(name="a", price=5)),
        (dict[str, Item], {"a": {"name": "a", "price": 1}}, None),
        (Count, 1, 1),
        (Pet, {"kind": "dog", "title": "Rex"}, Dog(kind="dog", title="Rex")),
        (Strict, {"day": "2026-01-02"}, Strict(day=date(2026, 1, 2))),
        (Item | None, None, None),
        (Point, {"x": 1}, Point(x=1)),
        (Pair, [{"x": 1}, 2], Pair(Point(x=1), 2)),
        (Basket, {"items": []}, {"items": []}),
        (Item, Item(name="a", price=5), Item(name="a", price=5)),
    ],
)
def test_json_becomes_a_value_of_the_type(
    annotation: Any, value: Any, read: Any
) -> None:
    found = shape(annotation).read(value)
    assert read is None or found == read


@for_each(
    "annotation,value,problem",
    [
        (Count, 0, "input should be greater than or equal to 1"),
        (Item, 5, "input should be an object"),
        (pydantic.HttpUrl, 5, "URL input should be a string or URL"),
        (
            Item,
            {"price": 0, "parts": [{"name": 1, "price": 1}]},
            (
                "field required, at name; input should be greater than 0, at price; "
                "input should be a valid string, at parts[0].name"
            ),
        ),
        (list[Count], [object()], "JSON cannot hold a value of type object"),
        (list[Count], [0] * 15, "at [9]; and 5 more"),
    ],
)
def test_a_value_that_does_not_fit_is_an_error(
    annotation: Any, value: Any, problem: str
) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        shape(annotation).read(value)
    assert problem in str(caught.value)
    assert not isinstance(caught.value, pydantic.ValidationError)


def test_an_attrs_class_around_a_model_is_an_error_with_a_remedy() -> None:
    with pytest.raises(TypeError, match="dataclasses instead of attrs classes"):
        shape(Wrong)


def test_values_of_pydantic_are_written() -> None:
    written = write([Item(name="a", price=5), Point(x=1), Strict(day=date(2026, 1, 2))])
    assert written == (
        '[{"name":"a","price":5,"parts":[]},{"x":1},{"day":"2026-01-02"}]'
    )


def test_a_model_that_cannot_be_written_is_an_error() -> None:
    with pytest.raises(TypeError, match="object"):
        write(Odd())


def test_a_field_describes_a_parameter() -> None:
    assert description_of(Count) == "the count"


@for_each(
    "annotation,needed",
    [
        (int, False),
        (list[Plain], False),
        (Annotated[int, msgspec.Meta(ge=1)], False),
        (Wrong, True),
        (dict[str, list[Item | None]], True),
        (Annotated[int, Field(ge=1)], True),
        (pydantic.SecretStr, True),
        (Pair, True),
        (Basket, True),
    ],
)
def test_pydantic_is_needed_where_its_types_are(annotation: Any, needed: bool) -> None:
    assert needs_pydantic(annotation) is needed


def test_pydantic_is_not_imported_for_other_types() -> None:
    code = (
        "import sys; from dataclasses import dataclass\n"
        "from mistral_conversations._wire.annotations import Shape\n"
        "from mistral_conversations._wire.values import write\n"
        "@dataclass\nclass A:\n    x: int\n"
        "assert Shape.of(A, 'x').read({'x': 1}) == A(1); write(A(1))\n"
        "assert 'pydantic' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
