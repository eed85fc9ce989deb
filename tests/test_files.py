"""The operations on files, except uploads and downloads."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mistral_conversations import (
    AsyncFiles,
    DecodeError,
    DeleteFileResponse,
    FileSchema,
    GetFileResponse,
    GetSignedUrlResponse,
    ListFilesResponse,
    NotFoundError,
    from_dict,
    to_dict,
)
from tests.support.bodies import without
from tests.support.client_and_server import client_answered_with, client_served_by
from tests.support.clients import FAST, Reply, answers, lose, refusal
from tests.support.file_bodies import CREATED, FILE_ID, file, files
from tests.support.for_each import for_each
from tests.support.raw_server import http, json_answer
from tests.support.sent_requests import queries, targets
from tests.support.wire import Row, check_operation

pytestmark = pytest.mark.anyio

LIST = "/v1/files"
PATH = f"/v1/files/{FILE_ID}"
URL = "https://files.example/sky.png?signature=a%2Fb&expires=86400"
FIRST = {"page": ["0"], "page_size": ["100"]}

# method, positional and named arguments; HTTP method, path, query, body
WIRE: list[Row] = [
    ("list", (), {}, ("GET", LIST, FIRST, None)),
    ("list", (2, 5), {"include_total": False, "search": "a&b", "purpose": "batch",
        "sample_type": ("batch_request", "batch_result"), "source": ["upload"],
        "mimetypes": ["text/plain", "image/png"]},
        ("GET", LIST, {"page": ["2"], "page_size": ["5"], "include_total": ["false"],
            "search": ["a&b"], "purpose": ["batch"],
            "sample_type": ["batch_request", "batch_result"], "source": ["upload"],
            "mimetypes": ["text/plain", "image/png"]}, None)),
    ("list", (), {"include_total": True, "page": 1},
        ("GET", LIST, {**FIRST, "page": ["1"], "include_total": ["true"]}, None)),
    ("retrieve", (FILE_ID,), {}, ("GET", PATH, {}, None)),
    ("delete", (), {"file_id": FILE_ID}, ("DELETE", PATH, {}, None)),
    ("get_signed_url", (FILE_ID,), {}, ("GET", f"{PATH}/url", {}, None)),
    ("get_signed_url", (FILE_ID,), {"expiry": 168},
        ("GET", f"{PATH}/url", {"expiry": ["168"]}, None)),
]  # fmt: skip
ANSWERS: dict[str, tuple[Any, Any]] = {
    "list": (ListFilesResponse, files(file(1), file(2, expires_at=CREATED + 60))),
    "retrieve": (GetFileResponse, file(deleted=False)),
    "delete": (DeleteFileResponse, {"id": FILE_ID, "object": "file", "deleted": True}),
    "get_signed_url": (GetSignedUrlResponse, {"url": URL}),
}


@for_each("row", WIRE)
async def test_an_operation_on_the_wire(row: Row) -> None:
    await check_operation(AsyncFiles, row, *ANSWERS[row[0]])


def test_every_operation_is_on_the_wire_here() -> None:
    others = {"aclose", "with_options", "list_all"}
    others |= {"upload", "download", "download_all"}
    operations = {name for name in dir(AsyncFiles) if name[0] != "_"} - others
    assert {method for method, *_ in WIRE} == operations == ANSWERS.keys()


async def got(body: Any) -> GetFileResponse:
    async with client_answered_with(AsyncFiles, json_answer(body)) as (client, _):
        return await client.retrieve(FILE_ID)


async def test_a_file_is_read() -> None:
    found = await got(file(deleted=False, mood="grey", expires_at=CREATED + 3600))
    assert (found.id, found.filename, found.bytes) == (FILE_ID, "questions.jsonl", 2048)
    assert (found.purpose, found.sample_type, found.source) == (
        "batch",
        "batch_request",
        "upload",
    )
    assert found.created_at == datetime(2026, 8, 1, 10, 20, 30, tzinfo=UTC)
    assert found.expires_at == found.created_at + timedelta(hours=1)
    assert (found.num_lines, found.visibility, found.deleted) == (
        12,
        "workspace",
        False,
    )
    assert found.extra == {"mood": "grey"}
    assert from_dict(GetFileResponse, to_dict(found)) == found


@for_each(
    "changes",
    [
        {"created_at": str(CREATED), "bytes": "2048", "num_lines": "12"},
        {"created_at": float(CREATED), "bytes": 2048.0},
        {"created_at": "2026-08-01T10:20:30Z"},
        {"purpose": "dreams", "sample_type": "ocr_input", "source": "moon"},
        {"visibility": "planet", "signature": None},
    ],
)
async def test_drift_never_costs_a_file(changes: dict[str, Any]) -> None:
    found = await got(file(deleted=False, **changes))
    assert found.created_at == datetime(2026, 8, 1, 10, 20, 30, tzinfo=UTC)
    assert found.bytes == 2048


async def test_keys_that_are_not_required_may_be_missing() -> None:
    optional = ["num_lines", "mimetype", "signature", "expires_at", "visibility"]
    bare = await got(without(file(deleted=False), *optional))
    assert [getattr(bare, name) for name in optional] == [None] * 5


@for_each("body", [None, [], {}, without(file(deleted=False), "id")])
async def test_what_is_no_file_is_a_decode_error(body: Any) -> None:
    with pytest.raises(
        DecodeError, match="the answer is not what the API describes"
    ) as caught:
        await got(body)
    assert (caught.value.body, caught.value.may_have_been_processed) == (body, True)


async def test_a_page_is_a_sequence() -> None:
    answer = json_answer(files(file(1), file(2), total=7))
    async with client_answered_with(AsyncFiles, answer) as (client, _):
        found = await client.list()
    assert [type(each) for each in found] == [FileSchema] * 2
    assert (len(found), found[-1].num_lines, found.total) == (2, 12, 7)


async def test_list_all_follows_the_pages() -> None:
    pages = [files(file(1), file(2)), files(file(2), file(3)), files()]
    replies = [json_answer({**page, "total": None}) for page in pages]
    async with client_answered_with(AsyncFiles, *replies) as (client, server):
        found = client.list_all(2, purpose="ocr", mimetypes=["a/b"])
        numbers = [int(each.id[-2:]) async for each in found]
    assert numbers == [1, 2, 3]
    asked = {
        "page_size": ["2"],
        "include_total": ["false"],
        "purpose": ["ocr"],
        "mimetypes": ["a/b"],
    }
    assert queries(server) == [{**asked, "page": [str(page)]} for page in range(3)]


@pytest.mark.parametrize("answer", [http(204), http(200)])
async def test_a_delete_that_is_answered_with_nothing_gives_none(answer: bytes) -> None:
    async with client_answered_with(AsyncFiles, answer) as (client, server):
        assert await client.delete(FILE_ID) is None
    assert len(server.requests) == 1


@pytest.mark.parametrize("first", [lose, refusal(502), refusal(500)])
async def test_a_delete_whose_first_answer_was_lost_gives_none(first: Reply) -> None:
    handler = answers(first, refusal(404))
    async with client_served_by(AsyncFiles, handler, retries=FAST) as (client, server):
        assert await client.delete(FILE_ID) is None
    assert targets(server) == [("DELETE", PATH)] * 2


async def test_a_delete_of_what_is_not_there_is_an_error() -> None:
    async with client_answered_with(AsyncFiles, http(404)) as (client, _):
        with pytest.raises(NotFoundError):
            await client.delete(FILE_ID)


WRONG: list[tuple[str, tuple[Any, ...], dict[str, Any], str]] = [
    ("list", ("0",), {}, "page must be an int, not str"),
    ("list", (-1,), {}, "page must be 0 or more, not -1"),
    ("list", (), {"page_size": 0}, "page_size must be 1 or more, not 0"),
    ("list", (), {"include_total": "yes"}, "include_total must be a bool, not str"),
    ("list", (), {"sample_type": "pretrain"}, "sample_type must be a list or tuple"),
    ("list", (), {"sample_type": []}, "sample_type is empty: leave it out"),
    ("list", (), {"source": [5]}, r"source[0] must be a str, not int"),
    ("list", (), {"search": 5}, "search must be a str, not int"),
    ("list", (), {"purpose": ["ocr"]}, "purpose must be a str, not list"),
    ("list", (), {"mimetypes": b"a/b"}, "mimetypes must be a list or tuple"),
    ("list", (), {"limit": 5}, "AsyncFiles.list() takes no `limit`: use page_size"),
    ("list_all", (), {"source": "upload"}, "source must be a list or tuple, not str"),
    ("retrieve", (None,), {}, "file_id must be a str, not NoneType"),
    ("retrieve", (" ",), {}, "file_id is blank"),
    ("delete", (5,), {}, "file_id must be a str, not int"),
    ("delete", (), {"id": "f"}, "AsyncFiles.delete() takes no `id`: use file_id"),
    ("get_signed_url", ("f",), {"expiry": "24"}, "expiry must be an int, not str"),
    ("get_signed_url", ("f",), {"expiry": 0}, "expiry must be from 1 to 168, not 0"),
    ("get_signed_url", ("f",), {"expiry": 169}, "expiry must be from 1 to 168"),
]


@for_each(("method", "args", "kwargs", "message"), WRONG)
async def test_a_wrong_parameter_is_refused_before_anything_is_sent(
    method: str, args: tuple[Any, ...], kwargs: dict[str, Any], message: str
) -> None:
    async with client_answered_with(AsyncFiles, json_answer({})) as (client, server):
        with pytest.raises((TypeError, ValueError)) as caught:
            await getattr(client, method)(*args, **kwargs)
    assert str(caught.value).startswith(message)
    assert server.connections == 0


@for_each(
    ("id", "segment"), [("a/b", "a%2Fb"), ("..", "%2E%2E"), ("a?b#c", "a%3Fb%23c")]
)
async def test_an_id_stays_one_segment(id: str, segment: str) -> None:
    replies = json_answer({"url": URL}), http(204)
    async with client_answered_with(AsyncFiles, *replies, prefix="/p") as (c, server):
        await c.get_signed_url(id)
        await c.delete(id)
    path = f"/p/v1/files/{segment}"
    assert targets(server) == [("GET", f"{path}/url"), ("DELETE", path)]
