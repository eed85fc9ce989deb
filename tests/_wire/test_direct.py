"""The direct way gives the object that the way by plain JSON gives, or none."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, cast

import attrs
from hypothesis import given
from hypothesis import strategies as st

from mistral_conversations import (
    BaseModelCard,
    ConversationHistory,
    ConversationMessages,
    ConversationResponse,
    FileSchema,
    MessageOutputEvent,
    to_dict,
)
from mistral_conversations._wire.converter import structure
from mistral_conversations._wire.direct import DirectWay, direct_way
from mistral_conversations._wire.json import decode_json
from mistral_conversations.models.events import ConversationEvents
from mistral_conversations.models.model import Model
from tests.support import bodies as made
from tests.support.comparison import thorough
from tests.support.drawn_models import drawn, kinds, model_classes
from tests.support.file_bodies import file
from tests.support.for_each import for_each
from tests.support.model_bodies import model_card
from tests.support.odd_json import bodies, least, odd_values, texts_of

EVENTS = cast("Any", ConversationEvents)

BODIES: list[tuple[Any, Any]] = [
    *(
        (EVENTS, body)
        for body in [
            made.started(),
            made.delta("Blue"),
            made.delta(made.text_chunk()),
            made.delta(made.thinking("Colours")),
            made.delta([made.text_chunk(), made.reference(), made.tool_file()]),
            made.call_delta('{"city": "Pa'),
            {**made.call_delta(""), "arguments": {"city": ["Paris", {"rank": 1}]}},
            made.tool_started(),
            made.tool_delta('{"query": "sky"}'),
            made.tool_done(),
            made.handoff_started(),
            made.handoff_done(),
            made.done(),
            made.error_event(),
        ]
    ),
    (ConversationResponse, made.response()),
    (
        ConversationHistory,
        made.history(
            made.message_input([made.text_chunk()]),
            made.message([made.thinking("Colours"), made.text_chunk()]),
            made.function_call(),
            made.function_result(),
            made.tool_execution(),
            made.handoff(),
        ),
    ),
    (ConversationMessages, made.messages(made.message_input(), made.message())),
    (FileSchema, file()),
    (BaseModelCard, model_card()),
]

TOKENS = [
    *[
        "null",
        "true",
        "0",
        "1",
        "-0",
        "1.0",
        "1e2",
        "-0.0",
        "1.5",
        "1E400",
        "01",
        "NaN",
    ],
    *["9223372036854775807", "9223372036854775808", "1e18", "1e19", "1" * 5000],
    *['"1"', '"1.0"', '""', '"a"', '"\\ud83d"', '"\\ud83d\\ude00"', '"\x01"', '"é"'],
    *['"2026-08-01T10:00:00"', '"2026-08-01T10:00:00.1234567Z"', '"2026-W31-6T10Z"'],
    *['"2026-08-01t10:00:00z"', '"2026-08-01 10:00:00-02:30"', '"2026-08-01"'],
    *["[]", "{}", "[1]", '{"a": 1}', "{", "}", "[", "]", ",", ":", " ", "\n", "\0"],
    *['"\\u0074ype": "text",', '"type": null,', '"id": "b",', '"output_index": 2.0,'],
    *['"type"', '"text"', '"extra"', '"meta"', '"message.output.delta"', '"content"'],
]
"""Parts of texts that readers of JSON understand differently."""


def by_plain_json(kind: Any, text: bytes | str) -> Any:
    return structure(kind, decode_json(text))


def check_agreement(kind: Any, text: bytes | str) -> None:
    """Check that the direct way gives the same object, if it gives one."""
    direct = direct_way(kind)
    found = None if direct is None else DirectWay(kind).read(text)
    if found is not None:
        expected = by_plain_json(kind, text)
        assert type(found) is type(expected)
        assert repr(found) == repr(expected)


@thorough
@given(st.sampled_from(kinds()).flatmap(lambda k: st.tuples(st.just(k), texts(k))))
def test_both_ways_agree_on_any_text(pair: tuple[Any, bytes]) -> None:
    check_agreement(*pair)


def texts(kind: Any) -> st.SearchStrategy[bytes]:
    return texts_of(bodies(kind) | odd_values)


shares = st.floats(0, 1)
edits = st.lists(
    st.tuples(
        st.sampled_from(["put", "drop", "copy"]), st.floats(0, 1), st.floats(0, 1)
    ),
    max_size=3,
)


@thorough
@given(st.sampled_from(BODIES), edits, st.lists(st.sampled_from(TOKENS), min_size=3))
def test_both_ways_agree_on_spliced_texts(
    pair: tuple[Any, Any], edits: list[tuple[str, float, float]], tokens: list[str]
) -> None:
    kind, body = pair
    parts = re.findall(r'"(?:[^"\\]|\\.)*"|[^\s"{}\[\],:]+|\S', json.dumps(body))
    for (edit, at, source), token in zip(edits, tokens, strict=False):
        index = int(at * (len(parts) - 1))
        if edit == "drop":
            del parts[index]
        elif edit == "put":
            parts.insert(index, token)
        else:
            parts[index] = parts[int(source * (len(parts) - 1))]
    check_agreement(kind, "".join(parts))


@for_each(("kind", "body"), BODIES)
def test_a_body_of_today_is_read_directly(kind: Any, body: Any) -> None:
    text = json.dumps(body)
    found = DirectWay(kind).read(text)
    assert found == by_plain_json(kind, text)
    assert found == DirectWay(kind).read(text.encode())
    assert attrs.evolve(found) == found
    assert found.extra == {}


MODELS: list[Any] = list(model_classes())
CLASSES = [cls for cls in MODELS if direct_way(cls) is not None]

WITHOUT_MIRROR = {
    *["ConversationPage", "ConnectorToolCallResponse", "EmbeddedResource"],
}
"""Classes with unions of objects that no `type` tells apart."""


def test_every_class_but_a_few_is_read_directly() -> None:
    found = {cls.__name__ for cls in MODELS if direct_way(cls) is None}
    assert found == WITHOUT_MIRROR


@for_each("cls", CLASSES)
def test_the_smallest_object_of_a_class_is_read_directly(cls: Any) -> None:
    text = json.dumps(least(cls))
    assert repr(DirectWay(cls).read(text)) == repr(by_plain_json(cls, text))


@thorough
@given(st.sampled_from(CLASSES).flatmap(drawn))
def test_what_our_models_write_is_read_back(read: Model) -> None:
    text = json.dumps(to_dict(attrs.evolve(read, extra={})))
    kind: Any = type(read)
    check_agreement(kind, text)


@attrs.frozen(kw_only=True, repr=False)
class Box(Model):
    label: str = "none"
    content: Any
    parts: tuple[str, ...] = attrs.field(factory=tuple)
    counts: Mapping[str, int] = attrs.field(factory=dict)
    size: int | None = 3


def test_fields_have_their_defaults() -> None:
    way = DirectWay(Box)
    first, second = way.read('{"content": 1}'), way.read('{"content": []}')
    assert first == Box(content=1)
    assert second == Box(content=[])
    assert first.counts is not second.counts
    assert way.read('{"content": 1, "parts": ["a"], "counts": {"b": 2}}') == Box(
        content=1, parts=("a",), counts={"b": 2}
    )


NO_TIME: Any = Annotated[int, "no time"]


@for_each("kind", [str | datetime, bytes, tuple[bytes, ...], dict | Box, NO_TIME])
def test_what_msgspec_cannot_tell_apart_has_no_direct_way(kind: Any) -> None:
    assert direct_way(kind) is None


@for_each("key", ["label", "content", "parts", "counts", "size"])
def test_null_is_for_fields_that_are_none_by_default(key: str) -> None:
    text = json.dumps({"content": 1, key: None})
    assert DirectWay(Box).read(text) is None


@for_each(
    "text",
    [
        "2026-08-01T10:00:00.1234567Z",
        "2026-08-01T10:00:00.999999999+02:00",
        "2026-08-01T10:00:00",
        "2026-08-01 10:00:00z",
        "2026-08-01t10:00:00Z",
        "2026-W31-6T10Z",
        "20260801T100000,5Z",
        "2026-08-01T24:00:00Z",
        "2026-08-01T10:00:60Z",
        "0001-01-01T00:00:00+23:59",
        "2026-08-01",
    ],
)
def test_both_ways_read_times_alike(text: str) -> None:
    body = json.dumps(made.delta("Hi", created_at=text))
    check_agreement(EVENTS, body)


@for_each("levels", [90, 95, 100, 101, 150, 195, 196, 197, 198, 199, 200, 201, 5000])
def test_deep_arguments_are_read_or_refused_alike(levels: int) -> None:
    deep = "[" * (levels - 1) + "]" * (levels - 1)
    body = json.dumps(made.response(made.function_call(arguments={"a": 0})))
    text = body.replace('{"a": 0}', f'{{"a": {deep}}}')
    check_agreement(ConversationResponse, text)


NEW = json.dumps(made.delta("Hi", new_key=1))
KNOWN = json.dumps(made.delta("Hi"))


def test_after_three_refusals_the_next_texts_are_not_tried() -> None:
    way = DirectWay(EVENTS)
    assert [way.read(NEW) for _ in range(3)] == [None] * 3
    assert [way.read(KNOWN) for _ in range(64)] == [None] * 64
    assert isinstance(way.read(KNOWN), MessageOutputEvent)


def test_one_refusal_after_a_pause_begins_the_next() -> None:
    way = DirectWay(EVENTS)
    assert [way.read(NEW) for _ in range(3 + 64 + 1)] == [None] * 68
    assert way.read(KNOWN) is None


def test_a_text_that_fits_ends_a_row_of_refusals() -> None:
    way = DirectWay(EVENTS)
    for _ in range(5):
        assert [way.read(NEW), way.read(NEW)] == [None, None]
        assert way.read(KNOWN) is not None


def test_each_way_has_a_pause_of_its_own() -> None:
    way, other = DirectWay(EVENTS), DirectWay(EVENTS)
    for _ in range(3):
        way.read(NEW)
    assert way.read(KNOWN) is None
    assert other.read(KNOWN) is not None


def test_answers_of_a_kind_share_a_way() -> None:
    assert direct_way(ConversationResponse) is direct_way(ConversationResponse)


@for_each("text", ["", "{", "[]", "null", "7", '"text"', "\ud83d", "[" * 5000])
def test_what_is_no_object_is_refused(text: str) -> None:
    assert DirectWay(EVENTS).read(text) is None
    assert DirectWay(ConversationResponse).read(text) is None


def test_objects_share_nothing() -> None:
    way = DirectWay(ConversationResponse)
    text = json.dumps(made.response())
    first, second = way.read(text), way.read(text)
    assert first.extra is not second.extra
    assert first.usage.extra is not first.extra
