"""`LocalServer.recording`: what it passes on, what it writes, and when."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from mistral_conversations import ConfigurationError, Conversations, ServerError
from mistral_conversations.server import LocalServer
from tests.support.cassettes import lines_of, recorder_of, replayer_of
from tests.support.clients import becomes_true
from tests.support.listener import Listener
from tests.support.raw_server import (
    Connection,
    Request,
    chunked,
    event,
    http,
    json_answer,
    stream_head,
)

HELLO = {"inputs": "Hello", "model": "m"}
FIRST = event({"type": "a", "n": 1})
SECOND = event({"type": "b", "n": 2})


def test_everything_passes_to_the_service(tmp_path: Path) -> None:
    sent = {
        "Authorization": "Bearer key-of-a-test",
        "Accept": "text/event-stream",
        "User-Agent": "other/1",
        "X-Own": "1",
        "Connection": "keep-alive, x-hop",
        "X-Hop": "1",
        "Cookie": "a=b",
    }
    with recorder_of(tmp_path / "c", json_answer({})) as (caller, service):
        caller.send("PATCH", "/v1/%C3%A9%2F?a=1&a=%20&b", HELLO, sent)
    (request,) = service.requests
    assert (request.method, request.target) == ("PATCH", "/v1/%C3%A9%2F?a=1&a=%20&b")
    assert request.json == HELLO
    headers = {name.lower(): value for name, value in sent.items()}
    passed = headers.keys() - {"connection", "x-hop"}
    assert {name: request.headers[name] for name in passed} == {
        name: headers[name] for name in passed
    }
    assert "x-hop" not in request.headers
    assert request.headers["host"] == service.base_url.removeprefix("http://")


def test_only_a_stated_list_of_headers_is_written(tmp_path: Path) -> None:
    kept = {
        "allow": "GET",
        "content-disposition": "attachment",
        "content-type": "application/json",
        "date": "Mon, 02 Feb 2026 10:00:00 GMT",
        "location": "/else",
        "mistral-correlation-id": "1",
        "retry-after": "0",
        "x-kong-request-id": "2",
        "x-ratelimit-limit-tokens-minute": "3",
    }
    left_out = {"Set-Cookie": "a=b", "Server": "x", "X-Own": "y"}
    cassette = tmp_path / "c.jsonl"
    answer = http(200, b"{}", {**kept, **left_out})
    with recorder_of(cassette, answer) as (caller, _):
        passed = caller.start(**HELLO).headers
    assert passed.items() >= {**kept, "x-own": "y", "server": "x"}.items()
    request, answered = lines_of(cassette)
    assert request == {
        "id": 1,
        "method": "POST",
        "path": "/v1/conversations",
        "json": HELLO,
    }
    assert answered["headers"] == kept
    with replayer_of(cassette) as caller:
        assert caller.start(**HELLO).headers.items() >= kept.items()


def test_an_event_arrives_before_the_service_sends_the_next(tmp_path: Path) -> None:
    arrived = threading.Event()

    async def serve(_: Request, connection: Connection) -> None:
        await connection.send(stream_head() + chunked(FIRST))
        assert await becomes_true(arrived.is_set)
        await connection.send(chunked(SECOND, end=True))

    cassette = tmp_path / "c.jsonl"
    with recorder_of(cassette, serve) as (caller, _):
        connection, response = caller.open("POST", "/v1/conversations", HELLO)
        assert response.read(len(FIRST)) == FIRST
        # The line of the event is written before the next one comes.
        assert asyncio.run(becomes_true(lambda: len(lines_of(cassette)) == 3, 10))
        arrived.set()
        assert response.read() == SECOND
        connection.close()
    *_, first, second, end = lines_of(cassette)
    assert (first["event"], first["data"]) == ("a", {"type": "a", "n": 1})
    assert first["at"] <= second["at"] <= end["at"]
    assert end == {"id": 1, "at": end["at"], "end": "complete"}


@pytest.mark.anyio
async def test_an_upload_passes_while_it_arrives(tmp_path: Path) -> None:
    """The service has the beginning before the caller sends the end."""
    begun, cassette = asyncio.Event(), tmp_path / "c.jsonl"
    content = b"x" * 1_000_000
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n'

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(len(content) // 2)
        begun.set()
        await reader.readuntil(b"\r\n0\r\n\r\n")
        writer.write(json_answer({"id": "file"}))
        await writer.drain()

    async def pieces() -> AsyncIterator[bytes]:
        yield head + b"\r\n" + content
        await begun.wait()
        yield content + b"\r\n--b--\r\n"

    listener = Listener(serve, limit=4 * len(content))
    await listener.start()
    url = f"http://127.0.0.1:{listener.port}"
    async with (
        LocalServer.recording(cassette, upstream=url) as server,
        aiohttp.ClientSession(server.base_url) as session,
        session.post(
            "/v1/files",
            data=pieces(),
            headers={"Content-Type": "multipart/form-data; boundary=b"},
        ) as response,
    ):
        assert await response.json() == {"id": "file"}
    await listener.stop()
    assert lines_of(cassette)[0]["form"] == {
        "file": {
            "filename": "a.bin",
            "size": 2_000_000,
            "sha256": sha256(content * 2).hexdigest(),
        }
    }


def test_an_upload_may_be_answered_with_events(tmp_path: Path) -> None:
    cassette = tmp_path / "c.jsonl"
    part = b'Content-Disposition: form-data; name="stream"\r\n\r\ntrue'
    form = b"--b\r\n" + part + b"\r\n--b--\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = stream_head() + chunked(FIRST) + b"0\r\n\r\n"
    with recorder_of(cassette, answer) as (caller, _):
        caller.send("POST", "/v1/audio/transcriptions", form, kind)
    assert lines_of(cassette)[0]["form"] == {"stream": "true"}
    with replayer_of(cassette) as caller:
        replayed = caller.send("POST", "/v1/audio/transcriptions", form, kind)
    assert replayed.body == FIRST


def test_repeated_headers_pass(tmp_path: Path) -> None:
    head = (
        "GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\naccept-encoding: br\r\n"
        "X-Own: 1\r\nX-Own: 2\r\nX-Hop: 1\r\nX-Other-Hop: 1\r\n"
        "Connection: x-hop\r\nConnection: x-other-hop\r\n\r\n"
    )
    received: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(json_answer({}))
        await writer.drain()

    async def run() -> None:
        listener = Listener(serve)
        await listener.start()
        url = f"http://127.0.0.1:{listener.port}"
        async with LocalServer.recording(tmp_path / "c", upstream=url) as server:
            address = server.base_url.removeprefix("http://").split(":")
            reader, writer = await asyncio.open_connection(*address)
            writer.write(head.encode())
            await reader.readuntil(b"{}")
            writer.close()
            await writer.wait_closed()
        await listener.stop()

    asyncio.run(run())
    lines = received[0].decode().lower().split("\r\n")
    assert [line for line in lines if line.startswith("x-")] == ["x-own: 1", "x-own: 2"]
    assert [line for line in lines if line.startswith("accept-encoding")] == [
        "accept-encoding: identity"
    ]


def test_what_cannot_be_reached_is_no_exchange(tmp_path: Path) -> None:
    cassette = tmp_path / "c.jsonl"
    cassette.write_text("an earlier one")
    nowhere = "http://127.0.0.1:9"
    with (
        LocalServer.recording(cassette, upstream=nowhere) as server,
        Conversations("key-of-a-test", base_url=server.base_url, retries=0) as client,
        pytest.raises(
            ServerError, match=r"cannot reach http://127\.0\.0\.1:9"
        ) as caught,
    ):
        client.start("Hi", model="m")
    assert caught.value.status == 502
    assert server.recorded == 0
    assert cassette.read_text() == "an earlier one"


def test_a_recording_without_requests_leaves_an_empty_cassette(tmp_path: Path) -> None:
    cassette = tmp_path / "folder" / "c.jsonl"
    with LocalServer.recording(cassette, upstream="http://127.0.0.1:9"):
        assert not cassette.exists()
    with LocalServer.replaying(cassette, strict=True):
        pass


def test_a_server_that_cannot_start_leaves_no_cassette(tmp_path: Path) -> None:
    cassette = tmp_path / "c.jsonl"
    with LocalServer() as service:
        port = int(service.base_url.rpartition(":")[2])
        server = LocalServer.recording(cassette, upstream=service.base_url, port=port)
        with pytest.raises(OSError, match=str(port)), server:
            pass
    assert not cassette.exists()


def test_an_error_before_the_first_exchange_leaves_no_cassette(tmp_path: Path) -> None:
    cassette = tmp_path / "c.jsonl"
    with (
        pytest.raises(ZeroDivisionError),
        LocalServer.recording(cassette, upstream="http://127.0.0.1:9"),
    ):
        raise ZeroDivisionError
    assert not cassette.exists()


def test_a_later_recording_replaces_the_cassette(tmp_path: Path) -> None:
    cassette = tmp_path / "c.jsonl"
    for text in ("one", "two"):
        with recorder_of(cassette, json_answer({"text": text})) as (caller, _):
            caller.start(**HELLO)
    assert [line.get("json") for line in lines_of(cassette)] == [HELLO, {"text": "two"}]


def test_new_requests_are_appended(tmp_path: Path) -> None:
    cassette = tmp_path / "c.jsonl"
    with recorder_of(cassette, json_answer(1), mode="new") as (caller, _):
        assert caller.start(**HELLO).json == 1
    earlier = cassette.read_bytes()
    with recorder_of(cassette, json_answer(2), mode="new") as (caller, service):
        assert caller.start(**HELLO).json == 1
        assert caller.start(**HELLO).json == 2
        assert len(service.requests) == 1
    assert cassette.read_bytes().startswith(earlier)
    with replayer_of(cassette, strict=True) as caller:
        assert [caller.start(**HELLO).json for _ in "ab"] == [1, 2]


def test_a_torn_line_is_cut_off_before_more_is_appended(tmp_path: Path) -> None:
    cassette = tmp_path / "c.jsonl"
    with recorder_of(cassette, json_answer(1)) as (caller, _):
        caller.start(**HELLO)
    whole = cassette.read_bytes()
    cassette.write_bytes(whole + b'{"id":2,"method":"PO')
    with (
        pytest.warns(UserWarning, match=r"c\.jsonl, line 4 is torn"),
        recorder_of(cassette, json_answer(2), mode="new") as (caller, _),
    ):
        caller.start(inputs="New", model="m")
    lines = cassette.read_bytes()
    assert lines.startswith(whole + b'{"id":2,"method":"POST"')


def test_a_last_line_without_an_end_is_ended(tmp_path: Path) -> None:
    cassette = tmp_path / "c.jsonl"
    with recorder_of(cassette, json_answer(1)) as (caller, _):
        caller.start(**HELLO)
    cassette.write_bytes(cassette.read_bytes().removesuffix(b"\n"))
    with recorder_of(cassette, json_answer(2), mode="new") as (caller, _):
        caller.start(inputs="New", model="m")
    assert [line["id"] for line in lines_of(cassette)] == [1, 1, 2, 2]


def test_a_caller_who_leaves_is_recorded(tmp_path: Path) -> None:
    left = threading.Event()

    async def serve(_: Request, connection: Connection) -> None:
        await connection.send(stream_head() + chunked(FIRST))
        await connection.until_client_closes()
        left.set()

    cassette = tmp_path / "c.jsonl"
    with recorder_of(cassette, serve) as (caller, _):
        connection, response = caller.open("POST", "/v1/conversations", HELLO)
        assert response.read(len(FIRST)) == FIRST
        response.close()
        connection.close()
        assert left.wait(10)  # the service sees it, too
    assert lines_of(cassette)[-1]["end"] == "left"


def test_a_caller_who_leaves_before_the_answer_is_recorded(tmp_path: Path) -> None:
    async def stay_mute(_: Request, connection: Connection) -> None:
        await connection.until_client_closes()

    cassette = tmp_path / "c.jsonl"
    with recorder_of(cassette, stay_mute) as (caller, service):
        connection = HTTPConnection(caller.base_url.removeprefix("http://"))
        connection.request("POST", "/v1/conversations", json.dumps(HELLO))
        assert asyncio.run(becomes_true(lambda: service.requests, 10))
        connection.close()
        assert asyncio.run(becomes_true(lambda: lines_of(cassette), 10))
    assert [line.get("end") for line in lines_of(cassette)] == [None, "left"]


def test_a_disk_that_fails_stops_the_recording(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The caller has its answer; nothing else is sent, and leaving raises."""
    cassette = tmp_path / "folder" / "c.jsonl"
    failed = pytest.raises(FileNotFoundError, match=r"c\.jsonl")
    with failed, recorder_of(cassette, *[json_answer(1)] * 9) as (caller, service):
        cassette.parent.rmdir()
        assert caller.start(**HELLO).json == 1
        assert asyncio.run(becomes_true(lambda: caller.start(**HELLO).status == 500))
        count = len(service.requests)
        assert "No such file" in caller.start(**HELLO).json["message"]
        assert len(service.requests) == count
    assert caplog.text.count("The recording failed") == 1


