"""The operations on the sharing lists of libraries."""

from typing import Any

import pytest

from mistral_conversations import (
    AsyncAccesses,
    AsyncLibraries,
    DecodeError,
    ListSharingOut,
    NotFoundError,
    SharingOut,
)
from tests.support.bodies import without
from tests.support.client_and_server import client_answered_with, client_served_by
from tests.support.clients import FAST, answers, lose, refusal
from tests.support.for_each import for_each
from tests.support.library_bodies import LIBRARY_ID, ORG_ID, USER_ID, sharing, sharings
from tests.support.raw_server import http, json_answer
from tests.support.sent_requests import targets
from tests.support.wire import Row, check_operation

pytestmark = pytest.mark.anyio

PATH = f"/v1/libraries/{LIBRARY_ID}/share"
WHO: dict[str, Any] = {"share_with_uuid": USER_ID, "share_with_type": "User"}

# method, positional and named arguments; HTTP method, path, query, body
WIRE: list[Row] = [
    ("list", (LIBRARY_ID,), {}, ("GET", PATH, {}, None)),
    ("update_or_create", (LIBRARY_ID,), {**WHO, "level": "Viewer"},
        ("PUT", PATH, {}, {**WHO, "level": "Viewer"})),
    ("update_or_create", (LIBRARY_ID,), {**WHO, "level": "Editor", "org_id": ORG_ID},
        ("PUT", PATH, {}, {**WHO, "level": "Editor", "org_id": ORG_ID})),
    ("delete", (LIBRARY_ID,), WHO, ("DELETE", PATH, {}, WHO)),
    ("delete", (), {"library_id": LIBRARY_ID, **WHO, "org_id": ORG_ID},
        ("DELETE", PATH, {}, {**WHO, "org_id": ORG_ID})),
]  # fmt: skip
ANSWERS: dict[str, tuple[Any, Any]] = {
    "list": (ListSharingOut, sharings(sharing(), sharing(role="Owner"))),
    "update_or_create": (SharingOut, sharing()),
    "delete": (SharingOut, sharing()),
}


@for_each("status", [200, 201])
@for_each("row", WIRE)
async def test_an_operation_on_the_wire(row: Row, status: int) -> None:
    kind, body = ANSWERS[row[0]]
    await check_operation(AsyncAccesses, row, kind, body, status=status)


def test_every_operation_is_on_the_wire_here() -> None:
    operations = {name for name in dir(AsyncAccesses) if name[0] != "_"}
    assert operations - {"aclose", "with_options"} == {method for method, *_ in WIRE}


async def test_the_part_of_libraries_is_the_same() -> None:
    answer = json_answer(sharings())
    async with client_answered_with(AsyncLibraries, answer) as (client, server):
        found = await client.accesses.list(LIBRARY_ID)
        assert type(client.accesses) is AsyncAccesses
    assert len(found) == 1
    assert targets(server) == [("GET", PATH)]


async def shared(*bodies: Any) -> ListSharingOut:
    answer = json_answer({"data": list(bodies)})
    async with client_answered_with(AsyncAccesses, answer) as (client, _):
        return await client.list(LIBRARY_ID)


async def test_accesses_are_read() -> None:
    org = sharing(role="Editor", share_with_type="Org", share_with_uuid=None, age=3)
    user, all_of_them = await shared(without(sharing(), "user_id"), org)
    assert (user.role, user.user_id, user.share_with_uuid) == ("Viewer", None, USER_ID)
    assert (all_of_them.share_with_type, all_of_them.share_with_uuid) == ("Org", None)
    assert all_of_them.extra == {"age": 3}
    (new,) = await shared(sharing(role="Auditor", share_with_type="Robot"))
    assert (new.role, new.share_with_type, new.org_id) == ("Auditor", "Robot", ORG_ID)


@for_each("body", [without(sharing(), "role"), None, "x"])
async def test_what_is_no_access_is_a_decode_error(body: Any) -> None:
    with pytest.raises(DecodeError):
        await shared(body)


async def test_a_delete_that_is_answered_with_nothing_gives_none() -> None:
    async with client_answered_with(AsyncAccesses, http(204)) as (client, _):
        assert await client.delete(LIBRARY_ID, **WHO) is None


async def test_a_delete_whose_first_answer_was_lost_gives_none() -> None:
    handler = answers(lose, refusal(404))
    async with client_served_by(AsyncAccesses, handler, retries=FAST) as (
        client,
        server,
    ):
        assert await client.delete(LIBRARY_ID, **WHO) is None
    assert [request.json for request in server.requests] == [WHO, WHO]
    async with client_answered_with(AsyncAccesses, refusal(404), retries=FAST) as (
        client,
        _,
    ):
        with pytest.raises(NotFoundError):
            await client.delete(LIBRARY_ID, **WHO)


async def test_a_put_is_sent_again() -> None:
    handler = answers(lose, refusal(503), json_answer(sharing()))
    async with client_served_by(AsyncAccesses, handler, retries=FAST) as (
        client,
        server,
    ):
        await client.update_or_create(LIBRARY_ID, level="Viewer", **WHO)
    assert targets(server) == [("PUT", PATH)] * 3


WRONG: list[tuple[str, Any, dict[str, Any], str]] = [
    ("list", None, {}, "library_id must be a str"),
    ("update_or_create", 5, {**WHO, "level": "Viewer"}, "library_id must be a str"),
    ("update_or_create", "l", {**WHO, "level": None}, "level must be a str"),
    ("update_or_create", "l", {**WHO, "level": "x", "org_id": 5}, "org_id must be a s"),
    ("update_or_create", "l", {**WHO, "level": "x", "share_with_uuid": None},
        "share_with_uuid must be a str, not NoneType"),
    ("update_or_create", "l", WHO, "missing 1 required keyword-only argument"),
    ("delete", b"l", WHO, "library_id must be a str"),
    ("delete", "l", {**WHO, "share_with_type": 5}, "share_with_type must be a str"),
    ("delete", "l", {**WHO, "share_with_uuid": 5}, "share_with_uuid must be a str"),
    ("delete", "l", {**WHO, "org_id": 5}, "org_id must be a str, not int"),
    ("delete", "l", {**WHO, "level": "Viewer"}, "takes no `level`"),
]  # fmt: skip


@for_each(("method", "id", "kwargs", "message"), WRONG)
async def test_a_wrong_type_is_refused_before_anything_is_sent(
    method: str, id: Any, kwargs: dict[str, Any], message: str
) -> None:
    async with client_answered_with(AsyncAccesses, json_answer({})) as (client, server):
        with pytest.raises(TypeError) as caught:
            await getattr(client, method)(id, **kwargs)
    assert message in str(caught.value)
    assert server.connections == 0


async def test_an_id_stays_one_segment() -> None:
    async with client_answered_with(AsyncAccesses, json_answer(sharings())) as (
        client,
        server,
    ):
        await client.list("../a?b#c")
        with pytest.raises(ValueError, match="library_id is blank"):
            await client.list("")
    assert targets(server) == [("GET", "/v1/libraries/..%2Fa%3Fb%23c/share")]
