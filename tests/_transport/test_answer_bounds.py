"""Where an answer ends among the bytes of its connection."""

import time

from mistral_conversations._transport.answer_bounds import AnswerBounds
from tests.support.for_each import for_each

HEAD = b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n"
BARE = b"HTTP/1.1 200 OK\nA: b\n\n"


@for_each("head", [HEAD, BARE, b"HTTP/1.1 200 OK\nA: b\n\r\n", b"\r\n\r\n"])
@for_each("behind", [b"", b"{}", b"\r\n\r\n", HEAD, b"\n\n"])
def test_head_ends_with_the_first_empty_line_in_every_split(
    head: bytes, behind: bytes
) -> None:
    whole = head + behind
    for at in range(len(whole) + 1):
        bounds = AnswerBounds()
        assert bounds.end_of_head(whole[:at]) == min(at, len(head))
        if at < len(head):
            assert bounds.end_of_head(whole[at:]) == len(head) - at


def test_next_head_is_found_after_one_with_status_1xx() -> None:
    bounds = AnswerBounds()
    hint = b"HTTP/1.1 103 Early Hints\r\n\r\n"
    data = hint + HEAD[:-1]
    assert bounds.end_of_head(data) == len(hint)
    assert bounds.end_of_head(data, len(hint)) == len(data)
    assert bounds.end_of_head(b"\n{}") == 1


def test_many_heads_in_one_piece_are_split_in_linear_time() -> None:
    def seconds(count: int) -> float:
        data = b"HTTP/1.1 103 Early Hints\r\n\r\n" * count
        bounds, begin = AnswerBounds(), 0
        started = time.process_time()
        while begin < len(data):
            begin = bounds.end_of_head(data, begin)
        return time.process_time() - started

    shortest = min(seconds(4_000) for _ in range(3))
    assert min(seconds(32_000) for _ in range(3)) < shortest * 20


def test_body_of_known_length_ends_after_it_in_every_split() -> None:
    whole = b"0123456789"
    for at in range(len(whole) + 1):
        bounds = AnswerBounds()
        bounds.begin_body(6)
        body, behind = bounds.split_body(whole[:at])
        later, more = bounds.split_body(whole[at:])
        assert (body + later, behind + more) == (whole[:6], whole[6:])
        assert bounds.ends_here()


@for_each(
    ("end", "expected"),
    [
        (b"0\r\n\r\n", True),
        (b"3\r\nabc\r\n0\r\n\r\n", True),
        (b"3\r\nabc\r\n000\r\n\r\n", True),
        (b"3\r\nabc\r\n0;last\r\n\r\n", True),
        (b"3\r\nabc\r\n0\r\nA: b\r\nC: d\r\n\r\n", True),
        (b"3\nabc\n0\n\n", True),
        (b"0\r\n\r\n\r\n", False),
        (b"0\r\n\r\n\n", False),
        (b"0\r\n\r\n\0", False),
        (b"0\r\n\r\nHTTP/1.1", False),
        (b"0\r\nA: b\r\n\r\n\r\n", False),
        (b"3\r\nabc\r\n", False),
    ],
)
def test_chunked_body_ends_with_its_last_chunk_in_every_split(
    end: bytes, *, expected: bool
) -> None:
    for at in range(len(end) + 1):
        bounds = AnswerBounds()
        bounds.begin_body(None)
        assert bounds.split_body(end[:at]) == (end[:at], b"")
        assert bounds.split_body(end[at:]) == (end[at:], b"")
        assert bounds.ends_here() is expected


def test_end_of_a_chunked_body_is_found_behind_much() -> None:
    bounds = AnswerBounds()
    bounds.begin_body(None)
    bounds.split_body(b"x" * 100_000)
    bounds.split_body(b"\r\n0\r")
    bounds.split_body(b"\n\r\n")
    assert bounds.ends_here()
