"""The guard against web pages, and requests that are refused before they are read."""

import re
from typing import Any

import pytest

from mistral_conversations.server import LocalServer
from tests.support.for_each import for_each
from tests.support.local.answer_forms import (
    connected,
    exchange,
    head,
    message,
    parsed,
    quiet,
    until_closed,
)
from tests.support.local.http_caller import Caller, Serve

__all__ = ["quiet"]

pytestmark = pytest.mark.usefixtures("quiet")

OWN = [
    *["localhost", "LOCALHOST:80", "localhost.", "127.0.0.1:8900", "127.9.9.9"],
    *["[::1]", "[::1]:80", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]:1", "localhost:"],
]
FOREIGN = [
    *["evil.example", "evil.example:8900", "localhost.evil.example", "10.0.0.1:80"],
    *["127.0.0.1.evil.example", "127.0.0.1@evil.example", "a.localhost", "[::2]"],
    *["", " ", "[::", "[::1", "::1", "\xff", "0.0.0.0", "128.0.0.1", "0x7f.1"],
    *["localhost, evil.example", "localhost/", "localhost:80:80", "localhost\\@evil"],
]
PATHS = [
    *[("GET", "/v1/conversations"), ("POST", "/v1/conversations")],
    *[("DELETE", "/v1/conversations/conv_1"), ("OPTIONS", "/v1/conversations")],
    *[("GET", "/v1/agents"), ("GET", "/v1/libraries"), ("GET", "/files/x")],
    *[("GET", "/"), ("PUT", "/v1/conversations"), ("HEAD", "/v1/conversations")],
]


@pytest.mark.parametrize("host", OWN)
def test_names_of_this_machine_are_accepted(caller: Caller, host: str) -> None:
    assert exchange(caller, head("GET", Host=host)).status == 200
    origin = f"http://{host.removesuffix(':')}"
    assert exchange(caller, head("GET", Origin=origin)).status == 200


@for_each("host", FOREIGN)
def test_another_host_is_refused(caller: Caller, host: str) -> None:
    reply = exchange(caller, head("GET", Host=host))
    assert reply.status == 403
    assert message(reply).startswith("Host ")
    assert "allowed_hosts" in message(reply)


@for_each(
    "origin",
    [
        *["null", "", "file://", "http://evil.example", "https://evil.example:8900"],
        *["http://localhost.evil.example", "http://localhost@evil.example"],
        *["http://127.0.0.1.evil.example", "http://evil.example#localhost"],
        *["localhost", "http:localhost", "http://localhost http://evil.example"],
        *["chrome-extension://abcdefgh", "http://[::2]", "\xff"],
    ],
)
@for_each("method", ["GET", "POST"])
def test_another_origin_is_refused(caller: Caller, method: str, origin: str) -> None:
    reply = exchange(caller, head(method, Origin=origin))
    assert reply.status == 403
    assert message(reply).startswith("Origin ")


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_every_route_refuses_web_pages(caller: Caller, method: str, path: str) -> None:
    for foreign in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
        reply = exchange(caller, head(method, path, **foreign))
        assert reply.status == 403
        cors = [name for name in reply.headers if name.startswith("access-control-")]
        assert cors == []


def test_one_foreign_header_among_several_is_enough(caller: Caller) -> None:
    origins = "http://localhost\r\nOrigin: http://evil.example"
    assert exchange(caller, head("GET", Origin=origins)).status == 403
    hosts = "localhost\r\nHost: evil.example"
    assert exchange(caller, head("GET", Host=hosts)).status in {400, 403}


@pytest.mark.parametrize("target", ["http://evil.example/v1/conversations"])
def test_absolute_target_takes_precedence(caller: Caller, target: str) -> None:
    assert exchange(caller, head("GET", target)).status == 403
    own = target.replace("evil.example", "localhost:1")
    assert exchange(caller, head("GET", own)).status == 200


def test_http_1_0_needs_no_host(caller: Caller) -> None:
    data = head("GET", Host=None).replace(b"HTTP/1.1", b"HTTP/1.0")
    assert exchange(caller, data).status == 200
    data = head("GET", Host="evil.example").replace(b"HTTP/1.1", b"HTTP/1.0")
    assert exchange(caller, data).status == 403


