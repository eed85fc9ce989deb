"""The eleven operations: their requests and answers."""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from mistral_conversations import (
    AgentConversation,
    AsyncConversations,
    CodeInterpreterTool,
    CompletionArgs,
    ConversationHistory,
    ConversationMessages,
    ConversationResponse,
    FunctionResultEntry,
    GuardrailConfig,
    MessageInputEntry,
    MessageOutputEntry,
    ModelConversation,
    ModerationLLMV1Config,
    RateLimit,
    ToolCallConfirmation,
)
from tests.support.bodies import (
    CONVERSATION_ID,
    agent_conversation,
    history,
    message_input,
    messages,
    model_conversation,
    response,
    text_stream,
)
from tests.support.client_and_server import answered_with, event_stream
from tests.support.for_each import for_each
from tests.support.raw_server import RawServer, http, json_answer

pytestmark = pytest.mark.anyio

PATH = f"/v1/conversations/{CONVERSATION_ID}"
ANSWER = json_answer(response())
STREAM = event_stream(*text_stream("Blue, ", "mostly."))

Client = AsyncConversations
Operation = Callable[[Client], Awaitable[Any]]

EVERY_START: dict[str, Any] = {
    "model": "mistral-small-latest",
    "agent_version": "2",
    "instructions": "Answer in one word.",
    "tools": [CodeInterpreterTool(), {"type": "web_search"}],
    "completion_args": CompletionArgs(temperature=0.3, stop=("a", "b")),
    "guardrails": [
        GuardrailConfig(moderation_llm_v1=ModerationLLMV1Config(action="block"))
    ],
    "name": "sky",
    "description": "colours",
    "metadata": {"team": "é"},
    "store": True,
    "handoff_execution": "client",
}
EVERY_START_SENT = {
    **EVERY_START,
    "tools": [{"type": "code_interpreter"}, {"type": "web_search"}],
    "completion_args": {"temperature": 0.3, "stop": ["a", "b"]},
    "guardrails": [{"moderation_llm_v1": {"action": "block"}}],
}
EVERY_APPEND: dict[str, Any] = {
    "completion_args": {"max_tokens": 5},
    "tool_confirmations": [ToolCallConfirmation(tool_call_id="1", confirmation="deny")],
    "store": False,
    "handoff_execution": "server",
}
EVERY_APPEND_SENT = {
    **EVERY_APPEND,
    "tool_confirmations": [{"tool_call_id": "1", "confirmation": "deny"}],
}
EVERY_RESTART: dict[str, Any] = {
    "completion_args": {"max_tokens": 5},
    "guardrails": [{"block_on_error": True}],
    "metadata": {"team": "sky"},
    "agent_version": 4,
    "store": False,
    "handoff_execution": "server",
}

RESULT = FunctionResultEntry(tool_call_id="1", result="{}")

POSTS = [
    ("start", (), {"inputs": "Hi"}, "/v1/conversations", {"inputs": "Hi"}),
    ("start", ("Hi",), EVERY_START, "/v1/conversations",
        {"inputs": "Hi", **EVERY_START_SENT}),
    ("start", ([],), {"agent_id": "ag_1", "agent_version": 3}, "/v1/conversations",
        {"inputs": [], "agent_id": "ag_1", "agent_version": 3}),
    ("append", (CONVERSATION_ID,), {}, PATH, {}),
    ("append", (), {"conversation_id": CONVERSATION_ID, "inputs": "Hi", **EVERY_APPEND},
        PATH, {"inputs": "Hi", **EVERY_APPEND_SENT}),
    ("append", (CONVERSATION_ID, RESULT), {}, PATH,
        {"inputs": [{"object": "entry", "type": "function.result", "tool_call_id": "1",
            "result": "{}"}]}),
    ("restart", (CONVERSATION_ID, "msg_1"), {}, f"{PATH}/restart",
        {"from_entry_id": "msg_1"}),
    ("restart", (), {"conversation_id": CONVERSATION_ID, "from_entry_id": "msg_1",
        "inputs": ["Hi", {"role": "user", "content": "é🙂\0\u2028"}], **EVERY_RESTART},
        f"{PATH}/restart",
        {"from_entry_id": "msg_1", "inputs": [
            {"object": "entry", "type": "message.input", "role": "user",
                "content": "Hi"},
            {"role": "user", "content": "é🙂\0\u2028"}], **EVERY_RESTART}),
]  # fmt: skip


