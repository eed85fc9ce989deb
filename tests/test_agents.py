"""The operations on agents: their requests and answers."""

from typing import Any

import pytest

from mistral_conversations import (
    Agent,
    AgentAliasList,
    AgentAliasResponse,
    AgentListPage,
    AgentPage,
    AsyncAgents,
    CodeInterpreterTool,
    CompletionArgs,
    DecodeError,
    DocumentLibraryTool,
    GuardrailConfig,
    ModerationLLMV2Config,
    RateLimit,
    UnknownTool,
    WebSearchTool,
    to_dict,
)
from tests.support.agent_bodies import AGENT_ID, agent, agent_list_page, agents, alias
from tests.support.bodies import without
from tests.support.client_and_server import client_answered_with
from tests.support.comparison import json_differences
from tests.support.for_each import for_each
from tests.support.raw_server import http, json_answer
from tests.support.sent_requests import HEADERS, query_of, sent

pytestmark = pytest.mark.anyio

PATH = f"/v1/agents/{AGENT_ID}"
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"

SETTINGS: dict[str, Any] = {
    "model": "mistral-small-latest",
    "name": "weather desk",
    "instructions": "Tell the weather. é",
    "tools": [CodeInterpreterTool(), {"type": "web_search"}],
    "completion_args": CompletionArgs(temperature=0.3, stop=("a", "b")),
    "guardrails": [
        GuardrailConfig(moderation_llm_v2=ModerationLLMV2Config(action="block"))
    ],
    "description": "knows the sky",
    "handoffs": ("ag_1", "ag_2"),
    "metadata": {"team": "é"},
    "version_message": "the first",
}
SETTINGS_SENT = {
    **SETTINGS,
    "tools": [{"type": "code_interpreter"}, {"type": "web_search"}],
    "completion_args": {"temperature": 0.3, "stop": ["a", "b"]},
    "guardrails": [{"moderation_llm_v2": {"action": "block"}}],
    "handoffs": ["ag_1", "ag_2"],
}
FILTERS: dict[str, Any] = {
    "deployment_chat": False,
    "sources": ["api", "playground"],
    "name": "a b",
    "search": "ü&c",
    "id": AGENT_ID,
    "metadata": {"team": "é & ü", "n": [1, None], "plus": "a+b"},
}
FILTERS_SENT = {
    "deployment_chat": ["false"],
    "sources": ["api", "playground"],
    "name": ["a b"],
    "search": ["ü&c"],
    "id": [AGENT_ID],
    "metadata": ['{"team":"é & ü","n":[1,null],"plus":"a+b"}'],
}
NULLS = dict.fromkeys(set(SETTINGS) - {"tools", "completion_args"})
PAGE = {"page": ["0"], "page_size": ["20"]}

# method, positional and named arguments; HTTP method, path, query, body
WIRE: list[tuple[str, tuple[Any, ...], dict[str, Any], Any]] = [
    ("create", (), {"model": "m", "name": "n"},
        ("POST", "/v1/agents", {}, {"model": "m", "name": "n"})),
    ("create", (), SETTINGS, ("POST", "/v1/agents", {}, SETTINGS_SENT)),
    ("list", (), {}, ("GET", "/v1/agents", PAGE, None)),
    ("list", (2, 5), FILTERS, ("GET", "/v1/agents",
        {"page": ["2"], "page_size": ["5"], **FILTERS_SENT}, None)),
    ("list", (), {"page": 1, "page_size": 1000, "deployment_chat": True},
        ("GET", "/v1/agents", {"page": ["1"], "page_size": ["1000"],
            "deployment_chat": ["true"]}, None)),
    ("list_pages", (), {}, ("GET", "/v1/agents/pages", {"page_size": ["20"]}, None)),
    ("list_pages", (5,), {"page_token": "a=/+&", **FILTERS}, ("GET", "/v1/agents/pages",
        {"page_size": ["5"], "page_token": ["a=/+&"], **FILTERS_SENT}, None)),
    ("get", (AGENT_ID,), {}, ("GET", PATH, {}, None)),
    ("get", (AGENT_ID,), {"agent_version": 0},
        ("GET", PATH, {"agent_version": ["0"]}, None)),
    ("get", (), {"agent_id": AGENT_ID, "agent_version": "stable"},
        ("GET", PATH, {"agent_version": ["stable"]}, None)),
    ("update", (AGENT_ID,), {}, ("PATCH", PATH, {}, {})),
    ("update", (AGENT_ID,), {**SETTINGS, "deployment_chat": False},
        ("PATCH", PATH, {}, {**SETTINGS_SENT, "deployment_chat": False})),
    ("update", (), {"agent_id": AGENT_ID, **NULLS, "deployment_chat": None},
        ("PATCH", PATH, {}, {**NULLS, "deployment_chat": None})),
    ("update", (AGENT_ID,), {"tools": [], "completion_args": {}},
        ("PATCH", PATH, {}, {"tools": [], "completion_args": {}})),
    ("update_version", (AGENT_ID, 0), {},
        ("PATCH", f"{PATH}/version", {"version": ["0"]}, None)),
    ("list_versions", (AGENT_ID,), {}, ("GET", f"{PATH}/versions", PAGE, None)),
    ("list_versions", (AGENT_ID, 1, 7), {}, ("GET", f"{PATH}/versions",
        {"page": ["1"], "page_size": ["7"]}, None)),
    ("get_version", (AGENT_ID, 3), {}, ("GET", f"{PATH}/versions/3", {}, None)),
    ("get_version", (AGENT_ID, "3"), {}, ("GET", f"{PATH}/versions/3", {}, None)),
    ("create_or_update_alias", (AGENT_ID, "stable", 3), {}, ("PUT",
        f"{PATH}/aliases", {"alias": ["stable"], "version": ["3"]}, None)),
    ("list_aliases", (AGENT_ID,), {}, ("GET", f"{PATH}/aliases", {}, None)),
    ("delete_alias", (AGENT_ID, "stable"), {},
        ("DELETE", f"{PATH}/aliases", {"alias": ["stable"]}, None)),
    ("delete", (), {"agent_id": AGENT_ID}, ("DELETE", PATH, {}, None)),
]  # fmt: skip

