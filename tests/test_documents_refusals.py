"""Arguments that operations on documents reject, ids in paths, and `list_all`."""

from typing import Any

import pytest

from mistral_conversations import UNSET, AsyncDocuments, Documents, ServerError
from tests.support.client_and_server import client_answered_with
from tests.support.clients import answers, refusal
from tests.support.for_each import for_each
from tests.support.library_bodies import LIBRARY_ID, document, document_id, documents
from tests.support.raw_server import RawServer, json_answer, raw_server_on_thread
from tests.support.sent_requests import queries, targets

pytestmark = pytest.mark.anyio

WRONG: list[tuple[str, tuple[Any, ...], dict[str, Any], str]] = [
    ("list", (5,), {}, "library_id must be a str"),
    ("list", ("l", "0"), {}, "page must be an int"),
    ("list", ("l", 0, True), {}, "page_size must be an int"),
    ("list", ("l",), {"search": 5}, "search must be a str"),
    ("list", ("l",), {"filters_attributes": []}, "filters_attributes must be a mapp"),
    ("list", ("l",), {"filters_attributes": {1: 2}}, "filters_attributes has the key"),
    ("list", ("l",), {"sort_by": 5}, "sort_by must be a str"),
    ("list", ("l",), {"sort_order": True}, "sort_order must be a str"),
    ("update", ("l", "d"), {"name": 5}, "name must be a str"),
    ("update", ("l", "d"), {"attributes": "{}"}, "attributes must be a mapping"),
    ("update", ("l", "d"), {"attributes": {"a": {1}}}, "attributes.a is of type set"),
    ("update", ("l", "d"), {"attributes": {"a": UNSET}}, "attributes.a is of type"),
    ("update", ("l", "d"), {"retries": "1"}, "retries must be a RetryPolicy"),
    *[(method, (None, "d"), {}, "library_id must be a str") for method in (
        "get", "update", "delete", "status", "text_content", "signed_url",
        "extracted_text_signed_url", "reprocess")],
    *[(method, ("l", 5), {}, "document_id must be a str") for method in (
        "get", "update", "delete", "status", "text_content", "signed_url",
        "extracted_text_signed_url", "reprocess")],
]  # fmt: skip


@for_each(("method", "args", "kwargs", "message"), WRONG)
async def test_a_wrong_type_is_refused_before_anything_is_sent(
    method: str, args: tuple[Any, ...], kwargs: dict[str, Any], message: str
) -> None:
    async with client_answered_with(AsyncDocuments, json_answer({})) as (
        client,
        server,
    ):
        with pytest.raises(TypeError) as caught:
            await getattr(client, method)(*args, **kwargs)
    assert str(caught.value).startswith(message)
    assert server.connections == 0


@for_each(
    ("args", "message"),
    [
        (("l", -1), "page must be 0 or more"),
        (("l", 0, 0), "page_size must be 1 or more"),
        ((" ",), "library_id is blank"),
    ],
)
async def test_a_wrong_value_is_refused(args: Any, message: str) -> None:
    async with client_answered_with(AsyncDocuments, json_answer({})) as (
        client,
        server,
    ):
        with pytest.raises(ValueError, match=message):
            await client.list(*args)
    assert server.connections == 0


async def test_ids_stay_a_segment_each() -> None:
    ids = "a/b?c#d", ".."
    async with client_answered_with(
        AsyncDocuments, json_answer("u"), prefix="/proxy/"
    ) as (
        client,
        server,
    ):
        await client.signed_url(*ids)
        await client.delete(*ids)
        await client.reprocess(*ids)
    path = "/proxy/v1/libraries/a%2Fb%3Fc%23d/documents/%2E%2E"
    assert targets(server) == [
        ("GET", f"{path}/signed-url"),
        ("DELETE", path),
        ("POST", f"{path}/reprocess"),
    ]


def page(*numbers: int, **pagination: Any) -> bytes:
    return json_answer(documents(*numbers, **pagination))


