"""Trouble instead of an answer, and before it."""

import time

import pytest

from mistral_conversations.server import LocalServer, Trouble, say
from tests.support.local.http_caller import Caller
from tests.support.local.raw_caller import (
    PATH,
    becomes_true,
    connect,
    received,
    stores_echo,
    stream,
)

KINDS = pytest.mark.parametrize("streamed", [False, True], ids=["plain", "stream"])


@KINDS
def test_status_has_the_body_of_the_service(
    server: LocalServer, *, streamed: bool
) -> None:
    answer = received(server, Trouble(status=503), stream=streamed)
    assert (answer.status, answer.end) == (503, "complete")
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json == {
        "object": "Error",
        "message": "Trouble on demand",
        "type": "invalid_request_error",
        "code": 3000,
    }
    assert "x-kong-request-id" in answer.headers
    assert "mistral-correlation-id" in answer.headers


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, {"detail": "Trouble on demand"}),
        (
            429,
            {
                "object": "error",
                "message": "Trouble on demand",
                "type": "rate_limited",
                "param": None,
                "code": "1300",
            },
        ),
    ],
)
def test_status_has_the_body_of_that_status(
    server: LocalServer, status: int, body: object
) -> None:
    assert received(server, Trouble(status=status)).json == body


def test_status_422_has_a_problem(server: LocalServer) -> None:
    body = received(server, Trouble(status=422)).json
    assert body["detail"] == body["message"]
    assert body["detail"][0]["msg"] == "Trouble on demand"


@KINDS
def test_request_with_a_status_is_not_processed(*, streamed: bool) -> None:
    with LocalServer([say("one")]) as server:
        assert received(server, Trouble(status=500), stream=streamed).status == 500
        assert server.conversations == ()
        answer = Caller(server.base_url).start()
        assert answer.json["outputs"][0]["content"] == "one"


@pytest.mark.parametrize("path", ["/nowhere", PATH + "/conv_none"])
def test_status_is_the_answer_to_any_request(server: LocalServer, path: str) -> None:
    server.inflict(Trouble(status=418))
    with connect(server.base_url) as line:
        line.ask("GET", path)
        assert line.read().status == 418


@KINDS
@pytest.mark.parametrize(
    ("body", "raw"),
    [
        ("<p>Bad gateway ☂</p>", "<p>Bad gateway ☂</p>".encode()),
        ("", b""),
        (b"\x00\xff\r\n", b"\x00\xff\r\n"),
        ({"detail": ["ü", 1]}, '{"detail":["ü",1]}'.encode()),
        ([], b"[]"),
        (7, b"7"),
        (False, b"false"),
    ],
)
def test_body_is_sent_as_it_is(
    server: LocalServer, body: object, raw: bytes, *, streamed: bool
) -> None:
    answer = received(server, Trouble(status=502, body=body), stream=streamed)
    assert (answer.status, answer.end, answer.body) == (502, "complete", raw)
    is_json = answer.headers.get("content-type") == "application/json"
    assert is_json is not isinstance(body, str | bytes)


@pytest.mark.parametrize(
    ("asked", "sent"),
    [(0, "0"), (7, "7"), (1.5, "1.5"), ("Wed, 21 Oct 2099 07:28:00 GMT",) * 2],
)
def test_retry_after_is_sent_as_a_header(
    server: LocalServer, asked: float | str, sent: str
) -> None:
    answer = received(server, Trouble(status=429, retry_after=asked))
    assert answer.headers["retry-after"] == sent


def test_headers_are_sent_and_come_before_the_usual_ones(server: LocalServer) -> None:
    headers = {"X-Cache": "miss", "content-type": "text/html"}
    answer = received(server, Trouble(status=504, body="<p>", headers=headers))
    assert answer.headers["x-cache"] == "miss"
    assert answer.headers["content-type"] == "text/html"
    assert answer.raw.lower().count(b"content-type:") == 1


def test_status_can_be_one_of_success(server: LocalServer) -> None:
    body = b"event: conversation.response.started\ndata: {}\n\n"
    headers = {"Content-Type": "text/event-stream"}
    trouble = Trouble(status=200, body=body, headers=headers)
    answer = received(server, trouble, stream=True)
    assert (answer.status, answer.body) == (200, body)
    assert answer.headers["content-type"] == "text/event-stream"


@pytest.mark.parametrize(
    ("method", "trouble"),
    [
        ("GET", Trouble(status=204)),
        ("GET", Trouble(status=304)),
        ("GET", Trouble(status=204, body="text", delay=0.001)),
        ("HEAD", Trouble(status=503)),
        ("DELETE", Trouble(gzip=True)),
        ("DELETE", Trouble(garbage="{")),
    ],
)
def test_answer_that_has_no_body_leaves_the_connection_usable(
    server: LocalServer, method: str, trouble: Trouble
) -> None:
    conversation_id = Caller(server.base_url).start().json["conversation_id"]
    server.inflict(trouble)
    with connect(server.base_url) as line:
        line.ask(method, f"{PATH}/{conversation_id}")
        head = line.read(lambda received: received.status != 0)
        assert head.raw.endswith(b"\r\n\r\n"), "nothing follows the head"
        assert line.read_for(0.02).raw.endswith(b"\r\n\r\n")
        line.ask("GET")
        assert line.read().raw.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("trouble", "streamed"),
    [
        (Trouble(delay=0.1), False),
        (Trouble(delay=0.1), True),
        (Trouble(delay=0.1, status=500), True),
        (Trouble(delay=0.1, cut="end"), True),
        (Trouble(delay=0.1, cut="end"), False),
    ],
)
def test_delay_passes_before_the_first_byte(
    server: LocalServer, trouble: Trouble, *, streamed: bool
) -> None:
    server.inflict(trouble)
    with connect(server.base_url) as line:
        begun = time.monotonic()
        line.ask(stream=streamed)
        line.read(lambda received: received.raw != b"")
        assert time.monotonic() - begun >= 0.1
        assert line.read().end == "complete"


def test_caller_that_leaves_ends_the_delay(server: LocalServer) -> None:
    server.inflict(Trouble(delay=60))
    with stream(server.base_url):
        assert becomes_true(lambda: server.conversations)
    assert stores_echo(server)


def test_event_delay_passes_before_each_event(server: LocalServer) -> None:
    server.inflict(Trouble(event_delay=0.02))
    begun = time.monotonic()
    with stream(server.base_url) as line:
        for count in range(1, 5):
            line.read_events(count)
            assert time.monotonic() - begun >= 0.02 * count
        assert line.read().text == "Hello there"
