"""A caller may append as soon as it has seen the end of an answer."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from typing import Any

import pytest

from mistral_conversations.server import LocalServer, Trouble, fail, say
from tests.support.local.async_caller import CONVERSATIONS, END
from tests.support.local.http_caller import Caller

HEADERS = {"Authorization": "Bearer key", "Content-Type": "application/json"}
ROUNDS = 200


def _ask(connection: HTTPConnection, conversation_id: str, *, stream: bool) -> Any:
    body = json.dumps({"inputs": "x", "stream": stream}).encode()
    path = f"{CONVERSATIONS}/{conversation_id}"
    connection.request("POST", path, body, HEADERS)
    return connection.getresponse()


def _read_to(end: str, response: Any) -> None:
    while (line := response.readline()) != f"event: {end}\n".encode():
        assert line, "the stream ended early"
    assert response.readline().startswith(b"data: ")


@pytest.fixture
def connections(server: LocalServer) -> Iterator[list[HTTPConnection]]:
    address = server.base_url.removeprefix("http://")
    with ExitStack() as stack:
        made = (HTTPConnection(address, timeout=10) for _ in range(2))
        yield [stack.enter_context(closing(connection)) for connection in made]


@pytest.mark.parametrize("end", END)
def test_caller_may_append_right_after_the_last_event(
    server: LocalServer, connections: list[HTTPConnection], end: str
) -> None:
    failing = [fail("No")] if end == END[1] else []
    conversation_id = Caller(server.base_url).start().json["conversation_id"]
    server.model = lambda _, __: [say("a"), *failing]
    response = _ask(connections[0], conversation_id, stream=True)
    for number in range(1, ROUNDS):
        _read_to(end, response)
        following = _ask(connections[number % 2], conversation_id, stream=True)
        assert following.status == 200, f"round {number}"
        response.read()
        response = following
    response.read()
    entries = server.conversations[0].entries
    assert len(entries) == 2 + ROUNDS * (1 if failing else 2)


def test_caller_may_append_right_after_trouble(
    server: LocalServer, connections: list[HTTPConnection]
) -> None:
    conversation_id = Caller(server.base_url).start().json["conversation_id"]
    server.inflict(Trouble(error="No", after_events=2), times=None)
    for number in range(ROUNDS // 4):
        response = _ask(connections[0], conversation_id, stream=True)
        assert response.status == 200, f"round {number}"
        _read_to(END[1], response)
        following = _ask(connections[1], conversation_id, stream=True)
        assert following.status == 200, f"round {number}"
        response.read()
        following.read()


@pytest.mark.parametrize("answer", ["Fine", fail("No"), fail("No", status=429), None])
def test_caller_may_append_right_after_a_plain_answer(
    server: LocalServer, connections: list[HTTPConnection], answer: Any
) -> None:
    conversation_id = Caller(server.base_url).start().json["conversation_id"]
    server.model = lambda _, __: answer
    statuses = set()
    for number in range(ROUNDS // 2):
        response = _ask(connections[number % 2], conversation_id, stream=False)
        statuses.add(response.status)
        response.read()
    assert len(statuses) == 1
    assert 409 not in statuses
