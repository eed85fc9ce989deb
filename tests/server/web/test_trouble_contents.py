"""The content of answers in trouble, and how it is sent."""

import json
import zlib
from typing import Any

import pytest

from mistral_conversations.server import LocalServer, Trouble
from tests.support.local.http_caller import START, Caller
from tests.support.local.raw_caller import (
    Received,
    connect,
    entries,
    gunzip,
    received,
    stores_echo,
    stream,
)

KINDS = pytest.mark.parametrize("streamed", [False, True], ids=["plain", "stream"])


def test_garbage_is_slipped_in(server: LocalServer) -> None:
    answer = received(server, Trouble(garbage="{", after_events=2), stream=True)
    assert answer.end == "complete"
    assert answer.frames[2] == "event: message.output.delta\ndata: {"
    rest = answer.frames[:2] + answer.frames[3:]
    events = [json.loads(frame.partition("data: ")[2]) for frame in rest]
    assert [event.get("content") for event in events] == [None, "Hello", " there", None]
    assert stores_echo(server)


def test_garbage_comes_right_before_an_error(server: LocalServer) -> None:
    trouble = Trouble(garbage="}", error="Out of luck", after_events=1)
    started, slipped_in, last = received(server, trouble, stream=True).frames
    assert started.startswith("event: conversation.response.started\n")
    assert slipped_in == "event: message.output.delta\ndata: }"
    assert last.startswith("event: conversation.response.error\n")


def test_garbage_is_the_last_word_before_a_cut(server: LocalServer) -> None:
    trouble = Trouble(garbage="{", cut="close", after_events=1)
    answer = received(server, trouble, stream=True)
    assert answer.end == "fin"
    assert answer.frames[1:] == ["event: message.output.delta\ndata: {"]


@pytest.mark.parametrize("end", [{"cut": "close"}, {"cut": "end"}, {"stall": True}])
@KINDS
def test_garbage_at_0_comes_before_a_cut_or_a_stall(
    server: LocalServer, end: dict[str, Any], *, streamed: bool
) -> None:
    frame = b"event: message.output.delta\ndata: {\n\n"
    server.inflict(Trouble(garbage="{", **end))
    with connect(server.base_url) as line:
        line.ask(stream=streamed)
        line.read(lambda received: received.body == frame)
        answer = line.read_for()
    assert (answer.status, answer.body) == (200, frame)


def test_garbage_breaks_a_plain_answer(server: LocalServer) -> None:
    answer = received(server, Trouble(garbage="{"))
    assert (answer.status, answer.end) == (200, "complete")
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(answer.body)
    assert stores_echo(server)


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_error_ends_a_stream_and_nothing_but_the_inputs_is_stored(
    server: LocalServer, count: int
) -> None:
    trouble = Trouble(error="Out of luck", error_code=1234, after_events=count)
    answer = received(server, trouble, stream=True)
    assert answer.end == "complete"
    *before, last = answer.events
    types = ["conversation.response.started", *["message.output.delta"] * 2]
    assert [event["type"] for event in before] == types[:count]
    assert last["type"] == "conversation.response.error"
    assert (last["message"], last["code"]) == ("Out of luck", 1234)
    assert entries(server) == ["Hello there"]


def test_error_of_a_plain_call_is_a_500_and_nothing_but_the_inputs_is_stored(
    server: LocalServer,
) -> None:
    answer = received(server, Trouble(error="Out of luck"))
    assert answer.status == 500
    assert answer.json == {
        "object": "Error",
        "message": "Out of luck",
        "type": "invalid_request_error",
        "code": 3000,
    }
    assert entries(server) == ["Hello there"]


def test_conversation_continues_after_an_error(server: LocalServer) -> None:
    answer = received(server, Trouble(error="x", after_events=1), stream=True)
    caller = Caller(server.base_url)
    again = caller.append(answer.events[0]["conversation_id"], inputs="Again")
    assert again.status == 200
    assert entries(server) == ["Hello there", "Again", "Again"]


@pytest.mark.parametrize("count", [0, 2, 3])
def test_giant_event_is_the_same_event_but_large(
    server: LocalServer, count: int
) -> None:
    trouble = Trouble(giant_event=100_000, after_events=count)
    answer = received(server, trouble, stream=True)
    usual = received(server, Trouble(giant_event=0), stream=True)
    paddings = [len(event.pop("padding", "")) for event in answer.events]
    assert paddings == [100_000 * (index == count) for index in range(4)]
    assert answer.text == "Hello there"
    keys = [event.keys() - {"padding"} for event in answer.events]
    assert keys == [event.keys() for event in usual.events]


