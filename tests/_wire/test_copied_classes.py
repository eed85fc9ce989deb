"""Classes that copies describe: unions told apart by one field, and converters."""

import dataclasses
from typing import Annotated, Any, Generic, Literal, TypeVar, Union

import attrs
import msgspec
import pytest
from jsonschema import Draft202012Validator
from typing_extensions import TypeAliasType

from mistral_conversations._wire.annotations import Shape
from tests.support.for_each import for_each

T = TypeVar("T")


@attrs.frozen
class Circle:
    """A circle."""

    radius: float = attrs.field(validator=attrs.validators.gt(0))
    kind: Literal["circle"] = "circle"


@dataclasses.dataclass(frozen=True)
class Square:
    kind: Literal["square"]
    side: float
    name: str = "square"
    corners: tuple[int, ...] = dataclasses.field(default=(1, 2, 3, 4))
    tags: list[str] = dataclasses.field(default_factory=list)
    area: float = dataclasses.field(default=0.0, init=False)


@attrs.frozen
class Private:
    kind: Literal["private"]
    _secret: int = 1


@attrs.frozen
class Scene:
    shapes: list[Circle | Square]
    main: Circle | Square | None = None
    inner: "list[Scene]" = attrs.field(factory=list)


@attrs.frozen
class Add:
    op: Literal["add"]
    left: "Expression"
    right: "Expression"


@attrs.frozen
class Number:
    op: Literal["number"]
    value: int


Expression = Add | Number


@attrs.frozen
class One:
    version: Literal[1]
    kind: Literal["same"]


@attrs.frozen
class Two:
    version: Literal[2]
    kind: Literal["same"]


@attrs.frozen
class Untagged:
    side: float


@attrs.frozen
class Unresolved:
    kind: Literal["unresolved"]
    side: "Missing"  # type: ignore[name-defined] # noqa: F821


@attrs.frozen
class Box(Generic[T]):
    kind: Literal["box"]
    item: T


