"""Ends of answers that stall, are cut or fail, and what the server stores then."""

from typing import Any

import pytest

from mistral_conversations.server import LocalServer, Trouble
from tests.support.local.http_caller import Caller
from tests.support.local.raw_caller import (
    becomes_true,
    connect,
    entries,
    received,
    stores_echo,
    stream,
)

KINDS = pytest.mark.parametrize("streamed", [False, True], ids=["plain", "stream"])


@pytest.mark.parametrize("count", [1, 2, 4])
def test_stall_comes_after_the_events(server: LocalServer, count: int) -> None:
    server.inflict(Trouble(stall=True, after_events=count))
    with stream(server.base_url, inputs="one two three four") as line:
        line.read_events(count)
        answer = line.read_for()
    assert answer.end == "open"
    assert len(answer.events) == count
    assert stores_echo(server, "one two three four")


@KINDS
def test_stall_at_0_sends_nothing(server: LocalServer, *, streamed: bool) -> None:
    server.inflict(Trouble(stall=True))
    with connect(server.base_url) as line:
        line.ask(stream=streamed)
        assert becomes_true(lambda: server.conversations)
        answer = line.read_for()
        assert (answer.end, answer.raw) == ("open", b"")
    assert stores_echo(server)


@KINDS
@pytest.mark.parametrize("count", [1, 100])
def test_stall_comes_after_the_bytes(
    server: LocalServer, count: int, *, streamed: bool
) -> None:
    server.inflict(Trouble(stall=True, after_bytes=count))
    with connect(server.base_url) as line:
        line.ask(stream=streamed)
        line.read(lambda received: len(received.body) >= count)
        answer = line.read_for()
        assert (answer.end, len(answer.body)) == ("open", count)
    assert stores_echo(server)


def test_comments_continue_while_a_stream_stalls(server: LocalServer) -> None:
    server.inflict(Trouble(stall=True, after_events=2, comments=0.005))
    with stream(server.base_url) as line:
        answer = line.read(lambda received: received.comments >= 3)
        assert answer.end == "open"
        assert len(answer.events) == 2
    assert stores_echo(server)


def test_conversation_is_written_to_its_end_while_its_stream_stalls(
    server: LocalServer,
) -> None:
    server.inflict(Trouble(stall=True, after_events=2))
    caller = Caller(server.base_url)
    with stream(server.base_url) as line:
        conversation_id = line.read_events(2).events[0]["conversation_id"]
        assert becomes_true(
            lambda: caller.append(conversation_id, inputs="x").status == 200
        )
        assert len(line.read_events(2).events) == 2
    assert entries(server) == ["Hello there", "Hello there", "x", "x"]


CUTS = pytest.mark.parametrize(
    ("cut", "end"), [("end", "complete"), ("close", "fin"), ("reset", "reset")]
)


@CUTS
@pytest.mark.parametrize("count", [1, 2, 3])
def test_cut_ends_a_stream_after_the_events(
    server: LocalServer, cut: Any, end: str, count: int
) -> None:
    answer = received(server, Trouble(cut=cut, after_events=count), stream=True)
    assert (answer.status, answer.end) == (200, end)
    assert len(answer.events) == count
    assert stores_echo(server)


@KINDS
@CUTS
@pytest.mark.parametrize("count", [1, 100, 300])
def test_cut_ends_the_body_after_the_bytes(
    server: LocalServer, cut: Any, end: str, count: int, *, streamed: bool
) -> None:
    answer = received(server, Trouble(cut=cut, after_bytes=count), stream=streamed)
    assert (answer.status, answer.end) == (200, end)
    assert len(answer.body) == count
    assert b'event: conversation.response.started\ndata: {"'.startswith(
        answer.body[:40]
    ) or answer.body.startswith(b"{")
    assert stores_echo(server)


@KINDS
@pytest.mark.parametrize(("cut", "end"), [("close", "fin"), ("reset", "reset")])
@pytest.mark.parametrize("place", [{}, {"after_bytes": 0}])
def test_cut_at_0_sends_nothing(
    server: LocalServer, cut: Any, end: str, place: Any, *, streamed: bool
) -> None:
    answer = received(server, Trouble(cut=cut, **place), stream=streamed)
    assert (answer.end, answer.raw) == (end, b"")
    assert stores_echo(server)


@KINDS
@pytest.mark.parametrize("place", [{}, {"after_bytes": 0}])
def test_end_at_0_is_an_empty_answer(
    server: LocalServer, place: Any, *, streamed: bool
) -> None:
    answer = received(server, Trouble(cut="end", **place), stream=streamed)
    assert (answer.status, answer.end, answer.body) == (200, "complete", b"")
    assert stores_echo(server)


def test_close_right_after_the_last_byte_lacks_only_the_end(
    server: LocalServer,
) -> None:
    whole = received(server, Trouble(giant_event=0), stream=True)
    trouble = Trouble(cut="close", after_bytes=len(whole.body))
    answer = received(server, trouble, stream=True)
    assert answer.end == "fin"
    assert answer.events[-1]["type"] == "conversation.response.done"


@KINDS
@pytest.mark.parametrize("place", [{"after_events": 99}, {"after_bytes": 9999}])
def test_cut_beyond_the_end_leaves_the_answer_whole(
    server: LocalServer, place: Any, *, streamed: bool
) -> None:
    answer = received(server, Trouble(cut="reset", **place), stream=streamed)
    assert answer.end == "complete"
    assert b" there" in answer.body
    assert len(answer.events) == 4 if streamed else answer.json["outputs"]


def test_connection_serves_on_after_an_end_in_good_order(server: LocalServer) -> None:
    server.inflict(Trouble(cut="end", after_events=2))
    with stream(server.base_url) as line:
        assert len(line.read().events) == 2
        line.ask(stream=True)
        assert line.read().text == "Hello there"
