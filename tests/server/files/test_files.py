"""The operations on files, by forms written by hand."""

from typing import Any

import pytest

from mistral_conversations.server import LocalServer, Trouble
from tests.support.for_each import for_each
from tests.support.local.file_caller import FileCaller, file_server
from tests.support.local.forms import form, form_of
from tests.support.local.library_caller import NOBODY

NOON = 1_782_907_200  # the clock of the tests, 2026-07-01 12:00 UTC
HOUR = 3600


def test_upload_is_a_file_of_the_service() -> None:
    with file_server() as (_, caller, _clock):
        reply = caller.upload(b'{"a": 1}\n{"b": 2}', "skies.jsonl", purpose="batch")
        assert (reply.status, reply.headers["content-type"]) == (
            200,
            "application/json",
        )
        body = reply.json
        path = f"/v1/files/{body['id']}"
        assert caller.get(path).json == {**body, "deleted": False}
    assert len(body.pop("id")) == 36
    assert body == {
        "object": "file",
        "bytes": 17,
        "created_at": NOON,
        "filename": "skies.jsonl",
        "purpose": "batch",
        "sample_type": "batch_request",
        "num_lines": 2,
        "mimetype": "application/jsonl",
        "source": "upload",
        "signature": None,
        "expires_at": None,
        "visibility": "workspace",
    }


