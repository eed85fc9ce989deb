"""Counters, lists and objects that look odd, in every class that may hold them."""

import math
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mistral_conversations import (
    Agent,
    AgentAliasResponse,
    AgentConversation,
    AgentListPage,
    CompletionArgs,
    Connector,
    ConnectorToolCallResponse,
    ConversationHistory,
    ConversationMessages,
    ConversationResponse,
    ConversationUsageInfo,
    DecodeError,
    DocumentOut,
    FunctionCallEvent,
    GuardrailConfig,
    LibraryOut,
    ListDocumentOut,
    ListLibraryOut,
    ListSharingOut,
    MessageOutputEvent,
    ModelConversation,
    PaginatedConnectors,
    PaginationInfo,
    ResponseDoneEvent,
    ResponseStartedEvent,
    ToolConfiguration,
    ValidationError,
    from_dict,
    to_dict,
)
from mistral_conversations._wire.odd_values import read_float, read_int, stand_ins
from tests.support.agent_bodies import agent, agent_list_page, alias
from tests.support.bodies import (
    agent_conversation,
    call_delta,
    delta,
    done,
    history,
    message,
    messages,
    model_conversation,
    response,
    started,
)
from tests.support.comparison import any_json, json_differences, thorough
from tests.support.connector_bodies import connector, connectors, tool_result
from tests.support.for_each import for_each
from tests.support.library_bodies import (
    document,
    documents,
    libraries,
    library,
    sharings,
)

WHOLE: dict[Any, dict[str, Any]] = {
    ConversationResponse: response(message("Hi")),
    ConversationHistory: history(message("Hi")),
    ConversationMessages: messages(message("Hi")),
    ModelConversation: model_conversation(),
    AgentConversation: agent_conversation(),
    Agent: agent(),
    AgentListPage: agent_list_page(1),
    AgentAliasResponse: alias(),
    LibraryOut: library(),
    ListLibraryOut: libraries(library()),
    ListSharingOut: sharings(),
    DocumentOut: document(),
    ListDocumentOut: documents(1),
    Connector: connector(),
    PaginatedConnectors: connectors(1, cursor="next"),
    ConnectorToolCallResponse: tool_result(),
    CompletionArgs: {"max_tokens": 5, "temperature": 0.5},
    ConversationUsageInfo: {"prompt_tokens": 2, "total_tokens": 2},
    ToolConfiguration: {"include": ["a"]},
    ResponseStartedEvent: started(),
    ResponseDoneEvent: done(),
    MessageOutputEvent: delta("Hi"),
}
"""An object of each class: answers, their parts without a tag, and two events."""

MAY_BE_ODD = {
    ConversationResponse: {"usage", "guardrails"},
    ConversationHistory: set(),
    ConversationMessages: set(),
    ModelConversation: {"tools", "completion_args", "guardrails", "metadata"},
    AgentConversation: {"agent_version", "metadata"},
    Agent: {"versions", "tools", "completion_args", "guardrails", "handoffs"}
    | {"metadata"},
    AgentListPage: set(),
    AgentAliasResponse: set(),
    LibraryOut: {"chunk_size", "explicit_user_members_count"}
    | {"explicit_workspace_members_count"},
    ListLibraryOut: {"pagination"},
    ListSharingOut: set(),
    DocumentOut: {"size", "number_of_pages", "tokens_processing_main_content"}
    | {"tokens_processing_summary", "attributes"},
    ListDocumentOut: {"pagination"},
    Connector: {"server_card", "locale", "supported_auth_methods", "tools"}
    | {"connection_preferences", "connection_credentials", "connection_config"}
    | {"execution_env"},
    PaginatedConnectors: {"pagination"},
    ConnectorToolCallResponse: {"metadata"},
    CompletionArgs: {"stop", "max_tokens", "random_seed", "prediction"}
    | {"response_format"},
    ConversationUsageInfo: {"prompt_tokens", "completion_tokens", "total_tokens"}
    | {"connector_tokens", "connectors"},
    ToolConfiguration: {"include", "exclude", "requires_confirmation"},
    ResponseStartedEvent: {"created_at"},
    ResponseDoneEvent: {"usage", "created_at"},
    MessageOutputEvent: set(),
}

ODD_FIELDS = [(cls, key) for cls, keys in MAY_BE_ODD.items() for key in sorted(keys)]
ODD = [{}, [], "x", "", 5, -1, 1.5, True, False, math.inf, [[]], {"a": {"b": [None]}}]


@for_each("cls", WHOLE)
def test_the_fields_that_may_be_odd(cls: Any) -> None:
    assert stand_ins(cls).keys() == MAY_BE_ODD[cls]


