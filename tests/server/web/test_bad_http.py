"""Bad HTTP: what no client library sends, and clients that hang up."""

import gzip
import json
import re
import socket
import struct
from collections.abc import Callable

import pytest

from tests.support.for_each import for_each
from tests.support.local.answer_forms import (
    connected,
    exchange,
    head,
    parsed,
    problems,
    quiet,
    until_closed,
)
from tests.support.local.http_caller import START, Caller, Reply

__all__ = ["quiet"]

pytestmark = pytest.mark.usefixtures("quiet")

BODY = json.dumps(START).encode()
LENGTH = str(len(BODY))
GARBAGE = b"\x00\xff no HTTP\r\n\r\n"
CHUNKED = head("POST", Transfer_Encoding="chunked")
NO_HTTP = {
    "garbage": GARBAGE,
    "TLS": b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1" + b"\x00" * 99,
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/3": b"GET / HTTP/3.0\r\nHost: a\r\n\r\n",
    "unknown method": head("BREW"),
    "small method": head("get"),
    "space in path": head("GET", "/a b"),
    "NUL in path": head("GET", "/\x00"),
    "byte in path": head("GET", "/v1/conversations/\xff"),
    "byte in query": head("GET", "/v1/conversations?page=\xff"),
    "very long id": head("GET", "/v1/conversations/" + "a" * 100_000),
    "very long query": head("GET", "/v1/conversations?page=" + "1" * 100_000),
    "no colon": b"GET /v1/conversations HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n",
    "no host": head("GET", Host=None),
    "NUL in header": head("GET", X="a\x00b"),
    "long header": head("GET", X="a" * 100_000),
    "many headers": head("GET", **{f"X{number}": "a" for number in range(1_000)}),
    "length below 0": head("POST", Content_Length="-1"),
    "length of letters": head("POST", Content_Length="x"),
    "immense length": head("POST", Content_Length="9" * 30),
    "two lengths": head("POST", Content_Length="5", Transfer_Encoding="chunked"),
    "chunk of letters": CHUNKED + b"zz\r\n",
    "immense chunk": CHUNKED + b"f" * 30 + b"\r\n",
    "chunk too long": CHUNKED + b"2\r\n{}junk\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("data", NO_HTTP.values(), ids=NO_HTTP)
def test_what_is_no_http_is_refused(caller: Caller, data: bytes) -> None:
    reply = exchange(caller, data)
    assert reply.status == 400
    assert b"Traceback" not in reply.body
    assert len(reply.body) < 1_000
    assert caller.start().status == 200


def _message(reply: Reply) -> str:
    text: str = reply.json.get("message") or reply.json["detail"]
    assert isinstance(text, str)
    return text


def test_garbage_after_a_request_closes_the_connection(caller: Caller) -> None:
    with connected(caller) as connection:
        connection.sendall(head("GET", Connection="keep-alive"))
        first = connection.recv(2**16)
        connection.sendall(GARBAGE)
        second = parsed(until_closed(connection))
    assert first.startswith(b"HTTP/1.1 200 OK\r\n")
    assert second.status == 400
    assert caller.start().status == 200


def test_pipelined_requests_are_answered_in_order(caller: Caller) -> None:
    first = head("POST", Connection="keep-alive", Content_Length=LENGTH) + BODY
    second = head("GET", "/nope", Connection="keep-alive")
    with connected(caller) as connection:
        connection.sendall(first + second + head("PUT"))
        answers = until_closed(connection)
    assert re.findall(rb"HTTP/1\.1 (\d+) ", answers) == [b"200", b"404", b"405"]


@for_each("method", ["PUT", "PATCH", "TRACE", "OPTIONS", "PROPFIND", "HEAD", "LINK"])
@for_each("path", ["/v1/conversations", "/v1/conversations/%00"])
def test_unknown_method_is_refused(caller: Caller, method: str, path: str) -> None:
    reply = exchange(caller, head(method, path))
    assert reply.status == 405
    assert {"GET", "POST"} <= set(reply.headers["allow"].split(","))
    expected = b"" if method == "HEAD" else b'{"detail":"Method Not Allowed"}'
    assert reply.body == expected


@for_each("target", ["*", "localhost:80", "http://localhost/", "//[/"])
def test_target_that_is_no_path_is_refused_by_the_gateway(
    caller: Caller, target: str
) -> None:
    method = {"*": "OPTIONS", "localhost:80": "CONNECT"}.get(target, "GET")
    reply = exchange(caller, head(method, target))
    assert (reply.status, set(reply.json)) == (404, {"message", "request_id"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("Accept", "\xff"), ("Cookie", "\xff=;;;="), ("Range", "bytes=9-1")],
        *[("X", "\xff" * 8_000), ("Host", "localhost:70000")],
        *[("Accept-Encoding", "gzip;q=x, \xff"), ("If-Modified-Since", "noon")],
        *[("Content-Type", "\xff"), ("Authorization", "Bearer \xff")],
        *[("Upgrade", "h2c"), ("X-Forwarded-For", "'"), ("Connection", "\xff, close")],
    ],
)
def test_odd_header_is_passed_over(caller: Caller, name: str, value: str) -> None:
    reply = exchange(caller, head("GET", **{name: value}))
    assert (reply.status, reply.json) == (200, [])


