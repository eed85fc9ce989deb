"""Uploads of files: the form on the wire, and the answer."""

import io
from pathlib import Path
from typing import Any

import pytest

from mistral_conversations import (
    AsyncFiles,
    CreateFileResponse,
    DecodeError,
    Files,
    HTTPValidationError,
    from_dict,
    to_dict,
)
from tests.support.client_and_server import client_answered_with, client_served_by
from tests.support.clients import FAST, answers, lose, refusal
from tests.support.comparison import json_differences
from tests.support.file_bodies import FILE_ID, file
from tests.support.for_each import for_each
from tests.support.raw_server import http, json_answer, raw_server_on_thread
from tests.support.sent_requests import HEADERS, targets
from tests.support.upload_servers import Part, form_server, parts_of, whole_pieces

pytestmark = pytest.mark.anyio

CONTENT = b'{"custom_id": "1"}\n' * 9000
MADE = json_answer(file(), headers=HEADERS)
NAMED: dict[str, Any] = {"name": "questions.jsonl"}
WHOLE = Part("file", "questions.jsonl", "application/jsonl", CONTENT)


TEXTS: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({}, {}),
    ({"purpose": "batch"}, {"purpose": "batch"}),
    ({"purpose": "ocr", "expiry": 24, "visibility": "user"},
        {"purpose": "ocr", "expiry": "24", "visibility": "user"}),
    ({"purpose": "träume\r\n--", "visibility": ""},
        {"purpose": "träume\r\n--", "visibility": ""}),
]  # fmt: skip


# aiohttp deprecates a method that its own parser of forms calls.
@pytest.mark.filterwarnings("ignore:unread_data:DeprecationWarning")
@pytest.mark.parametrize(("given", "texts"), TEXTS)
@pytest.mark.parametrize("known", [True, False])
async def test_a_form_is_read_by_another_library(
    given: dict[str, Any], texts: dict[str, str], *, known: bool
) -> None:
    async with (
        form_server("/v1/files", file()) as (address, parts),
        AsyncFiles("key", base_url=address) as files,
    ):
        source = CONTENT if known else whole_pieces(CONTENT[:9], CONTENT[9:])
        made = await files.upload(source, **NAMED, **given)
    assert type(made) is CreateFileResponse
    assert {part.name: (part.filename or "", part.content) for part in parts} == {
        **{name: ("", text.encode()) for name, text in texts.items()},
        "file": ("questions.jsonl", CONTENT),
    }


async def test_a_request_is_a_form_with_its_length() -> None:
    async with client_answered_with(AsyncFiles, MADE) as (files, server):
        made = await files.upload(CONTENT, purpose="batch", **NAMED)
    (request,) = server.requests
    assert (request.method, request.target) == ("POST", "/v1/files")
    assert request.headers["accept"] == "application/json"
    assert request.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert int(request.headers["content-length"]) == len(request.body)
    purpose = Part("purpose", None, "text/plain", b"batch")
    assert parts_of(request) == [purpose, WHOLE]
    assert json_differences(file(), to_dict(made)) == []
    assert from_dict(CreateFileResponse, to_dict(made)) == made
    assert made.meta is not None
    assert (made.id, made.meta.request_id) == (FILE_ID, "req-1")


def opened(path: Path) -> Any:
    return path.open("rb")


@pytest.mark.parametrize("kind", ["path", "str", "bytes", "file", "BytesIO"])
async def test_a_file_is_sent_again_after_a_503(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_bytes(CONTENT)
    replies = answers(refusal(503, Retry_After="0"), MADE)
    seen: list[tuple[int, int | None]] = []
    async with client_served_by(AsyncFiles, replies, retries=FAST) as (files, server):
        with opened(path) as open_file:
            sources: dict[str, Any] = {
                "path": path,
                "str": str(path),
                "bytes": CONTENT,
                "file": open_file,
                "BytesIO": io.BytesIO(CONTENT),
            }
            await files.upload(
                sources[kind],
                purpose="batch",
                progress=lambda *counts: seen.append(counts),
                **({} if kind in {"path", "str", "file"} else NAMED),
            )
    assert [parts_of(request)[1] for request in server.requests] == [WHOLE] * 2
    assert seen[-1] == (len(CONTENT), len(CONTENT))


async def test_an_upload_that_may_be_stored_is_not_repeated() -> None:
    for reply in (lose, refusal(500)):
        async with client_served_by(AsyncFiles, answers(reply), retries=FAST) as (
            files,
            server,
        ):
            with pytest.raises(Exception, match=r".") as caught:
                await files.upload(CONTENT, **NAMED)
        assert caught.value.may_have_been_processed  # type: ignore[attr-defined]
        assert targets(server) == [("POST", "/v1/files")]


WRONG: list[tuple[Any, dict[str, Any], str]] = [
    (5, {}, "file must be a path, bytes, a binary file or an async iterator"),
    (b"x", {}, "name is missing: bytes, iterators and unnamed files need one"),
    (b"x", {"name": ""}, "name is empty"),
    (b"x", {**NAMED, "purpose": 5}, "purpose must be a str, not int"),
    (b"x", {**NAMED, "purpose": "\ud800"}, "purpose"),
    (b"x", {**NAMED, "expiry": "24"}, "expiry must be an int, not str"),
    (b"x", {**NAMED, "expiry": True}, "expiry must be an int, not bool"),
    (b"x", {**NAMED, "expiry": 0}, "expiry must be 1 or more, not 0"),
    (b"x", {**NAMED, "visibility": ["user"]}, "visibility must be a str, not list"),
    (b"x", {**NAMED, "content_type": "text"}, "content_type is not a content type"),
    (b"x", {**NAMED, "progress": 5}, "progress must be a plain function, not 5"),
    (b"x", {"file_name": "a"}, "AsyncFiles.upload() takes no `file_name`: use name"),
    (b"x", {"filename": "a"}, "AsyncFiles.upload() takes no `filename`: use name"),
]


@for_each(("source", "given", "message"), WRONG)
async def test_a_wrong_parameter_is_refused_before_anything_is_sent(
    source: Any, given: dict[str, Any], message: str
) -> None:
    async with client_answered_with(AsyncFiles, MADE) as (files, server):
        with pytest.raises((TypeError, ValueError)) as caught:
            await files.upload(source, **given)
    assert str(caught.value).startswith(message)
    assert server.connections == 0


async def test_a_file_that_is_refused_is_a_typed_error() -> None:
    async with client_answered_with(AsyncFiles, refusal(422)) as (files, _):
        with pytest.raises(HTTPValidationError, match="Not today"):
            await files.upload(CONTENT, **NAMED)
    async with client_answered_with(AsyncFiles, http(200, b"stored")) as (files, _):
        with pytest.raises(DecodeError, match="the answer is not JSON"):
            await files.upload(CONTENT, **NAMED)


def test_a_blocking_client_sends_the_same(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_bytes(CONTENT)
    with (
        raw_server_on_thread(answers(MADE)) as server,
        Files("key", base_url=server.base_url) as files,
    ):
        assert files.upload(path, purpose="batch").id == FILE_ID
        assert files.upload(CONTENT, visibility="user", **NAMED).id == FILE_ID
    first, second = map(parts_of, server.requests)
    assert first == [Part("purpose", None, "text/plain", b"batch"), WHOLE]
    assert second == [Part("visibility", None, "text/plain", b"user"), WHOLE]
