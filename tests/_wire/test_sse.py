"""The parser of event streams, against the rules of the WHATWG HTML standard, 9.2."""

import tracemalloc

import pytest

from mistral_conversations import EventTooLargeError, ServerSentEvent, SSEDecoder
from tests.support.comparison import pieces
from tests.support.for_each import for_each
from tests.support.standard_sse import read_by_the_standard


def feed(stream: bytes, cuts: list[int]) -> list[ServerSentEvent]:
    decoder = SSEDecoder()
    return [event for piece in pieces(stream, cuts) for event in decoder.feed(piece)]


def test_a_stream_is_the_same_split_at_every_byte() -> None:
    stream = (
        b"\xef\xbb\xbf: hello\r\n\r\nevent: one\r\ndata: \xc3\xa9\r\n\r\n"
        b"id: 1\rdata: a\rdata: b\r\rretry: 5\ndata\n\n"
    )
    expected = [
        ServerSentEvent("one", "é"),
        ServerSentEvent("message", "a\nb", "1"),
        ServerSentEvent("message", "", "1", 5),
    ]
    assert read_by_the_standard(stream) == (expected, False)
    assert feed(stream, list(range(len(stream)))) == expected
    for cut in range(len(stream)):
        assert feed(stream, [cut]) == expected


@for_each("end", [b"\n", b"\r", b"\r\n"])
def test_lines_end_with_cr_lf_or_both(end: bytes) -> None:
    stream = end.join([b"event: e", b"data: 1", b"data: 2", b"", b""])
    assert SSEDecoder().feed(stream) == [ServerSentEvent("e", "1\n2")]


def test_line_ends_may_be_mixed() -> None:
    stream = b"event: e\rdata: 1\ndata: 2\r\n\ndata: 3\n\r"
    expected = [ServerSentEvent("e", "1\n2"), ServerSentEvent("message", "3")]
    assert SSEDecoder().feed(stream) == expected


def test_an_event_is_given_at_the_cr_that_ends_it() -> None:
    decoder = SSEDecoder()
    assert decoder.feed(b"data: 1\r\r") == [ServerSentEvent("message", "1")]
    assert decoder.feed(b"\ndata: 2\r\n\r") == [ServerSentEvent("message", "2")]


@for_each(
    ("frame", "data"),
    [
        (b"data: x", "x"),
        (b"data:x", "x"),
        (b"data:  x", " x"),
        (b"data:\tx", "\tx"),
        (b"data", ""),
        (b"data:", ""),
        (b"data\ndata", "\n"),
        (b"data: a\n: comment\ndata: b", "a\nb"),
        (b"data: a:b: c", "a:b: c"),
        (b"data: \xff\xc3", "\ufffd\ufffd"),
        (b"data: \xef\xbb\xbf", "\ufeff"),
        (b"data: \0", "\0"),
    ],
)
def test_data_of_a_frame(frame: bytes, data: str) -> None:
    assert SSEDecoder().feed(frame + b"\n\n") == [ServerSentEvent("message", data)]


@for_each(
    "frame", [b"", b": comment", b"event: lonely", b"id: 1", b"retry: 3", b"dat: x"]
)
def test_a_frame_without_data_dispatches_nothing(frame: bytes) -> None:
    assert SSEDecoder().feed(frame + b"\n\n") == []


def test_an_events_name_ends_with_its_frame() -> None:
    events = SSEDecoder().feed(b"event: lonely\n\ndata: x\n\n")
    assert events == [ServerSentEvent("message", "x")]


def test_an_empty_name_is_the_default_name() -> None:
    assert SSEDecoder().feed(b"event: \ndata: x\n\n")[0].event == "message"


def test_an_id_persists_until_the_next_one() -> None:
    stream = (
        b"id: 1\ndata: a\n\ndata: b\n\nid: 2\n\nevent: e\ndata: c\n\nid\ndata: d\n\n"
    )
    assert [event.id for event in SSEDecoder().feed(stream)] == ["1", "1", "2", ""]


