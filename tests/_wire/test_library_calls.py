"""The calls on libraries, built and checked before anything is sent."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from mistral_conversations import UNSET
from mistral_conversations._wire import library_calls as calls
from mistral_conversations._wire import routes
from mistral_conversations._wire.call import Call
from mistral_conversations._wire.json import decode_json
from tests.support.for_each import for_each

LIBRARY = "/v1/libraries/l%2F1"
DOCUMENT = f"{LIBRARY}/documents/d%3F1"
SHARED: dict[str, Any] = {
    "share_with_uuid": "u",
    "share_with_type": "User",
    "org_id": None,
}


def body_of(call: Call) -> Any:
    assert call.body is not None
    return decode_json(call.body)


def create(**parameters: Any) -> Any:
    empty = dict.fromkeys(("description", "chunk_size", "owner_type")) | {"name": "n"}
    call = calls.create({**empty, **parameters})
    assert call == Call("POST", "/v1/libraries", body=call.body)
    return body_of(call)


def update(**parameters: Any) -> Any:
    unset = {"name": UNSET, "description": UNSET}
    call = calls.update("l/1", {**unset, **parameters})
    assert call == Call("PATCH", LIBRARY, body=call.body)
    return body_of(call)


def update_document(**parameters: Any) -> Any:
    unset = {"name": UNSET, "attributes": UNSET, "expires_at": UNSET}
    call = calls.update_document("l/1", "d?1", {**unset, **parameters})
    assert call == Call("PATCH", DOCUMENT, body=call.body)
    return body_of(call)


def share(**parameters: Any) -> Any:
    call = calls.share("l/1", {**SHARED, "level": "Viewer", **parameters})
    assert call == Call("PUT", f"{LIBRARY}/share", body=call.body)
    return body_of(call)


def unshare(**parameters: Any) -> Any:
    call = calls.unshare("l/1", {**SHARED, **parameters})
    assert call == Call("DELETE", f"{LIBRARY}/share", body=call.body)
    return body_of(call)


def listed(**parameters: Any) -> Any:
    call = calls.list_documents("l/1", parameters)
    assert call == Call("GET", f"{LIBRARY}/documents", call.query)
    return call.query


def libraries(**parameters: Any) -> Any:
    call = calls.list_libraries(parameters)
    assert call == Call("GET", "/v1/libraries", call.query)
    return call.query


def text(**parameters: Any) -> Any:
    pages = {"page_start": None, "page_end": None, **parameters}
    call = calls.text_content("l/1", "d?1", pages)
    assert call == Call("GET", f"{DOCUMENT}/text_content", call.query)
    return call.query


def test_calls_without_parameters() -> None:
    assert calls.list_libraries({}) == Call("GET", "/v1/libraries", {})
    assert calls.of_library(routes.LIBRARY, "l/1") == Call("GET", LIBRARY)
    deleted = calls.of_library(routes.LIBRARY, "l/1", method="DELETE")
    assert deleted == Call("DELETE", LIBRARY)
    assert calls.upload("l/1") == Call("POST", f"{LIBRARY}/documents")
    found = calls.of_document(routes.DOCUMENT_STATUS, "l/1", "d?1")
    assert found == Call("GET", f"{DOCUMENT}/status")
    again = calls.of_document(routes.DOCUMENT_REPROCESS, "l/1", "d?1", method="POST")
    assert again == Call("POST", f"{DOCUMENT}/reprocess")


def test_create_leaves_out_what_is_none() -> None:
    assert create() == {"name": "n"}
    sent: dict[str, Any] = {
        "name": "", "description": "", "chunk_size": 512, "owner_type": "Workspace",
    }  # fmt: skip
    assert create(**sent) == sent


def test_update_leaves_out_what_is_unset_and_sends_none_as_null() -> None:
    assert update() == {}
    assert update(name="n") == {"name": "n"}
    assert update(description=None) == {"description": None}
    assert update(name="", description="") == {"name": "", "description": ""}


def test_attributes_may_be_whatever_the_description_takes() -> None:
    attributes: dict[str, Any] = {
        "flag": True, "text": "é", "count": 3, "share": 0.5, "words": ["a", "b"],
    }  # fmt: skip
    assert update_document(attributes=attributes) == {"attributes": attributes}
    at = datetime(2026, 7, 1, 12, 30, tzinfo=UTC)
    sent = update_document(attributes={"at": at})["attributes"]["at"]
    assert datetime.fromisoformat(sent) == at
    assert update_document(attributes=None) == {"attributes": None}
    assert update_document(attributes={}) == {"attributes": {}}
    assert update_document() == {}


def test_a_time_of_expiry_is_sent_as_the_same_instant() -> None:
    for zone in (UTC, timezone(timedelta(hours=-3))):
        at = datetime(2026, 7, 1, 12, 30, 0, 250_000, tzinfo=zone)
        sent = update_document(expires_at=at)["expires_at"]
        assert datetime.fromisoformat(sent) == at
    assert update_document(expires_at=None) == {"expires_at": None}


def test_the_query_of_libraries() -> None:
    assert libraries(page_size=1, page_token=None, search=None) == {"page_size": "1"}
    sent = {"page_size": "7", "page_token": "t=", "search": ""}
    assert libraries(page_size=7, page_token="t=", search="") == sent


def test_the_pages_of_a_text() -> None:
    assert text() == {}
    assert text(page_start=2, page_end=2) == {"page_start": "2", "page_end": "2"}
    assert text(page_start=2) == {"page_start": "2"}
    with pytest.raises(ValueError, match=r"^page_end must be 2 \(page_start\) or more"):
        text(page_start=2, page_end=1)


def test_sharing_sends_the_organization_only_where_it_is_given() -> None:
    assert share() == {
        "level": "Viewer",
        "share_with_uuid": "u",
        "share_with_type": "User",
    }
    assert share(level="Owner?", org_id="o")["org_id"] == "o"
    assert unshare() == {"share_with_uuid": "u", "share_with_type": "User"}
    assert unshare(org_id="o")["org_id"] == "o"


@for_each(
    ("parameters", "query"),
    [
        ({}, {}),
        ({"page": 0, "page_size": 100}, {"page": "0", "page_size": "100"}),
        ({"search": "sky", "sort_by": "name", "sort_order": "asc"},
            {"search": "sky", "sort_by": "name", "sort_order": "asc"}),
        ({"filters_attributes": {"team": "é"}}, {"filters_attributes": '{"team":"é"}'}),
        ({"filters_attributes": '{"a": 1}'}, {"filters_attributes": '{"a": 1}'}),
        ({"search": None, "filters_attributes": None}, {}),
    ],
)  # fmt: skip
def test_the_query_of_documents(parameters: Any, query: Any) -> None:
    assert listed(**parameters) == query


WRONG: list[tuple[Callable[..., Any], str, Any, str]] = [
    (create, "name", None, "name must be a str, not NoneType"),
    (create, "name", 5, "name must be a str, not int"),
    (create, "description", 5, "description must be a str, not int"),
    (create, "chunk_size", "512", "chunk_size must be an int, not str"),
    (create, "chunk_size", True, "chunk_size must be an int, not bool"),
    (create, "owner_type", 5, "owner_type must be a str, not int"),
    (update, "name", 5, "name must be a str, not int"),
    (update, "name", None, "name cannot be null: leave it out to keep the name"),
    (update, "description", [], "description must be a str, not list"),
    (update_document, "name", 5, "name must be a str, not int"),
    (update_document, "name", None, "name cannot be null: leave it out"),
    (update_document, "expires_at", "2026-12-31", "expires_at must be a datetime, not"),
    (update_document, "expires_at", 1e9, "expires_at must be a datetime, not float"),
    (update_document, "expires_at", date(2027, 1, 1), "expires_at must be a datetime,"),
    (libraries, "page_size", True, "page_size must be an int, not bool"),
    (libraries, "page_token", 5, "page_token must be a str, not int"),
    (libraries, "search", ["s"], "search must be a str, not list"),
    (text, "page_start", "1", "page_start must be an int, not str"),
    (text, "page_end", 1.0, "page_end must be an int, not float"),
    (update_document, "attributes", "{}", "attributes must be a mapping, not str"),
    (update_document, "attributes", {"a": {1}}, r"attributes\.a is of type set"),
    (share, "level", None, "level must be a str, not NoneType"),
    (share, "share_with_uuid", None, "share_with_uuid must be a str, not NoneType"),
    (share, "share_with_type", 5, "share_with_type must be a str, not int"),
    (share, "org_id", 5, "org_id must be a str, not int"),
    (unshare, "share_with_uuid", 5, "share_with_uuid must be a str, not int"),
    (unshare, "share_with_type", None, "share_with_type must be a str, not NoneT"),
    (unshare, "org_id", b"o", "org_id must be a str, not bytes"),
    (listed, "page", "0", "page must be an int, not str"),
    (listed, "page_size", 1.0, "page_size must be an int, not float"),
    (listed, "search", 5, "search must be a str, not int"),
    (listed, "filters_attributes", [], "filters_attributes must be a mapping, or JSON"),
    (listed, "sort_by", 5, "sort_by must be a str, not int"),
    (listed, "sort_order", 1, "sort_order must be a str, not int"),
]


@for_each(("build", "parameter", "value", "message"), WRONG)
def test_another_type_is_refused_by_the_parameters_name(
    build: Callable[..., Any], parameter: str, value: Any, message: str
) -> None:
    with pytest.raises(TypeError, match=f"^{message}"):
        build(**{parameter: value})


@for_each(
    ("build", "parameter", "value"),
    [
        (listed, "page", -1),
        (listed, "page_size", 0),
        (libraries, "page_size", 0),
        (text, "page_start", -1),
        (text, "page_end", -1),
    ],
)
def test_a_count_that_is_too_low_is_refused(
    build: Callable[..., Any], parameter: str, value: int
) -> None:
    with pytest.raises(ValueError, match=f"^{parameter} must be . or more, not"):
        build(**{parameter: value})


def test_a_time_without_a_zone_is_refused_with_a_remedy() -> None:
    naive = datetime(2026, 12, 31)  # noqa: DTZ001 - what is refused
    with pytest.raises(
        ValueError, match=r"^expires_at has no time zone: pass an aware"
    ):
        update_document(expires_at=naive)


@for_each("wrong", [None, 5, b"l"])
def test_ids_are_text(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^library_id must be a str"):
        calls.of_library(routes.LIBRARY, wrong)
    with pytest.raises(TypeError, match=r"^document_id must be a str"):
        calls.of_document(routes.DOCUMENT, "l", wrong)
    with pytest.raises(TypeError, match=r"^library_id must be a str"):
        calls.list_documents(wrong, {})
