"""Checks of the form of answers, and exchanges of raw bytes."""

import logging
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support.local.http_caller import Caller, Reply

ROUTELESS = "no Route matched with those values"
_WATCHED = ("aiohttp", "asyncio", "mistral_conversations")


def problems(reply: Reply) -> list[dict[str, Any]]:
    """Return the problems of a 422, after a check of its form."""
    assert reply.status == 422, reply.body[:500]
    body = reply.json
    assert body.keys() == {"object", "detail", "message", "type", "code"}
    assert (body["object"], body["type"]) == ("Error", "invalid_request_error")
    assert (body["code"], body["message"]) == (3001, body["detail"])
    found: list[dict[str, Any]] = body["detail"]
    assert found
    for item in found:
        assert isinstance(item["type"], str)
        assert isinstance(item["msg"], str)
        assert all(isinstance(step, str | int) for step in item["loc"])
        assert item["loc"]
    return found


def message(reply: Reply) -> str:
    """Return the message of a 400, 404, 409 or 500, after a check of its form."""
    body = reply.json
    assert body.keys() == {"object", "message", "type", "code"}
    assert (body["object"], body["type"]) == ("Error", "invalid_request_error")
    assert isinstance(body["code"], int)
    text: str = body["message"]
    assert isinstance(text, str)
    return text


def check_answer(reply: Reply) -> None:
    """Check that a start, append or restart is answered as the service does."""
    assert reply.headers["mistral-correlation-id"]
    if reply.status == 422:
        problems(reply)
    elif reply.status != 200:
        assert reply.status in {400, 404, 409}, (reply.status, reply.body[:500])
        message(reply)
    elif reply.headers["content-type"].startswith("text/event-stream"):
        assert reply.events[-1]["type"] == "conversation.response.done"
    else:
        assert reply.json["object"] == "conversation.response"


def head(
    method: str, target: str = "/v1/conversations", **headers: str | None
) -> bytes:
    """Return the head of a request; `_` in names becomes `-`, None omits a header."""
    lines = {
        "Host": "localhost",
        "Authorization": "Bearer any",
        "Connection": "close",
        "Content-Type": "application/json",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    written = [f"{name}: {value}" for name, value in lines.items() if value is not None]
    return "\r\n".join([f"{method} {target} HTTP/1.1", *written, "", ""]).encode(
        "latin-1"
    )


@contextmanager
def connected(caller: Caller) -> Iterator[socket.socket]:
    """Connect to the server, with a timeout of 10 seconds."""
    host, _, port = caller.base_url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        yield connection


def until_closed(connection: socket.socket) -> bytes:
    """Read until the server closes."""
    return b"".join(iter(lambda: connection.recv(2**16), b""))


def exchange(caller: Caller, data: bytes) -> Reply:
    """Send bytes, and return the only answer, which the server ends by closing."""
    with connected(caller) as connection:
        connection.sendall(data)
        return parsed(until_closed(connection))


def parsed(answer: bytes) -> Reply:
    """Parse an answer."""
    top, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = top.decode("latin-1").split("\r\n")
    pairs = (line.split(": ", 1) for line in lines)
    headers: Mapping[str, str] = {name.lower(): value for name, value in pairs}
    return Reply(int(first.split(" ")[1]), headers, body)


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test if the server logs a warning or worse, even while it stops."""
    yield
    complaints = [
        f"{record.name}: {record.getMessage()} {record.exc_info}"
        for phase in ("setup", "call", "teardown")
        for record in caplog.get_records(phase)
        if record.levelno >= logging.WARNING and record.name.startswith(_WATCHED)
    ]
    assert complaints == []