SQUARE = Square("square", 2.0)
NUMBER = {"type": "number"}
CIRCLE_SCHEMA = {
    "description": "A circle.",
    "type": "object",
    "properties": {"kind": {"type": "string", "enum": ["circle"]}, "radius": NUMBER},
    "required": ["kind", "radius"],
}
SQUARE_SCHEMA = {
    "type": "object",
    "properties": {
        "kind": {"type": "string", "enum": ["square"]},
        "side": NUMBER,
        "name": {"type": "string", "default": "square"},
        "corners": {"type": "array", "items": {"type": "integer"}},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["kind", "side"],
}


def shape(annotation: Any) -> Shape:
    found = Shape.of(annotation, "the parameter")
    Draft202012Validator.check_schema(found.schema)
    return found


def test_a_union_is_described() -> None:
    assert shape(Circle | Square).schema == {
        "anyOf": [{"$ref": "#/$defs/Circle"}, {"$ref": "#/$defs/Square"}],
        "$defs": {"Circle": CIRCLE_SCHEMA, "Square": SQUARE_SCHEMA},
    }


def test_a_class_with_such_a_union_is_described() -> None:
    schema = shape(Scene).schema
    either = {"anyOf": [{"$ref": "#/$defs/Circle"}, {"$ref": "#/$defs/Square"}]}
    assert schema["properties"]["shapes"] == {"type": "array", "items": either}
    assert schema["properties"]["inner"]["items"] == {"$ref": "#/$defs/Scene"}
    assert schema["required"] == ["shapes"]
    assert schema["$defs"].keys() == {"Circle", "Square", "Scene"}


@for_each(
    "annotation,value,read",
    [
        (Circle | Square, {"kind": "square", "side": "2"}, SQUARE),
        (
            list[Annotated[Union[Circle, Square], "a shape"]],  # noqa: UP007
            [{"kind": "circle", "radius": 1}],
            [Circle(1.0)],
        ),
        (dict[str, Circle | Square | int], {"a": 1}, {"a": 1}),
        (
            dict[str, Circle | Square],
            {"a": {"kind": "square", "side": 2}},
            {"a": SQUARE},
        ),
        (
            tuple[Circle | Square, int],
            [{"kind": "circle", "radius": 1}, 2],
            (Circle(1.0), 2),
        ),
        (
            set[Circle | Private],
            [{"kind": "circle", "radius": 1}, {"kind": "private", "_secret": 2}],
            {Circle(1.0), Private("private", 2)},
        ),
        (Annotated[Circle, "one"] | Square | None, None, None),
        (
            Scene,
            {
                "shapes": [{"kind": "circle", "radius": 1}],
                "main": {"kind": "square", "side": 2},
                "inner": [{"shapes": []}],
            },
            Scene([Circle(1.0)], SQUARE, [Scene([])]),
        ),
        (
            Expression,
            {
                "op": "add",
                "left": {"op": "number", "value": 1},
                "right": {
                    "op": "add",
                    "left": {"op": "number", "value": 2},
                    "right": {"op": "number", "value": 3},
                },
            },
            Add(
                "add",
                Number("number", 1),
                Add("add", Number("number", 2), Number("number", 3)),
            ),
        ),
        (One | Two, {"version": 2, "kind": "same"}, Two(2, "same")),
    ],
)
def test_json_becomes_an_object_of_the_class_with_its_tag(
    annotation: Any, value: Any, read: Any
) -> None:
    found = shape(annotation).read(value)
    assert found == read
    assert type(found) is type(read)


@for_each(
    "value,problem",
    [
        ({"radius": 1}, "object missing required field kind"),
        ({"kind": "star"}, 'invalid value \'star\': use "circle" or "square", at kind'),
        ({"kind": "circle", "radius": "r"}, "expected a number, got a string"),
        ({"kind": "circle", "radius": -1}, "'radius' must be > 0: -1.0"),
        ([], "expected an object, got an array"),
    ],
)
def test_what_fits_no_class_is_an_error(value: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=r"^.") as caught:
        shape(Circle | Square).read(value)
    assert problem in str(caught.value)


@for_each(
    "annotation",
    [
        Circle | Untagged,
        Circle | Number,
        list[Untagged | Circle],
        Circle | Unresolved,
        Circle | Box[int],
    ],
)
def test_without_a_tag_that_differs_a_union_is_an_error(annotation: Any) -> None:
    with pytest.raises(TypeError, match="give each class a tag, a field such as kind"):
        shape(annotation)


def test_classes_without_such_a_union_are_left_alone() -> None:
    assert shape(Circle).schema["properties"]["kind"]["default"] == "circle"
    assert shape(Circle | int).read({"radius": 1}) == Circle(1.0)


class Outside(msgspec.Struct):
    shape: Circle | Square


def test_such_a_union_in_another_class_is_an_error() -> None:
    with pytest.raises(TypeError, match="more than one dataclass or attrs type"):
        shape(Outside)


Form = TypeAliasType("Form", Circle | Square)


class Endless:
    """What `type Endless = list[Endless]` makes, in Python 3.12."""

    @property
    def __value__(self) -> Any:
        return list[self]  # type: ignore[valid-type]


def test_a_type_statement_may_name_such_a_union() -> None:
    assert shape(list[Form]).read([{"kind": "circle", "radius": 1}]) == [Circle(1.0)]


K = TypeVar("K")
V = TypeVar("V")
Turned = TypeAliasType("Turned", tuple[V, list[K]], type_params=(K, V))
Same = TypeAliasType("Same", K, type_params=(K,))


def test_a_type_statement_may_have_parameters() -> None:
    found = shape(dict[str, Turned[Same[int], Circle | Square]])
    read = found.read({"a": [{"kind": "circle", "radius": 1}, [5]]})
    assert read == {"a": (Circle(1.0), [5])}
    with pytest.raises(ValueError, match="expected an integer, got a string"):
        found.read({"a": [{"kind": "circle", "radius": 1}, ["x"]]})


class Undefined:
    """What `type Undefined = Missing` makes, in Python 3.12."""

    @property
    def __value__(self) -> Any:
        raise NameError("name 'Missing' is not defined")


def test_a_type_statement_of_something_undefined_is_an_error() -> None:
    with pytest.raises(TypeError, match="'Missing' is not defined"):
        shape(list[Undefined()])  # type: ignore[misc]


def test_a_type_that_contains_only_itself_is_an_error() -> None:
    with pytest.raises(TypeError, match="it contains itself; use Any"):
        shape(Endless())


def tidy(text: str) -> str:
    return text.strip()


@attrs.frozen
class Line:
    """Text that its class tidies."""

    text: str = attrs.field(converter=tidy)
    size: float = attrs.field(converter=float, default=1)
    length: int = attrs.field(init=False, default=3)


@dataclasses.dataclass
class Page:
    lines: list[Line]
    number: int = dataclasses.field(default=7, init=False)


@attrs.define
class Written:
    number: int = attrs.field(converter=int)

    def __init__(self, other: str) -> None:
        self.__attrs_init__(other)  # type: ignore[attr-defined]


@dataclasses.dataclass
class Prepared:
    number: int = dataclasses.field(default=7, init=False)
    seed: dataclasses.InitVar[int] = 1


def test_converters_run_and_fields_of_the_class_alone_are_hidden() -> None:
    assert shape(Line).schema["properties"].keys() == {"text", "size"}
    assert shape(Page).schema["properties"].keys() == {"lines"}
    data = {"lines": [{"text": " a ", "length": 9}], "number": 9}
    page = shape(Page).read(data)
    assert page == Page([Line("a")])
    assert (page.lines[0].text, page.lines[0].length, page.number) == ("a", 3, 7)
    assert type(page.lines[0].size) is float


@attrs.frozen
class Tidy(Line):
    unit: str = attrs.field(default="m", validator=attrs.validators.in_(["m", "cm"]))


@attrs.frozen
class Plain:
    unit: str = attrs.field(default="m", validator=attrs.validators.in_(["m", "cm"]))


@for_each("cls", [Tidy, Plain])
def test_a_validator_is_quoted_without_its_objects(cls: type) -> None:
    with pytest.raises(ValueError, match="'unit' must be in") as caught:
        shape(dict[str, list[cls]]).read({"a": [{"text": "a", "unit": "k"}]})  # type: ignore[valid-type]
    assert str(caught.value) == ("'unit' must be in ['m', 'cm'] (got 'k'), at [...][0]")


def test_an_exception_without_a_message_is_named() -> None:
    @dataclasses.dataclass
    class Refusing:
        number: int

        def __post_init__(self) -> None:
            raise ValueError

    with pytest.raises(ValueError, match=r"^ValueError, at \[0\]$"):
        shape(list[Refusing]).read([{"number": 1}])


def test_a_class_with_its_own_init_is_filled_without_a_call() -> None:
    assert shape(Written).read({"number": 5}).number == 5


def test_a_dataclass_with_parameters_that_are_no_fields_is_an_error() -> None:
    with pytest.raises(TypeError, match="InitVar"):
        shape(Prepared)
