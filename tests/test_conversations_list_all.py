"""`list_all`: page after page, none twice, an end in every case."""

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from mistral_conversations import (
    AsyncConversations,
    MistralConversationsError,
    NotFoundError,
)
from mistral_conversations.server import LocalServer
from tests.support.bodies import model_conversation
from tests.support.client_and_server import answered_with, client_served_by
from tests.support.raw_server import Connection, RawServer, Request, json_answer

pytestmark = pytest.mark.anyio


def page(*numbers: int) -> bytes:
    return json_answer([model_conversation(number) for number in numbers])


def queries(server: RawServer) -> list[dict[str, str]]:
    parsed = (parse_qs(urlsplit(request.target).query) for request in server.requests)
    return [{key: value for key, (value,) in query.items()} for query in parsed]


async def numbers(*pages: bytes, **parameters: Any) -> tuple[list[int], RawServer]:
    async with answered_with(*pages) as (client, server):
        found = [int(c.id[5:], 16) async for c in client.list_all(**parameters)]
    return found, server


async def test_it_goes_from_page_to_page_to_an_empty_one() -> None:
    found, server = await numbers(page(1, 2), page(3, 4), page(5), page())
    assert found == [1, 2, 3, 4, 5]
    assert [query["page"] for query in queries(server)] == ["0", "1", "2", "3"]


async def test_it_sends_the_parameters_with_every_page() -> None:
    parameters: dict[str, Any] = {"page_size": 2, "metadata": {"team": "sky"}}
    _, server = await numbers(page(1, 2), page(), **parameters)
    assert queries(server) == [
        {"page": number, "page_size": "2", "metadata": '{"team":"sky"}'}
        for number in ("0", "1")
    ]


async def test_it_sends_no_metadata_where_none_is_given() -> None:
    _, server = await numbers(page())
    assert "metadata" not in queries(server)[0]


async def test_none_comes_twice() -> None:
    found, _ = await numbers(page(1, 2), page(2, 3), page(3, 4), page())
    assert found == [1, 2, 3, 4]


async def test_it_ends_where_the_service_ignores_page(
    caplog: pytest.LogCaptureFixture,
) -> None:
    found, server = await numbers(page(1, 2))
    assert found == [1, 2]
    assert len(server.requests) == 3
    assert "WARNING" in {record.levelname for record in caplog.records}


async def test_it_ends_where_two_pages_alternate(
    caplog: pytest.LogCaptureFixture,
) -> None:
    found, server = await numbers(*[page(1), page(2)] * 20)
    assert found == [1, 2]
    assert len(server.requests) == 4
    (warning,) = [r for r in caplog.records if r.levelname == "WARNING"]
    assert warning.getMessage() == (
        "list_all() stops, there may be more conversations: "
        "page after page brings nothing new"
    )


async def test_a_repeated_first_page_costs_nothing_of_the_third() -> None:
    found, _ = await numbers(page(1, 2), page(1, 2), page(3, 4), page(5), page())
    assert found == [1, 2, 3, 4, 5]


async def test_tasks_share_45_conversations() -> None:
    async with LocalServer() as server:
        async with AsyncConversations("key", base_url=server.base_url) as client:
            answers = [await client.start("x", model="m") for _ in range(45)]
            before = len(server.requests)
            shared = client.list_all(page_size=10)
            found: list[str] = []

            async def read() -> None:
                found.extend([conversation.id async for conversation in shared])

            await asyncio.gather(*(read() for _ in range(4)))
        assert len(server.requests) - before == 6
    assert sorted(found) == sorted(answer.conversation_id for answer in answers)


async def test_readers_end_when_the_client_is_closed() -> None:
    closed: list[Exception] = []

    async def never(_: Request, connection: Connection) -> None:
        await connection.until_client_closes()

    async with client_served_by(AsyncConversations, never) as (client, _):
        shared = client.list_all()

        async def read() -> None:
            try:
                await anext(shared)
            except MistralConversationsError as error:
                closed.append(error)

        readers = [asyncio.create_task(read()) for _ in range(3)]
        await asyncio.sleep(0.05)
        await client.aclose()
        await asyncio.wait_for(asyncio.gather(*readers), 5)
    assert len(closed) == 3


async def test_a_page_of_only_known_ones_does_not_end_it() -> None:
    found, _ = await numbers(page(1, 2), page(2, 1), page(3), page())
    assert found == [1, 2, 3]


async def test_the_next_page_is_asked_for_when_it_is_needed() -> None:
    async with answered_with(page(1, 2), page(3), page()) as (client, server):
        pages = client.list_all(page_size=2)
        assert server.requests == []
        for count in (1, 1, 2):
            await anext(pages)
            assert len(server.requests) == count


async def test_after_the_end_nothing_is_asked_any_more() -> None:
    async with answered_with(page(1), page()) as (client, server):
        pages = client.list_all()
        assert len([each async for each in pages]) == 1
        assert await anext(pages, None) is None
    assert len(server.requests) == 2


async def test_an_error_on_a_later_page_is_raised() -> None:
    async with answered_with(page(1), json_answer({"message": "gone"}, 404)) as (
        client,
        _,
    ):
        pages = client.list_all()
        assert (await anext(pages)).id == f"conv_{1:032x}"
        with pytest.raises(NotFoundError, match="gone"):
            await anext(pages)


async def test_wrong_parameters_are_refused_before_anything_is_sent() -> None:
    async with answered_with(page()) as (client, server):
        with pytest.raises(ValueError, match="page_size must be 1 or more"):
            await anext(client.list_all(page_size=0))
        with pytest.raises(TypeError, match="metadata must be "):
            await anext(client.list_all(metadata=5))  # type: ignore[arg-type]
    assert server.connections == 0
