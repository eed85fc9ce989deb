"""Plain JSON to models and back."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_conversations import (
    CompletionArgs,
    ConversationResponse,
    ConversationUsageInfo,
    DecodeError,
    FunctionCallEntry,
    InputEntries,
    MessageOutputEntry,
    ModelConversation,
    ToolConfiguration,
    ToolExecutionEntry,
    from_dict,
    to_dict,
)
from mistral_conversations._wire.converter import structure
from tests.support.bodies import TIME, message, model_conversation, response, without
from tests.support.comparison import any_json, json_differences, thorough
from tests.support.for_each import for_each


def test_fields_are_read_by_their_names() -> None:
    entry = from_dict(MessageOutputEntry, message("Hi"))
    assert entry.content == "Hi"
    assert entry.created_at == datetime(2026, 7, 1, 10, 20, 30, 123456, UTC)
    assert entry.extra == {}


@for_each(
    ("text", "time"),
    [
        ("2026-07-01T10:20:30.123456Z", datetime(2026, 7, 1, 10, 20, 30, 123456, UTC)),
        ("2026-07-01T10:20:30.123Z", datetime(2026, 7, 1, 10, 20, 30, 123000, UTC)),
        ("2026-07-01T10:20:30Z", datetime(2026, 7, 1, 10, 20, 30, 0, UTC)),
        ("2026-07-01T10:20:30", datetime(2026, 7, 1, 10, 20, 30, 0, UTC)),
        ("2026-07-01T12:20:30+02:00", datetime(2026, 7, 1, 10, 20, 30, 0, UTC)),
    ],
)
def test_timestamps_are_aware(text: str, time: datetime) -> None:
    read = from_dict(MessageOutputEntry, message(created_at=text)).created_at
    assert read == time
    assert read is not None
    assert read.tzinfo is not None


@pytest.mark.parametrize(
    ("zone", "text"),
    [(UTC, TIME), (timezone(timedelta(hours=2)), "2026-07-01T10:20:30.123456+02:00")],
)
def test_timestamps_are_written_with_their_zone(zone: timezone, text: str) -> None:
    time = datetime(2026, 7, 1, 10, 20, 30, 123456, zone)
    entry = MessageOutputEntry(content="", created_at=time)
    assert to_dict(entry)["created_at"] == text


def test_absent_and_null_both_read_none() -> None:
    null = from_dict(MessageOutputEntry, message(id=None, model=None, object=None))
    absent = from_dict(MessageOutputEntry, without(message(), "id", "model", "object"))
    assert null == absent
    assert (null.id, null.model, null.object) == (None, None, "entry")


def test_unknown_keys_are_kept_and_written_back() -> None:
    body = message(new_key={"a": [None, 1]}, other="x", nothing=None)
    entry = from_dict(MessageOutputEntry, body)
    assert entry.extra == {"new_key": {"a": [None, 1]}, "other": "x"}
    assert json_differences(body, to_dict(entry)) == []


def test_keys_that_are_named_like_our_own_fields_are_kept() -> None:
    body = response(extra={"a": 1}, meta="theirs")
    answer = from_dict(ConversationResponse, body)
    assert answer.meta is None
    assert answer.extra == {"extra": {"a": 1}, "meta": "theirs"}
    assert json_differences(body, to_dict(answer)) == []


def test_none_is_left_out_of_what_is_written() -> None:
    assert to_dict(CompletionArgs(temperature=0, stop=("a", "b"))) == {
        "temperature": 0,
        "stop": ["a", "b"],
    }
    assert to_dict(ToolConfiguration()) == {}


def test_what_is_no_model_is_written_as_it_is() -> None:
    value = {"a": [1, None, "x", 1.5, True]}
    assert to_dict(value) == value


@for_each(
    ("changed", "place"),
    [
        ({"outputs": {}}, "outputs"),
        ({"outputs": "text"}, "outputs"),
        ({"outputs": None}, "outputs"),
        ({"conversation_id": 1}, "conversation_id"),
        ({"conversation_id": 1, "usage": []}, "conversation_id"),
        ({"object": 5}, "object"),
    ],
)
def test_a_misfit_at_the_top_level_names_its_place(
    changed: dict[str, Any], place: str
) -> None:
    body = response(**changed)
    with pytest.raises(DecodeError, match=place) as caught:
        from_dict(ConversationResponse, body)
    assert caught.value.body == body
    assert caught.value.__cause__ is None


@for_each("type_", ["x", 1, {}])
def test_an_object_of_another_type_is_refused(type_: Any) -> None:
    with pytest.raises(
        DecodeError, match=r"expected Literal @ FunctionCallEntry\.type"
    ):
        from_dict(FunctionCallEntry, {"type": type_, "tool_call_id": "1"})


def test_several_misfits_are_all_reported() -> None:
    with pytest.raises(ValueError, match=r"(?s)id.*created_at.*model"):
        structure(ModelConversation, {"id": 5, "created_at": "yesterday"})


def test_many_misfits_are_counted() -> None:
    with pytest.raises(ValueError, match=r"; and 3990 more$") as caught:
        structure(tuple[ModelConversation, ...], [{"id": 5}] * 1000)
    assert len(str(caught.value)) < 1000


@thorough
@given(any_json)
def test_any_json_is_a_model_or_a_decode_error(data: Any) -> None:
    with suppress(DecodeError):
        assert (
            json_differences(data, to_dict(from_dict(ConversationResponse, data))) == []
        )


@thorough
@given(st.dictionaries(st.sampled_from(list(message())), any_json), any_json)
def test_an_entry_with_any_values_decodes_and_comes_back(
    values: dict[str, Any], content: Any
) -> None:
    body = response({**message(content), **values})
    answer = from_dict(ConversationResponse, body)
    assert json_differences(body, to_dict(answer)) == []


@for_each("number", [0, 1, 0.5, -2])
def test_a_number_may_be_whole(number: float) -> None:
    args = from_dict(CompletionArgs, {"temperature": number})
    assert args.temperature == number
    assert type(args.temperature) is type(number)


@for_each("number", ["hot", True, [], {}])
def test_a_number_is_nothing_else(number: Any) -> None:
    with pytest.raises(DecodeError, match="temperature"):
        from_dict(CompletionArgs, {"temperature": number})
    with pytest.raises(DecodeError):
        from_dict(float, number)


def test_arguments_are_text_or_an_object() -> None:
    for arguments in ("{}", "no JSON", {"a": {"b": None}}):
        body = {"tool_call_id": "1", "name": "f", "arguments": arguments}
        assert from_dict(FunctionCallEntry, body).arguments == arguments
        assert to_dict(from_dict(FunctionCallEntry, body))["arguments"] == arguments


def test_a_deeply_nested_object_comes_back() -> None:
    deep: Any = "bottom"
    for _ in range(300):
        deep = {"down": deep}
    body = response(message(new_key=deep))
    assert (
        to_dict(from_dict(ConversationResponse, body))["outputs"][0]["new_key"] == deep
    )


def test_missing_usage_is_zeros() -> None:
    answer = from_dict(ConversationResponse, without(response(), "usage"))
    assert answer.usage == ConversationUsageInfo()


def test_a_union_is_read_by_its_alias() -> None:
    assert from_dict(InputEntries, message()) == from_dict(
        MessageOutputEntry, message()
    )


def test_a_conversation_comes_back() -> None:
    body = model_conversation(metadata={"team": "sky"}, tools=[{"type": "web_search"}])
    assert json_differences(body, to_dict(from_dict(ModelConversation, body))) == []


def test_what_is_nested_too_deeply_to_write_is_a_value_error() -> None:
    deep: dict[str, Any] = {}
    for _ in range(5000):
        deep = {"a": deep}
    with pytest.raises(ValueError, match=r"^ToolExecutionEntry is nested too deeply"):
        to_dict(ToolExecutionEntry(name="code_interpreter", info=deep))
