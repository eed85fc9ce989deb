"""Annotations as JSON Schema and values; values as JSON text."""

import array
import collections
import dataclasses
import json
import math
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from pathlib import Path, PurePosixPath
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    NamedTuple,
    NewType,
    Required,
    TypedDict,
    TypeVar,
)

import attrs
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from mistral_conversations import TextChunk, UnknownChunk
from mistral_conversations._wire.annotations import Shape, description_of
from mistral_conversations._wire.values import write
from tests.support.comparison import thorough
from tests.support.for_each import for_each

T = TypeVar("T")
Bounded = TypeVar("Bounded", bound=int)
Chosen = TypeVar("Chosen", int, str)
Id = NewType("Id", int)

STRING = {"type": "string"}
INTEGER = {"type": "integer"}


@attrs.define
class Place:
    """A place on a map."""

    city: str
    near: "list[Place]" = attrs.field(factory=list)


@attrs.define
class Checked:
    number: int = attrs.field(validator=attrs.validators.ge(1))


@dataclasses.dataclass
class Point:
    x: float
    y: float = 0.0


@dataclasses.dataclass
class Pair(Generic[T]):
    both: tuple[T, T]


class Options(TypedDict, total=False):
    name: Required[str]
    at: datetime


class Range(NamedTuple):
    first: int
    since: datetime | None = None


class Circle(msgspec.Struct, tag="circle", tag_field="kind"):
    radius: float


class Square(msgspec.Struct, tag="square", tag_field="kind"):
    side: float


class Row(msgspec.Struct, array_like=True, tag=True):
    at: time
    size: int


class Color(Enum):
    """A colour."""

    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Unit(StrEnum):
    C = "c"


class Mixed(Enum):
    A = 1
    B = "b"


@attrs.define
class Bare:
    x = attrs.field()  # type: ignore[var-annotated]


class Plain:
    pass


PLACE = {
    "description": "A place on a map.",
    "type": "object",
    "properties": {
        "city": STRING,
        "near": {"type": "array", "items": {"$ref": "#/$defs/Place"}},
    },
    "required": ["city"],
}
POINT = {
    "type": "object",
    "properties": {"x": {"type": "number"}, "y": {"type": "number", "default": 0.0}},
    "required": ["x"],
}
MOMENT = {"type": "string", "format": "date-time"}


def shape(annotation: Any) -> Shape:
    return Shape.of(annotation, "the parameter")