ANSWERS: dict[str, tuple[Any, Any]] = {
    "create": (Agent, agent()),
    "list": (AgentPage, agents(1, 2)),
    "list_pages": (AgentListPage, agent_list_page(1, 2, token="next")),
    "get": (Agent, agent()),
    "update": (Agent, agent()),
    "update_version": (Agent, agent()),
    "list_versions": (AgentPage, agents(1, 2)),
    "get_version": (Agent, agent()),
    "create_or_update_alias": (AgentAliasResponse, alias()),
    "list_aliases": (AgentAliasList, [alias("stable"), alias("next", 3)]),
}


@for_each(("method", "args", "kwargs", "wanted"), WIRE)
async def test_an_operation_on_the_wire(
    method: str, args: tuple[Any, ...], kwargs: dict[str, Any], wanted: Any
) -> None:
    kind, body = ANSWERS.get(method, (type(None), None))
    answer = NO_CONTENT if body is None else json_answer(body)
    async with client_answered_with(AsyncAgents, answer) as (client, server):
        found = await getattr(client, method)(*args, **kwargs)
    (request,) = server.requests
    assert sent(request) == wanted
    assert type(found) is kind


def test_every_operation_is_on_the_wire_here() -> None:
    tested = {method for method, *_ in WIRE}
    inherited = {"aclose", "with_options", "list_all"}
    assert tested == {n for n in dir(AsyncAgents) if n[0] != "_"} - inherited
    assert tested == ANSWERS.keys() | {"delete", "delete_alias"}


ARGUMENTS = {method: (args, kwargs) for method, args, kwargs, _ in WIRE}


@for_each("status", [200, 201])
@for_each("method", ANSWERS)
async def test_every_answer_has_its_meta_and_all_its_keys(
    method: str, status: int
) -> None:
    kind, body = ANSWERS[method]
    args, kwargs = ARGUMENTS[method]
    answer = json_answer(body, status, HEADERS)
    async with client_answered_with(AsyncAgents, answer) as (client, _):
        found = await getattr(client, method)(*args, **kwargs)
    assert (found.meta.status, found.meta.request_id) == (status, "req-1")
    assert found.meta.rate_limits == {"tokens-minute": RateLimit(limit=500)}
    back = to_dict(found)
    if kind in {AgentPage, AgentAliasList}:
        back = back.get("agents") or back.get("aliases")
    assert json_differences(body, back) == []


@for_each("method", ["delete", "delete_alias"])
@for_each("answer", [NO_CONTENT, http(200), http(200, b"gone")])
async def test_a_delete_gives_nothing(method: str, answer: bytes) -> None:
    args, kwargs = ARGUMENTS[method]
    async with client_answered_with(AsyncAgents, answer) as (client, server):
        for _ in range(2):
            assert await getattr(client, method)(*args, **kwargs) is None
    assert server.connections == 1


async def got(body: Any) -> Agent:
    async with client_answered_with(AsyncAgents, json_answer(body)) as (client, _):
        return await client.get(AGENT_ID)


