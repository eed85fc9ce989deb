"""The pages of the list of libraries."""

from base64 import urlsafe_b64encode
from typing import Any

import pytest

from mistral_conversations import Mistral
from mistral_conversations.server import LocalServer
from tests.support.for_each import for_each
from tests.support.local.library_caller import LibraryCaller

ALL = "/v1/libraries"


@pytest.fixture
def names(caller: LibraryCaller) -> list[str]:
    """Create libraries, and return their names in the order of the list."""
    made = ["Skies", "Seas", "SKYLINES", "Straße", "sky"]
    for name in made:
        caller.create(name=name)
    return made[::-1]


def _page(caller: LibraryCaller, query: str) -> tuple[list[str], Any, Any]:
    reply = caller.get(f"{ALL}?{query}")
    assert reply.status == 200
    body = reply.json
    assert body.keys() == {"data", "next_page_token", "pagination"}
    named = [library["name"] for library in body["data"]]
    return named, body["next_page_token"], body["pagination"]


def test_tokens_lead_through_all_pages(caller: LibraryCaller, names: list[str]) -> None:
    first, token, pagination = _page(caller, "page_size=2")
    second, next_token, _ = _page(caller, f"page_size=2&page_token={token}")
    third, end, _ = _page(caller, f"page_size=2&page_token={next_token}")
    assert [*first, *second, *third] == names
    assert (pagination, end) == (None, None)
    assert token != next_token


def test_token_stays_good_while_libraries_come_and_go(
    caller: LibraryCaller, names: list[str]
) -> None:
    _, token, _ = _page(caller, "page_size=2")
    caller.create(name="New")
    for library in caller.get(ALL).json["data"][2:4]:
        caller.send("DELETE", f"{ALL}/{library['id']}")
    assert _page(caller, f"page_token={token}") == (names[3:], None, None)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("SK", ["sky", "SKYLINES", "Skies"]),
        ("strasse", ["Straße"]),
        ("%20", []),
        ("", ["sky", "Straße", "SKYLINES", "Seas", "Skies"]),
    ],
)
@pytest.mark.usefixtures("names")
def test_search_is_for_a_part_of_the_name_in_any_case(
    caller: LibraryCaller, search: str, found: list[str]
) -> None:
    assert _page(caller, f"search={search}")[0] == found
    assert _page(caller, f"search={search}&filter_owned_by_me=true")[0] == found


@pytest.mark.usefixtures("names")
def test_search_has_pages(caller: LibraryCaller) -> None:
    first, token, _ = _page(caller, "search=sk&page_size=2")
    rest, end, _ = _page(caller, f"search=sk&page_size=2&page_token={token}")
    assert (first, rest, end) == (["sky", "SKYLINES"], ["Skies"], None)


def test_page_with_a_number_has_its_position(
    caller: LibraryCaller, names: list[str]
) -> None:
    found, token, pagination = _page(caller, "page=1&page_size=2")
    assert found == names[2:4]
    assert pagination == {
        "total_items": 5,
        "total_pages": 3,
        "current_page": 1,
        "page_size": 2,
        "has_more": True,
    }
    assert _page(caller, f"page_token={token}&page=7") == (names[4:], None, None)
    found, end, pagination = _page(caller, "page=9&page_size=2")
    assert (found, end, pagination["has_more"]) == ([], None, False)


@for_each(
    ("name", "value"),
    [
        *[("page_size", value) for value in ("", "0", "101", "-1", "x")],
        *[("page", value) for value in ("", "-1", "x")],
        *[("page_token", value) for value in ("", "1", "null", "%C3%A9")],
        ("page_token", urlsafe_b64encode(b"agents-before:1").decode()),
        ("page_token", urlsafe_b64encode(b"libraries-before:x").decode()),
        ("filter_owned_by_me", "perhaps"),
    ],
)
def test_bad_value_of_the_query_is_refused(
    caller: LibraryCaller, name: str, value: str
) -> None:
    reply = caller.get(f"{ALL}?{name}={value}")
    assert reply.status == 422
    [item] = reply.json["detail"]
    assert item["loc"] == ["query", name]


def test_the_client_finds_the_library_behind_the_first_page(
    mistral_server: LocalServer,
) -> None:
    with Mistral() as client:
        create = mistral_server._service.libraries.store.create
        made = [create({"name": f"Sky {number}"}).id for number in range(102)]
        assert len(client.libraries.list()) == 100
        found = [library.id for library in client.libraries.list_all()]
        assert found == made[::-1]
        [first] = client.libraries.list_all(search="SKY 0", page_size=1)
    assert first.id == made[0]
    tokens = [each.query.get("page_token") for each in mistral_server.requests]
    assert [token is None for token in tokens] == [True, True, False, True]
