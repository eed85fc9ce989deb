"""Replies as objects of a type."""

import copy
import dataclasses
import datetime as dt
import enum
import pickle
from typing import Annotated, Any, Literal, NewType, TypedDict

import attrs
import msgspec
import pydantic
import pytest
from jsonschema import Draft202012Validator

from mistral_conversations import (
    ConversationResponse,
    DecodeError,
    OutputValidationError,
    ResponseFormat,
    from_dict,
    to_dict,
)
from mistral_conversations._wire.structured_output import Output
from tests.support.bodies import (
    function_call,
    handoff,
    message,
    reference,
    response,
    text_chunk,
    thinking,
    tool_execution,
)
from tests.support.for_each import for_each


@attrs.frozen
class Place:
    city: str
    day: dt.date | None = None


@attrs.define
class Trip:
    name: str
    places: list[Place]


@dataclasses.dataclass
class Node:
    left: "Node | None"
    value: int = 0


class Row(TypedDict):
    city: str
    days: int


class Point(msgspec.Struct, tag=True):
    x: float


class Circle(msgspec.Struct, tag=True):
    radius: float


class Colour(enum.Enum):
    RED = "red"


Kilometres = NewType("Kilometres", int)

DATE = dt.date(2026, 7, 1)
CASES = [
    (Place, '{"city": "Paris", "day": "2026-07-01"}', Place("Paris", DATE), "Place"),
    (
        Trip,
        '{"name": "T", "places": [{"city": "Paris"}]}',
        Trip("T", [Place("Paris")]),
        "Trip",
    ),
    (Node, '{"left": {"left": null, "value": 1}}', Node(Node(None, 1)), "Node"),
    (Row, '{"city": "Paris", "days": 2}', {"city": "Paris", "days": 2}, "Row"),
    (Point, '{"type": "Point", "x": 1.5}', Point(1.5), "Point"),
    (dict[str, int], '{"value": 1}', {"value": 1}, "dict_str_int"),
]
WRAPPED = [
    (list[int], "[1, 2]", [1, 2], "list_int"),
    (list[Place], '[{"city": "Paris"}]', [Place("Paris")], "list_Place"),
    (int | str | None, '"a"', "a", "int_str_None"),
    (Literal["a", "b"], '"b"', "b", "Literal_a_b"),
    (Colour, '"red"', Colour.RED, "Colour"),
    (bool, "false", False, "bool"),
    (Kilometres, "7", 7, "Kilometres"),
    (Annotated[int, msgspec.Meta(ge=1)], "7", 7, "int"),
    (Point | Circle, '{"type": "Circle", "radius": 2}', Circle(2.0), "Point_Circle"),
    (Node | None, "null", None, "Node_None"),
]


def schema_of(output_type: Any) -> dict[str, Any]:
    format = Output.of(output_type).response_format
    assert format.json_schema is not None
    return dict(format.json_schema.schema)


@for_each("output_type,text,value,name", CASES)
def test_an_object(output_type: Any, text: str, value: Any, name: str) -> None:
    output = Output.of(output_type)
    assert output.parse(text) == value
    assert type(output.parse(text)) is type(value)
    assert output.response_format.type == "json_schema"
    assert output.response_format.json_schema is not None
    assert output.response_format.json_schema.name == name
    assert output.response_format.json_schema.strict is True
    schema = schema_of(output_type)
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(msgspec.json.decode(text))
    assert schema["type"] == "object"
    assert "$ref" not in schema


@for_each("output_type,text,value,name", WRAPPED)
def test_a_value_that_is_no_object_is_wrapped(
    output_type: Any, text: str, value: Any, name: str
) -> None:
    output = Output.of(output_type)
    wrapped = f'{{"value": {text}}}'
    assert output.parse(wrapped) == output.parse(text) == value
    assert output.parse('{"value"' + wrapped) == value
    assert output.response_format.json_schema is not None
    assert output.response_format.json_schema.name == name
    schema = schema_of(output_type)
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(msgspec.json.decode(wrapped))
    assert not Draft202012Validator(schema).is_valid({})
    assert schema["required"] == list(schema["properties"]) == ["value"]
    assert schema["type"] == "object"


def test_objects_have_no_other_keys() -> None:
    assert schema_of(Trip) == {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "places": {"type": "array", "items": {"$ref": "#/$defs/Place"}},
        },
        "required": ["name", "places"],
        "additionalProperties": False,
        "$defs": {
            "Place": {
                "type": "object",
                "properties": {
                    "city": {"type": "string"},
                    "day": {
                        "anyOf": [
                            {"type": "string", "format": "date"},
                            {"type": "null"},
                        ],
                        "default": None,
                    },
                },
                "required": ["city"],
                "additionalProperties": False,
            }
        },
    }


class Nights(pydantic.BaseModel):
    city: str
    nights: Annotated[int, pydantic.Field(ge=1)]
    next: "Nights | None" = None


def test_a_model_of_pydantic() -> None:
    output = Output.of(Nights)
    text = '{"city": "Paris", "nights": 2, "next": {"city": "Lyon", "nights": 1}}'
    lyon = Nights(city="Lyon", nights=1)
    assert output.parse(text) == Nights(city="Paris", nights=2, next=lyon)
    assert output.parse('{"ci' + text) == output.parse(text)
    assert Output.of(list[Nights]).parse(f'{{"value": [{text}]}}') == [
        output.parse(text)
    ]
    for rest in ('"nights": 0}', '"nights": 1, "next": {"city": 5}}'):
        with pytest.raises(OutputValidationError, match=r"fit Nights: .* at .*nights"):
            output.parse('{"city": "Paris", ' + rest)
    for output_type in (Nights, list[Nights]):
        schema = schema_of(output_type)
        Draft202012Validator.check_schema(schema)
        assert schema["additionalProperties"] is False
        assert schema["$defs"]["Nights"]["additionalProperties"] is False