@for_each(
    "annotation,schema",
    [
        (str, STRING),
        (int, INTEGER),
        (float, {"type": "number"}),
        (bool, {"type": "boolean"}),
        (None, {"type": "null"}),
        (Any, {}),
        (bytes, {"type": "string", "contentEncoding": "base64"}),
        (datetime, MOMENT),
        (date, {"type": "string", "format": "date"}),
        (time, {"type": "string", "format": "time"}),
        (timedelta, {"type": "string", "format": "duration"}),
        (uuid.UUID, {"type": "string", "format": "uuid"}),
        (Decimal, {"type": "string", "format": "decimal"}),
        (Path, {"type": "string", "format": "path"}),
        (
            list[dict[Color, int]],
            {
                "type": "array",
                "items": {
                    "type": "object",
                    "propertyNames": {"enum": ["red", "blue"], "type": "string"},
                    "additionalProperties": INTEGER,
                },
            },
        ),
        (
            dict[
                Annotated[Literal["a", "b"], msgspec.Meta(description="A letter.")], int
            ],
            {
                "type": "object",
                "propertyNames": {"enum": ["a", "b"], "type": "string"},
                "additionalProperties": INTEGER,
            },
        ),
        (Literal["b", "a"], {"type": "string", "enum": ["a", "b"]}),
        (Literal[2, 1], {"type": "integer", "enum": [1, 2]}),
        (
            Color,
            {"type": "string", "enum": ["red", "blue"], "description": "A colour."},
        ),
        (Level, {"type": "integer", "enum": [1, 2]}),
        (int | None, {"anyOf": [INTEGER, {"type": "null"}]}),
        (datetime | int, {"anyOf": [MOMENT, INTEGER]}),
        (
            list[datetime] | None,
            {"anyOf": [{"type": "array", "items": MOMENT}, {"type": "null"}]},
        ),
        (
            Annotated[list[datetime], msgspec.Meta(description="When.")] | None,
            {
                "anyOf": [
                    {"type": "array", "items": MOMENT, "description": "When."},
                    {"type": "null"},
                ]
            },
        ),
        (
            Annotated[dict[str, datetime], msgspec.Meta(min_length=1)] | int,
            {
                "anyOf": [
                    {
                        "type": "object",
                        "additionalProperties": MOMENT,
                        "minProperties": 1,
                    },
                    INTEGER,
                ]
            },
        ),
        (list, {"type": "array"}),
        (list[int], {"type": "array", "items": INTEGER}),
        (Sequence[int], {"type": "array", "items": INTEGER}),
        (
            tuple[int, datetime],
            {
                "type": "array",
                "prefixItems": [INTEGER, MOMENT],
                "items": False,
                "minItems": 2,
                "maxItems": 2,
            },
        ),
        (tuple[()], {"type": "array", "minItems": 0, "maxItems": 0}),
        (tuple[str, ...], {"type": "array", "items": STRING}),
        (dict, {"type": "object"}),
        (Mapping[str, int], {"type": "object", "additionalProperties": INTEGER}),
        (Annotated[int, msgspec.Meta(ge=1)], {"type": "integer", "minimum": 1}),
        (
            Annotated[datetime, msgspec.Meta(tz=True, description="When.")],
            {**MOMENT, "description": "When."},
        ),
        (Annotated[int, "the count"], INTEGER),
        (Id, INTEGER),
        (T, {}),
        (Bounded, INTEGER),
        (Place, {**PLACE, "$defs": {"Place": PLACE}}),
        (Point, POINT),
        (
            Point | None,
            {
                "anyOf": [{"$ref": "#/$defs/Point"}, {"type": "null"}],
                "$defs": {"Point": POINT},
            },
        ),
        (
            Pair[int],
            {
                "type": "object",
                "properties": {
                    "both": {
                        "type": "array",
                        "prefixItems": [INTEGER, INTEGER],
                        "items": False,
                        "minItems": 2,
                        "maxItems": 2,
                    }
                },
                "required": ["both"],
            },
        ),
        (
            Options,
            {
                "type": "object",
                "properties": {"name": STRING, "at": MOMENT},
                "required": ["name"],
            },
        ),
        (
            Range,
            {
                "type": "array",
                "prefixItems": [
                    INTEGER,
                    {"anyOf": [MOMENT, {"type": "null"}], "default": None},
                ],
                "minItems": 1,
                "maxItems": 2,
            },
        ),
        (
            Row,
            {
                "type": "array",
                "prefixItems": [
                    {"enum": ["Row"], "type": "string"},
                    {"type": "string", "format": "time"},
                    INTEGER,
                ],
                "minItems": 3,
            },
        ),
        (
            Circle | Square,
            {
                "anyOf": [{"$ref": "#/$defs/Circle"}, {"$ref": "#/$defs/Square"}],
                "$defs": {
                    name: {
                        "type": "object",
                        "properties": {
                            "kind": {"enum": [kind], "type": "string"},
                            size: {"type": "number"},
                        },
                        "required": ["kind", size],
                    }
                    for name, kind, size in (
                        ("Circle", "circle", "radius"),
                        ("Square", "square", "side"),
                    )
                },
            },
        ),
    ],
)
def test_an_annotation_has_a_schema(annotation: Any, schema: dict[str, Any]) -> None:
    described = shape(annotation)
    assert described.schema == schema
    assert described.is_object == (schema.get("type") == "object")
    Draft202012Validator.check_schema(described.schema)


class Unhashable:
    description = "odd"
    __hash__ = None  # type: ignore[assignment]


def test_an_annotation_need_not_be_hashable() -> None:
    assert shape(Annotated[int, Unhashable()]).schema == INTEGER


def test_the_docstring_of_a_class_is_its_description() -> None:
    @attrs.define
    class Long:
        """A class.

        With more text.
        """

    assert shape(Long).schema["description"] == "A class.\n\nWith more text."


def test_a_schema_is_its_own_copy() -> None:
    shape(Place).schema["properties"]["city"]["type"] = "null"
    assert shape(Place).schema["properties"]["city"] == STRING
    assert shape(Place).schema["$defs"]["Place"]["properties"]["city"] == STRING


