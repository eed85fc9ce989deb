"""Arguments that operations on agents reject, and ids in paths."""

from enum import Enum, IntEnum
from typing import Any

import pytest

from mistral_conversations import UNSET, AsyncAgents
from tests.support.agent_bodies import agent
from tests.support.client_and_server import client_answered_with
from tests.support.for_each import for_each
from tests.support.raw_server import json_answer
from tests.support.sent_requests import queries, targets

pytestmark = pytest.mark.anyio

MADE = {"model": "m", "name": "n"}

TYPES: list[tuple[str, tuple[Any, ...], dict[str, Any], str]] = [
    ("create", (), {"model": None, "name": "n"}, "model must be a str"),
    ("create", (), {"model": "m", "name": 5}, "name must be a str"),
    ("create", (), {**MADE, "tools": "web_search"}, "tools must be a list or tuple"),
    ("create", (), {**MADE, "tools": [5]}, "tools[0] must be a tool"),
    ("create", (), {**MADE, "completion_args": []}, "completion_args must be"),
    ("create", (), {**MADE, "guardrails": {}}, "guardrails must be a list or tuple"),
    ("create", (), {**MADE, "handoffs": "ag_1"}, "handoffs must be a list or tuple"),
    ("create", (), {**MADE, "handoffs": [5]}, "handoffs[0] must be the id of an"),
    ("create", (), {**MADE, "metadata": "x"}, "metadata must be a mapping"),
    ("create", (), {**MADE, "metadata": {"a": [UNSET]}}, "metadata.a[0] is of type"),
    ("create", (), {**MADE, "description": UNSET}, "description must be a str"),
    ("create", (), {**MADE, "version_message": 1}, "version_message must be a str"),
    ("create", (), {**MADE, "timeout": "5"}, "timeout must be "),
    ("list", ("0",), {}, "page must be an int"),
    ("list", (0, 1.0), {}, "page_size must be an int"),
    ("list", (None,), {"sources": "api"}, "sources must be a list or tuple"),
    ("list", (), {"deployment_chat": 1}, "deployment_chat must be a bool"),
    ("list", (), {"metadata": "{}"}, "metadata must be a mapping"),
    ("list_pages", (), {"page_token": 5}, "page_token must be a str"),
    ("list_pages", (), {"name": b"a"}, "name must be a str"),
    ("list_pages", (), {"search": 5}, "search must be a str"),
    ("list_pages", (), {"id": 5}, "id must be a str"),
    ("get", (5,), {}, "agent_id must be a str"),
    ("get", ("a",), {"agent_version": 1.5}, "agent_version must be an int or a str"),
    ("update", (None,), {}, "agent_id must be a str"),
    ("update", ("a",), {"tools": None}, "tools cannot be null: pass an empty one"),
    ("update", ("a",), {"completion_args": None}, "completion_args cannot be null"),
    ("update", ("a",), {"deployment_chat": "yes"}, "deployment_chat must be a bool"),
    ("update", ("a",), {"instructions": 5}, "instructions must be a str"),
    ("update", ("a",), {"retries": 1.5}, "retries must be "),
    ("delete", (b"a",), {}, "agent_id must be a str"),
    ("update_version", ("a", "1"), {}, "version must be an int"),
    ("update_version", ("a", True), {}, "version must be an int"),
    ("list_versions", ("a", "0"), {}, "page must be an int"),
    ("list_versions", (["a"],), {}, "agent_id must be a str"),
    ("get_version", ("a", 1.0), {}, "version must be an int or a str"),
    ("create_or_update_alias", ("a", "b", "1"), {}, "version must be an int"),
    ("create_or_update_alias", ("a", 5, 1), {}, "alias must be a str"),
    ("list_aliases", (None,), {}, "agent_id must be a str"),
    ("delete_alias", ("a", None), {}, "alias must be a str"),
]


async def message_of(
    kind: type[Exception], method: str, *args: Any, **kwargs: Any
) -> str:
    async with client_answered_with(AsyncAgents, json_answer(agent())) as (
        client,
        server,
    ):
        with pytest.raises(kind) as caught:
            await getattr(client, method)(*args, **kwargs)
    assert server.connections == 0
    return str(caught.value)


