"""`AsyncAgents.list_all`: page after page by their tokens."""

from typing import Any

import pytest

from mistral_conversations import Agents, AsyncAgents, ServerError
from tests.support.agent_bodies import AGENT_ID, agent_list_page
from tests.support.client_and_server import client_answered_with
from tests.support.clients import answers, refusal
from tests.support.raw_server import RawServer, json_answer, raw_server_on_thread
from tests.support.sent_requests import queries

pytestmark = pytest.mark.anyio


def page(*numbers: int, token: str | None = None) -> bytes:
    return json_answer(agent_list_page(*numbers, token=token))


async def numbers(*pages: bytes, **parameters: Any) -> tuple[list[int], RawServer]:
    async with client_answered_with(AsyncAgents, *pages) as (client, server):
        found = [int(a.id[3:], 16) async for a in client.list_all(**parameters)]
    return found, server


async def test_it_goes_by_the_tokens() -> None:
    found, server = await numbers(page(1, 2, token="a/=+&"), page(3, token="b"), page())
    assert found == [1, 2, 3]
    size = {"page_size": ["20"]}
    assert queries(server) == [
        size,
        {**size, "page_token": ["a/=+&"]},
        {**size, "page_token": ["b"]},
    ]
    assert {r.target.partition("?")[0] for r in server.requests} == {"/v1/agents/pages"}


async def test_it_sends_the_filters_with_every_page() -> None:
    filters: dict[str, Any] = {
        "deployment_chat": True,
        "sources": ("api", "new"),
        "name": "n",
        "search": "s",
        "id": AGENT_ID,
        "metadata": {"team": "sky"},
    }
    sent = {
        "page_size": ["2"],
        "deployment_chat": ["true"],
        "sources": ["api", "new"],
        "name": ["n"],
        "search": ["s"],
        "id": [AGENT_ID],
        "metadata": ['{"team":"sky"}'],
    }
    _, server = await numbers(page(1, token="a"), page(2), page_size=2, **filters)
    assert queries(server) == [sent, {**sent, "page_token": ["a"]}]


async def test_an_empty_page_with_a_token_does_not_end_it() -> None:
    found, server = await numbers(page(token="a"), page(token="b"), page(1))
    assert (found, len(server.requests)) == ([1], 3)


async def test_none_comes_twice_and_a_ring_of_tokens_ends() -> None:
    pages = page(1, token="a"), page(1, 2, token="b"), page(3, token="a")
    found, server = await numbers(*pages)
    assert (found, len(server.requests)) == ([1, 2, 3], 3)


async def test_it_ends_where_the_service_ignores_the_token() -> None:
    found, server = await numbers(page(1, 2, token="a"))
    assert (found, len(server.requests)) == ([1, 2], 2)


async def test_after_an_error_it_continues_where_it_was() -> None:
    replies = page(1, token="a"), refusal(500), page(2)
    async with client_answered_with(AsyncAgents, *replies, retries=0) as (
        client,
        server,
    ):
        pages = client.list_all()
        assert (await anext(pages)).id == f"ag_{1:032x}"
        with pytest.raises(ServerError):
            await anext(pages)
        assert [each.id async for each in pages] == [f"ag_{2:032x}"]
    assert [query.get("page_token") for query in queries(server)] == [
        None,
        ["a"],
        ["a"],
    ]


async def test_wrong_parameters_are_refused_at_once() -> None:
    wrong: dict[str, Any] = {"page_size": "5", "sources": "api", "metadata": [],
        "deployment_chat": 1, "name": 5, "search": 5, "id": 5}  # fmt: skip
    async with client_answered_with(AsyncAgents, page()) as (client, server):
        list_all: Any = client.list_all
        for name, value in wrong.items():
            with pytest.raises(TypeError, match=f"^{name} must be"):
                list_all(**{name: value})
        with pytest.raises(ValueError, match=r"^page_size must be 1 or more"):
            list_all(0)
    assert server.connections == 0


def test_the_blocking_twin_asks_page_by_page() -> None:
    handler = answers(page(1, 2, token="a"), page(2, 3))
    with raw_server_on_thread(handler) as server:
        with Agents("key", base_url=server.base_url) as client:
            pages = client.list_all(2)
            assert server.requests == []
            assert [next(pages).id, next(pages).id] == [f"ag_{n:032x}" for n in (1, 2)]
            assert len(server.requests) == 1
            assert [each.id for each in pages] == [f"ag_{3:032x}"]
        assert len(server.requests) == 2