def test_a_name_fits_the_api() -> None:
    for name, sent in [("Größe", "Gr_e"), ("X" * 99, "X" * 64), ("Ω", "output")]:
        cls = attrs.make_class(name, {"a": attrs.field(type=int)})
        schema = Output.of(cls).response_format.json_schema
        assert schema is not None
        assert schema.name == sent


@for_each("output_type", [object, complex, Any | complex, "Place", Place("x"), 5, len])
def test_a_type_that_cannot_be_described(output_type: Any) -> None:
    answer = from_dict(ConversationResponse, response(message("{}")))
    for work in (Output.of, answer.parse, ResponseFormat.of):
        with pytest.raises(TypeError, match="output_type"):
            work(output_type)


@for_each(
    "text,problem",
    [
        (
            "I will not do that.",
            "the reply is not JSON: Expecting value at character 0",
        ),
        ("", "the reply is not JSON: it is empty"),
        ('{"city": 5}', "the reply does not fit Place: .*city"),
        ('{"city": "x", "day": "May"}', "the reply does not fit Place: .*day"),
        ('{"days": 5}', "the reply does not fit Place: .*city"),
        ('{"value": {"city": "x"}}', "the reply does not fit Place: "),
        ("[]", "the reply does not fit Place: "),
        ("null", "the reply does not fit Place: "),
        ('{"city": "x', "it is cut off"),
        ('{{"city": 5}', "the reply does not fit Place: .*city"),
        ('{"city": "\x1b"}', r"near '{\"city\": \"\\x1b"),
    ],
)
def test_a_reply_that_does_not_fit(text: str, problem: str) -> None:
    with pytest.raises(OutputValidationError, match=problem) as caught:
        Output.of(Place).parse(text)
    error = caught.value
    assert isinstance(error, ValueError)
    assert isinstance(error, DecodeError)
    assert error.text == error.body == text
    assert error.result is None
    assert error.may_have_been_processed
    assert str(error).isprintable()
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert (str(twin), twin.text) == (str(error), text)


@for_each(
    "outputs",
    [
        [message('{"city": "Paris"}')],
        [message([thinking("Hm."), text_chunk('{"city": '), text_chunk('"Paris"}')])],
        [message([text_chunk("{"), text_chunk('{"city": "Paris"}')])],
        [message([text_chunk('{"city": "Paris"}'), reference()])],
        [message("I look it up."), tool_execution(), message('{"city": "Paris"}')],
        [message('{"city": "Paris"}'), handoff(), message(" \n")],
        [tool_execution(), message('```json\n{"city": "Paris"}\n```')],
    ],
)
def test_the_reply_is_the_last_text(outputs: Any) -> None:
    answer = from_dict(ConversationResponse, response(*outputs))
    assert answer.parse(Place) == Place("Paris")


@for_each(
    "outputs,found",
    [
        ([function_call()], "only a function call of weather"),
        ([function_call(), function_call()], "only a function call of weather$"),
        ([message(""), handoff()], "only message.output without text, agent.handoff"),
        ([message([thinking("Hm.")])], "only message.output without text"),
        ([{"type": "new.entry"}], "only new.entry"),
        ([], "only nothing"),
    ],
)
def test_an_answer_without_text(outputs: Any, found: str) -> None:
    answer = from_dict(ConversationResponse, {**response(), "outputs": outputs})
    with pytest.raises(OutputValidationError, match=found) as caught:
        answer.parse(Place)
    assert "no text to read as Place" in str(caught.value)
    assert caught.value.meta == answer.meta
    assert caught.value.text == ""


def test_the_traceback_of_an_error_ends_at_the_caller() -> None:
    answer = from_dict(ConversationResponse, response(message("{")))
    for kind, output_type in ((OutputValidationError, Place), (TypeError, complex)):
        with pytest.raises(kind) as caught:
            answer.parse(output_type)
        assert [entry.name for entry in caught.traceback] == [
            "test_the_traceback_of_an_error_ends_at_the_caller"
        ]


def test_the_format_of_a_type_goes_as_any_other() -> None:
    format = ResponseFormat.of(list[Place])
    sent = to_dict(format)
    assert sent["json_schema"]["schema"] == schema_of(list[Place])
    assert from_dict(ResponseFormat, sent) == format


@for_each(
    "output_type,texts",
    [
        (
            Place,
            [("", None), ("``", None), ("{", {}), ('{"city": "Pa', {"city": "Pa"})],
        ),
        (Place, [('{"city": "Pa{"city": "Pari', {"city": "Pari"}), ("null", None)]),
        (list[int], [("{", None), ('{"va', None), ('{"value": [', []), ("[1, 2", [1])]),
        (list[int], [('{"value": [1, 2', [1]), ('{"val{"value": [1,', [1])]),
        (str, [('{"value": "a', "a"), ('{"value": ""}', ""), ('"ab', "ab")]),
        (Node, [('{"left": {"left": {"value"', {"left": {"left": {}}})]),
        (Trip, [('{"name": {"name": "T"', {"name": "T"})]),
        (Any, [('{"a": 1,', {"a": 1}), ('{"value": {"a": {"a', {"a": {}})]),
    ],
)
def test_the_object_so_far(output_type: Any, texts: Any) -> None:
    for text, value in texts:
        assert Output.of(output_type).partial(text) == value, text