@for_each(("method", "args", "kwargs", "message"), TYPES)
async def test_a_wrong_type_is_refused_before_anything_is_sent(
    method: str, args: tuple[Any, ...], kwargs: dict[str, Any], message: str
) -> None:
    assert (await message_of(TypeError, method, *args, **kwargs)).startswith(message)


VALUES: list[tuple[str, tuple[Any, ...], dict[str, Any], str]] = [
    ("create", (), {**MADE, "metadata": {"a": float("nan")}}, "metadata.a is nan"),
    ("create", (), {**MADE, "instructions": "\ud800"}, "instructions cannot be sent"),
    ("create", (), {**MADE, "headers": {"A": "b\nc"}}, "headers['A'] must be a str"),
    ("list", (-1,), {}, "page must be 0 or more"),
    ("list", (), {"sources": []}, "sources is empty: leave it out"),
    ("list_all", (), {"sources": ()}, "sources is empty: leave it out"),
    ("list", (), {"page_size": 0}, "page_size must be 1 or more"),
    ("list_pages", (0,), {}, "page_size must be 1 or more"),
    ("list_pages", (), {"timeout": 0}, "total must be more than 0 seconds"),
    ("get", ("",), {}, "agent_id is blank"),
    ("update", (" ",), {}, "agent_id is blank"),
    ("update", ("a",), {"retries": -1}, "max_retries must be 0 or more"),
    ("delete", ("\n",), {}, "agent_id is blank"),
    ("get_version", ("a", ""), {}, "version is blank"),
    ("list_versions", ("a", -1), {}, "page must be 0 or more"),
    ("list_versions", ("a", 0, 0), {}, "page_size must be 1 or more"),
    ("update_version", ("a\udfff", 1), {}, "agent_id cannot be sent as UTF-8"),
]


@for_each(("method", "args", "kwargs", "message"), VALUES)
async def test_a_wrong_value_is_refused_before_anything_is_sent(
    method: str, args: tuple[Any, ...], kwargs: dict[str, Any], message: str
) -> None:
    assert (await message_of(ValueError, method, *args, **kwargs)).startswith(message)


@pytest.mark.parametrize(("name", "value"), [("model", "m"), ("name", "n")])
async def test_create_cannot_be_called_without(name: str, value: str) -> None:
    assert "required keyword-only argument" in await message_of(
        TypeError, "create", **{name: value}
    )


@for_each(
    ("id", "segment"),
    [("a/b", "a%2Fb"), ("..", "%2E%2E"), ("a?b#c", "a%3Fb%23c"), ("a%2Fb", "a%252Fb")],
)
async def test_an_id_stays_one_segment(id: str, segment: str) -> None:
    answer = json_answer(agent())
    async with client_answered_with(AsyncAgents, answer, prefix="/proxy/") as (
        client,
        server,
    ):
        await client.get(id)
        await client.update(id, name="n")
        await client.update_version(id, 1)
        await client.get_version(id, id)
        await client.delete(id)
        await client.delete_alias(id, id)
    path = f"/proxy/v1/agents/{segment}"
    *before, last = targets(server)
    assert before == [
        ("GET", path),
        ("PATCH", path),
        ("PATCH", f"{path}/version?version=1"),
        ("GET", f"{path}/versions/{segment}"),
        ("DELETE", path),
    ]
    assert last[1].startswith(f"{path}/aliases?alias=")
    assert not set("/#") & set(last[1].partition("?")[2])


class Word(str, Enum):  # noqa: UP042 - str() of it is not its value
    API = "api"


class Number(IntEnum):
    SECOND = 1


async def test_members_of_enums_are_sent_by_their_values() -> None:
    pages = json_answer([agent()]), json_answer(agent()), json_answer(agent())
    async with client_answered_with(AsyncAgents, *pages) as (client, server):
        await client.list(sources=[Word.API], name=Word.API)
        await client.get("a", agent_version=Number.SECOND)
        await client.get_version("a", Word.API)
    first, second, _ = queries(server)
    assert (first["sources"], first["name"]) == (["api"], ["api"])
    assert second == {"agent_version": ["1"]}
    assert targets(server)[-1] == ("GET", "/v1/agents/a/versions/api")
