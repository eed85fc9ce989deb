"""A handoff: the speakers before and after it, known here or by name only."""

from typing import Any

import pytest

from mistral_conversations.server import handoff
from mistral_conversations.server.agents.store import Agent, AgentStore
from mistral_conversations.server.answers.handoffs import (
    next_speaker,
    previous_speaker,
)
from mistral_conversations.server.answers.pieces import Fail
from mistral_conversations.server.answers.speaker import Speaker

MODEL = Speaker("main", "model-a")


@pytest.fixture
def agents() -> AgentStore:
    return AgentStore()


def create(agents: AgentStore, name: str, **settings: Any) -> Agent:
    return agents.create({"model": "model-b", "name": name, **settings})


def test_the_speaker_hands_over_by_default(agents: AgentStore) -> None:
    assert previous_speaker(agents, handoff("desk"), MODEL) is MODEL


def test_previous_agent_is_found_by_name_and_by_id(agents: AgentStore) -> None:
    agent = create(agents, "desk")
    for previous in ("desk", agent.id):
        piece = handoff("other", previous=previous)
        speaker = previous_speaker(agents, piece, MODEL)
        assert (speaker.agent_id, speaker.model) == (agent.id, "model-b")


def test_unknown_agents_keep_the_model_and_have_one_id(agents: AgentStore) -> None:
    before = previous_speaker(agents, handoff("x", previous="desk"), MODEL)
    after = next_speaker(agents, handoff("desk"), MODEL)
    assert before == after
    assert (before.name, before.model, before.agent) == ("desk", "model-a", None)
    assert before.handoff_keys("next") == {
        "next_agent_id": before.agent_id,
        "next_agent_name": "desk",
    }


def test_model_may_hand_over_to_any_agent(agents: AgentStore) -> None:
    agent = create(agents, "desk")
    after = next_speaker(agents, handoff("desk"), MODEL)
    assert isinstance(after, Speaker)
    assert after.author == {"agent_id": agent.id, "model": "model-b"}


def test_agent_hands_over_to_its_handoffs_only(agents: AgentStore) -> None:
    allowed = create(agents, "desk")
    newer = create(agents, "desk")
    front = Speaker.of(create(agents, "front", handoffs=[allowed.id]).body())
    after = next_speaker(agents, handoff("desk"), front)
    assert isinstance(after, Speaker)
    assert after.agent_id == allowed.id
    refused = next_speaker(agents, handoff(newer.id), front)
    assert isinstance(refused, Fail)
    assert f"add {newer.id!r}" in refused.message
