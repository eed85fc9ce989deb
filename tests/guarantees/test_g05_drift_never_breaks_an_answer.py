"""G5: what the service adds, drops or changes never costs the answer."""

from typing import Any

import pytest

from mistral_conversations import (
    ConversationHistory,
    ConversationMessages,
    ConversationPage,
    ConversationResponse,
    DecodeError,
    FunctionCallEntry,
    MessageOutputEntry,
    ModelConversation,
    ToolExecutionEntry,
    UnknownChunk,
    UnknownEntry,
    UnknownTool,
    from_dict,
    to_dict,
)
from tests.support.bodies import (
    agent_conversation,
    delta,
    done,
    function_call,
    function_result,
    handoff,
    history,
    message,
    message_input,
    messages,
    model_conversation,
    reference,
    response,
    started,
    text_chunk,
    thinking,
    tool_delta,
    tool_done,
    tool_execution,
    tool_file,
    tool_started,
    without,
)
from tests.support.client_and_server import answered_with, event_stream
from tests.support.comparison import json_differences
from tests.support.for_each import for_each
from tests.support.raw_server import json_answer

pytestmark = pytest.mark.anyio

NEW = {"type": "brand.new", "object": "entry", "deep": [{"null": None, "n": 1.5}]}

Body = dict[str, Any]


async def answered(body: Any, method: str = "append") -> Any:
    async with answered_with(json_answer(body)) as (client, _):
        return await getattr(client, method)("conv_1")


ODD_ENTRIES = [
    NEW,
    {"no": "type"},
    {"type": None},
    {"type": ["message.output"]},
    "text",
    None,
    5,
    [],
    message(5),
    message(None),
    message(created_at="yesterday"),
    message(id=7),
    without(message(), "content"),
    function_call(arguments=["a", "list"]),
    without(function_call(), "tool_call_id"),
    tool_execution(info="text"),
    without(handoff(), "next_agent_id"),
]


@for_each("odd", ODD_ENTRIES)
async def test_one_odd_entry_does_not_cost_the_answer(odd: Any) -> None:
    body = response(message("Before. "), odd, message("After."))
    answer = await answered(body)
    assert isinstance(answer, ConversationResponse)
    assert answer.text == "Before. After."
    entry = answer.outputs[1]
    assert isinstance(entry, UnknownEntry)
    assert entry.raw == odd
    assert json_differences(body, to_dict(answer)) == []


@for_each("odd", [NEW, message_input(None), function_result(result=5)])
async def test_one_odd_entry_does_not_cost_the_history(odd: Body) -> None:
    body = history(message_input(), odd, message())
    answer = await answered(body, "get_history")
    assert isinstance(answer, ConversationHistory)
    assert isinstance(answer.entries[1], UnknownEntry)
    assert json_differences(body, to_dict(answer)) == []
    body = messages(message_input(), odd, message())
    found = await answered(body, "get_messages")
    assert isinstance(found, ConversationMessages)
    assert [type(entry) is UnknownEntry for entry in found.messages] == [
        *[False, True, False]
    ]
    assert json_differences(body, to_dict(found)) == []


@for_each(
    "odd",
    [
        *[NEW, {"no": "type"}, {"type": "text"}, {"type": "text", "text": 5}],
        *["a string", None, 5, [text_chunk()], {"type": "thinking", "thinking": "Hm"}],
        {"type": "tool_reference", "title": "no tool"},
    ],
)
async def test_one_odd_chunk_does_not_cost_the_message(odd: Any) -> None:
    body = response(message([text_chunk("Before. "), odd, text_chunk("After.")]))
    answer = await answered(body)
    text = odd if isinstance(odd, str) else ""
    assert answer.text == f"Before. {text}After."
    assert answer.outputs[0].content[1] == UnknownChunk(
        type=odd.get("type") if isinstance(odd, dict) else None, raw=odd
    )
    assert json_differences(body, to_dict(answer)) == []


async def test_an_odd_thought_does_not_cost_the_chunk() -> None:
    chunk = thinking("Hm") | {"thinking": [text_chunk("Hm"), NEW, {"type": "text"}]}
    body = response(message([chunk, text_chunk("Blue.")]))
    answer = await answered(body)
    assert [
        type(part) is UnknownChunk for part in answer.outputs[0].content[0].thinking
    ] == [*[False, True, True]]
    assert json_differences(body, to_dict(answer)) == []


async def test_one_odd_tool_does_not_cost_the_conversation() -> None:
    odd = {"type": "function", "function": "f"}
    body = model_conversation(tools=[{"type": "web_search"}, NEW, odd])
    found = await answered(body, "get")
    assert isinstance(found, ModelConversation)
    assert found.tools is not None
    assert found.tools[1:] == (
        UnknownTool(type="brand.new", raw=NEW),
        UnknownTool(type="function", raw=odd),
    )
    assert json_differences(body, to_dict(found)) == []


@for_each(
    ("body", "place", "value"),
    [
        (message(role="narrator"), "role", "narrator"),
        (message_input(role="system"), "role", "system"),
        (function_call(confirmation_status="asked"), "confirmation_status", "asked"),
        (tool_execution(name="time_machine"), "name", "time_machine"),
    ],
)
async def test_words_that_are_new_are_read_as_they_are(
    body: Body, place: str, value: str
) -> None:
    answer = await answered(history(body), "get_history")
    assert not isinstance(answer.entries[0], UnknownEntry)
    assert getattr(answer.entries[0], place) == value


ENTRIES = [
    message(), message_input(), function_call(), function_result(), tool_execution(),
    handoff(), message([text_chunk(), thinking("Hm", signature="s"), reference(),
        tool_file(), {"type": "image_url", "image_url": {"url": "u", "detail": "max"}},
        {"type": "document_url", "document_url": "u", "document_name": "n"}]),
]  # fmt: skip