def test_a_folder_is_no_cassette(tmp_path: Path) -> None:
    with (
        pytest.raises(IsADirectoryError),
        LocalServer.recording(tmp_path, upstream="http://127.0.0.1:9"),
    ):
        pass


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"path": 1}, TypeError, "path must be a str or a path, not int"),
        ({"path": " "}, ValueError, "path must be the path of a file"),
        ({"path": b"c"}, TypeError, "path must be a str or a path, not bytes"),
        ({"path": "a\0b"}, ValueError, "path must be the path of a file"),
        ({"upstream": 1}, ConfigurationError, "upstream must be a str, not int"),
        ({"upstream": "ftp://a"}, ConfigurationError, "upstream must be like https"),
        ({"upstream": "http://u:p@a"}, ConfigurationError, "user or password"),
        ({"upstream": "http://a/v1"}, ConfigurationError, "upstream must be without"),
        ({"mode": "once"}, ValueError, "mode must be 'all' or 'new', not 'once'"),
        ({"mode": []}, ValueError, r"mode must be 'all' or 'new', not \[\]"),
        ({"ignore": "$.a"}, TypeError, "ignore must be a sequence"),
        ({"match": ["a"]}, ValueError, r"match\[0\] is not a JSON path"),
        ({"redact": 1}, TypeError, "redact must be"),
        ({"port": -1}, ValueError, "port must be"),
        ({"host": ""}, ValueError, "host is blank"),
        ({"allowed_hosts": "a"}, TypeError, "allowed_hosts must be a list"),
    ],
)
def test_a_wrong_parameter_is_named(
    settings: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        LocalServer.recording(**{"path": "c.jsonl", **settings})


def test_a_page_of_the_web_is_refused(tmp_path: Path) -> None:
    with recorder_of(tmp_path / "c") as (caller, service):
        reply = caller.send(
            "POST", "/v1/conversations", HELLO, {"Origin": "https://evil.example"}
        )
    assert (reply.status, service.requests) == (403, [])


def test_the_server_can_be_entered_again(tmp_path: Path) -> None:
    with LocalServer() as service:
        server = LocalServer.recording(tmp_path / "c", upstream=service.base_url)
        for _ in range(2):
            with (
                server,
                Conversations("key-of-a-test", base_url=server.base_url) as client,
            ):
                client.start("Hi", model="m")
            assert server.recorded == 1
    with pytest.raises(RuntimeError, match="RecordingServer is not running"):
        _ = server.base_url
    assert repr(server) == f"<RecordingServer not running, {tmp_path / 'c'}>"
