import re
from typing import Any

import pytest

from mistral_conversations.server import LocalServer
from tests.support.for_each import for_each
from tests.support.local.agent_caller import AGENTS, NOBODY, AgentCaller
from tests.support.local.answer_forms import message

SETTINGS: dict[str, Any] = {
    "model": "mistral-medium-latest",
    "name": "front desk",
    "instructions": "Send each to the right desk.",
    "tools": [{"type": "web_search"}],
    "guardrails": [{"block_on_error": True}],
    "description": "Meets who comes in.",
    "handoffs": [NOBODY],
    "metadata": {"floor": 0},
    "version_message": "the first",
}
UNSET_ARGS = {
    "stop": None,
    "presence_penalty": None,
    "frequency_penalty": None,
    "temperature": None,
    "top_p": None,
    "max_tokens": None,
    "random_seed": None,
    "prediction": None,
    "response_format": None,
    "tool_choice": "auto",
    "reasoning_effort": None,
}


def test_agent_of_a_model_and_a_name_has_all_else_by_default(
    caller: AgentCaller,
) -> None:
    agent = caller.create()
    assert re.fullmatch(r"ag_[0-9a-f]{32}", agent.pop("id"))
    assert agent.pop("created_at") <= agent.pop("updated_at")
    assert agent == {
        "object": "agent",
        "version": 0,
        "versions": [0],
        "model": "mistral-small-latest",
        "name": "weather desk",
        "instructions": None,
        "tools": [],
        "completion_args": UNSET_ARGS,
        "guardrails": None,
        "description": None,
        "handoffs": None,
        "metadata": None,
        "version_message": None,
        "deployment_chat": False,
        "source": "api",
    }


def test_agent_has_what_it_was_made_with(caller: AgentCaller) -> None:
    agent = caller.create(**SETTINGS, completion_args={"temperature": 0.3})
    assert SETTINGS.items() <= agent.items()
    assert agent["completion_args"] == {**UNSET_ARGS, "temperature": 0.3}
    assert caller.ask("GET", agent["id"]).json == agent


def test_update_makes_a_version_and_leaves_the_rest_alone(caller: AgentCaller) -> None:
    before = caller.create(**SETTINGS)
    args = {"top_p": 0.9, "tool_choice": "none"}
    after = caller.update(before["id"], name="reception", completion_args=args)
    assert (after["version"], after["versions"]) == (1, [0, 1])
    assert after["name"] == "reception"
    assert after["completion_args"] == {**UNSET_ARGS, **args}
    assert after["created_at"] == before["created_at"]
    assert after["updated_at"] > before["updated_at"]
    changed = {"version", "versions", "name", "completion_args", "updated_at"}
    # What was said of the first version is not said of the next.
    assert {key for key in before if before[key] != after[key]} == {
        *changed,
        "version_message",
    }
    assert caller.ask("GET", before["id"]).json == after


@pytest.mark.parametrize(
    "key",
    ["instructions", "guardrails", "description", "handoffs", "metadata"],
)
def test_null_takes_away_what_a_field_had(caller: AgentCaller, key: str) -> None:
    agent_id = caller.made(**SETTINGS)
    assert caller.update(agent_id, **{key: None})[key] is None
    first = caller.ask("GET", agent_id, agent_version=0).json
    assert first[key] == SETTINGS[key]


def test_null_leaves_alone_what_no_agent_is_without(caller: AgentCaller) -> None:
    agent_id = caller.made(**SETTINGS)
    caller.update(agent_id, deployment_chat=True)
    after = caller.update(agent_id, model=None, name=None, deployment_chat=None)
    assert (after["model"], after["name"]) == (SETTINGS["model"], SETTINGS["name"])
    assert after["deployment_chat"] is True
    assert after["version"] == 2


def test_tools_are_taken_away_by_an_empty_list(caller: AgentCaller) -> None:
    agent_id = caller.made(**SETTINGS)
    assert caller.update(agent_id, tools=[], version_message="x")["tools"] == []


def test_delete_forgets_the_agent(caller: AgentCaller) -> None:
    gone, kept = caller.made(), caller.made()
    reply = caller.ask("DELETE", gone)
    assert (reply.status, reply.body) == (204, b"")
    assert [agent["id"] for agent in caller.listed()] == [kept]
    assert caller.ask("DELETE", gone).status == 404


@for_each(
    ("method", "rest", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {}),
        ("DELETE", "", None),
        ("PATCH", "/version?version=0", None),
        ("GET", "/versions", None),
        ("GET", "/versions/0", None),
        ("PUT", "/aliases?alias=a&version=0", None),
        ("GET", "/aliases", None),
        ("DELETE", "/aliases?alias=a", None),
    ],
)
@for_each("agent_id", [NOBODY, "%2e%2e", "a%2Fb", "%7Bagent_id%7D"])
def test_unknown_agent_is_not_found(
    caller: AgentCaller, method: str, rest: str, body: object, agent_id: str
) -> None:
    reply = caller.send(method, f"{AGENTS}/{agent_id}{rest}", body)
    assert reply.status == 404
    assert re.fullmatch("Agent .+ not found", message(reply))


def test_server_records_its_agents() -> None:
    with LocalServer() as server:
        assert list(server.agents) == []
        caller = AgentCaller(server.base_url)
        first, second = caller.made(name="first"), caller.made(name="second")
        caller.update(second, instructions="Be brief.")
        caller.ask("PUT", second, "/aliases", alias="old", version=0)
        recorded = server.agents
        caller.ask("DELETE", first)
        assert [agent.id for agent in server.agents] == [second]
    assert [agent.id for agent in recorded] == [first, second]
    assert [agent.json["name"] for agent in recorded] == ["first", "second"]
    agent = recorded[1]
    assert agent.json["instructions"] == "Be brief."
    assert [version["version"] for version in agent.versions] == [0, 1]
    assert [version["instructions"] for version in agent.versions] == [
        None,
        "Be brief.",
    ]
    assert agent.aliases == {"old": 0}
    assert recorded[0].aliases == {}


def test_agents_stay_when_the_server_is_left_and_entered_again() -> None:
    server = LocalServer()
    with server:
        agent_id = AgentCaller(server.base_url).made()
    with server:
        assert AgentCaller(server.base_url).ask("GET", agent_id).status == 200
