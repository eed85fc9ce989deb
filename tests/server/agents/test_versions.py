from typing import Any

import pytest

from tests.support.for_each import for_each
from tests.support.local.agent_caller import AgentCaller
from tests.support.local.answer_forms import message
from tests.support.local.http_caller import Reply


def _made(caller: AgentCaller, versions: int = 3) -> str:
    """Create an agent whose instructions are the numbers of its versions."""
    agent_id = caller.made(instructions="0")
    for number in range(1, versions):
        caller.update(agent_id, instructions=str(number))
    return agent_id


def _alias(caller: AgentCaller, agent_id: str, alias: str, version: int) -> Reply:
    return caller.ask("PUT", agent_id, "/aliases", alias=alias, version=version)


def _instructions(reply: Reply) -> str:
    assert reply.status == 200
    assert reply.json["instructions"] == str(reply.json["version"])
    instructions: str = reply.json["instructions"]
    return instructions


def test_version_is_found_by_number_and_by_alias(caller: AgentCaller) -> None:
    agent_id = _made(caller)
    _alias(caller, agent_id, "prod", 1)
    for version, instructions in ((0, "0"), (2, "2"), ("prod", "1")):
        asked = caller.ask("GET", agent_id, agent_version=version)
        assert _instructions(asked) == instructions
        found = caller.ask("GET", agent_id, f"/versions/{version}")
        assert found.json == asked.json
        assert found.json["versions"] == [0, 1, 2]
    assert _instructions(caller.ask("GET", agent_id)) == "2"


@for_each("version", ["3", "-1", "prod", "1.0", "9" * 30, "%20"])
def test_unknown_version_is_not_found(caller: AgentCaller, version: str) -> None:
    agent_id = _made(caller)
    for rest in (f"/versions/{version}", f"?agent_version={version}"):
        reply = caller.ask("GET", agent_id, rest)
        assert reply.status == 404
        assert message(reply).endswith(f"of agent {agent_id} not found")


def test_versions_are_listed_newest_first_by_pages(caller: AgentCaller) -> None:
    agent_id = _made(caller, 25)

    def listed(**query: Any) -> list[int]:
        versions = caller.ask("GET", agent_id, "/versions", **query).json
        return [agent["version"] for agent in versions]

    assert listed() == [*range(24, 4, -1)]
    assert listed(page=1) == [*range(4, -1, -1)]
    assert listed(page=2, page_size=2) == [20, 19]
    assert listed(page=9, page_size=100) == []


def test_switch_makes_an_old_version_the_current_one(caller: AgentCaller) -> None:
    agent_id = _made(caller)
    before = caller.ask("GET", agent_id).json
    switched = caller.ask("PATCH", agent_id, "/version", version=0)
    assert _instructions(switched) == "0"
    assert switched.json["versions"] == [0, 1, 2]
    assert switched.json["updated_at"] > before["updated_at"]
    assert switched.json["created_at"] == before["created_at"]
    assert caller.ask("GET", agent_id).json == switched.json
    assert [agent["version"] for agent in caller.listed()] == [0]


def test_update_goes_out_from_the_current_version(caller: AgentCaller) -> None:
    agent_id = _made(caller)
    caller.ask("PATCH", agent_id, "/version", version=0)
    updated = caller.update(agent_id, description="new")
    assert (updated["version"], updated["versions"]) == (3, [0, 1, 2, 3])
    assert updated["instructions"] == "0"


@pytest.mark.parametrize("version", [-1, 3])
def test_unknown_version_is_neither_switched_to_nor_named(
    caller: AgentCaller, version: int
) -> None:
    agent_id = _made(caller)
    replies = [
        caller.ask("PATCH", agent_id, "/version", version=version),
        _alias(caller, agent_id, "prod", version),
    ]
    for reply in replies:
        assert reply.status == 404
        assert f"Version {version} " in message(reply)
    assert caller.ask("GET", agent_id, "/aliases").json == []
    assert caller.ask("GET", agent_id).json["version"] == 2


def test_alias_is_made_moved_and_deleted(caller: AgentCaller) -> None:
    agent_id = _made(caller)
    made = _alias(caller, agent_id, "prod", 0).json
    other = _alias(caller, agent_id, "a-b_2", 0).json
    assert (made["alias"], made["version"]) == ("prod", 0)
    assert made["created_at"] == made["updated_at"]
    moved = _alias(caller, agent_id, "prod", 2).json
    assert (moved["version"], moved["created_at"]) == (2, made["created_at"])
    assert moved["updated_at"] > made["updated_at"]
    assert caller.ask("GET", agent_id, "/aliases").json == [moved, other]
    assert caller.ask("GET", agent_id, agent_version="prod").json["version"] == 2

    gone = caller.ask("DELETE", agent_id, "/aliases", alias="prod")
    assert (gone.status, gone.body) == (204, b"")
    assert caller.ask("GET", agent_id, "/aliases").json == [other]
    again = caller.ask("DELETE", agent_id, "/aliases", alias="prod")
    assert again.status == 404
    assert message(again).startswith("Alias prod ")
    assert caller.ask("GET", agent_id, agent_version="prod").status == 404


def test_aliases_belong_to_one_agent(caller: AgentCaller) -> None:
    first, second = _made(caller), _made(caller)
    for agent_id, version in ((first, 0), (second, 1)):
        assert _alias(caller, agent_id, "prod", version).status == 200
    assert caller.ask("GET", first, agent_version="prod").json["version"] == 0
    assert caller.ask("GET", second, agent_version="prod").json["version"] == 1
