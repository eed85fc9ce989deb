"""The calls on libraries, built and checked before anything is sent."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from mistral_conversations import UNSET
from mistral_conversations._wire import library_calls as calls
from mistral_conversations._wire import routes
from mistral_conversations._wire.call import Call
from mistral_conversations._wire.json import decode_json

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
    empty = {"name": "n", "description": None, "chunk_size": None}
    call = calls.create({**empty, **parameters})
    assert call == Call("POST", "/v1/libraries", body=call.body)
    return body_of(call)


def update(**parameters: Any) -> Any:
    unset = {"name": UNSET, "description": UNSET}
    call = calls.update("l/1", {**unset, **parameters})
    assert call == Call("PUT", LIBRARY, body=call.body)
    return body_of(call)


def update_document(**parameters: Any) -> Any:
    unset = {"name": UNSET, "attributes": UNSET}
    call = calls.update_document("l/1", "d?1", {**unset, **parameters})
    assert call == Call("PUT", DOCUMENT, body=call.body)
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


def test_calls_without_parameters() -> None:
    assert calls.list_libraries() == Call("GET", "/v1/libraries")
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
    sent: dict[str, Any] = {"name": "", "description": "", "chunk_size": 512}
    assert create(**sent) == sent


def test_update_leaves_out_what_is_unset_and_sends_none_as_null() -> None:
    assert update() == {}
    assert update(name="n") == {"name": "n"}
    assert update(description=None) == {"description": None}
    assert update(name=None, description="") == {"name": None, "description": ""}


def test_attributes_may_be_whatever_the_description_takes() -> None:
    attributes: dict[str, Any] = {
        "flag": True, "text": "é", "count": 3, "share": 0.5, "words": ["a", "b"],
    }  # fmt: skip
    assert update_document(attributes=attributes) == {"attributes": attributes}
    at = datetime(2026, 7, 1, 12, 30, tzinfo=UTC)
    sent = update_document(attributes={"at": at})["attributes"]["at"]
    assert datetime.fromisoformat(sent) == at
    assert update_document(attributes=None, name=None) == {
        "attributes": None,
        "name": None,
    }
    assert update_document(attributes={}) == {"attributes": {}}
    assert update_document() == {}


def test_sharing_sends_the_organization_only_where_it_is_given() -> None:
    assert share() == {
        "level": "Viewer",
        "share_with_uuid": "u",
        "share_with_type": "User",
    }
    assert share(level="Owner?", org_id="o")["org_id"] == "o"
    assert unshare() == {"share_with_uuid": "u", "share_with_type": "User"}
    assert unshare(org_id="o")["org_id"] == "o"


@pytest.mark.parametrize(
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
    (update, "name", 5, "name must be a str, not int"),
    (update, "description", [], "description must be a str, not list"),
    (update_document, "name", 5, "name must be a str, not int"),
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


@pytest.mark.parametrize(("build", "parameter", "value", "message"), WRONG)
def test_another_type_is_refused_by_the_parameters_name(
    build: Callable[..., Any], parameter: str, value: Any, message: str
) -> None:
    with pytest.raises(TypeError, match=f"^{message}"):
        build(**{parameter: value})


@pytest.mark.parametrize(("parameter", "value"), [("page", -1), ("page_size", 0)])
def test_a_count_that_is_too_low_is_refused(parameter: str, value: int) -> None:
    with pytest.raises(ValueError, match=f"^{parameter} must be . or more, not"):
        listed(**{parameter: value})


@pytest.mark.parametrize("wrong", [None, 5, b"l"])
def test_ids_are_text(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^library_id must be a str"):
        calls.of_library(routes.LIBRARY, wrong)
    with pytest.raises(TypeError, match=r"^document_id must be a str"):
        calls.of_document(routes.DOCUMENT, "l", wrong)
    with pytest.raises(TypeError, match=r"^library_id must be a str"):
        calls.list_documents(wrong, {})