@for_each(
    ("name", "fields", "expected"),
    [
        ("a.jsonl", {}, {"purpose": "fine-tune", "sample_type": "instruct"}),
        ("a.pdf", {"purpose": "ocr"}, {"purpose": "ocr", "num_lines": None}),
        ("a.pdf", {"visibility": "user"}, {"visibility": "user"}),
        ("a.txt", {"expiry": "48"}, {"expires_at": NOON + 48 * HOUR}),
        ("a.txt", {"expiry": ""}, {"expires_at": None}),
        ("a.txt", {"expiry": "null"}, {"expires_at": None}),
        (
            "a.txt",
            {"expiry": "9" * 18},
            {"expires_at": NOON + int("9" * 18) * HOUR},
        ),
        ("a.txt", {"unheard": "of"}, {"purpose": "fine-tune"}),
    ],
)
def test_fields_of_the_form_are_read(
    name: str, fields: dict[str, str], expected: dict[str, Any]
) -> None:
    with file_server() as (_, caller, _clock):
        body = caller.upload(b"x", name, **fields).json
    assert {key: body[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("content", "lines"),
    [(b"", 0), (b"{}", 1), (b"{}\n", 1), (b"{}\r\n{}\r\n{}", 3)],
)
def test_lines_are_counted(caller: FileCaller, content: bytes, lines: int) -> None:
    assert caller.upload(content, "a.JSONL").json["num_lines"] == lines


@for_each(
    ("fields", "type_"),
    [
        ({"purpose": "audio"}, "literal_error"),
        ({"purpose": ""}, "literal_error"),
        ({"visibility": "all"}, "literal_error"),
        ({"expiry": "soon"}, "int_type"),
        ({"expiry": "0"}, "greater_than_equal"),
        ({"expiry": "1.5"}, "int_type"),
    ],
)
def test_wrong_field_is_refused(
    caller: FileCaller, fields: dict[str, str], type_: str
) -> None:
    reply = caller.upload(b"x", "a.txt", **fields)
    assert reply.status == 422
    [item] = reply.json["detail"]
    assert (item["type"], item["loc"]) == (type_, ["body", *fields])
    assert caller.get("/v1/files").json["data"] == []


def test_form_without_a_file_is_refused(caller: FileCaller) -> None:
    nameless = form(b"x", 'form-data; name="file"')
    end = b"--" + form(b"").split(b"\r\n")[0][2:] + b"--\r\n"
    for body, type_ in (
        (form_of(end, {"purpose": "ocr"}), "missing"),
        (form_of(nameless, {"purpose": "ocr"}), "value_error"),
    ):
        reply = caller.submit(body)
        assert reply.status == 422
        [item] = reply.json["detail"]
        assert (item["type"], item["loc"]) == (type_, ["body", "file"])
    assert caller.post("/v1/files", {}).status == 422


@pytest.mark.parametrize("content", [b"", bytes(range(256)), b"x" * 3_000_000])
def test_contents_arrive_as_they_were(caller: FileCaller, content: bytes) -> None:
    path = caller.add(content, "sky.png")
    reply = caller.get(f"{path}/content")
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/octet-stream"
    assert reply.headers["content-length"] == str(len(content))
    assert reply.body == content


def test_download_can_be_cut() -> None:
    with LocalServer() as server:
        caller = FileCaller(server.base_url)
        path = caller.add(b"x" * 100)
        server.inflict(Trouble(cut="end", after_bytes=30))
        assert caller.get(f"{path}/content").body == b"x" * 30


def test_deleted_file_is_gone(caller: FileCaller) -> None:
    path = caller.add()
    url = caller.get(f"{path}/url").json["url"]
    reply = caller.send("DELETE", path)
    id_ = path.rpartition("/")[2]
    assert (reply.status, reply.json) == (
        200,
        {"id": id_, "object": "file", "deleted": True},
    )
    assert caller.fetch(url).status == 404
    for method, rest in (("GET", ""), ("DELETE", ""), ("GET", "/content"),
                         ("GET", "/url")):  # fmt: skip
        again = caller.send(method, f"{path}{rest}")
        assert again.status == 404
        assert again.json["message"] == f"File {id_} not found"
        assert again.json["code"] == 3000


def test_ids_are_uuids_in_any_case(caller: FileCaller) -> None:
    path = caller.add(b"Blue")
    upper = f"/v1/files/{path.rpartition('/')[2].upper()}"
    assert caller.get(f"{upper}/content").body == b"Blue"
    assert caller.get(f"/v1/files/{NOBODY}").status == 404
    refused = caller.get("/v1/files/file_1/content")
    assert refused.status == 422
    assert refused.json["detail"][0]["loc"] == ["path", "file_id"]


def test_expired_file_is_gone() -> None:
    with file_server() as (server, caller, clock):
        path = caller.add(b"x", "a.txt", expiry="2")
        url = caller.get(f"{path}/url").json["url"]
        kept = caller.add(b"y", "b.txt")
        clock.forward(2 * HOUR - 1)
        assert caller.get(path).status == caller.fetch(url).status == 200
        clock.forward(1)
        assert caller.get(path).status == caller.fetch(url).status == 404
        assert caller.send("DELETE", path).status == 404
        listed = caller.get("/v1/files").json
        assert [file["filename"] for file in listed["data"]] == ["b.txt"]
        assert listed["total"] == 1
        assert [file.id for file in server.files] == [kept.rpartition("/")[2]]


@pytest.mark.parametrize(
    ("query", "hours"), [("", 24), ("?expiry=1", 1), ("?expiry=168", 168)]
)
def test_signed_url_works_for_its_hours(query: str, hours: int) -> None:
    with file_server(api_key="key-of-a-test") as (_, caller, clock):
        path = caller.add(b"\0\xff", "sky.png")
        url = caller.get(f"{path}/url{query}").json["url"]
        clock.forward(hours * HOUR - 1)
        file = caller.fetch(url)
        assert (file.status, file.body) == (200, b"\0\xff")
        assert file.headers["content-type"] == "image/png"
        clock.forward(1)
        assert caller.fetch(url).status == 404


@for_each("expiry", ["0", "169", "-1", "x", "1.5"])
def test_signed_url_of_other_hours_is_refused(caller: FileCaller, expiry: str) -> None:
    reply = caller.get(f"{caller.add()}/url?expiry={expiry}")
    assert reply.status == 422
    assert reply.json["detail"][0]["loc"] == ["query", "expiry"]


@pytest.mark.parametrize("type_", ["a/b\r\n c", "no type", "te xt/html", "é/é"])
def test_invalid_content_type_is_replaced_by_a_guess(
    caller: FileCaller, type_: str
) -> None:
    reply = caller.upload(b"x", "sky.png", type_)
    path = f"/v1/files/{reply.json['id']}"
    assert caller.fetch(caller.get(f"{path}/url").json["url"]).body == b"x"
    assert caller.get(path).json["mimetype"] in {"image/png", "text/plain"}


@pytest.fixture(scope="module")
def stocked() -> Any:
    with LocalServer() as server:
        caller = FileCaller(server.base_url)
        caller.upload(b"", "Sea.pdf", purpose="ocr")
        caller.upload(b"", "sky.jsonl", purpose="batch")
        caller.upload(b"", "sky.png", purpose="ocr")
        caller.upload(b"", "tune.jsonl")
        yield caller


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "tune.jsonl sky.png sky.jsonl Sea.pdf"),
        ("search=SKY", "sky.png sky.jsonl"),
        ("search=", "tune.jsonl sky.png sky.jsonl Sea.pdf"),
        ("search=sky&purpose=ocr", "sky.png"),
        ("purpose=fine-tune", "tune.jsonl"),
        ("source=upload", "tune.jsonl sky.png sky.jsonl Sea.pdf"),
        ("source=mistral&source=repository", ""),
        ("sample_type=batch_request&sample_type=instruct", "tune.jsonl sky.jsonl"),
        ("mimetypes=image/png&mimetypes=application/pdf", "sky.png Sea.pdf"),
        ("mimetypes=image", ""),
        ("page_size=3", "tune.jsonl sky.png sky.jsonl"),
        ("page=1&page_size=3", "Sea.pdf"),
        ("page=999999999999999999&page_size=999999999999999999", ""),
    ],
)
def test_list_is_filtered_newest_first(
    stocked: FileCaller, query: str, expected: str
) -> None:
    reply = stocked.get(f"/v1/files?{query}")
    assert reply.status == 200
    assert reply.json["object"] == "list"
    names = [file["filename"] for file in reply.json["data"]]
    assert names == expected.split()
    assert "page" in query or reply.json["total"] == len(names)


@pytest.mark.parametrize(("flag", "total"), [("true", 4), ("True", 4), ("false", None)])
def test_total_may_be_left_out(
    stocked: FileCaller, flag: str, total: int | None
) -> None:
    reply = stocked.get(f"/v1/files?include_total={flag}&page_size=1")
    assert (len(reply.json["data"]), reply.json["total"]) == (1, total)


@pytest.mark.parametrize(
    "query",
    [
        *("page=-1", "page=x", "page_size=0", "include_total=perhaps", "purpose=audio"),
        *("source=elsewhere", "sample_type=instruct&sample_type=x"),
    ],
)
def test_wrong_query_is_refused(stocked: FileCaller, query: str) -> None:
    reply = stocked.get(f"/v1/files?{query}")
    assert reply.status == 422
    assert reply.json["detail"][0]["loc"][:2] == ["query", query.partition("=")[0]]


def test_server_shows_its_files() -> None:
    with LocalServer() as server:
        caller = FileCaller(server.base_url)
        first, second = caller.upload(b"Blue", "a.txt").json, caller.upload().json
        assert [dict(file.json) for file in server.files] == [first, second]
        assert server.files[0].id == first["id"]
        assert server.files[0].content == b"Blue"
        assert "Blue" not in repr(server.files[0])
