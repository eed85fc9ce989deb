"""Any bytes in any pieces: the events of the standard, at a linear cost."""

import math
import os
from collections.abc import Callable, Iterable
from functools import partial

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mistral_conversations import EventTooLargeError, ServerSentEvent, SSEDecoder
from mistral_conversations._wire.sse import FrameDecoder
from tests.support.comparison import pieces, thorough
from tests.support.cpu_time import cpu_seconds
from tests.support.for_each import for_each
from tests.support.standard_sse import read_by_the_standard

FIELDS = [
    *["data", "data:", "data: ", "data:x", "data:  x", "data: a:b", "data: é"],
    *["DATA: x", " data: x", "data: \0", "data: event: e", "data\0: x"],
    *["event", "event:", "event: ", "event: name", "event:name", "event: é"],
    *["id", "id: 7", "id:7", "id: \0", "id: a\0b"],
    *["retry: 10", "retry: 1x", "retry:", "retry: ٣", "retry: " + "9" * 40],
    *[":", ": comment", "unknown: field", "<html>", "", "", ""],
]  # fmt: skip
BOM = b"\xef\xbb\xbf"
ENDS = [b"\n", b"\r", b"\r\n", b"\n\n", b"\r\r", b"\r\n\r\n", b"\n\r", b""]

lines = (
    st.sampled_from([field.encode() for field in FIELDS])
    | st.binary(max_size=4)
    | st.builds(bytes.__mul__, st.sampled_from([b"data: ", b"x"]), st.integers(1, 40))
)
marks = st.sampled_from([BOM, BOM[:2], BOM[:1], BOM * 2, b"\0", b"\xff"])
parts = st.tuples(lines, st.sampled_from(ENDS)).map(b"".join)
streams = st.lists(parts | marks, max_size=12).map(b"".join) | st.binary(max_size=40)

cuts = st.lists(st.integers(0, 10_000), max_size=8) | st.just(list(range(600)))
"""Where a stream is cut: in some places, or after each byte."""

Outcome = tuple[list[ServerSentEvent], bool, bytes]


def outcome(stream: bytes, cuts: Iterable[int], most: int) -> Outcome:
    """Feed a stream; return the events, whether one is too large, and what remains."""
    decoder = SSEDecoder(max_event_bytes=most)
    frames = FrameDecoder(max_event_bytes=most)
    events: list[ServerSentEvent] = []
    try:
        for piece in (*pieces(stream, list(cuts)), b""):
            found = decoder.feed(piece)
            assert frames.feed(piece) == [(each.event, each.data) for each in found]
            events += found
            assert decoder.pending <= most + len(BOM)
    except EventTooLargeError:
        for more in (b"", b"\n\ndata: x\n\n"):
            with pytest.raises(EventTooLargeError):
                decoder.feed(more)
        return events, True, b""
    return events, False, decoder.unread


@settings(thorough, max_examples=2 * thorough.max_examples)
@example(b"event: \ndata: x\n\n", [], 100)
@example(b"event:\ndata: x\n\n", [], 100)
@example(b"\xef\xbb\xbfdata: x\r\n\r\n", [1, 2, 11, 13], 100)
@example(b"event: e\r\ndata: x\r\n\r\n", list(range(600)), 100)
@example(b"data: x\r\rdata: y\r\r", [8], 100)
@example(b"data: x\n\n", [7, 8], 7)
@example(b"data: x\n\n\ndata: y\n\n", [9, 10], 7)
@example(b": c\r\n\r\n\r\ndata", list(range(600)), 4)
@example(b"<p>\n\n\n\n\n<p>", list(range(600)), 100)
@given(streams, cuts, st.sampled_from([4, 8, 12, 1000]))
def test_any_split_of_any_stream_gives_what_the_standard_says(
    stream: bytes, cuts: list[int], most: int
) -> None:
    events, is_too_large, unread = outcome(stream, cuts, most)
    assert (events, is_too_large) == read_by_the_standard(stream, most)
    assert outcome(stream, [], most) == (events, is_too_large, unread)


IS_THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
SIZE = 10_000 if IS_THOROUGH else 3_000
ATTEMPTS = 5

STREAMS: dict[str, Callable[[int], bytes]] = {
    "one line": lambda size: b"data: " + b"x" * size,
    "one event of many lines": lambda size: b"data\n" * (size // 5),
    "one event of many CRLF lines": lambda size: b"data\r\n" * (size // 6),
    "event lines without data": lambda size: b"event: e\n" * (size // 9),
    "comments without an end": lambda size: b":\n" * (size // 2),
    "frames of comments": lambda size: b":\n\n" * (size // 3),
    "frames of odd lines": lambda size: b"<\n\n" * (size // 3),
    "ids without data": lambda size: b"id\n\n" * (size // 4),
    "small events": lambda size: b"data\n\n" * (size // 6),
    "small events, CR": lambda size: b"data\r\r" * (size // 6),
    "blank lines, LF": lambda size: b"\n" * size,
    "blank lines, CR": lambda size: b"\r" * size,
    "blank lines, CRLF": lambda size: b"\r\n" * (size // 2),
    "marks of byte order": lambda size: BOM * (size // 3),
    "bytes that are not UTF-8": lambda size: b"data: " + b"\xff" * size,
}


def doubling(
    feed: Callable[[list[bytes]], object], stream: Callable[[int], bytes], piece: int
) -> float:
    """Return how many times the cost grows with twice the input: the mean of three."""

    def spent(size: int) -> float:
        data = stream(size)
        cut = [data[at : at + piece] for at in range(0, len(data), piece)]
        return min(cpu_seconds(partial(feed, cut)) for _ in range(2))

    return math.cbrt(spent(8 * SIZE) / max(spent(SIZE), 1e-5))


def feed_all(cut: list[bytes]) -> None:
    decoder = SSEDecoder()
    for piece in cut:
        decoder.feed(piece)


USUAL = ["one line", "one event of many CRLF lines", "frames of odd lines"]


@for_each("name", STREAMS if IS_THOROUGH else USUAL)
@for_each("piece", [1, 7] if IS_THOROUGH else [1])
def test_twice_the_bytes_cost_at_most_two_and_a_half_times(
    name: str, piece: int
) -> None:
    attempts = (doubling(feed_all, STREAMS[name], piece) for _ in range(ATTEMPTS))
    assert any(growth <= 2.5 for growth in attempts)


def feed_and_copy(cut: list[bytes]) -> None:
    held = b""
    for piece in cut:
        held = held + piece


def test_a_copy_of_all_before_for_each_piece_would_be_found() -> None:
    attempts = (
        doubling(feed_and_copy, STREAMS["one line"], 1) for _ in range(ATTEMPTS)
    )
    assert any(growth > 2.5 for growth in attempts)