async def ids(*pages: bytes, **parameters: Any) -> tuple[list[str], RawServer]:
    async with client_answered_with(AsyncDocuments, *pages) as (client, server):
        walk = client.list_all(LIBRARY_ID, **parameters)
        found = [each.id async for each in walk]
    return found, server


async def test_list_all_goes_from_page_to_page() -> None:
    found, server = await ids(
        page(1, 2, has_more=True), page(2, 3, has_more=True), page(4)
    )
    assert found == [document_id(number) for number in (1, 2, 3, 4)]
    path = f"/v1/libraries/{LIBRARY_ID}/documents"
    assert {target.partition("?")[0] for _, target in targets(server)} == {path}
    assert queries(server) == [
        {"page": [number], "page_size": ["100"]} for number in "012"
    ]


async def test_list_all_sends_its_parameters_with_every_page() -> None:
    _, server = await ids(
        page(1, has_more=True), page(2), page_size=1, search="sky",
        filters_attributes={"a": 1}, sort_by="name", sort_order="asc",
    )  # fmt: skip
    assert queries(server) == [
        {"page": [number], "page_size": ["1"], "search": ["sky"],
            "filters_attributes": ['{"a":1}'], "sort_by": ["name"],
            "sort_order": ["asc"]}
        for number in "01"
    ]  # fmt: skip


async def test_list_all_ends_where_the_service_ignores_page() -> None:
    found, server = await ids(page(1, 2, has_more=True))
    assert (len(found), len(server.requests)) == (2, 3)


async def test_list_all_ends_with_an_empty_page_whatever_it_says() -> None:
    found, server = await ids(page(1, has_more=True), page(has_more=True))
    assert (len(found), len(server.requests)) == (1, 2)


@for_each("odd", [None, {}, [], 5, {"has_more": False}])
async def test_list_all_goes_on_to_an_empty_page_where_pagination_is_odd(
    odd: Any,
) -> None:
    bodies = [documents(1), documents(2), documents()]
    pages = (json_answer({**body, "pagination": odd}) for body in bodies)
    found, server = await ids(*pages)
    assert (len(found), len(server.requests)) == (2, 3)


async def test_list_all_asks_once_where_all_is_on_one_page() -> None:
    found, server = await ids(page(1, 2))
    assert (len(found), len(server.requests)) == (2, 1)


async def test_list_all_continues_after_an_error() -> None:
    replies = page(1, has_more=True), refusal(500), page(2)
    async with client_answered_with(AsyncDocuments, *replies, retries=0) as (
        client,
        server,
    ):
        walk = client.list_all(LIBRARY_ID)
        await anext(walk)
        with pytest.raises(ServerError):
            await anext(walk)
        assert [each.id async for each in walk] == [document_id(2)]
    assert [query["page"] for query in queries(server)] == [["0"], ["1"], ["1"]]


async def test_list_all_refuses_wrong_parameters_at_once() -> None:
    wrong: dict[str, Any] = {"page_size": "5", "search": 5, "filters_attributes": 5,
        "sort_by": 5, "sort_order": 5, "library_id": 5}  # fmt: skip
    async with client_answered_with(AsyncDocuments, page()) as (client, server):
        list_all: Any = client.list_all
        for name, value in wrong.items():
            with pytest.raises(TypeError, match=f"^{name} must be"):
                list_all(**{"library_id": LIBRARY_ID, name: value})
    assert server.connections == 0


def test_the_blocking_twin_asks_page_by_page() -> None:
    pages = page(1, 2, has_more=True), page(2, 3)
    handler = answers(*pages, json_answer(document(9)))
    with raw_server_on_thread(handler) as server:
        with Documents("key", base_url=server.base_url) as client:
            walk = client.list_all(LIBRARY_ID, 2)
            assert server.requests == []
            assert [next(walk).id, next(walk).id] == [document_id(1), document_id(2)]
            assert len(server.requests) == 1
            assert [each.id for each in walk] == [document_id(3)]
            assert client.get(LIBRARY_ID, "d").id == document_id(9)
        assert len(server.requests) == 3
