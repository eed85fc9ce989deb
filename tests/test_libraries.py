"""The operations on libraries: their requests and answers."""

from datetime import UTC, datetime
from typing import Any

import pytest

from mistral_conversations import (
    UNSET,
    AsyncLibraries,
    DecodeError,
    LibraryOut,
    ListLibraryOut,
    NotFoundError,
    ServerError,
)
from tests.support.bodies import without
from tests.support.client_and_server import client_answered_with, client_served_by
from tests.support.clients import FAST, Reply, answers, lose, refusal
from tests.support.for_each import for_each
from tests.support.library_bodies import LIBRARY_ID, libraries, library
from tests.support.raw_server import http, json_answer
from tests.support.sent_requests import targets
from tests.support.wire import Row, check_operation

pytestmark = pytest.mark.anyio

PATH = f"/v1/libraries/{LIBRARY_ID}"

# method, positional and named arguments; HTTP method, path, query, body
WIRE: list[Row] = [
    ("create", ("Skies",), {}, ("POST", "/v1/libraries", {}, {"name": "Skies"})),
    ("create", (), {"name": "é", "description": "", "chunk_size": 512,
        "owner_type": "User"},
        ("POST", "/v1/libraries", {},
            {"name": "é", "description": "", "chunk_size": 512, "owner_type": "User"})),
    ("list", (), {}, ("GET", "/v1/libraries", {"page_size": ["100"]}, None)),
    ("list", (5, "t/ken+ü="), {"search": "Skíes & seas"}, ("GET", "/v1/libraries",
        {"page_size": ["5"], "page_token": ["t/ken+ü="], "search": ["Skíes & seas"]},
        None)),
    ("get", (LIBRARY_ID,), {}, ("GET", PATH, {}, None)),
    ("update", (LIBRARY_ID,), {}, ("PATCH", PATH, {}, {})),
    ("update", (LIBRARY_ID,), {"name": "n", "description": UNSET},
        ("PATCH", PATH, {}, {"name": "n"})),
    ("update", (), {"library_id": LIBRARY_ID, "name": "n", "description": None},
        ("PATCH", PATH, {}, {"name": "n", "description": None})),
    ("delete", (LIBRARY_ID,), {}, ("DELETE", PATH, {}, None)),
]  # fmt: skip
ANSWERS: dict[str, tuple[int, Any, Any]] = {
    "create": (201, LibraryOut, library()),
    "list": (200, ListLibraryOut, libraries(library(), library(name="Seas"))),
    "get": (200, LibraryOut, library()),
    "update": (200, LibraryOut, library()),
    "delete": (200, LibraryOut, library()),
}


@for_each("row", WIRE)
async def test_an_operation_on_the_wire(row: Row) -> None:
    status, kind, body = ANSWERS[row[0]]
    await check_operation(AsyncLibraries, row, kind, body, status=status)


def test_every_operation_is_on_the_wire_here() -> None:
    inherited = {"aclose", "with_options", "documents", "accesses", "list_all"}
    operations = {name for name in dir(AsyncLibraries) if name[0] != "_"} - inherited
    assert {method for method, *_ in WIRE} == operations == set(ANSWERS)


async def got(body: Any) -> LibraryOut:
    async with client_answered_with(AsyncLibraries, json_answer(body)) as (client, _):
        return await client.get(LIBRARY_ID)


async def test_a_library_is_read() -> None:
    found = await got(library(org_sharing_role="Owner", emoji="☁️", mood="grey"))
    assert (found.id, found.name, found.owner_type) == (LIBRARY_ID, "Skies", "User")
    assert found.created_at == datetime(2026, 7, 1, 10, 20, 30, 123456, UTC)
    assert (found.total_size, found.nb_documents, found.chunk_size) == (2048, 2, None)
    assert (found.org_sharing_role, found.emoji) == ("Owner", "☁️")
    assert found.extra == {"mood": "grey"}


async def test_null_keys_may_be_missing() -> None:
    body = library()
    nulls = [name for name, value in body.items() if value is None]
    assert len(nulls) > 4
    bare = await got(without(body, *nulls, "owner_id", "description"))
    assert bare.owner_id is bare.description is bare.emoji is None


@for_each(
    "body", [None, [], {}, without(library(), "name"), library(total_size="2 kB")]
)
async def test_what_is_no_library_is_a_decode_error(body: Any) -> None:
    with pytest.raises(
        DecodeError, match="the answer is not what the API describes"
    ) as caught:
        await got(body)
    assert (caught.value.body, caught.value.may_have_been_processed) == (body, True)


async def test_a_list_is_a_sequence() -> None:
    names = ["Skies", "Seas"]
    answer = json_answer(libraries(*(library(name=name) for name in names)))
    async with client_answered_with(AsyncLibraries, answer) as (client, _):
        found = await client.list()
    assert [each.name for each in found] == names
    assert (len(found), found[-1].name) == (2, "Seas")


