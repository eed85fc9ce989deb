"""Libraries: created, read, changed and deleted."""

import re
import threading
from typing import Any

import pytest

from mistral_conversations.server import LocalServer
from mistral_conversations.server.libraries.store import LibraryStore
from mistral_conversations.server.web.uploads import Upload
from tests.support.for_each import for_each
from tests.support.local.library_caller import NOBODY, LibraryCaller, library_server

NOTHING: dict[str, Any] = {"data": [], "next_page_token": None, "pagination": None}
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def test_a_new_library_is_empty(caller: LibraryCaller) -> None:
    body = {"name": "Skies", "description": "All about skies.", "chunk_size": 512}
    reply = caller.post("/v1/libraries", body)
    assert reply.status == 201
    library = reply.json
    assert re.fullmatch(UUID, library.pop("id"))
    assert re.fullmatch(UUID, library.pop("owner_id"))
    assert library.pop("created_at") == library.pop("updated_at")
    assert library == {
        **body,
        "owner_type": "Workspace",
        "total_size": 0,
        "nb_documents": 0,
        "emoji": None,
        "generated_name": None,
        "generated_description": None,
        "explicit_user_members_count": None,
        "explicit_workspace_members_count": None,
        "org_sharing_role": None,
    }


def test_get_returns_what_create_returned(caller: LibraryCaller) -> None:
    body = caller.post("/v1/libraries", {"name": "Skies", "other": 1}).json
    reply = caller.get(f"/v1/libraries/{body['id'].upper()}")
    assert (reply.status, reply.json) == (200, body)
    assert (body["description"], body["chunk_size"]) == (None, None)


def test_list_gives_the_newest_first(caller: LibraryCaller) -> None:
    assert caller.get("/v1/libraries").json == NOTHING
    for name in "abc":
        caller.create(name=name)
    reply = caller.get("/v1/libraries")
    assert reply.status == 200
    assert [library["name"] for library in reply.json["data"]] == ["c", "b", "a"]
    assert reply.json == {**NOTHING, "data": reply.json["data"]}


@for_each("method", ["PUT", "PATCH"])
@for_each(
    ("changes", "name", "description"),
    [
        ({}, "Skies", "Blue"),
        ({"name": "Seas"}, "Seas", "Blue"),
        ({"description": "Deep"}, "Skies", "Deep"),
        ({"description": None}, "Skies", None),
    ],
)
def test_update_changes_what_is_given(
    method: str, changes: dict[str, Any], name: str, description: str | None
) -> None:
    with library_server() as (_, caller, clock):
        path = caller.create(description="Blue")
        clock.forward(1.5)
        reply = caller.send(method, path, changes)
        assert reply.status == 200
        assert reply.json == caller.get(path).json
        body = reply.json
    assert (body["name"], body["description"]) == (name, description)
    assert body["created_at"] == "2026-07-01T12:00:00.000000Z"
    assert body["updated_at"] == "2026-07-01T12:00:01.500000Z"


def test_delete_answers_with_the_library_and_takes_its_documents_along(
    caller: LibraryCaller,
) -> None:
    path = caller.create()
    document = caller.add(path, "Blue, mostly.")
    url = caller.get(f"{document}/signed-url").json
    body = caller.get(path).json
    reply = caller.send("DELETE", path)
    assert (reply.status, reply.json) == (200, body)
    assert caller.get(path).status == 404
    assert caller.get(document).status == 404
    assert caller.fetch(url).status == 404
    assert caller.get("/v1/libraries").json == NOTHING


@pytest.mark.parametrize("owner_type", ["User", "Workspace"])
def test_a_library_belongs_to_whom_create_says(
    caller: LibraryCaller, owner_type: str
) -> None:
    path = caller.create(owner_type=owner_type)
    assert caller.get(path).json["owner_type"] == owner_type
    [owner] = caller.get(f"{path}/share").json["data"]
    assert owner["share_with_type"] == owner_type
    document = caller.get(caller.add(path, "Blue")).json
    assert document["uploaded_by_type"] == owner_type


def test_documents_are_counted() -> None:
    with library_server() as (_, caller, clock):
        path = caller.create()
        for content in ("four", "fives"):
            clock.forward(1)
            document = caller.add(path, content)
        body = caller.get(path).json
        assert (body["nb_documents"], body["total_size"]) == (2, 9)
        assert body["updated_at"] == "2026-07-01T12:00:02.000000Z"
        clock.forward(1)
        assert caller.send("DELETE", document).status == 204
        body = caller.get(path).json
    assert (body["nb_documents"], body["total_size"]) == (1, 4)
    assert body["updated_at"] == "2026-07-01T12:00:03.000000Z"


BAD: list[tuple[str, Any, list[Any]]] = [
    ("POST", {}, [("missing", "name")]),
    ("POST", {"name": None}, [("string_type", "name")]),
    (
        "POST",
        {"name": "x", "description": 5, "chunk_size": "1"},
        [("string_type", "description"), ("int_type", "chunk_size")],
    ),
    ("POST", {"name": "x", "owner_type": "Org"}, [("literal_error", "owner_type")]),
    ("POST", {"name": "x", "chunk_size": 255}, [("greater_than_equal", "chunk_size")]),
    ("POST", {"name": "x", "chunk_size": 32769}, [("less_than_equal", "chunk_size")]),
    ("PUT", {"name": 5}, [("string_type", "name")]),
    ("PUT", {"name": None}, [("string_type", "name")]),
    ("PATCH", {"name": None}, [("string_type", "name")]),
    ("PATCH", {"description": 5}, [("string_type", "description")]),
    ("PUT", [], [("model_attributes_type", "body")]),
]


