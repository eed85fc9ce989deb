"""Documents: listed, changed, processed, read and deleted."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.support.for_each import for_each
from tests.support.local.library_caller import NOBODY, LibraryCaller, library_server

OCR = ["sky.pdf", "sky.docx", "sky.pptx", "sky.PNG"]


def _status(caller: LibraryCaller, document: str) -> tuple[str, str]:
    reply = caller.get(f"{document}/status")
    assert reply.status == 200
    body = reply.json
    assert body.pop("document_id") == document.rpartition("/")[2]
    assert body.keys() == {"process_status", "processing_status"}
    assert caller.get(document).json.items() >= body.items()
    return body["process_status"], body["processing_status"]


def test_document_is_processed_at_once_by_default(caller: LibraryCaller) -> None:
    document = caller.add(caller.create(), "Blue")
    assert _status(caller, document) == ("done", "Completed")


def test_document_is_processed_for_as_long_as_is_said() -> None:
    with library_server(processing=60) as (_, caller, clock):
        document = caller.add(caller.create(), "# Skies\n\nBlue, mostly.\fGrey.")
        clock.forward(59.9)
        assert _status(caller, document) == ("in_progress", "Running")
        running = caller.get(document).json
        clock.forward(0.1)
        assert _status(caller, document) == ("done", "Completed")
        done = caller.get(document).json
    assert running["last_processed_at"] is None
    assert running["tokens_processing_total"] == 0
    assert {key: done[key] for key, value in running.items() if done[key] != value} == {
        "process_status": "done",
        "processing_status": "Completed",
        "last_processed_at": "2026-07-01T12:01:00.000000Z",
        "summary": "Skies",
        "number_of_pages": 2,
        "tokens_processing_main_content": 5,
        "tokens_processing_summary": 1,
        "tokens_processing_total": 6,
    }


def test_reprocess_makes_it_run_again() -> None:
    with library_server(processing=60) as (_, caller, clock):
        document = caller.add(caller.create(), "Blue")
        clock.forward(100)
        before = caller.get(document).json
        reply = caller.send("POST", f"{document}/reprocess")
        assert (reply.status, reply.body) == (204, b"")
        assert _status(caller, document) == ("in_progress", "Running")
        assert caller.get(f"{document}/text_content").status == 404
        clock.forward(60)
        after = caller.get(document).json
    assert after.pop("last_processed_at") > before.pop("last_processed_at")
    assert after == before


def test_text_content_is_the_text_once_it_is_processed() -> None:
    with library_server(processing=60) as (_, caller, clock):
        document = caller.add(caller.create(), "Blue — \u65e5.\n")
        for _ in range(2):
            reply = caller.get(f"{document}/text_content")
            assert reply.status == 404
            assert reply.json["code"] == 3000
            assert "no text content" in reply.json["message"]
            clock.forward(30)
        reply = caller.get(f"{document}/text_content")
        assert (reply.status, reply.json) == (200, {"text": "Blue — \u65e5.\n"})


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("", "one\ftwo\fthree"),
        ("page_start=1", "two\fthree"),
        ("page_end=1", "one\ftwo"),
        ("page_start=1&page_end=1", "two"),
        ("page_start=0&page_end=99999999999999", "one\ftwo\fthree"),
        ("page_start=3", ""),
        ("page_start=2&page_end=0", ""),
    ],
)
def test_text_content_may_be_some_pages(
    caller: LibraryCaller, query: str, text: str
) -> None:
    document = caller.add(caller.create(), "one\ftwo\fthree")
    assert caller.get(f"{document}/text_content?{query}").json == {"text": text}


@for_each("name", ["page_start", "page_end"])
@for_each("value", ["", "x", "-1", "1.5"])
def test_page_of_a_text_that_is_no_number_is_refused(
    caller: LibraryCaller, name: str, value: str
) -> None:
    document = caller.add(caller.create(), "Blue")
    reply = caller.get(f"{document}/text_content?{name}={value}")
    assert reply.status == 422
    assert [item["loc"] for item in reply.json["detail"]] == [["query", name]]


@pytest.mark.parametrize("name", OCR)
def test_text_that_an_ocr_would_read_is_empty(caller: LibraryCaller, name: str) -> None:
    document = caller.add(caller.create(), b"\x89\0\xff", name)
    assert _status(caller, document) == ("done", "Completed")
    assert caller.get(f"{document}/text_content").json == {"text": ""}
    body = caller.get(document).json
    assert (body["summary"], body["number_of_pages"]) == (None, None)
    assert body["tokens_processing_total"] == 0


def test_file_that_cannot_be_read_fails(caller: LibraryCaller) -> None:
    document = caller.add(caller.create(), b"\x89\0\xff", "sky.bin")
    assert _status(caller, document) == ("error", "Error")
    assert caller.get(f"{document}/text_content").status == 404
    assert caller.get(f"{document}/extracted-text-signed-url").status == 404


ATTRIBUTES: dict[str, Any] = {
    "n": 1,
    "x": 0.5,
    "yes": True,
    "word": "a",
    "day": "2026-07-01T12:00:00Z",
    "words": ["a", "b"],
    "numbers": [1, 2.5],
    "flags": [True],
    "none": [],
}


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize(
    ("changes", "name", "attributes"),
    [
        ({}, "notes.txt", {"a": 1}),
        ({"name": "skies.md"}, "skies.md", {"a": 1}),
        ({"attributes": ATTRIBUTES}, "notes.txt", ATTRIBUTES),
        ({"attributes": None}, "notes.txt", None),
        ({"attributes": {}, "other": 1}, "notes.txt", {}),
    ],
)
def test_update_changes_what_is_given(
    caller: LibraryCaller, method: str, changes: Any, name: str, attributes: Any
) -> None:
    document = caller.add(caller.create(), "Blue")
    before = caller.put(document, {"attributes": {"a": 1}}).json
    reply = caller.send(method, document, changes)
    assert reply.status == 200
    assert reply.json == {**before, "name": name, "attributes": attributes}
    assert caller.get(document).json == reply.json


def test_update_of_a_document_is_one_of_the_library() -> None:
    with library_server() as (_, caller, clock):
        library = caller.create()
        document = caller.add(library, "Blue")
        clock.forward(7)
        caller.put(document, {"name": "x"})
        body = caller.get(library).json
    assert body["updated_at"] == "2026-07-01T12:00:07.000000Z"


@for_each(
    ("body", "loc"),
    [
        ({"name": 5}, ["body", "name"]),
        ({"name": None}, ["body", "name"]),
        ({"expires_at": "soon"}, ["body", "expires_at"]),
        ({"expires_at": 1785000000}, ["body", "expires_at"]),
        ({"attributes": []}, ["body", "attributes"]),
        ({"attributes": {"a": {}}}, ["body", "attributes", "a"]),
        ({"attributes": {"a": None}}, ["body", "attributes", "a"]),
        ({"attributes": {"a": ["x", 1]}}, ["body", "attributes", "a"]),
    ],
)
def test_bad_update_is_refused(
    caller: LibraryCaller, body: Any, loc: list[str]
) -> None:
    document = caller.add(caller.create(), "Blue")
    reply = caller.put(document, body)
    assert reply.status == 422
    assert all(item["loc"][: len(loc)] == loc for item in reply.json["detail"])


def test_delete_forgets(caller: LibraryCaller) -> None:
    library = caller.create()
    document = caller.add(library, "Blue")
    reply = caller.send("DELETE", document)
    assert (reply.status, reply.body) == (204, b"")
    assert caller.get(document).status == 404
    assert caller.send("DELETE", document).status == 404
    assert caller.get(f"{library}/documents").json["data"] == []
    assert caller.add(library, "Blue") != document


OPERATIONS = [
    ("GET", ""),
    ("PUT", ""),
    ("PATCH", ""),
    ("DELETE", ""),
    *[("GET", rest) for rest in ("/text_content", "/status", "/signed-url")],
    ("GET", "/extracted-text-signed-url"),
    ("POST", "/reprocess"),
]


@for_each(("method", "rest"), OPERATIONS)
def test_unknown_document_is_not_found(
    caller: LibraryCaller, method: str, rest: str
) -> None:
    library, other = caller.create(), caller.create()
    elsewhere = caller.add(other, "Blue").rpartition("/")[2]
    body: Any = {} if method in {"PUT", "PATCH"} else None
    for document_id in (NOBODY, elsewhere):
        path = f"{library}/documents/{document_id}{rest}"
        reply = caller.send(method, path, body)
        assert reply.status == 404
        assert reply.json["message"] == f"Document {document_id} not found"


@pytest.mark.parametrize(("method", "rest"), OPERATIONS)
def test_all_ids_that_are_not_uuids_are_reported(
    caller: LibraryCaller, method: str, rest: str
) -> None:
    reply = caller.send(method, f"/v1/libraries/x/documents/y{rest}", {})
    assert reply.status == 422
    places = [item["loc"][-1] for item in reply.json["detail"]]
    assert places == ["library_id", "document_id"]


def _stock(caller: LibraryCaller) -> str:
    library = caller.create()
    for name, content, attributes in (
        ("b.txt", "22", {"year": 2025, "tags": ["sky", "sea"]}),
        ("A.md", "333", {"year": 2026, "tags": ["sky"]}),
        ("Sky.pdf", "1", {}),
    ):
        document = caller.add(library, content, name)
        caller.put(document, {"attributes": attributes})
    return library


def _names(caller: LibraryCaller, library: str, query: str) -> list[str]:
    reply = caller.get(f"{library}/documents?{query}")
    assert reply.status == 200
    return [document["name"] for document in reply.json["data"]]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Sky.pdf", "A.md", "b.txt"]),
        ("sort_order=asc", ["b.txt", "A.md", "Sky.pdf"]),
        ("sort_by=name&sort_order=asc", ["A.md", "b.txt", "Sky.pdf"]),
        ("sort_by=size", ["A.md", "b.txt", "Sky.pdf"]),
        ("sort_by=number_of_pages&sort_order=asc", ["Sky.pdf", "b.txt", "A.md"]),
        ("search=SKY", ["Sky.pdf"]),
        ("search=.", ["Sky.pdf", "A.md", "b.txt"]),
        ("search=sea", []),
        ('filters_attributes={"year":2026}', ["A.md"]),
        ('filters_attributes={"tags":"sky"}', ["A.md", "b.txt"]),
        ('filters_attributes={"tags":["sky"],"year":2026}', ["A.md"]),
        ('filters_attributes={"tags":"sea","year":2026}', []),
        ("filters_attributes={}", ["Sky.pdf", "A.md", "b.txt"]),
        ("filters_attributes=null", ["Sky.pdf", "A.md", "b.txt"]),
        ("search=.&other=1&page_size=2&page=1", ["b.txt"]),
    ],
)
def test_list_finds_and_sorts(
    caller: LibraryCaller, query: str, names: list[str]
) -> None:
    library = _stock(caller)
    quoted = quote(query, safe="=&")
    assert _names(caller, library, quoted) == names


@pytest.mark.parametrize(
    ("page", "names", "has_more"),
    [(0, ["Sky.pdf", "A.md"], True), (1, ["b.txt"], False), (9, [], False)],
)
def test_list_has_the_position_of_a_page(
    caller: LibraryCaller, page: int, names: list[str], has_more: bool
) -> None:
    library = _stock(caller)
    body = caller.get(f"{library}/documents?page={page}&page_size=2").json
    assert [document["name"] for document in body["data"]] == names
    assert body["pagination"] == {
        "total_items": 3,
        "total_pages": 2,
        "current_page": page,
        "page_size": 2,
        "has_more": has_more,
    }


def test_list_of_an_empty_library(caller: LibraryCaller) -> None:
    body = caller.get(f"{caller.create()}/documents").json
    assert body["data"] == []
    assert body["pagination"]["total_pages"] == 0
    assert body["pagination"]["page_size"] == 100


@for_each(
    ("name", "value"),
    [
        *[("page", value) for value in ("", "x", "-1", "1.0")],
        *[("page_size", value) for value in ("0", "101", "-1", "x")],
        *[("filters_attributes", value) for value in ("", "{", "[]", "7", '"a"')],
        *[("sort_by", value) for value in ("", "colour", "attributes")],
        *[("sort_order", value) for value in ("", "DESC", "up")],
    ],
)
def test_bad_value_of_the_query_is_refused(
    caller: LibraryCaller, name: str, value: str
) -> None:
    reply = caller.get(f"{caller.create()}/documents?{name}={quote(value)}")
    assert reply.status == 422
    [item] = reply.json["detail"]
    assert item["loc"] == ["query", name]