@for_each(("method", "args", "kwargs", "path", "body"), POSTS)
async def test_a_post_on_the_wire(
    method: str, args: tuple[Any, ...], kwargs: dict[str, Any], path: str, body: Any
) -> None:
    async with answered_with(ANSWER) as (client, server):
        answer = await getattr(client, method)(*args, **kwargs)
    (request,) = server.requests
    assert (request.method, request.target) == ("POST", path)
    assert json.loads(request.body) == body
    assert request.headers["accept"] == "application/json"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["authorization"] == "Bearer sk-test"
    assert isinstance(answer, ConversationResponse)
    assert (answer.text, answer.conversation_id) == ("Blue, mostly.", CONVERSATION_ID)


@for_each(("method", "args", "kwargs", "path", "body"), POSTS)
async def test_a_stream_on_the_wire(
    method: str, args: tuple[Any, ...], kwargs: dict[str, Any], path: str, body: Any
) -> None:
    async with answered_with(STREAM) as (client, server):
        stream = getattr(client, f"{method}_stream")(*args, **kwargs)
        assert server.connections == 0
        answer = await stream.response()
    (request,) = server.requests
    assert (request.method, request.target) == ("POST", path)
    assert json.loads(request.body) == {**body, "stream": True}
    assert request.headers["accept"] == "text/event-stream"
    assert answer.text == "Blue, mostly."


@for_each(
    ("method", "path", "body", "kind"),
    [
        ("get", PATH, model_conversation(), ModelConversation),
        ("get", PATH, agent_conversation(), AgentConversation),
        ("get_history", f"{PATH}/history", history(), ConversationHistory),
        ("get_messages", f"{PATH}/messages", messages(), ConversationMessages),
    ],
)
async def test_a_get_on_the_wire(method: str, path: str, body: Any, kind: type) -> None:
    async with answered_with(json_answer(body)) as (client, server):
        by_place = await getattr(client, method)(CONVERSATION_ID)
        by_name = await getattr(client, method)(conversation_id=CONVERSATION_ID)
    assert by_place == by_name
    assert type(by_place) is kind
    for request in server.requests:
        assert (request.method, request.target, request.body) == ("GET", path, b"")
        assert request.headers["accept"] == "application/json"
        assert "content-type" not in request.headers


async def test_entries_of_a_history_in_their_order() -> None:
    body = history(message_input("One?"), message_input("Two?"))
    async with answered_with(json_answer(body)) as (client, _):
        found = await client.get_history(CONVERSATION_ID)
    entries = [e for e in found.entries if isinstance(e, MessageInputEntry)]
    assert [entry.content for entry in entries] == ["One?", "Two?"]


async def test_messages_of_both_sides() -> None:
    async with answered_with(json_answer(messages())) as (client, _):
        found = await client.get_messages(CONVERSATION_ID)
    assert [type(entry) for entry in found.messages] == [
        MessageInputEntry,
        MessageOutputEntry,
    ]


async def test_delete_gives_nothing() -> None:
    async with answered_with(b"HTTP/1.1 204 No Content\r\n\r\n") as (client, server):
        delete: Any = client.delete
        assert await delete(CONVERSATION_ID) is None
        await client.delete(conversation_id="conv_2")
    assert [(r.method, r.target) for r in server.requests] == [
        ("DELETE", PATH),
        ("DELETE", "/v1/conversations/conv_2"),
    ]
    assert server.connections == 1


