"""Every byte that a service sends passes, is recorded, and is replayed."""

import zlib
from http.client import IncompleteRead
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.cassettes import lines_of, recorder_of, replayer_of
from tests.support.comparison import thorough
from tests.support.raw_server import Connection, Request, chunked, http, stream_head

HELLO = {"inputs": "Hello", "model": "m"}
EVENT = b'event: a\ndata: {"n": 1.0, "n":2}\n\n'

BODIES = {
    "compact": b'{"a":[1.0,1e3,-0],"b":"\\u00e9\\/\xc3\xa9"}',
    "pretty": b'{\n  "a": 1\n}\n',
    "padded": b' {"a":1} ',
    "keys twice": b'{"a":1,"a":2}',
    "half": b'{"a":"\\ud83d"}',
    "nan": b'{"a":NaN}',
    "marked": b'\xef\xbb\xbf{"a":1}',
    "html": b"<h1>Bad gateway</h1>\r\n",
    "binary": bytes(range(256)) * 10,
    "empty": b"",
    "large": b'{"text":"' + b"x" * 3_000_000 + b'"}',
}

STREAMS = {
    "usual": EVENT * 3,
    "comments": b": hi\n\n" + EVENT + b": keep-alive\n\n",
    "ids": b'id: 7\nevent: a\ndata: {"n":1}\nretry: 10\n\n' + EVENT,
    "several lines": b"event: a\ndata: {\ndata: }\n\n",
    "carriage returns": EVENT.replace(b"\n", b"\r\n") + EVENT.replace(b"\n", b"\r"),
    "no JSON": b"event: a\ndata: {torn\n\ndata: [DONE]\n\n",
    "not ended": EVENT + b'event: a\ndata: {"n"',
    "no UTF-8": b"event: \xff\ndata: \xfe\n\n",
    "blank lines": b"\n\n\n" + EVENT + b"\n\n",
    "marked": b"\xef\xbb\xbf" + EVENT,
    "empty": b"",
}


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("status", [200, 422, 502])
def test_a_body_keeps_every_byte(tmp_path: Path, name: str, status: int) -> None:
    cassette, body = tmp_path / "c.jsonl", BODIES[name]
    with recorder_of(cassette, http(status, body)) as (caller, _):
        recorded = caller.start(**HELLO)
    with replayer_of(cassette, strict=True) as caller:
        replayed = caller.start(**HELLO)
    assert (recorded.status, recorded.body) == (status, body)
    assert (replayed.status, replayed.body) == (status, body)


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_keeps_every_byte(tmp_path: Path, name: str) -> None:
    cassette, body = tmp_path / "c.jsonl", STREAMS[name]
    answer = stream_head() + chunked(body) + b"0\r\n\r\n"
    if not body:
        answer = stream_head() + b"0\r\n\r\n"
    with recorder_of(cassette, answer) as (caller, _):
        recorded = caller.start(**HELLO)
    with replayer_of(cassette, strict=True) as caller:
        replayed = caller.start(**HELLO)
    assert recorded.body == body
    assert replayed.body == body
    assert recorded.headers["content-type"] == replayed.headers["content-type"]


@settings(thorough, max_examples=thorough.max_examples // 5)
@given(
    st.lists(st.sampled_from([b"\n", b"\r", b"data: 1", b"event: a", b"\xff", b":"]))
)
def test_any_stream_keeps_every_byte(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]
) -> None:
    cassette, body = tmp_path_factory.mktemp("any") / "c.jsonl", b"".join(parts)
    pieces = b"".join(chunked(part) for part in parts)
    with recorder_of(cassette, stream_head() + pieces + b"0\r\n\r\n") as (caller, _):
        assert caller.start(**HELLO).body == body
    with replayer_of(cassette) as caller:
        assert caller.start(**HELLO).body == body