def test_upgrade_is_not_taken_up(caller: Caller) -> None:
    with connected(caller) as connection:
        upgrade = {"Connection": "Upgrade", "Upgrade": "h2c", "Content-Length": LENGTH}
        connection.sendall(head("POST", **upgrade))
        connection.sendall(BODY)
        assert connection.recv(2**16).startswith(b"HTTP/1.1 200 OK\r\n")


def test_client_that_waits_receives_a_100(caller: Caller) -> None:
    with connected(caller) as connection:
        expecting = head("POST", Expect="100-continue", Content_Length=LENGTH)
        connection.sendall(expecting)
        assert connection.recv(2**16) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(BODY)
        assert parsed(until_closed(connection)).status == 200


@for_each("expectation", ["200-ok", "\xff", "100-continue, tea"])
def test_other_expectation_is_refused(caller: Caller, expectation: str) -> None:
    data = head("POST", Expect=expectation, Content_Length=LENGTH) + BODY
    reply = exchange(caller, data)
    assert reply.status == 417
    assert _message(reply)


def _chunks(size: int) -> bytes:
    pieces = [BODY[at : at + size] for at in range(0, len(BODY), size)]
    chunks = b"".join(b"%x;x=y\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return chunks + b"0\r\nX-Trailer: z\r\n\r\n"


@for_each("size", [1, 7, 10_000])
def test_chunked_body_is_read(caller: Caller, size: int) -> None:
    data = head("POST", Transfer_Encoding="chunked") + _chunks(size)
    assert exchange(caller, data).status == 200


def test_chunked_body_without_content_is_missing(caller: Caller) -> None:
    data = head("POST", Transfer_Encoding="chunked") + b"0\r\n\r\n"
    [item] = problems(exchange(caller, data))
    assert item["type"] == "missing"


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
@pytest.mark.parametrize(
    "body",
    [BODY, b"\xff" * 50, gzip.compress(BODY)[:-20]],
    ids=["plain", "junk", "cut"],
)
def test_body_not_compressed_as_it_says_is_no_failure(
    caller: Caller, encoding: str, body: bytes
) -> None:
    lines = head("POST", Content_Encoding=encoding, Content_Length=str(len(body)))
    reply = exchange(caller, lines + body)
    # a server that never unpacks reads the plain body all the same
    assert reply.status in {400, 415, 422} | ({200} if body is BODY else set())
    assert reply.json


def _close(connection: socket.socket) -> None:
    connection.close()


def _reset(connection: socket.socket) -> None:
    linger = struct.pack("ii", 1, 0)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    connection.close()


def _half_close(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_WR)
    assert until_closed(connection) == b""


@pytest.mark.parametrize("leave", [_close, _reset, _half_close])
@pytest.mark.parametrize(
    "data",
    [
        *[b"", b"POST /v1/conv", head("POST")[:-2]],
        head("POST", Content_Length="1000") + BODY,
        head("POST", Content_Length=LENGTH) + BODY[:-1],
        head("POST", Transfer_Encoding="chunked") + _chunks(7)[:-30],
        head("POST", Content_Length="1000", Expect="100-continue")[:-2],
    ],
    ids=lambda data: repr(data[:12]) if isinstance(data, bytes) else None,
)
def test_client_that_hangs_up_early_leaves_nothing_behind(
    caller: Caller, data: bytes, leave: Callable[[socket.socket], None]
) -> None:
    with connected(caller) as connection:
        connection.sendall(data)
        leave(connection)
    assert caller.get("/v1/conversations").json == []
    assert caller.start().status == 200


def test_unread_body_delays_no_answer(caller: Caller) -> None:
    large = b"a" * 3_000_000
    for path, key, status in (("/nope", "k", 404), ("/v1/conversations", "", 401)):
        headers = {"Authorization": f"Bearer {key}"}
        reply: Reply = caller.send("POST", path, large, headers)
        assert reply.status == status
    assert caller.start().status == 200