def test_allowed_hosts_are_accepted_beside_those_of_the_machine(serve: Serve) -> None:
    caller = serve(allowed_hosts=["Dev.Example", "192.0.2.1", "[2001:db8::1]"])
    for host in ("dev.example:80", "192.0.2.1", "[2001:DB8:0::1]:9", "localhost"):
        assert exchange(caller, head("GET", Host=host)).status == 200
        assert exchange(caller, head("GET", Origin=f"https://{host}")).status == 200
    assert exchange(caller, head("GET", Host="evil.example")).status == 403


def test_host_open_to_other_machines_accepts_any_name_unless_some_are_allowed(
    serve: Serve,
) -> None:
    caller = serve(host="0.0.0.0", api_key="any")
    assert exchange(caller, head("GET", Host="a.example")).status == 200
    assert exchange(caller, head("GET", Origin="http://b.example")).status == 200
    caller = serve(host="0.0.0.0", api_key="any", allowed_hosts=["a.example"])
    assert exchange(caller, head("GET", Host="a.example")).status == 200
    assert exchange(caller, head("GET", Host="b.example")).status == 403


@for_each(
    ("allowed", "error"),
    [
        *[("a.example", TypeError), (b"a", TypeError), (5, TypeError)],
        *[([b"a"], TypeError), ([None], TypeError), (iter(["a"]), TypeError)],
        *[([""], ValueError), (["*"], ValueError), (["http://a"], ValueError)],
        *[(["a:80"], ValueError), (["a b"], ValueError), (["[::1"], ValueError)],
    ],
)
def test_what_is_no_name_is_rejected_at_once(
    allowed: Any, error: type[Exception]
) -> None:
    with pytest.raises(error, match="allowed_hosts must"):
        LocalServer(allowed_hosts=allowed)


def test_refused_requests_are_recorded_without_their_bodies() -> None:
    with LocalServer(api_key="right") as server:
        caller = Caller(server.base_url, "wrong")
        assert caller.start().status == 401
        right = Caller(server.base_url, "right")
        reply = right.send(
            "POST", "/v1/conversations", {"a": 1}, {"Host": "evil.example"}
        )
        assert reply.status == 403
        assert [request.body for request in server.requests] == [b"", b""]
        assert server.conversations == ()


@pytest.fixture
def locked(serve: Serve) -> Caller:
    """Call a server with another key than its own."""
    return serve(api_key="right")


REFUSED = {
    401: head("POST", Content_Length="2000000000"),
    403: head("POST", Content_Length="2000000000", Origin="null"),
    404: head("POST", "/nope", Content_Length="2000000000"),
    405: head("PUT", Content_Length="2000000000"),
}


@pytest.mark.parametrize("status", REFUSED)
def test_refusal_does_not_wait_for_the_body(locked: Caller, status: int) -> None:
    reply = exchange(locked, REFUSED[status])
    assert (reply.status, reply.headers["connection"]) == (status, "close")


@pytest.mark.parametrize("status", [401, 403])
def test_endless_body_is_not_read_to_its_end(locked: Caller, status: int) -> None:
    chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    data = REFUSED[status].replace(
        b"Content-Length: 2000000000", b"Transfer-Encoding: chunked"
    )
    with connected(locked) as connection:
        connection.sendall(data)
        sending = iter(lambda: connection.sendall(chunk), 5)
        with pytest.raises(ConnectionError):
            next(number for number, _ in enumerate(sending) if number > 2**17)


@pytest.mark.parametrize("status", [401, 403, 405])
def test_body_that_is_held_back_is_not_asked_for(locked: Caller, status: int) -> None:
    data = REFUSED[status].replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n")
    with connected(locked) as connection:
        connection.sendall(data)
        answer = until_closed(connection)
    final = re.sub(rb"^HTTP/1\.1 100 Continue\r\n\r\n", b"", answer)
    assert parsed(final).status == status
    assert status == 405 or final == answer


@pytest.mark.parametrize("size", [2**29 + 1, 10**18])
def test_body_over_the_limit_is_refused_by_its_length(
    caller: Caller, size: int
) -> None:
    reply = exchange(caller, head("POST", Content_Length=str(size)))
    assert (reply.status, reply.headers["connection"]) == (413, "close")
    assert "over 536870912 bytes" in reply.json["message"]


def test_chunked_body_over_the_limit_is_refused() -> None:
    server = LocalServer()
    server._service.middleware.largest_body = 1000
    with server:
        caller = Caller(server.base_url)
        chunk = b"3e9\r\n" + b"a" * 1001 + b"\r\n"
        reply = exchange(caller, head("POST", Transfer_Encoding="chunked") + chunk)
        assert (reply.status, reply.headers["connection"]) == (413, "close")
        assert caller.start().status == 200