def test_giant_event_leaves_no_trace_in_the_history(server: LocalServer) -> None:
    trouble = Trouble(giant_event=1000, after_events=1)
    answer = received(server, trouble, stream=True)
    conversation_id = answer.events[0]["conversation_id"]
    history = Caller(server.base_url).history(conversation_id)
    assert [entry["content"] for entry in history] == ["Hello there"] * 2
    assert "padding" not in json.dumps(history)


def test_drip_sends_a_stream_byte_by_byte(server: LocalServer) -> None:
    answer = received(server, Trouble(drip=True), stream=True)
    assert answer.end == "complete"
    assert {len(chunk) for chunk in answer.chunks} == {1}
    assert answer.text == "Hello there"


def test_drip_sends_a_plain_answer_in_many_pieces(server: LocalServer) -> None:
    server.inflict(Trouble(drip=True))
    with connect(server.base_url) as line:
        line.ask(inputs="word " * 1000)
        answer = line.read()
        assert line.reads > 20
    assert int(answer.headers["content-length"]) == len(answer.body)
    assert answer.json["outputs"][0]["content"] == "word " * 1000


def test_gzip_makes_each_event_readable_as_it_comes(server: LocalServer) -> None:
    server.inflict(Trouble(gzip=True, stall=True, after_events=2))
    with stream(server.base_url) as line:
        answer = line.read(lambda received: len(received.chunks) >= 2)
        assert answer.headers["content-encoding"] == "gzip"
        assert line.read_for(0.02).body == answer.body
    inflater = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    events = [inflater.decompress(chunk) for chunk in answer.chunks]
    names = [event.split(b"\n")[0] for event in events]
    started, delta = b"conversation.response.started", b"message.output.delta"
    assert names == [b"event: " + started, b"event: " + delta]
    assert all(event.endswith(b"}\n\n") for event in events)


@pytest.mark.parametrize("trouble", [Trouble(gzip=True), Trouble(gzip=True, drip=True)])
@KINDS
def test_gzip_unpacks_to_the_usual_answer(
    server: LocalServer, trouble: Trouble, *, streamed: bool
) -> None:
    answer = received(server, trouble, stream=streamed)
    assert (answer.end, answer.headers["content-encoding"]) == ("complete", "gzip")
    if trouble.drip:
        assert {len(chunk) for chunk in answer.chunks[:-1]} == {1}
    unpacked = Received("complete", b"", 200, {}, gunzip(answer.body))
    if streamed:
        assert unpacked.text == "Hello there"
        assert unpacked.events[-1]["type"] == "conversation.response.done"
    else:
        assert unpacked.json["outputs"][0]["content"] == "Hello there"


@pytest.mark.parametrize(("cut", "is_whole"), [("end", True), ("close", False)])
def test_gzip_that_is_cut_ends_as_the_cut_has_it(
    server: LocalServer, cut: Any, *, is_whole: bool
) -> None:
    trouble = Trouble(gzip=True, cut=cut, after_events=2)
    answer = received(server, trouble, stream=True)
    inflater = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    assert inflater.decompress(answer.body).count(b"event: ") == 2
    assert inflater.eof is is_whole


def test_gzip_compresses_a_status_too(server: LocalServer) -> None:
    answer = received(server, Trouble(status=503, body="Down", gzip=True))
    assert (answer.status, answer.headers["content-encoding"]) == (503, "gzip")
    assert gunzip(answer.body) == b"Down"


def test_comments_come_between_events(server: LocalServer) -> None:
    answer = received(server, Trouble(comments=0.002, event_delay=0.02), stream=True)
    assert answer.end == "complete"
    assert answer.comments >= 4
    assert answer.text == "Hello there"
    assert answer.body.endswith(b"}\n\n")


@pytest.mark.parametrize("gzip", [False, True])
def test_comments_never_come_inside_a_dripping_event(
    server: LocalServer, *, gzip: bool
) -> None:
    text = "".join(f"{n:x}" for n in range(1000))
    trouble = Trouble(drip=True, gzip=gzip, comments=0.001, event_delay=0.01)
    answer = received(server, trouble, stream=True, inputs=text)
    assert answer.end == "complete"
    body = gunzip(answer.body) if gzip else answer.body
    unpacked = Received("complete", b"", 200, {}, body)
    assert unpacked.comments >= 1
    assert unpacked.text == text


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble(comments=0.005, delay=0.02),
        Trouble(comments=0.005, event_delay=0.02),
        Trouble(comments=0.005, drip=True),
        Trouble(comments=0.005, event_delay=0.02, status=500, body=[START]),
    ],
)
def test_comments_stay_out_of_a_plain_answer(
    server: LocalServer, trouble: Trouble
) -> None:
    answer = received(server, trouble, inputs="word " * 100)
    assert (answer.end, answer.after) == ("complete", b"")
    assert b"keep-alive" not in answer.body
    assert answer.json
