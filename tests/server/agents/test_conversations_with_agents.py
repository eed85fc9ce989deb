"""Conversations with agents that were made here, and handoffs between them."""

from collections.abc import Callable
from typing import Any

import pytest

from mistral_conversations.server import (
    LocalServer,
    RecordedConversation,
    RecordedRequest,
    cite,
    execute,
    handoff,
    say,
)
from tests.support.local.agent_caller import NOBODY, AgentCaller
from tests.support.local.http_caller import Serve

Run = Callable[..., AgentCaller]


@pytest.fixture
def run(serve: Serve) -> Run:
    return lambda *model: AgentCaller(serve(*model).base_url)


def test_a_conversation_speaks_as_its_agent(caller: AgentCaller) -> None:
    agent_id = caller.made(model="mistral-large-latest")
    [entry] = caller.converse(agent_id).json["outputs"]
    assert (entry["agent_id"], entry["model"]) == (agent_id, "mistral-large-latest")


def test_a_conversation_pins_the_version_it_began_with(caller: AgentCaller) -> None:
    agent_id = caller.made()
    conversation_id = caller.converse(agent_id).json["conversation_id"]
    caller.update(agent_id, model="mistral-large-latest")
    assert caller.conversation(conversation_id)["agent_version"] == 0
    [entry] = caller.append(conversation_id, inputs="More").json["outputs"]
    assert entry["model"] == "mistral-small-latest"
    [entry] = caller.converse(agent_id).json["outputs"]
    assert entry["model"] == "mistral-large-latest"


def test_an_alias_is_resolved_when_a_conversation_begins(caller: AgentCaller) -> None:
    agent_id = caller.made()
    caller.update(agent_id, name="other")
    caller.ask("PUT", agent_id, "/aliases", alias="stable", version=0)
    reply = caller.converse(agent_id, agent_version="stable").json
    caller.ask("PUT", agent_id, "/aliases", alias="stable", version=1)
    assert caller.conversation(reply["conversation_id"])["agent_version"] == 0


@pytest.mark.parametrize("version", [7, "nobody"])
def test_an_unknown_version_is_not_found(caller: AgentCaller, version: Any) -> None:
    assert caller.converse(caller.made(), agent_version=version).status == 404


def test_a_deleted_agent_begins_nothing(caller: AgentCaller) -> None:
    agent_id = caller.made()
    caller.ask("DELETE", agent_id)
    assert caller.converse(agent_id).status == 404


def test_an_agent_that_lives_elsewhere_is_taken(caller: AgentCaller) -> None:
    reply = caller.converse(NOBODY, agent_version=3)
    assert reply.status == 200
    assert caller.conversation(reply.json["conversation_id"])["agent_version"] == 3


def test_restart_takes_another_version(caller: AgentCaller) -> None:
    agent_id = caller.made()
    conversation_id = caller.converse(agent_id).json["conversation_id"]
    caller.update(agent_id, name="other")
    [first, *_] = caller.history(conversation_id)
    body = {"from_entry_id": first["id"], "inputs": "Again", "agent_version": 1}
    reply = caller.restart(conversation_id, **body)
    assert caller.conversation(reply.json["conversation_id"])["agent_version"] == 1


def test_a_model_receives_the_settings_of_the_agent() -> None:
    asked = []

    def model(conversation: RecordedConversation, _: RecordedRequest) -> str:
        asked.append(conversation)
        return "Hi"

    with LocalServer(model) as server:
        caller = AgentCaller(server.base_url)
        tools = [{"type": "web_search"}]
        agent_id = caller.made(instructions="Be brief.", tools=tools)
        caller.converse(agent_id)
        caller.start(instructions="Rhyme.", model="mistral-large-latest")
        caller.converse(NOBODY)
    with_agent, with_model, elsewhere = asked
    assert with_agent.agent is not None
    assert with_agent.agent["id"] == agent_id
    assert with_agent.instructions == "Be brief."
    assert [tool["type"] for tool in with_agent.tools] == ["web_search"]
    assert (with_model.agent, with_model.instructions) == (None, "Rhyme.")
    assert (with_model.model, list(with_model.tools)) == ("mistral-large-latest", [])
    assert (elsewhere.agent, elsewhere.model, list(elsewhere.tools)) == (None, None, [])


@pytest.mark.parametrize("by", ["name", "id"])
def test_a_handoff_goes_to_the_agent_that_is_meant(by: str) -> None:
    with LocalServer() as server:
        caller = AgentCaller(server.base_url)
        cook = caller.create(name="cook", model="mistral-large-latest")
        desk = caller.made(handoffs=[cook["id"]])
        server.model = [["One moment.", handoff(cook[by]), say("Soup!")]]
        first, passed, last = caller.converse(desk).json["outputs"]
    assert first["agent_id"] == passed["previous_agent_id"] == desk
    assert passed["previous_agent_name"] == "weather desk"
    assert passed["next_agent_id"] == last["agent_id"] == cook["id"]
    assert (passed["next_agent_name"], last["model"]) == ("cook", cook["model"])


def test_a_handoff_that_the_agent_may_not_make_is_refused(run: Run) -> None:
    caller = run([[handoff("cook"), say("Soup!")]])
    cook = caller.made(name="cook")
    reply = caller.converse(caller.made())
    assert reply.status == 500
    assert cook in reply.json["message"]
    assert "handoffs" in reply.json["message"]


def test_a_handoff_to_an_unknown_agent_works(run: Run) -> None:
    caller = run([[handoff("stranger"), say("Hello!")]])
    passed, said = caller.converse(caller.made()).json["outputs"]
    assert passed["next_agent_name"] == "stranger"
    assert said["agent_id"] == passed["next_agent_id"]


def test_an_agent_searches_its_libraries(run: Run) -> None:
    caller = run([[execute("document_library"), cite()]])
    tools = [{"type": "document_library", "library_ids": [NOBODY]}]
    run_, said = caller.converse(caller.made(tools=tools)).json["outputs"]
    assert run_["info"] == {"results": []}
    assert said["content"]