async def test_no_libraries_are_an_empty_list() -> None:
    async with client_answered_with(AsyncLibraries, json_answer({"data": []})) as (
        client,
        _,
    ):
        assert not await client.list()


@pytest.mark.parametrize("answer", [http(204), http(200)])
async def test_a_delete_that_is_answered_with_nothing_gives_none(answer: bytes) -> None:
    async with client_answered_with(AsyncLibraries, answer) as (client, server):
        assert await client.delete(LIBRARY_ID) is None
    assert len(server.requests) == 1


@pytest.mark.parametrize("first", [lose, refusal(502), refusal(500)])
async def test_a_delete_whose_first_answer_was_lost_gives_none(first: Reply) -> None:
    handler = answers(first, refusal(404))
    async with client_served_by(AsyncLibraries, handler, retries=FAST) as (
        client,
        server,
    ):
        assert await client.delete(LIBRARY_ID) is None
    assert targets(server) == [("DELETE", PATH)] * 2


async def test_a_delete_of_what_is_not_there_is_an_error() -> None:
    for first in (refusal(404), refusal(429)):
        handler = answers(first, refusal(404))
        async with client_served_by(AsyncLibraries, handler, retries=FAST) as (
            client,
            _,
        ):
            with pytest.raises(NotFoundError):
                await client.delete(LIBRARY_ID)


async def test_a_delete_that_is_answered_with_nonsense_is_reported() -> None:
    async with client_answered_with(AsyncLibraries, http(200, b"gone")) as (client, _):
        with pytest.raises(DecodeError, match="the answer is not JSON"):
            await client.delete(LIBRARY_ID)


async def test_a_patch_that_was_refused_is_sent_again_and_a_lost_one_is_not() -> None:
    refused = refusal(503, Retry_After="0")
    handler = answers(refused, refusal(429), json_answer(library()), refusal(502))
    async with client_served_by(AsyncLibraries, handler, retries=FAST) as (
        client,
        server,
    ):
        found = await client.update(LIBRARY_ID, name="n")
        assert found.meta is not None
        assert found.meta.attempts == 3
        assert [request.json for request in server.requests] == [{"name": "n"}] * 3
        with pytest.raises(ServerError):
            await client.update(LIBRARY_ID, name="n")
    assert len(server.requests) == 4


WRONG: list[tuple[str, tuple[Any, ...], dict[str, Any], str]] = [
    ("create", (None,), {}, "name must be a str, not NoneType"),
    ("create", ("n",), {"description": 5}, "description must be a str, not int"),
    ("create", ("n",), {"chunk_size": "1"}, "chunk_size must be an int, not str"),
    ("create", ("n",), {"owner_type": 5}, "owner_type must be a str, not int"),
    ("create", ("n",), {"timeout": "1"}, "timeout must be a Timeout or seconds"),
    ("list", (), {"retries": "1"}, "retries must be a RetryPolicy or an int"),
    ("list", ("9",), {}, "page_size must be an int, not str"),
    ("list", (9, 2), {}, "page_token must be a str, not int"),
    ("list", (), {"search": b"s"}, "search must be a str, not bytes"),
    ("get", (None,), {}, "library_id must be a str, not NoneType"),
    ("update", (5,), {}, "library_id must be a str, not int"),
    ("update", ("l",), {"name": None}, "name cannot be null: leave it out to keep"),
    ("update", ("l",), {"name": 5}, "name must be a str, not int"),
    ("update", ("l",), {"description": b"d"}, "description must be a str, not bytes"),
    ("delete", (["l"],), {}, "library_id must be a str, not list"),
]


@for_each(("method", "args", "kwargs", "message"), WRONG)
async def test_a_wrong_type_is_refused_before_anything_is_sent(
    method: str, args: tuple[Any, ...], kwargs: dict[str, Any], message: str
) -> None:
    async with client_answered_with(AsyncLibraries, json_answer({})) as (
        client,
        server,
    ):
        with pytest.raises(TypeError) as caught:
            await getattr(client, method)(*args, **kwargs)
    assert str(caught.value).startswith(message)
    assert server.connections == 0


@for_each(
    ("id", "segment"), [("a/b", "a%2Fb"), ("..", "%2E%2E"), ("a?b#c", "a%3Fb%23c")]
)
async def test_an_id_stays_one_segment(id: str, segment: str) -> None:
    answer = json_answer(library())
    async with client_answered_with(AsyncLibraries, answer, prefix="/proxy") as (
        client,
        server,
    ):
        await client.get(id)
        await client.update(id, name="n")
        await client.delete(id)
    path = f"/proxy/v1/libraries/{segment}"
    assert targets(server) == [("GET", path), ("PATCH", path), ("DELETE", path)]


@for_each("method", ["get", "update", "delete"])
async def test_a_blank_id_is_refused(method: str) -> None:
    async with client_answered_with(AsyncLibraries, json_answer({})) as (
        client,
        server,
    ):
        with pytest.raises(ValueError, match="library_id is blank"):
            await getattr(client, method)(" ")
    assert server.connections == 0