@for_each(
    "annotation,reason",
    [
        (object, "JSON has no such type; use str, int"),
        (complex, "JSON has no such type"),
        (Plain, "Plain, which cannot be described to the model: JSON has no such type"),
        (list[object], "JSON has no such type"),
        (dict[str, Plain], "JSON has no such type"),
        (tuple[int, Plain], "JSON has no such type"),
        (Callable[[int], int], "Callable"),
        (Iterable[int], "JSON has no such type"),
        (type[int], "JSON has no such type"),
        (Place | Checked, "give each class a tag"),
        (Point | Place, "or use pydantic models"),
        (list[Place | Checked], "more than one dataclass or attrs type; give each"),
        (Place | dict[str, int], "use a class for each, with a tag"),
        (str | date, "use str, and convert it in the function"),
        (list[int] | set[int], "use list"),
        (Mixed, "use an enum of texts"),
        (Chosen, "constraints"),
        ("int", "is not supported"),
        (Bare, "the field 'x' of a class in it has no annotation; annotate it"),
        (Literal[2**70], "not currently supported for Enum/Literal/integer tags; use"),
        (msgspec.Raw, "JSON has no such type"),
        (list[msgspec.msgpack.Ext], "JSON has no such type"),
        (dict[tuple[int, int], int], "use str as the type of the keys"),
        (list[dict[None, int]], "use str as the type of the keys"),
    ],
)
def test_what_cannot_be_described_is_an_error_with_a_remedy(
    annotation: Any, reason: str
) -> None:
    with pytest.raises(TypeError) as caught:
        shape(annotation)
    assert str(caught.value).startswith("the parameter is annotated ")
    assert reason in str(caught.value)


def test_an_error_names_the_field_that_cannot_be_described() -> None:
    @attrs.define
    class Outer:
        inner: list[dict[str, Plain]]

    with pytest.raises(TypeError, match="the field 'inner' of Outer is annotated"):
        shape(Outer)


def test_a_field_that_cannot_be_resolved_is_an_error() -> None:
    @attrs.define
    class Outer:
        inner: "Missing"  # type: ignore[name-defined] # noqa: F821

    with pytest.raises(TypeError, match="name 'Missing' is not defined"):
        shape(Outer)


def test_an_annotation_that_contains_only_itself_is_an_error() -> None:
    endless = list["Endless"]  # type: ignore[name-defined] # noqa: F821
    with pytest.raises(TypeError, match="the parameter is annotated"):
        shape(endless)


NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@for_each(
    "annotation,value,read",
    [
        (int, 5, 5),
        (int, 5.0, 5),
        (int, "5", 5),
        (int, 2**70, 2**70),
        (float, 5, 5.0),
        (float, "1.5", 1.5),
        (bool, "true", True),
        (int | str, "5", "5"),
        (int | None, None, None),
        (bytes, "aGk=", b"hi"),
        (datetime, "2026-01-02T12:00:00Z", NOON),
        (date, "2026-01-02", date(2026, 1, 2)),
        (time, "12:30:00", time(12, 30)),
        (timedelta, "PT5S", timedelta(seconds=5)),
        (Decimal, "1.50", Decimal("1.50")),
        (Decimal, 1.5, Decimal("1.5")),
        (uuid.UUID, str(uuid.UUID(int=5)), uuid.UUID(int=5)),
        (Path, "a/b", Path("a/b")),
        (PurePosixPath | None, None, None),
        (Color, "red", Color.RED),
        (Level, 2, Level.HIGH),
        (Unit, "c", Unit.C),
        (Literal["a", "b"], "b", "b"),
        (set[int], [1, 2, 1], {1, 2}),
        (tuple[int, str], [1, "a"], (1, "a")),
        (dict[int, str], {"1": "a"}, {1: "a"}),
        (dict[Color, int], {"red": 1}, {Color.RED: 1}),
        (Id, 5, 5),
        (Any, {"a": [None]}, {"a": [None]}),
        (
            Place,
            {"city": "Rome", "near": [{"city": "Ostia"}]},
            Place("Rome", [Place("Ostia")]),
        ),
        (Point, {"x": 1, "y": "2"}, Point(1.0, 2.0)),
        (Pair[int], {"both": [1, 2]}, Pair((1, 2))),
        (Options, {"name": "a", "other": 1}, {"name": "a"}),
        (Range, [1], Range(1)),
        (Circle | Square, {"kind": "square", "side": 2}, Square(2.0)),
        (Checked, {"number": 1}, Checked(1)),
    ],
)
def test_json_becomes_a_value_of_the_type(
    annotation: Any, value: Any, read: Any
) -> None:
    found = shape(annotation).read(value)
    assert found == read
    assert type(found) is type(read)
    assert shape(annotation).read(json.loads(write(found))) == read


