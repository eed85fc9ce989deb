"""The operations on documents, except uploads and waiting."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from mistral_conversations import (
    AsyncDocuments,
    AsyncLibraries,
    DecodeError,
    DocumentOut,
    DocumentTextContent,
    ListDocumentOut,
    NotFoundError,
    ProcessingStatusOut,
    RateLimit,
    ServerError,
    to_dict,
)
from tests.support.bodies import without
from tests.support.client_and_server import client_answered_with, client_served_by
from tests.support.clients import FAST, answers, lose, refusal
from tests.support.comparison import json_differences
from tests.support.for_each import for_each
from tests.support.library_bodies import (
    DOCUMENT_ID,
    LIBRARY_ID,
    document,
    documents,
    status,
)
from tests.support.raw_server import http, json_answer
from tests.support.sent_requests import HEADERS, sent, targets

pytestmark = pytest.mark.anyio

LIST = f"/v1/libraries/{LIBRARY_ID}/documents"
PATH = f"{LIST}/{DOCUMENT_ID}"
IDS = (LIBRARY_ID, DOCUMENT_ID)
NAMED = {"library_id": LIBRARY_ID, "document_id": DOCUMENT_ID}
URL = "https://files.example/sky.txt?signature=a%2Fb&expires=1800"
DELHI = timezone(timedelta(hours=5, minutes=30))
ATTRIBUTES = {"team": "é", "n": 3, "share": 0.5, "draft": False, "words": ["a", "b"]}

# method, positional and named arguments; HTTP method, path, query, body
WIRE: list[tuple[str, tuple[Any, ...], dict[str, Any], Any]] = [
    ("list", (LIBRARY_ID,), {},
        ("GET", LIST, {"page": ["0"], "page_size": ["100"]}, None)),
    ("list", (LIBRARY_ID, 2, 5), {"search": "a&b", "filters_attributes": {"a": "é"},
        "sort_by": "name", "sort_order": "asc"},
        ("GET", LIST, {"page": ["2"], "page_size": ["5"], "search": ["a&b"],
            "filters_attributes": ['{"a":"é"}'], "sort_by": ["name"],
            "sort_order": ["asc"]}, None)),
    ("list", (LIBRARY_ID,), {"filters_attributes": '{"a": {"$gt": 1}}'},
        ("GET", LIST, {"page": ["0"], "page_size": ["100"],
            "filters_attributes": ['{"a": {"$gt": 1}}']}, None)),
    ("get", IDS, {}, ("GET", PATH, {}, None)),
    ("update", IDS, {}, ("PATCH", PATH, {}, {})),
    ("update", IDS, {"name": "n"}, ("PATCH", PATH, {}, {"name": "n"})),
    ("update", (), {**NAMED, "attributes": ATTRIBUTES},
        ("PATCH", PATH, {}, {"attributes": ATTRIBUTES})),
    ("update", IDS, {"attributes": None, "expires_at": None},
        ("PATCH", PATH, {}, {"attributes": None, "expires_at": None})),
    ("update", IDS, {"expires_at": datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)},
        ("PATCH", PATH, {}, {"expires_at": "2026-12-31T23:59:59Z"})),
    ("update", IDS, {"expires_at": datetime(2027, 1, 1, 5, 30, tzinfo=DELHI)},
        ("PATCH", PATH, {}, {"expires_at": "2027-01-01T05:30:00+05:30"})),
    ("delete", (), NAMED, ("DELETE", PATH, {}, None)),
    ("status", IDS, {}, ("GET", f"{PATH}/status", {}, None)),
    ("text_content", IDS, {}, ("GET", f"{PATH}/text_content", {}, None)),
    ("text_content", IDS, {"page_start": 0, "page_end": 0},
        ("GET", f"{PATH}/text_content", {"page_start": ["0"], "page_end": ["0"]},
            None)),
    ("text_content", IDS, {"page_end": 7},
        ("GET", f"{PATH}/text_content", {"page_end": ["7"]}, None)),
    ("signed_url", IDS, {}, ("GET", f"{PATH}/signed-url", {}, None)),
    ("extracted_text_signed_url", IDS, {},
        ("GET", f"{PATH}/extracted-text-signed-url", {}, None)),
    ("reprocess", (), NAMED, ("POST", f"{PATH}/reprocess", {}, None)),
]  # fmt: skip
ANSWERS: dict[str, tuple[Any, Any]] = {
    "list": (ListDocumentOut, documents(1, 2)),
    "get": (DocumentOut, document()),
    "update": (DocumentOut, document(attributes=ATTRIBUTES)),
    "status": (ProcessingStatusOut, status()),
    "text_content": (DocumentTextContent, {"text": "Blue.\n\n# Sky"}),
}
TEXTS = ["signed_url", "extracted_text_signed_url"]
NOTHING = ["delete", "reprocess"]
ARGUMENTS = {method: (args, kwargs) for method, args, kwargs, _ in WIRE}


def answer_to(method: str) -> bytes:
    if method in NOTHING:
        return b"HTTP/1.1 204 No Content\r\n\r\n"
    return json_answer(URL if method in TEXTS else ANSWERS[method][1], headers=HEADERS)


@for_each(("method", "args", "kwargs", "wanted"), WIRE)
async def test_an_operation_on_the_wire(
    method: str, args: tuple[Any, ...], kwargs: dict[str, Any], wanted: Any
) -> None:
    async with client_answered_with(AsyncDocuments, answer_to(method)) as (
        client,
        server,
    ):
        await getattr(client, method)(*args, **kwargs)
    (request,) = server.requests
    assert sent(request) == wanted


def test_every_operation_is_on_the_wire_here() -> None:
    others = {"aclose", "with_options", "list_all", "upload", "wait_until_processed"}
    operations = {name for name in dir(AsyncDocuments) if name[0] != "_"} - others
    assert ARGUMENTS.keys() == operations == ANSWERS.keys() | {*TEXTS, *NOTHING}


@for_each("method", ANSWERS)
async def test_an_answer_has_all_its_keys_and_its_meta(method: str) -> None:
    args, kwargs = ARGUMENTS[method]
    kind, body = ANSWERS[method]
    async with client_answered_with(AsyncDocuments, answer_to(method)) as (client, _):
        found = await getattr(client, method)(*args, **kwargs)
    assert type(found) is kind
    assert json_differences(body, to_dict(found)) == []
    assert (found.meta.status, found.meta.request_id) == (200, "req-1")
    assert found.meta.rate_limits == {"tokens-minute": RateLimit(limit=500)}


@pytest.mark.parametrize("method", TEXTS)
async def test_a_url_is_given_as_it_came(method: str) -> None:
    async with client_answered_with(AsyncDocuments, answer_to(method)) as (client, _):
        assert await getattr(client, method)(*IDS) == URL


@for_each("method", TEXTS)
@for_each("content", [b"https://a.example", b"null", b'{"url": "x"}'])
async def test_what_is_no_url_is_a_decode_error(method: str, content: bytes) -> None:
    async with client_answered_with(AsyncDocuments, http(200, content)) as (client, _):
        with pytest.raises(DecodeError) as caught:
            await getattr(client, method)(*IDS)
    assert caught.value.meta is not None


@for_each("method", NOTHING)
@for_each("answer", [http(204), http(200), http(202, b"queued")])
async def test_what_answers_nothing_gives_none(method: str, answer: bytes) -> None:
    async with client_answered_with(AsyncDocuments, answer) as (client, server):
        assert await getattr(client, method)(*IDS) is None
    assert len(server.requests) == 1


async def test_the_part_of_libraries_is_the_same() -> None:
    async with client_answered_with(AsyncLibraries, json_answer(document())) as (
        client,
        server,
    ):
        assert (await client.documents.get(*IDS)).name == "sky.txt"
        assert type(client.documents) is AsyncDocuments
    assert targets(server) == [("GET", PATH)]


async def got(body: Any) -> DocumentOut:
    async with client_answered_with(AsyncDocuments, json_answer(body)) as (client, _):
        return await client.get(*IDS)


async def test_a_document_is_read() -> None:
    found = await got(document(attributes={"a": [1]}, last_processed_at=None, mood=1))
    assert (found.library_id, found.id, found.name) == (*IDS, "sky.txt")
    assert found.created_at == datetime(2026, 7, 1, 10, 20, 30, 123456, UTC)
    assert (found.process_status, found.processing_status) == (None, "Running")
    assert (found.size, found.url, found.attributes) == (1024, None, {"a": [1]})
    assert found.extra == {"mood": 1}


async def test_a_time_of_expiry_is_read() -> None:
    found = await got(document(expires_at="2026-12-31T23:59:59Z"))
    assert found.expires_at == datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert (await got(document(expires_at=None))).expires_at is None
    assert (await got(document())).expires_at is None


async def test_null_keys_may_be_missing() -> None:
    body = document()
    nulls = [name for name, value in body.items() if value is None]
    found = await got(without(body, *nulls, "processing_status", "hash", "size"))
    assert (found.hash, found.size, found.summary) == (None, None, None)
    assert found.processing_status is None


@for_each(
    ("words", "processed", "failed"),
    [
        ({"process_status": None, "processing_status": "Running"}, False, False),
        ({"process_status": None, "processing_status": "Completed"}, True, False),
        ({"process_status": None, "processing_status": "Error"}, False, True),
        ({"process_status": "done", "processing_status": "Completed"}, True, False),
        ({"process_status": "done"}, True, False),
        ({"process_status": "noop"}, True, False),
        ({"process_status": "self_managed"}, True, False),
        *[({"process_status": word, "processing_status": "Running"}, False, False)
            for word in ("todo", "in_progress", "waiting_for_capacity", "dreaming")],
        ({"process_status": "error", "processing_status": "Error"}, False, True),
        ({"process_status": "missing_content"}, False, True),
        ({"process_status": None, "processing_status": None}, False, False),
        ({"process_status": "indexed", "processing_status": "Completed"}, True, False),
        ({"process_status": "indexed", "processing_status": "Error"}, False, True),
        ({"process_status": "todo", "processing_status": "Completed"}, False, False),
    ],
)  # fmt: skip
async def test_how_far_the_processing_is(
    words: dict[str, Any], processed: bool, failed: bool
) -> None:
    bare = without(status(), "processing_status")
    async with client_answered_with(
        AsyncDocuments,
        json_answer({**bare, **words}),
        json_answer(document(**{"processing_status": None, **words})),
    ) as (client, _):
        found = [await client.status(*IDS), await client.get(*IDS)]
    for each in found:
        assert (each.is_processed, each.has_failed) == (processed, failed)
        assert each.process_status == words["process_status"]


@for_each("body", [None, [], {}, without(document(), "name"), "x"])
async def test_what_is_no_document_is_a_decode_error(body: Any) -> None:
    with pytest.raises(DecodeError, match="the answer is not what the API describes"):
        await got(body)


async def test_a_page_is_a_sequence_that_knows_its_position() -> None:
    body = documents(1, 2, total_items=7, current_page=1, page_size=2, has_more=True)
    async with client_answered_with(AsyncDocuments, json_answer(body)) as (client, _):
        page = await client.list(LIBRARY_ID, 1, 2)
    assert (len(page), page[1].library_id) == (2, LIBRARY_ID)
    assert page.pagination is not None
    assert (page.pagination.total_items, page.pagination.has_more) == (7, True)


async def test_a_delete_whose_first_answer_was_lost_is_done() -> None:
    handler = answers(lose, refusal(404))
    async with client_served_by(AsyncDocuments, handler, retries=FAST) as (
        client,
        server,
    ):
        await client.delete(*IDS)
    assert targets(server) == [("DELETE", PATH)] * 2
    async with client_answered_with(AsyncDocuments, refusal(404), retries=FAST) as (
        client,
        _,
    ):
        with pytest.raises(NotFoundError):
            await client.delete(*IDS)


async def test_a_patch_and_a_post_are_not_sent_again_after_an_error() -> None:
    handler = answers(refusal(500))
    async with client_served_by(AsyncDocuments, handler, retries=FAST) as (
        client,
        server,
    ):
        with pytest.raises(ServerError):
            await client.update(*IDS, name="n")
        with pytest.raises(ServerError):
            await client.reprocess(*IDS)
    assert targets(server) == [("PATCH", PATH), ("POST", f"{PATH}/reprocess")]