@for_each("entry", ENTRIES)
async def test_new_keys_anywhere_come_back(entry: Body) -> None:
    body = with_new_keys(history(entry))
    answer = await answered(body, "get_history")
    assert not isinstance(answer.entries[0], UnknownEntry)
    assert answer.extra["new_key"] == {"deep": [1, None]}
    assert json_differences(body, to_dict(answer)) == []


def with_new_keys(value: Any) -> Any:
    if isinstance(value, list):
        return [with_new_keys(item) for item in value]
    if not isinstance(value, dict):
        return value
    new = {key: with_new_keys(item) for key, item in value.items() if key != "info"}
    info = {"info": value["info"]} if "info" in value else {}
    return {**new, **info, "new_key": {"deep": [1, None]}}


@for_each("null", [True, False])
@for_each(
    ("entry", "keys"),
    [
        (message(), ["object", "created_at", "completed_at", "model", "id", "role"]),
        (function_call(), ["object", "created_at", "completed_at", "model", "id"]),
        (tool_execution(), ["arguments", "function", "info", "completed_at", "id"]),
        (handoff(), ["object", "created_at", "completed_at", "id"]),
        (function_result(), ["object", "created_at", "completed_at", "id"]),
        (message_input(), ["object", "created_at", "completed_at", "id", "prefix"]),
    ],
)
async def test_keys_that_are_missing_or_null(
    entry: Body, keys: list[str], null: bool
) -> None:
    body = entry | dict.fromkeys(keys) if null else without(entry, *keys)
    answer = await answered(history(body), "get_history")
    assert not isinstance(answer.entries[0], UnknownEntry)
    assert json_differences(history(body), to_dict(answer)) == []


@for_each(
    "changed",
    [
        {"guardrails": None},
        {"guardrails": []},
        {"guardrails": [{"moderation_llm_v2": {"action": "none"}}]},
        {"usage": None},
        {"usage": {}},
        {"usage": {"prompt_tokens": None, "connectors": None, "new": 1}},
        {"usage": {"connector_tokens": 5, "connectors": {"web_search": 1}}},
        {"object": None},
        {"outputs": []},
    ],
)
async def test_the_answer_itself_with_less_or_more(changed: Body) -> None:
    body = response(message()) | changed
    assert json_differences(body, to_dict(await answered(body))) == []


async def test_a_page_with_conversations_of_every_kind() -> None:
    bodies = [
        model_conversation(1, tools=[NEW], new_key=1),
        without(model_conversation(2), "tools", "instructions", "name"),
        agent_conversation(3, agent_version="next"),
        agent_conversation(4, model="m"),
    ]
    async with answered_with(json_answer(bodies)) as (client, _):
        page = await client.list()
    assert isinstance(page, ConversationPage)
    assert json_differences(bodies, [to_dict(item) for item in page]) == []


@for_each(
    "changed",
    [
        *[{"conversation_id": None}, {"conversation_id": 5}, {"object": []}],
        *[{"outputs": None}, {"outputs": {}}, {"outputs": "Blue."}],
    ],
)
async def test_what_the_answer_cannot_do_without_is_a_decode_error(
    changed: Body,
) -> None:
    with pytest.raises(DecodeError) as caught:
        await answered(response() | changed)
    assert caught.value.body == response() | changed
    assert caught.value.meta is not None


@for_each("odd", ODD_ENTRIES[:4])
def test_an_odd_entry_goes_back_as_it_came(odd: Body) -> None:
    entry = from_dict(ConversationResponse, response(odd)).outputs[0]
    assert to_dict(entry) == odd


ODD_EVENTS = [
    NEW,
    {"type": None, "content": "x"},
    {"type": 5},
    delta("x") | {"id": None},
    delta("x", output_index="first"),
    delta({"type": "brand.new", "n": 1}, output_index=1, id="msg_2"),
    tool_done() | {"info": "text"},
    tool_delta("x") | {"name": None},
    delta("", new_key=[1]),
    b"data: null\n\n",
    b'data: "text"\n\n',
    b"data: [1]\n\n",
]


@for_each("odd", ODD_EVENTS)
async def test_one_odd_event_does_not_cost_the_stream(odd: Any) -> None:
    if isinstance(odd, dict):
        odd = b"data: " + json_answer(odd).partition(b"\r\n\r\n")[2] + b"\n\n"
    events = [started(), delta("Before. "), odd, delta("After."), done()]
    async with answered_with(event_stream(*events)) as (client, _):
        answer = await client.start_stream("Hi").response()
    assert answer.text == "Before. After."


async def test_a_stream_with_new_words_and_keys() -> None:
    events = [
        started() | {"new_key": 1},
        *[tool_started(name="time_machine"), tool_delta("{}", name="time_machine")],
        tool_done(name="time_machine", new_key=1),
        delta("Blue.", role="narrator", output_index=1, new_key=1),
        without(done(), "created_at"),
    ]
    async with answered_with(event_stream(*events)) as (client, _):
        answer = await client.start_stream("Hi").response()
    tool, said = answer.outputs
    assert isinstance(tool, ToolExecutionEntry)
    assert isinstance(said, MessageOutputEntry)
    assert (tool.name, said.role, said.content) == ("time_machine", "narrator", "Blue.")


async def test_a_function_call_that_does_not_fit_is_no_function_call() -> None:
    odd = function_call(arguments=5)
    answer = await answered(response(function_call(), odd))
    assert [type(entry) for entry in answer.outputs] == [
        FunctionCallEntry,
        UnknownEntry,
    ]
    assert answer.outputs[1].type == "function.call"
    assert len(answer.function_calls) == 1
