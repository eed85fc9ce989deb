"""Documents with a time of expiry."""

from collections.abc import Iterator

import pytest

from mistral_conversations.server import LocalServer
from tests.support.local.library_caller import Clock, LibraryCaller, library_server

SOON = "2026-07-01T12:01:00.000000Z"
"""A minute after the time at which the clock begins."""


@pytest.fixture
def served() -> Iterator[tuple[LocalServer, LibraryCaller, Clock]]:
    with library_server() as found:
        yield found


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize(
    ("given", "answered"),
    [
        (SOON, SOON),
        ("2026-07-01T14:01:00+02:00", SOON),
        ("2026-07-01T12:01", SOON),
        ("2027-01-01", "2027-01-01T00:00:00.000000Z"),
        (None, None),
    ],
)
def test_update_sets_the_time_of_expiry(
    caller: LibraryCaller, method: str, given: str | None, answered: str | None
) -> None:
    document = caller.add(caller.create(), "Blue")
    before = caller.get(document).json
    assert before["expires_at"] is None
    reply = caller.send(method, document, {"expires_at": given})
    assert (reply.status, reply.json) == (200, {**before, "expires_at": answered})


def test_document_is_gone_once_its_time_has_come(
    served: tuple[LocalServer, LibraryCaller, Clock],
) -> None:
    server, caller, clock = served
    library = caller.create()
    document, other = caller.add(library, "Blue sky"), caller.add(library, "Grey")
    caller.send("PATCH", document, {"expires_at": SOON})
    url = caller.get(f"{document}/signed-url").json
    clock.forward(59.9)
    assert caller.get(document).status == 200
    assert caller.get("/v1/libraries").json["data"][0]["nb_documents"] == 2
    clock.forward(0.1)
    [record] = server.libraries
    assert [each.text for each in record.documents] == ["Grey"]
    assert (record.json["nb_documents"], record.json["total_size"]) == (1, 4)
    for path in (document, f"{document}/status", f"{document}/text_content"):
        assert caller.get(path).status == 404
    assert caller.fetch(url).status == 404
    [left] = caller.get(f"{library}/documents").json["data"]
    assert left["id"] == other.rpartition("/")[2]
    for body in (caller.get(library).json, caller.get("/v1/libraries").json["data"][0]):
        assert (body["nb_documents"], body["total_size"]) == (1, 4)


def test_searches_do_not_find_an_expired_document(
    served: tuple[LocalServer, LibraryCaller, Clock],
) -> None:
    server, caller, clock = served
    library = caller.create()
    caller.send("PATCH", caller.add(library, "Blue sky"), {"expires_at": SOON})
    store = server._service.libraries.store
    ids = [library.rpartition("/")[2]]
    assert len(store.search(ids, "sky")) == 1
    clock.forward(60)
    assert store.search(ids, "sky") == []


def test_contents_of_an_expired_document_are_new_again(
    served: tuple[LocalServer, LibraryCaller, Clock],
) -> None:
    _, caller, clock = served
    library = caller.create()
    document = caller.add(library, "Blue")
    caller.send("PATCH", document, {"expires_at": SOON})
    clock.forward(60)
    again = caller.add(library, "Blue")
    assert again != document
    assert caller.get(again).json["expires_at"] is None


def test_expiry_may_be_taken_back(
    served: tuple[LocalServer, LibraryCaller, Clock],
) -> None:
    _, caller, clock = served
    document = caller.add(caller.create(), "Blue")
    caller.send("PATCH", document, {"expires_at": SOON})
    caller.send("PATCH", document, {"name": "sky.txt"})
    assert caller.get(document).json["expires_at"] == SOON
    caller.send("PATCH", document, {"expires_at": None})
    clock.forward(3600)
    assert caller.get(document).status == 200


def test_expiry_in_the_past_deletes_after_the_answer(
    served: tuple[LocalServer, LibraryCaller, Clock],
) -> None:
    _, caller, _ = served
    document = caller.add(caller.create(), "Blue")
    reply = caller.send("PATCH", document, {"expires_at": "2026-07-01T12:00:00Z"})
    assert reply.status == 200
    assert caller.get(document).status == 404
    assert caller.send("DELETE", document).status == 404
