"""`AsyncLibraries.list_all`: page after page by their tokens."""

import logging
from typing import Any

import pytest

from mistral_conversations import AsyncLibraries, Libraries, ServerError
from tests.support.client_and_server import client_answered_with
from tests.support.clients import answers, refusal
from tests.support.for_each import for_each
from tests.support.library_bodies import libraries, library
from tests.support.raw_server import RawServer, json_answer, raw_server_on_thread
from tests.support.sent_requests import queries

pytestmark = pytest.mark.anyio

SIZE = {"page_size": ["100"]}


def page(*ids: str, **keys: Any) -> bytes:
    bodies = [library(id=id_) for id_ in ids]
    return json_answer({**libraries(library()), "data": bodies, **keys})


async def ids(*pages: bytes, **parameters: Any) -> tuple[list[str], RawServer]:
    async with client_answered_with(AsyncLibraries, *pages) as (client, server):
        found = [each.id async for each in client.list_all(**parameters)]
    return found, server


async def test_it_goes_by_the_tokens() -> None:
    found, server = await ids(
        page("a", "b", next_page_token="t/=+&", pagination=None),
        page(next_page_token="u"),
        page("b", "c", next_page_token=None),
    )
    assert found == ["a", "b", "c"]
    assert queries(server) == [
        SIZE,
        {**SIZE, "page_token": ["t/=+&"]},
        {**SIZE, "page_token": ["u"]},
    ]


async def test_it_sends_the_search_with_every_page() -> None:
    asked = {"page_size": ["2"], "search": ["ä b"]}
    pages = page("a", next_page_token="t"), page("b")
    _, server = await ids(*pages, page_size=2, search="ä b")
    assert queries(server) == [asked, {**asked, "page_token": ["t"]}]


@for_each("last", [{}, {"next_page_token": None}, {"next_page_token": ""}])
async def test_it_ends_without_a_token_also_where_there_are_numbers(last: Any) -> None:
    found, server = await ids(page("a", pagination={"has_more": True}, **last))
    assert (found, len(server.requests)) == (["a"], 1)


async def test_it_ends_with_a_warning_where_the_service_repeats_a_token(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pages = page("a", next_page_token="t"), page("b", next_page_token="t")
    with caplog.at_level(logging.WARNING, "mistral_conversations"):
        found, server = await ids(*pages)
    assert (found, len(server.requests)) == (["a", "b"], 2)
    assert "there may be more libraries" in caplog.text


async def test_after_an_error_it_continues_where_it_was() -> None:
    replies = page("a", next_page_token="t"), refusal(500), page("b")
    async with client_answered_with(AsyncLibraries, *replies, retries=0) as (
        client,
        server,
    ):
        pages = client.list_all()
        assert (await anext(pages)).id == "a"
        with pytest.raises(ServerError):
            await anext(pages)
        assert [each.id async for each in pages] == ["b"]
    assert queries(server)[1] == queries(server)[2]


async def test_wrong_parameters_are_refused_at_once() -> None:
    wrong: dict[str, Any] = {"page_size": "5", "search": 5}
    async with client_answered_with(AsyncLibraries, page()) as (client, server):
        list_all: Any = client.list_all
        for name, value in wrong.items():
            with pytest.raises(TypeError, match=f"^{name} must be"):
                list_all(**{name: value})
        with pytest.raises(ValueError, match=r"^page_size must be 1 or more"):
            list_all(0)
    assert server.connections == 0


def test_the_blocking_twin_asks_page_by_page() -> None:
    handler = answers(page("a", next_page_token="t"), page("b"))
    with raw_server_on_thread(handler) as server:
        with Libraries("key", base_url=server.base_url) as client:
            pages = client.list_all(1)
            assert server.requests == []
            assert next(pages).id == "a"
            assert len(server.requests) == 1
            assert [each.id for each in pages] == ["b"]
        assert len(server.requests) == 2