@for_each(
    "annotation,value,problem",
    [
        (int, "five", "expected an integer, got a string"),
        (int, True, "expected an integer, got true or false"),
        (int, 1.5, "expected an integer, got a number"),
        (str, 5, "expected a string, got an integer"),
        (int | None, "x", "expected an integer or null, got a string"),
        (list[int], {}, "expected an array, got an object"),
        (list[dict[str, int]], [{"a": "b"}], "expected an integer, got a string, at "),
        (Color, "green", 'invalid enum value \'green\': use "red" or "blue"'),
        (Literal[1, 2], 3, "invalid enum value 3: use 1 or 2"),
        (list[Color] | Level, ["x"], 'value \'x\': use "red" or "blue", at [0]'),
        (Color | None, "x", 'invalid enum value \'x\': use "red" or "blue"'),
        (
            list[dict[str, tuple[int, Color]]],
            [{"a": [1, "x"]}],
            'invalid enum value \'x\': use "red" or "blue", at [0][...][1]',
        ),
        (
            Circle | Square,
            {"kind": "x"},
            'invalid value \'x\': use "circle" or "square", at kind',
        ),
        (Path, 5, "expected a string"),
        (Place, {}, "object missing required field city"),
        (Place, {"city": 5}, "expected a string, got an integer, at city"),
        (
            Place,
            {"city": "a", "near": [{"city": "b", "near": 5}]},
            "expected an array, got an integer, at near[0].near",
        ),
        (Checked, {"number": 0}, "'number' must be >= 1: 0"),
        (Annotated[str, msgspec.Meta(max_length=1)], "ab", "expected a string of"),
        (datetime, "soon", "invalid RFC3339 encoded datetime"),
        (dict[int, int], {"a": 1}, "expected an integer, got a string, in a key"),
        (
            list[dict[Literal["a", "b"], int]],
            [{"x": 1}],
            'invalid enum value \'x\': use "a" or "b", in a key, at [0]',
        ),
        (dict[Level, int], {"3": 1}, 'enum value 3: use "1" or "2", in a key'),
    ],
)
def test_a_value_that_does_not_fit_is_an_error(
    annotation: Any, value: Any, problem: str
) -> None:
    with pytest.raises(ValueError, match=r"^[a-z']") as caught:
        shape(annotation).read(value)
    assert problem in str(caught.value)
    assert "`" not in str(caught.value)
    assert "$" not in str(caught.value)


@for_each(
    "annotation,value",
    [
        (list[Place], [Place("Rome")]),
        (dict[int, Point], {1: Point(1)}),
        (Color, Color.RED),
        (datetime, NOON),
        (Path, Path("a")),
        (set[int], {1}),
        (Range, Range(1)),
        (Circle | Square, Circle(1)),
    ],
)
def test_a_value_that_was_read_is_read_again(annotation: Any, value: Any) -> None:
    """For an approval that edits only one of the arguments of a call."""
    assert shape(annotation).read(value) == value


def test_what_a_validator_raises_is_an_error() -> None:
    def forbid(_: object, __: object, value: int) -> None:
        raise KeyError(value)

    @attrs.define
    class Forbidden:
        number: int = attrs.field(validator=forbid)

    with pytest.raises(ValueError, match="KeyError: 5"):
        shape(Forbidden).read({"number": 5})


def test_a_value_nested_too_deeply_is_an_error() -> None:
    value: Any = {"city": "a"}
    for _ in range(100_000):  # Python 3.14 reads as many as its stack holds
        value = {"city": "a", "near": [value]}
    with pytest.raises(ValueError, match="nested too deeply"):
        shape(Place).read(value)