@for_each(("method", "body", "expected"), BAD)
def test_bad_body_is_refused(
    caller: LibraryCaller, method: str, body: object, expected: list[Any]
) -> None:
    path = "/v1/libraries" if method == "POST" else caller.create()
    reply = caller.send(method, path, body)
    assert reply.status == 422
    assert reply.json["detail"] == reply.json["message"]
    found = [(item["type"], item["loc"][-1]) for item in reply.json["detail"]]
    assert found == expected


OPERATIONS: list[tuple[str, str, Any]] = [
    ("GET", "", None),
    ("PUT", "", {}),
    ("PATCH", "", {}),
    ("DELETE", "", None),
    ("GET", "/documents", None),
    ("GET", "/share", None),
    (
        "PUT",
        "/share",
        {"level": "Viewer", "share_with_uuid": NOBODY, "share_with_type": "User"},
    ),
    ("DELETE", "/share", {"share_with_uuid": NOBODY, "share_with_type": "User"}),
]


@for_each(("method", "rest", "body"), OPERATIONS)
def test_unknown_library_is_not_found(
    caller: LibraryCaller, method: str, rest: str, body: object
) -> None:
    reply = caller.send(method, f"/v1/libraries/{NOBODY}{rest}", body)
    assert reply.status == 404
    assert reply.json == {
        "object": "Error",
        "message": f"Library {NOBODY} not found",
        "type": "invalid_request_error",
        "code": 3000,
    }


@for_each(("method", "rest", "body"), OPERATIONS)
@for_each("library_id", ["x", "%2e%2e", NOBODY[:-1], f"{NOBODY}0"])
def test_library_id_that_is_no_uuid_is_refused(
    caller: LibraryCaller, method: str, rest: str, body: object, library_id: str
) -> None:
    reply = caller.send(method, f"/v1/libraries/{library_id}{rest}", body)
    assert reply.status == 422
    [item] = reply.json["detail"]
    assert item["type"] == "uuid_parsing"
    assert item["loc"] == ["path", "library_id"]


def test_method_that_a_library_does_not_have_is_refused(caller: LibraryCaller) -> None:
    reply = caller.post(caller.create(), {})
    assert (reply.status, reply.json) == (405, {"detail": "Method Not Allowed"})


def test_libraries_need_the_key() -> None:
    with LocalServer(api_key="right") as server:
        assert (
            LibraryCaller(server.base_url, "wrong").get("/v1/libraries").status == 401
        )
        assert (
            LibraryCaller(server.base_url, "right").get("/v1/libraries").status == 200
        )


def test_no_library_is_recorded_of_a_server_that_was_not_asked() -> None:
    assert LocalServer().libraries == ()


def test_records_equal_the_answers_of_the_operations() -> None:
    with library_server(processing=5) as (server, caller, clock):
        path, other = caller.create(), caller.create(name="Seas")
        document = caller.add(path, b"\x89PNG\0", "sky.bin")
        note = caller.add(path, "Blue, mostly.")
        clock.forward(5)
        first, second = server.libraries
        assert first.id == path.rpartition("/")[2]
        assert first.json == caller.get(path).json
        assert list(first.accesses) == caller.get(f"{path}/share").json["data"]
        assert [d.json for d in first.documents] == [
            caller.get(document).json,
            caller.get(note).json,
        ]
        contents = [(d.content, d.text) for d in first.documents]
        assert contents == [
            (b"\x89PNG\0", None),
            (b"Blue, mostly.", "Blue, mostly."),
        ]
        assert (second.json["name"], second.documents) == ("Seas", ())
        caller.send("DELETE", other)
        assert [library.id for library in server.libraries] == [first.id]


def test_libraries_outlive_an_entering() -> None:
    server = LocalServer()
    with server:
        caller = LibraryCaller(server.base_url)
        document = caller.add(caller.create(), "Blue")
    with server:
        assert LibraryCaller(server.base_url).get(document).status == 200


@for_each(
    ("processing", "error"),
    [(-1, ValueError), (float("inf"), ValueError), ("1", TypeError), (True, TypeError)],
)
def test_processing_that_is_no_time_is_an_error(
    processing: Any, error: type[Exception]
) -> None:
    with pytest.raises(error, match="processing must be"):
        LocalServer(processing=processing)


def test_libraries_are_recorded_during_uploads() -> None:
    store = LibraryStore()
    library = store.create({"name": "Skies"})
    ended = threading.Event()

    def upload() -> None:
        for number in range(1_000):
            name = f"{number}.txt"
            store.upload(library.id, Upload(name, name.encode()))
        ended.set()

    thread = threading.Thread(target=upload)
    thread.start()
    while not ended.is_set():
        (record,) = store.records()
        assert record.json["nb_documents"] <= 1_000
    thread.join()
    assert len(store.records()[0].documents) == 1_000