def check_odd_value(cls: Any, key: str, odd: Any) -> None:
    """Check that an object with an odd value decodes, and keeps that value."""
    plain, body = from_dict(cls, WHOLE[cls]), WHOLE[cls] | {key: odd}
    found = from_dict(cls, body)
    for field in attrs.fields(cls):
        if field.name not in {key, "extra"}:
            assert getattr(found, field.name) == getattr(plain, field.name)
    if key in found.extra:
        assert found.extra == {key: odd}
        assert getattr(found, key) == stand_ins(cls)[key]()
    assert (to_dict(found).get(key) is None) <= (odd is None)
    again = from_dict(cls, to_dict(found))
    assert (again, again.extra) == (found, found.extra)


@for_each(("cls", "key"), ODD_FIELDS)
@for_each("odd", ODD)
def test_an_odd_value_does_not_cost_the_object(cls: Any, key: str, odd: Any) -> None:
    check_odd_value(cls, key, odd)


@settings(thorough, max_examples=10 * thorough.max_examples)
@given(st.sampled_from(ODD_FIELDS), any_json.filter(lambda value: value is not None))
def test_any_value_does_not_cost_the_object(field: tuple[Any, str], odd: Any) -> None:
    check_odd_value(*field, odd)


def test_an_odd_value_is_kept_beside_new_keys() -> None:
    body = response(usage=[], guardrails={}, new_key=1, nothing=None)
    answer = from_dict(ConversationResponse, body)
    assert answer.extra == {"usage": [], "guardrails": {}, "new_key": 1}
    assert (answer.usage, answer.guardrails) == (ConversationUsageInfo(), None)
    assert json_differences(body, to_dict(answer)) == []


def test_defaults_for_odd_values_are_not_shared() -> None:
    first, second = (from_dict(ConversationResponse, response(usage=5)) for _ in "ab")
    assert first.usage is not second.usage


@for_each(
    ("value", "number"),
    [
        *[(12, 12), (-1, -1), (12.0, 12), (-0.0, 0), (1e3, 1000), (2**70, 2**70)],
        *[("12", 12), (" 12 ", 12), ("-3", -3), ("+3", 3), ("007", 7), ("12.0", 12)],
        *[("12.", 12), ("1e3", 1000), ("12.50e1", 125), ("9" * 40, int("9" * 40))],
    ],
)
def test_a_number_is_read(value: Any, number: int) -> None:
    assert (read_int(value), type(read_int(value))) == (number, int)
    usage = from_dict(ConversationUsageInfo, {"connector_tokens": value})
    assert (usage.connector_tokens, usage.extra) == (number, {})