def test_an_id_with_nul_is_ignored() -> None:
    stream = b"id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n"
    assert [event.id for event in SSEDecoder().feed(stream)] == ["1", "1"]


@for_each(
    ("value", "retry"),
    [("1500", 1500), ("0", 0), ("", None), ("-1", None), ("1.5", None), ("٣", None)],
)
def test_retry_takes_ascii_digits_only(value: str, retry: int | None) -> None:
    (event,) = SSEDecoder().feed(f"retry: {value}\ndata: x\n\n".encode())
    assert event.retry == retry


def test_retry_of_any_length_does_no_harm() -> None:
    (event,) = SSEDecoder().feed(b"retry: " + b"9" * 5000 + b"\ndata: x\n\n")
    assert event.data == "x"


@pytest.mark.parametrize("form", ["event: e\ndata: %s", "data: %s\nevent: e"])
def test_a_large_event_is_decoded_as_a_small_one(form: str) -> None:
    text = "é" * 100_000
    (event,) = SSEDecoder().feed(f"{form % text}\n\n".encode())
    assert event == ServerSentEvent("e", text)


def test_the_last_frame_without_a_blank_line_is_dropped() -> None:
    decoder = SSEDecoder()
    assert decoder.feed(b"data: 1\n\ndata: 2\n") == [ServerSentEvent("message", "1")]
    assert decoder.pending == len(b"data: 2\n")
    assert decoder.feed(b"") == []


def test_a_bom_counts_only_at_the_beginning() -> None:
    bom = b"\xef\xbb\xbf"
    events = SSEDecoder().feed(bom + b"data: 1\n\n" + bom + b"data: 2\n\ndata: 3\n\n")
    assert [event.data for event in events] == ["1", "3"]


def test_an_event_of_the_cap_is_given() -> None:
    decoder = SSEDecoder(max_event_bytes=16)
    assert decoder.feed(b"data: " + b"x" * 10 + b"\n\n")[0].data == "x" * 10
    assert decoder.feed(b"data: y\n\n" * 100) == [ServerSentEvent("message", "y")] * 100


@for_each("end", [b"", b"\n\n", b"\n\ndata: after\n\n"])
def test_events_before_one_that_is_too_large_are_given_first(end: bytes) -> None:
    decoder = SSEDecoder(max_event_bytes=16)
    stream = b"data: 1\n\ndata: 2\n\ndata: " + b"x" * 20 + end
    assert [event.data for event in decoder.feed(stream)] == ["1", "2"]
    for _ in range(2):
        with pytest.raises(EventTooLargeError, match="larger than 16 bytes"):
            decoder.feed(b"data: later\n\n")


def test_an_event_that_does_not_end_is_too_large_at_the_cap() -> None:
    decoder = SSEDecoder(max_event_bytes=1000)
    assert decoder.feed(b"data: " + b"x" * 990) == []
    with pytest.raises(EventTooLargeError):
        decoder.feed(b"x" * 10)
    assert decoder.pending == 0


def feed_again_and_again(decoder: SSEDecoder, piece: bytes | bytearray) -> None:
    for _ in range(100):
        decoder.feed(bytes(piece))


def test_comments_without_an_end_are_held_up_to_the_cap_too() -> None:
    decoder = SSEDecoder(max_event_bytes=1000)
    with pytest.raises(EventTooLargeError):
        feed_again_and_again(decoder, b": still here\n")


def test_keep_alive_comments_in_frames_of_their_own_are_not_held() -> None:
    decoder = SSEDecoder(max_event_bytes=1000)
    for _ in range(1000):
        assert decoder.feed(b": still here\n\n") == []
    assert decoder.pending == 0


def test_memory_stays_within_the_cap() -> None:
    decoder = SSEDecoder(max_event_bytes=1024 * 1024)
    piece = bytearray(65536)
    tracemalloc.start()
    try:
        with pytest.raises(EventTooLargeError):
            feed_again_and_again(decoder, piece)
        current, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1.5 * 1024 * 1024
    assert current < 256 * 1024