async def test_keys_that_were_seen_missing_read_none() -> None:
    found = await got(agent())
    assert (found.versions, found.deployment_chat, found.source) == (None, None, None)
    assert (found.metadata, found.guardrails, found.handoffs) == (None, None, None)
    assert found.completion_args == CompletionArgs(temperature=0.5, tool_choice="auto")
    bare = without(agent(), "object", "tools", "completion_args", "description")
    found = await got(bare)
    assert (found.object, found.tools, found.completion_args) == ("agent", None, None)


async def test_all_keys_of_the_description_are_read() -> None:
    found = await got(
        agent(
            version=3,
            versions=[0, 1, 3],
            deployment_chat=True,
            source="agent_builder_v9",
            version_message="warmer",
            handoffs=["ag_1"],
            metadata={"a": {"b": None}},
            guardrails=[{"block_on_error": True, "moderation_llm_v1": None}],
        )
    )
    assert (found.version, found.versions) == (3, (0, 1, 3))
    assert (found.deployment_chat, found.source) == (True, "agent_builder_v9")
    assert (found.version_message, found.handoffs) == ("warmer", ("ag_1",))
    assert found.metadata == {"a": {"b": None}}
    assert found.guardrails == (GuardrailConfig(block_on_error=True),)
    assert found.created_at.tzinfo is not None
    assert found.created_at < found.updated_at


async def test_unknown_tools_and_keys_are_kept() -> None:
    tools = [
        {"type": "web_search", "freshness": 1},
        {"type": "time_machine", "year": 1900},
        {"type": "document_library", "library_ids": ["lib_1"]},
        {"type": "document_library"},
    ]
    body = agent(tools=tools, mood={"deep": [1]})
    found = await got(body)
    assert found.tools is not None
    search, machine, documents, misfit = found.tools
    assert search == WebSearchTool(extra={"freshness": 1})
    assert machine == UnknownTool(type="time_machine", raw=tools[1])
    assert documents == DocumentLibraryTool(library_ids=("lib_1",))
    assert misfit == UnknownTool(type="document_library", raw=tools[3])
    assert found.extra == {"mood": {"deep": [1]}}
    assert json_differences(body, to_dict(found)) == []


async def test_tools_that_were_read_can_be_sent_again() -> None:
    tools = [{"type": "time_machine", "year": 1900}, {"type": "code_interpreter"}]
    answer = json_answer(agent(tools=tools))
    async with client_answered_with(AsyncAgents, answer) as (client, server):
        found = await client.get(AGENT_ID)
        assert found.tools is not None
        assert found.completion_args is not None
        await client.update(
            AGENT_ID, tools=found.tools, completion_args=found.completion_args
        )
    assert server.requests[1].json == {
        "tools": tools,
        "completion_args": {"temperature": 0.5, "tool_choice": "auto"},
    }


@for_each("body", [None, [], "text", {}, agent(version="one")])
async def test_what_is_no_agent_is_a_decode_error(body: Any) -> None:
    with pytest.raises(
        DecodeError, match="the answer is not what the API describes"
    ) as caught:
        await got(body)
    assert caught.value.body == body
    assert caught.value.meta is not None


@for_each("method", ["list", "list_versions", "list_aliases"])
async def test_what_is_no_list_is_a_decode_error(method: str) -> None:
    args, kwargs = ARGUMENTS[method]
    bodies: list[Any] = [{"data": []}, None, [5]]
    for body in bodies:
        async with client_answered_with(AsyncAgents, json_answer(body)) as (client, _):
            with pytest.raises(DecodeError):
                await getattr(client, method)(*args, **kwargs)


async def test_pages_are_sequences_that_know_their_position() -> None:
    answer = json_answer(agents(1, 2))
    async with client_answered_with(AsyncAgents, answer) as (client, _):
        page = await client.list(3, 2)
        versions = await client.list_versions(AGENT_ID, page_size=100)
    assert [each.id for each in page] == [f"ag_{1:032x}", f"ag_{2:032x}"]
    assert (page.page, page.page_size, len(page)) == (3, 2, 2)
    assert (versions.page, versions.page_size, versions[1].name) == (
        0,
        100,
        "weather desk",
    )


async def test_a_page_by_token_has_the_token_of_the_next() -> None:
    replies = [json_answer(agent_list_page(1, token="b/=")), json_answer({"data": []})]
    async with client_answered_with(AsyncAgents, *replies) as (client, server):
        first = await client.list_pages(1)
        second = await client.list_pages(1, page_token=first.next_page_token)
    assert (len(first), len(second), second.next_page_token) == (1, 0, None)
    assert query_of(server.requests[1])["page_token"] == ["b/="]