@for_each(
    "value",
    [
        *[True, False, 1.5, math.nan, math.inf, -math.inf, 1e300, [], {}, [1]],
        *["", " ", "x", "1.5", "1,5", "1_000", "0x10", "1 2", "١٢", "nan", "inf"],
        *["1e400", "1e300", "--1", "9" * 10_000, ".", "e3", "1e", "12 tokens", "²"],
    ],
)
def test_what_is_no_whole_number_is_kept(value: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        read_int(value)
    usage = from_dict(ConversationUsageInfo, {"connector_tokens": value})
    assert (usage.connector_tokens, usage.extra) == (None, {"connector_tokens": value})


@for_each(
    ("value", "number"), [(1, 1), (0.5, 0.5), ("0.5", 0.5), ("-2", -2), ("1e-3", 0.001)]
)
def test_a_setting_is_read_from_a_string(value: Any, number: float) -> None:
    assert read_float(value) == number
    assert from_dict(CompletionArgs, {"temperature": value}).temperature == number


@for_each("value", ["hot", "", True, [], {}, "nan"])
def test_a_setting_that_is_no_number_costs_its_settings_alone(value: Any) -> None:
    body = model_conversation(completion_args={"temperature": value})
    found = from_dict(ModelConversation, body)
    assert found.completion_args is None
    assert found.extra == {"completion_args": {"temperature": value}}


@for_each(
    ("connectors", "read"),
    [
        ({"web_search": 1}, {"web_search": 1}),
        ({"web_search": "1", "code_interpreter": 2.0, "new": None},
         {"web_search": 1, "code_interpreter": 2}),
        ({}, {}),
    ],
)  # fmt: skip
def test_the_runs_of_connectors_are_counted(connectors: Any, read: Any) -> None:
    usage = from_dict(ConversationUsageInfo, {"connectors": connectors})
    assert (usage.connectors, usage.extra) == (read, {})


@for_each("odd", [[], "x", {"web_search": {}}, {"web_search": True}])
def test_runs_that_cannot_be_counted_are_kept(odd: Any) -> None:
    usage = from_dict(ConversationUsageInfo, {"connectors": odd, "total_tokens": 3})
    assert (usage.connectors, usage.total_tokens) == (None, 3)
    assert usage.extra == {"connectors": odd}


def test_the_numbers_of_libraries_and_documents() -> None:
    found = from_dict(LibraryOut, library(nb_documents="426", total_size=1024.0))
    assert (found.nb_documents, found.total_size) == (426, 1024)
    file = from_dict(DocumentOut, document(size="12", number_of_pages=3.0))
    assert (file.size, file.number_of_pages) == (12, 3)
    page = from_dict(ListDocumentOut, documents(1, total_items="9", current_page=0.0))
    assert page.pagination is not None
    assert (page.pagination.total_items, page.pagination.current_page) == (9, 0)


@for_each("pagination", [None, {}, [], {"total_items": 1}, "x"])
def test_a_page_without_its_position(pagination: Any) -> None:
    body = documents(1) | {"pagination": pagination}
    page = from_dict(ListDocumentOut, body)
    assert (page.pagination, len(page)) == (None, 1)
    assert json_differences(body, to_dict(page)) == []


def test_the_indexes_of_events() -> None:
    event = from_dict(
        MessageOutputEvent, delta("x", output_index="2", content_index=1.0)
    )
    assert (event.output_index, event.content_index) == (2, 1)
    assert (
        from_dict(FunctionCallEvent, call_delta("", output_index=3.0)).output_index == 3
    )


def test_a_version_is_a_number_or_a_name() -> None:
    def version(value: Any) -> Any:
        body = agent_conversation(agent_version=value)
        return from_dict(AgentConversation, body).agent_version

    assert [version(value) for value in ("3", 3, 3.0, "next")] == ["3", 3, 3, "next"]
    assert version({}) is None


@for_each(
    ("cls", "changed", "place"),
    [
        *[(ConversationResponse, {key: 5}, key) for key in ("object", "outputs")],
        (ConversationResponse, {"conversation_id": 1, "usage": []}, "conversation_id"),
        (ConversationHistory, {"entries": {}}, "entries"),
        (ConversationMessages, {"messages": "x"}, "messages"),
        (ModelConversation, {"id": None}, "id"),
        (ModelConversation, {"name": 5}, "name"),
        (ModelConversation, {"created_at": "yesterday"}, "created_at"),
        (Agent, {"version": {}}, "version"),
        (Agent, {"version": True}, "version"),
        (Agent, {"deployment_chat": "yes"}, "deployment_chat"),
        (LibraryOut, {"nb_documents": "many"}, "nb_documents"),
        (LibraryOut, {"total_size": 1.5}, "total_size"),
        (DocumentOut, {"tokens_processing_total": None}, "tokens_processing_total"),
        *[(cls, {"data": {}}, "data") for cls in (ListLibraryOut, ListDocumentOut)],
        (ListSharingOut, {"data": None}, "data"),
    ],
)
def test_what_an_answer_consists_of_keeps_its_types(
    cls: Any, changed: dict[str, Any], place: str
) -> None:
    with pytest.raises(DecodeError, match=rf"\b{place}\b") as caught:
        from_dict(cls, WHOLE[cls] | changed)
    assert "usage" not in str(caught.value)


@for_each("body", [None, [], "x", 5, True])
@for_each("cls", WHOLE)
def test_what_is_no_object_is_no_answer(cls: Any, body: Any) -> None:
    with pytest.raises(DecodeError):
        from_dict(cls, body)


def test_the_done_event_requires_a_usage_that_may_be_odd() -> None:
    event = from_dict(ResponseDoneEvent, done() | {"usage": []})
    assert (event.usage, event.extra) == (ConversationUsageInfo(), {"usage": []})
    with pytest.raises(DecodeError, match="usage"):
        from_dict(ResponseDoneEvent, done() | {"usage": None})


def test_parts_without_a_tag_are_read_as_answers_are() -> None:
    config = from_dict(
        GuardrailConfig, {"moderation_llm_v1": [], "block_on_error": True}
    )
    assert (config.moderation_llm_v1, config.block_on_error) == (None, True)
    problem = from_dict(
        ValidationError, {"loc": ["a", 1.0], "msg": "m", "type": "t", "ctx": "x"}
    )
    assert (problem.loc, problem.ctx, problem.extra) == (("a", 1), None, {"ctx": "x"})
    with pytest.raises(DecodeError, match="total_items"):
        from_dict(PaginationInfo, {"total_items": {}})
