import json
from typing import Any

import pytest

from tests.support.for_each import for_each
from tests.support.local.agent_caller import AGENTS, NOBODY, AgentCaller
from tests.support.local.answer_forms import problems

PAGES = f"{AGENTS}/pages"


def _made(caller: AgentCaller, count: int) -> list[str]:
    """Create agents, and return their ids, newest first."""
    return [caller.made(name=f"agent {number}") for number in range(count)][::-1]


def _ids(agents: list[dict[str, Any]]) -> list[str]:
    return [agent["id"] for agent in agents]


def test_list_goes_from_the_newest_to_the_oldest(caller: AgentCaller) -> None:
    assert caller.listed() == []
    ids = _made(caller, 25)
    assert _ids(caller.listed()) == ids[:20]
    assert _ids(caller.listed(page=1)) == ids[20:]
    assert _ids(caller.listed(page=1, page_size=3)) == ids[3:6]
    assert _ids(caller.listed(page_size=1000)) == ids
    assert caller.listed(page=10**17, page_size=1000) == []


def test_agent_keeps_its_place_when_it_is_updated(caller: AgentCaller) -> None:
    ids = _made(caller, 3)
    caller.update(ids[-1], name="changed")
    assert _ids(caller.listed()) == ids
    assert caller.listed()[-1]["name"] == "changed"


def test_pages_follow_each_other_by_tokens(caller: AgentCaller) -> None:
    ids = _made(caller, 5)
    found, query = [], {"page_size": 2}
    for expected in (2, 2, 1):
        page = caller.listed(PAGES, **query)
        assert page["object"] == "list"
        assert len(page["data"]) == expected
        found += _ids(page["data"])
        query = {"page_size": 2, "page_token": page["next_page_token"]}
    assert query["page_token"] is None
    assert found == ids


def test_last_page_that_is_full_has_no_token(caller: AgentCaller) -> None:
    ids = _made(caller, 20)
    page = caller.listed(PAGES)
    assert (_ids(page["data"]), page["next_page_token"]) == (ids, None)


def test_pages_hold_though_agents_come_and_go(caller: AgentCaller) -> None:
    ids = _made(caller, 4)
    token = caller.listed(PAGES, page_size=2)["next_page_token"]
    caller.made()
    caller.ask("DELETE", ids[1])
    caller.ask("DELETE", ids[2])
    page = caller.listed(PAGES, page_size=2, page_token=token)
    assert (_ids(page["data"]), page["next_page_token"]) == (ids[3:], None)


@for_each(
    "token", ["", "x", "YWJj", "YWdlbnRzLWJlZm9yZTo=", "%C3%A9", "3", "YWdlbnRz" * 99]
)
def test_token_of_no_answer_is_refused(caller: AgentCaller, token: str) -> None:
    [problem] = problems(caller.get(f"{PAGES}?page_token={token}"))
    assert problem["loc"] == ["query", "page_token"]
    assert problem["type"] == "value_error"


FILTERS: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {"Sky", "sky desk", "Sea"}),
    ({"name": "Sky"}, {"Sky"}),
    ({"name": "S"}, set()),
    ({"search": "SKY"}, {"Sky", "sky desk"}),
    ({"search": "ag_"}, {"Sky", "sky desk", "Sea"}),
    ({"id": NOBODY}, set()),
    ({"deployment_chat": "true"}, {"Sea"}),
    ({"deployment_chat": "False", "search": "desk"}, {"sky desk"}),
    ({"sources": "api"}, {"Sky", "sky desk", "Sea"}),
    ({"sources": ["playground", "agent_builder_v1"]}, set()),
    ({"sources": ["playground", "api"], "name": "Sea"}, {"Sea"}),
    ({"metadata": json.dumps({"kind": "air"})}, {"Sky", "sky desk"}),
    ({"metadata": json.dumps({"kind": "air", "desk": [1]})}, {"sky desk"}),
    ({"metadata": "{}"}, {"Sky", "sky desk", "Sea"}),
    ({"metadata": "null"}, {"Sky", "sky desk", "Sea"}),
    ({"metadata": '{"kind":"air"}', "search": "sea"}, set()),
]


@pytest.mark.parametrize(("query", "names"), FILTERS)
def test_filters_keep_those_that_pass_all(
    caller: AgentCaller, query: dict[str, Any], names: set[str]
) -> None:
    caller.made(name="Sky", metadata={"kind": "air"})
    caller.made(name="sky desk", metadata={"kind": "air", "desk": [1]})
    caller.update(caller.made(name="Sea"), deployment_chat=True)
    assert {agent["name"] for agent in caller.listed(**query)} == names
    page = caller.listed(PAGES, **query)
    assert {agent["name"] for agent in page["data"]} == names
    assert page["next_page_token"] is None


def test_filters_by_id(caller: AgentCaller) -> None:
    ids = _made(caller, 3)
    assert _ids(caller.listed(id=ids[1])) == [ids[1]]
    assert _ids(caller.listed(search=ids[1][5:20])) == [ids[1]]


def test_tokens_continue_among_the_filtered_agents(caller: AgentCaller) -> None:
    _made(caller, 4)
    asked = {"search": "AGENT", "page_size": 3}
    first = caller.listed(PAGES, **asked)
    rest = caller.listed(PAGES, **asked, page_token=first["next_page_token"])
    names = [agent["name"] for agent in [*first["data"], *rest["data"]]]
    assert names == ["agent 3", "agent 2", "agent 1", "agent 0"]