def test_what_is_compressed_passes_plain(tmp_path: Path) -> None:
    compressor = zlib.compressobj(wbits=31)
    data = compressor.compress(b'{"a":1}') + compressor.flush()
    head = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    cassette = tmp_path / "c.jsonl"
    with recorder_of(cassette, http(200, data, head)) as (caller, service):
        accepted = {"Accept-Encoding": "gzip, br"}
        recorded = caller.send("POST", "/v1/conversations", HELLO, accepted)
    assert service.requests[0].headers["accept-encoding"] == "identity"
    assert "content-encoding" not in recorded.headers
    with replayer_of(cassette) as caller:
        assert caller.start(**HELLO).body == recorded.body == b'{"a":1}'
    assert lines_of(cassette)[1]["json"] == {"a": 1}


@pytest.mark.parametrize("kind", ["application/json", "text/event-stream"])
@pytest.mark.parametrize("how", ["close", "reset"])
def test_an_answer_that_breaks_off_breaks_off_again(
    tmp_path: Path, kind: str, how: str
) -> None:
    async def break_off(_: Request, connection: Connection) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: 99\r\n\r\n"
        await connection.send(head.encode() + EVENT)
        connection.reset() if how == "reset" else connection.close()

    cassette = tmp_path / "c.jsonl"
    with (
        recorder_of(cassette, break_off) as (caller, _),
        pytest.raises((IncompleteRead, ConnectionError)) as recorded,
    ):
        caller.start(**HELLO)
    with (
        replayer_of(cassette, strict=True) as caller,
        pytest.raises((IncompleteRead, ConnectionError)) as replayed,
    ):
        caller.start(**HELLO)
    if how == "close":
        for caught in (recorded, replayed):
            assert isinstance(caught.value, IncompleteRead)
            assert caught.value.partial == EVENT
    assert lines_of(cassette)[-1]["end"] == "cut"


def test_a_request_without_an_answer_gets_none_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def close(_: Request, connection: Connection) -> None:
        connection.close()

    caplog.set_level("INFO", "mistral_conversations.server")
    cassette = tmp_path / "c.jsonl"
    with recorder_of(cassette, close) as (caller, service):
        with pytest.raises(ConnectionError):
            caller.start(**HELLO)
        assert len(service.requests) == 1
    with replayer_of(cassette, strict=True) as caller, pytest.raises(ConnectionError):
        caller.start(**HELLO)
    assert caplog.text.count("POST /v1/conversations dropped") == 2


@pytest.mark.parametrize(
    ("method", "status"), [("HEAD", 200), ("DELETE", 204), ("GET", 304), ("GET", 307)]
)
def test_answers_without_a_body_replay(
    tmp_path: Path, method: str, status: int
) -> None:
    cassette = tmp_path / "c.jsonl"
    answer = f"HTTP/1.1 {status} Status\r\nLocation: /else\r\n".encode()
    answer += b"\r\n" if status in {204, 304} else b"Content-Length: 0\r\n\r\n"
    with recorder_of(cassette, answer) as (caller, _):
        recorded = caller.send(method, "/v1/conversations/c?a=1&a=2&b=%2F")
    with replayer_of(cassette, strict=True) as caller:
        replayed = caller.send(method, "/v1/conversations/c?a=1&a=2&b=%2F")
    for reply in (recorded, replayed):
        assert (reply.status, reply.body) == (status, b"")
        assert reply.headers["location"] == "/else"


def test_the_length_that_head_asks_for_is_not_replayed(tmp_path: Path) -> None:
    """A cassette does not have it, and 0 would be wrong."""
    cassette = tmp_path / "c.jsonl"
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
    with recorder_of(cassette, answer) as (caller, _):
        recorded = caller.send("HEAD", "/v1/files/f/content")
    with replayer_of(cassette) as caller:
        replayed = caller.send("HEAD", "/v1/files/f/content")
    assert recorded.headers["content-length"] == "9"
    assert "content-length" not in replayed.headers