PLAIN = {
    str: st.text(),
    int: st.integers(),
    bool: st.booleans(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    date: st.dates(),
    Color: st.sampled_from(Color),
    bytes: st.binary(),
}


@settings(thorough, max_examples=60)
@given(data=st.data(), kind=st.sampled_from(list(PLAIN)), many=st.booleans())
def test_a_value_that_is_written_is_read_again(
    data: st.DataObject, kind: Any, many: bool
) -> None:
    value = data.draw(st.lists(PLAIN[kind]) if many else PLAIN[kind])
    described = shape(list[kind] if many else kind)
    plain = json.loads(write(value))
    assert Draft202012Validator(described.schema).is_valid(plain)
    assert described.read(plain) == value


@attrs.define
class Record:
    name: str
    chunk: TextChunk
    _secret: str = "hidden"


class Sparse(msgspec.Struct, tag=True, rename="camel"):
    full_name: str
    other: int | msgspec.UnsetType = msgspec.UNSET


class Series:
    """Values as NumPy and pandas have them."""

    def tolist(self) -> list[int]:
        return [1, 2]


@for_each(
    "value,text",
    [
        ("Hi", '"Hi"'),
        (None, "null"),
        (True, "true"),
        (2**70, str(2**70)),
        ([1, 1.5], "[1,1.5]"),
        ([math.nan, math.inf], "[null,null]"),
        ({2: 1, None: 2, True: 3, Color.RED: 4}, '{"2":1,"null":2,"true":3,"red":4}'),
        ({date(2026, 1, 2): 1}, '{"2026-01-02":1}'),
        (Color.RED, '"red"'),
        (Level.LOW, "1"),
        ({"a"}, '["a"]'),
        (collections.deque([1]), "[1]"),
        (Range(1), "[1,null]"),
        (NOON, '"2026-01-02T12:00:00Z"'),
        (timedelta(seconds=5), '"PT5S"'),
        (b"hi", '"aGk="'),
        (Decimal("1.5"), '"1.5"'),
        (Path("a"), '"a"'),
        (array.array("i", [1, 2]), "[1,2]"),
        (Series(), "[1,2]"),
        (Point(1, 2), '{"x":1,"y":2}'),
        (Circle(1), '{"kind":"circle","radius":1}'),
        (Sparse("a"), '{"type":"Sparse","fullName":"a"}'),
        (TextChunk(text="Hi"), None),
        (UnknownChunk(type="new", raw={"type": "new"}), '{"type":"new"}'),
        (collections.OrderedDict(a=1), '{"a":1}'),
        ("\ud83d", '"\ufffd"'),
    ],
)
def test_a_value_is_written_as_json(value: Any, text: str | None) -> None:
    written = write(value)
    if text is not None:
        assert written == text
    json.loads(written)


def test_a_model_inside_a_class_is_written_without_empty_fields() -> None:
    written = write([Record("a", TextChunk(text="Hi"))])
    expected = {"name": "a", "chunk": {"type": "text", "text": "Hi"}}
    assert json.loads(written) == [expected]


def endless() -> list[Any]:
    made: list[Any] = []
    made.append(made)
    return made


@for_each(
    "value,problem",
    [
        (object(), "JSON cannot hold a value of type object: use a str"),
        ([1 + 2j], "complex"),
        ((each for each in "ab"), "generator"),
        (Plain, "type"),
        ({(1, 2): 3}, "the key (1, 2) is of type tuple: use str"),
        (endless(), "contains itself"),
    ],
)
def test_a_value_that_json_cannot_hold_is_an_error(value: Any, problem: str) -> None:
    with pytest.raises(TypeError) as caught:
        write(value)
    assert problem in str(caught.value)


class Documented:
    documentation = "from PEP 727"


@for_each(
    "annotation,text",
    [
        (int, None),
        (Annotated[int, "the count"], "the count"),
        (Annotated[int, msgspec.Meta(ge=1)], None),
        (Annotated[int, msgspec.Meta(description="the count")], "the count"),
        (Annotated[int, "the count"] | None, "the count"),
        (Annotated[int, Documented()], "from PEP 727"),
        (Annotated[int, "the first", "the last"], "the last"),
        (Annotated[int, "the count"] | str, None),
    ],
)
def test_an_annotation_may_have_a_description(annotation: Any, text: str) -> None:
    assert description_of(annotation) == text
