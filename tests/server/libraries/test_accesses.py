"""Access to libraries."""

from typing import Any

import pytest

from mistral_conversations.server import LocalServer
from tests.support.for_each import for_each
from tests.support.local.library_caller import NOBODY, LibraryCaller

ORGANIZATION = "1f0c3e5d-2f63-4b8c-8d95-0e7a6f1b3c24"
USER = {"share_with_uuid": NOBODY, "share_with_type": "User"}


def _share(library: str) -> str:
    return f"{library}/share"


def _owner(caller: LibraryCaller, library: str) -> Any:
    return caller.get(_share(library)).json["data"][0]


def test_owner_has_access_from_the_start(caller: LibraryCaller) -> None:
    library = caller.create()
    [owner] = caller.get(_share(library)).json["data"]
    body = caller.get(library).json
    assert owner["role"] == "Owner"
    assert owner["library_id"] == body["id"]
    assert owner["share_with_type"] == body["owner_type"]
    assert owner["share_with_uuid"] == body["owner_id"]
    assert owner["user_id"] is None


def test_sharing_adds_an_access_and_changes_it(caller: LibraryCaller) -> None:
    library = caller.create()
    for level in ("Viewer", "Editor"):
        reply = caller.put(_share(library), {**USER, "level": level})
        assert reply.status == 200
        assert reply.json == {
            "library_id": library.rpartition("/")[2],
            "user_id": NOBODY,
            "org_id": _owner(caller, library)["org_id"],
            "role": level,
            "share_with_type": "User",
            "share_with_uuid": NOBODY,
        }
        _, shared = caller.get(_share(library)).json["data"]
        assert shared == reply.json


def test_library_counts_its_shares(caller: LibraryCaller) -> None:
    library = caller.create()
    for kind in ("User", "Workspace", "Org"):
        wish = {**USER, "share_with_type": kind, "level": "Viewer"}
        shared = caller.put(_share(library), {**wish, "org_id": ORGANIZATION}).json
        assert shared["org_id"] == ORGANIZATION
    body = caller.get(library).json
    assert body["explicit_user_members_count"] == 1
    assert body["explicit_workspace_members_count"] == 1
    assert body["org_sharing_role"] == "Viewer"


@pytest.mark.parametrize("level", [{}, {"level": "Viewer"}, {"level": None}])
def test_delete_takes_an_access_away(caller: LibraryCaller, level: Any) -> None:
    library = caller.create()
    shared = caller.put(_share(library), {**USER, "level": "Editor"}).json
    wish = {**USER, "share_with_uuid": NOBODY.upper(), "org_id": None, **level}
    reply = caller.send("DELETE", _share(library), wish)
    assert (reply.status, reply.json) == (200, shared)
    assert len(caller.get(_share(library)).json["data"]) == 1
    again = caller.send("DELETE", _share(library), wish)
    assert again.status == 404
    assert again.json["code"] == 3000


def test_access_of_another_kind_is_not_found(caller: LibraryCaller) -> None:
    library = caller.create()
    caller.put(_share(library), {**USER, "level": "Editor"})
    wish = {**USER, "share_with_type": "Workspace"}
    assert caller.send("DELETE", _share(library), wish).status == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("kind", ["Workspace", "User"])
def test_access_of_the_owner_stays(
    caller: LibraryCaller, method: str, kind: str
) -> None:
    library = caller.create()
    owner = _owner(caller, library)
    wish = {"share_with_uuid": owner["share_with_uuid"], "share_with_type": kind}
    reply = caller.send(method, _share(library), {**wish, "level": "Viewer"})
    assert reply.status == 403
    assert reply.json.keys() == {"object", "message", "type", "code"}
    assert "owner cannot" in reply.json["message"]
    assert caller.get(_share(library)).json["data"] == [owner]


BAD: list[tuple[str, dict[str, Any], list[str]]] = [
    ("PUT", {}, ["missing"] * 3),
    ("PUT", {**USER, "level": "Owner"}, ["literal_error"]),
    ("PUT", {**USER}, ["missing"]),
    ("PUT", {**USER, "level": "Viewer", "org_id": "x"}, ["uuid_parsing"]),
    ("DELETE", {"share_with_uuid": 5}, ["missing", "uuid_parsing"]),
    ("DELETE", {**USER, "share_with_type": "Robot"}, ["literal_error"]),
]


@for_each(("method", "body", "types"), BAD)
def test_bad_wish_is_refused(
    caller: LibraryCaller, method: str, body: dict[str, Any], types: list[str]
) -> None:
    reply = caller.send(method, _share(caller.create()), body)
    assert reply.status == 422
    assert [item["type"] for item in reply.json["detail"]] == types


def test_library_of_a_user_has_a_user_as_its_owner() -> None:
    with LocalServer() as server:
        caller = LibraryCaller(server.base_url)
        library = caller.create(owner_type="User")
        owner = _owner(caller, library)
    assert owner["share_with_type"] == "User"
    assert owner["user_id"] == owner["share_with_uuid"]