@for_each(
    ("parameters", "query"),
    [
        ({}, {}),
        ({"page": 0, "page_size": 100, "metadata": None}, {}),
        ({"page": 2}, {"page": ["2"]}),
        ({"page": 1, "page_size": 5}, {"page": ["1"], "page_size": ["5"]}),
    ],
)
async def test_list_sends_what_differs_from_the_services_defaults(
    parameters: dict[str, Any], query: dict[str, list[str]]
) -> None:
    async with answered_with(json_answer([])) as (client, server):
        page = await client.list(**parameters)
    url = urlsplit(server.requests[0].target)
    assert (server.requests[0].method, url.path) == ("GET", "/v1/conversations")
    assert parse_qs(url.query, keep_blank_values=True) == query
    assert page.page == parameters.get("page", 0)
    assert page.page_size == parameters.get("page_size", 100)
    assert len(page) == 0


async def test_list_sends_metadata_as_json() -> None:
    metadata = {"team": "é & ü", "n": [1, None], "plus": "a+b"}
    async with answered_with(json_answer([])) as (client, server):
        await client.list(metadata=metadata)
    (text,) = parse_qs(urlsplit(server.requests[0].target).query)["metadata"]
    assert json.loads(text) == metadata


async def test_list_gives_a_sequence() -> None:
    bodies = [model_conversation(1), agent_conversation(2), model_conversation(3)]
    async with answered_with(json_answer(bodies)) as (client, _):
        page = await client.list()
    assert [type(item) for item in page] == [
        ModelConversation,
        AgentConversation,
        ModelConversation,
    ]
    assert page[0].id == f"conv_{1:032x}"
    assert [item.id for item in page[1:]] == [page[1].id, page[2].id]
    assert (len(page), page[1] in page, page.index(page[2])) == (3, True, 2)
    assert repr(page).startswith("ConversationPage(page=0, [ModelConversation(")


HEADERS = {
    "Mistral-Correlation-Id": "req-1",
    "X-RateLimit-Limit-Tokens-Minute": "500",
    "X-RateLimit-Remaining-Tokens-Minute": "493",
    "X-RateLimit-Remaining-Code-Interpreter-Day": "unlimited",
}
OPERATIONS: list[tuple[Operation, Any]] = [
    (lambda c: c.start("Hi"), response()),
    (lambda c: c.append("conv_1"), response()),
    (lambda c: c.restart("conv_1", "msg_1"), response()),
    (lambda c: c.list(), [model_conversation()]),
    (lambda c: c.get("conv_1"), model_conversation()),
    (lambda c: c.get_history("conv_1"), history()),
    (lambda c: c.get_messages("conv_1"), messages()),
]


@for_each(("operation", "body"), OPERATIONS)
async def test_every_answer_has_its_meta(operation: Operation, body: Any) -> None:
    async with answered_with(json_answer(body, headers=HEADERS)) as (client, _):
        answer = await operation(client)
    assert answer.meta.status == 200
    assert answer.meta.request_id == "req-1"
    assert answer.meta.headers["content-type"] == "application/json"
    assert answer.meta.attempts == 1
    assert answer.meta.rate_limits == {
        "tokens-minute": RateLimit(limit=500, remaining=493),
        "code-interpreter-day": RateLimit(),
    }


async def test_the_base_url_may_have_a_path() -> None:
    async with answered_with(ANSWER, prefix="/proxy/mistral/") as (client, server):
        await client.append("a/b?c#d", "Hi")
    assert server.requests[0].target == (
        "/proxy/mistral/v1/conversations/a%2Fb%3Fc%23d"
    )


async def test_an_empty_answer_of_delete_may_be_200_too() -> None:
    async with answered_with(http(200)) as (client, server):
        await client.delete("conv_1")
    assert_one(server)


def assert_one(server: RawServer) -> None:
    assert len(server.requests) == 1
