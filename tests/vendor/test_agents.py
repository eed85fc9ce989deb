"""Every operation of the vendor's client on agents, and conversations with them."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from mistral_conversations.server import handoff, say
from tests.support.vendor_client import ALL, REASON, Vendor
from tests.vendor.conftest import OpenParts

models: Any = pytest.importorskip("mistralai.client.models", reason=REASON)
errors: Any = pytest.importorskip("mistralai.client.errors", reason=REASON)

# The vendor's client warns of the list by numbers.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

MODEL = "mistral-medium-latest"


@attrs.frozen
class Staff:
    """The two parts of the vendor's client that work with agents."""

    agents: Vendor
    conversations: Vendor

    def make(self, name: str = "Poet", **parameters: Any) -> Any:
        return self.agents.call("create", model=MODEL, name=name, **parameters)

    def page(self, **parameters: Any) -> Any:
        return self.agents.call("list_pages", **parameters).result


Open = Callable[..., Staff]


@pytest.fixture
def opened(open_parts: OpenParts) -> Open:
    """Run a server for the length of a test."""

    def run(*arguments: Any) -> Staff:
        parts = open_parts(*arguments)
        return Staff(parts["beta.agents"], parts["beta.conversations"])

    return run


@pytest.fixture
def staff(opened: Open) -> Staff:
    """Call a server that echoes."""
    return opened()


def test_create_makes_an_agent(staff: Staff) -> None:
    agent = staff.make(instructions="In verse.", tools=[{"type": "web_search"}])
    assert isinstance(agent, models.Agent)
    assert (agent.name, agent.model, agent.instructions) == ("Poet", MODEL, "In verse.")
    assert [tool.type for tool in agent.tools] == ["web_search"]
    assert (agent.version, agent.versions) == (0, [0])


def test_both_lists_have_all(staff: Staff) -> None:
    made = {staff.make(name).id for name in ("a", "b", "c")}
    assert {agent.id for agent in staff.agents.call("list", **ALL)} == made
    first = staff.page(page_size=2, **ALL)
    rest = staff.page(page_size=2, page_token=first.next_page_token, **ALL)
    assert {agent.id for agent in [*first.data, *rest.data]} == made
    assert len(first.data) == 2
    assert rest.next_page_token is None


def test_lists_take_filters(staff: Staff) -> None:
    staff.make("Poet")
    other = staff.make("Cook", metadata={"team": "kitchen"})
    for filters in (
        {"name": "Cook"},
        {"search": "ook"},
        {"id": other.id},
        {"metadata": {"team": "kitchen"}},
    ):
        asked = {**ALL, "sources": ["api"], "deployment_chat": False, **filters}
        [found] = staff.agents.call("list", **asked)
        assert found.id == other.id
        assert [agent.id for agent in staff.page(**asked).data] == [other.id]


def test_update_makes_a_version(staff: Staff) -> None:
    agent_id = staff.make(description="Writes", instructions="In verse.").id
    agent = staff.agents.call("update", agent_id=agent_id, description=None)
    assert (agent.version, agent.versions) == (1, [0, 1])
    assert agent.description is None
    assert agent.instructions == "In verse."


def test_versions_can_be_read_and_switched(staff: Staff) -> None:
    agent_id = staff.make().id
    staff.agents.call("update", agent_id=agent_id, name="Other")
    listed = staff.agents.call("list_versions", agent_id=agent_id)
    assert sorted(agent.version for agent in listed) == [0, 1]
    old = staff.agents.call("get_version", agent_id=agent_id, version="0")
    assert old.name == "Poet"
    back = staff.agents.call("update_version", agent_id=agent_id, version=0)
    assert (back.version, back.name) == (0, "Poet")
    assert staff.agents.call("get", agent_id=agent_id).name == "Poet"
    newer = staff.agents.call("get", agent_id=agent_id, agent_version=1)
    assert newer.name == "Other"


def test_aliases_come_and_go(staff: Staff) -> None:
    agent_id = staff.make().id
    staff.agents.call("update", agent_id=agent_id, name="Other")
    alias = {"agent_id": agent_id, "alias": "stable"}
    made = staff.agents.call("create_version_alias", version=0, **alias)
    assert (made.alias, made.version) == ("stable", 0)
    [listed] = staff.agents.call("list_version_aliases", agent_id=agent_id)
    assert listed.alias == "stable"
    found = staff.agents.call("get", agent_id=agent_id, agent_version="stable")
    assert found.name == "Poet"
    staff.agents.call("delete_version_alias", **alias)
    assert staff.agents.call("list_version_aliases", agent_id=agent_id) == []


def test_delete_leaves_nothing(staff: Staff) -> None:
    agent_id = staff.make().id
    staff.agents.call("delete", agent_id=agent_id)
    with pytest.raises(errors.SDKError) as raised:
        staff.agents.call("get", agent_id=agent_id)
    assert raised.value.status_code == 404


def test_a_conversation_pins_the_version(staff: Staff) -> None:
    agent_id = staff.make().id
    answer = staff.conversations.call("start", inputs="Hi", agent_id=agent_id)
    staff.agents.call("update", agent_id=agent_id, name="Other")
    found = staff.conversations.call("get", conversation_id=answer.conversation_id)
    assert (found.agent_id, found.agent_version) == (agent_id, 0)
    [entry] = answer.outputs
    assert (entry.agent_id, entry.model) == (agent_id, MODEL)


def test_agents_hand_over(opened: Open) -> None:
    staff = opened([["One moment.", handoff("Cook"), say("Soup!")]])
    cook = staff.make("Cook")
    poet = staff.make("Poet", handoffs=[cook.id])
    answer = staff.conversations.call("start", inputs="Hungry", agent_id=poet.id)
    first, passed, last = answer.outputs
    assert first.agent_id == poet.id
    assert passed.previous_agent_id == poet.id
    assert passed.next_agent_id == last.agent_id == cook.id
    assert (passed.previous_agent_name, passed.next_agent_name) == ("Poet", "Cook")
