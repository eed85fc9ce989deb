"""Frames are cut from the bytes of a stream, however they are split."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_conversations.server.cassettes.frames import (
    FrameCutter,
    text_frame,
    usual_frame,
    usual_parts,
)
from tests.support.comparison import thorough

STREAM = (
    b'event: a\ndata: {"n":1}\n\n: comment\n\nid: 7\r\ndata: x\r\n\r\n'
    b"data: one\ndata: two\n\n\n\nevent: b\rdata: 2\r\revent: torn\nda"
)
FRAMES = [
    b'event: a\ndata: {"n":1}\n\n',
    b": comment\n\n",
    b"id: 7\r\ndata: x\r\n\r\n",
    b"data: one\ndata: two\n\n",
    b"\n\n",
    b"event: b\rdata: 2\r\r",
]


def cut(*pieces: bytes) -> tuple[list[bytes], bytes]:
    cutter = FrameCutter()
    frames = [frame for piece in pieces for frame in cutter.feed(piece)]
    return frames, cutter.rest()


def test_a_stream_is_cut_after_each_blank_line() -> None:
    assert cut(STREAM) == (FRAMES, b"event: torn\nda")


def test_bytes_that_come_one_by_one_are_cut_alike() -> None:
    frames, rest = cut(*(bytes([byte]) for byte in STREAM))
    assert b"".join([*frames, rest]) == STREAM
    assert frames[:2] == FRAMES[:2]


@thorough
@given(st.lists(st.sampled_from([b"\n", b"\r", b"\r\n", b"data: 1", b":"])), st.data())
def test_no_byte_is_lost_however_a_stream_is_split(
    parts: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(parts)
    at = data.draw(st.integers(0, len(stream)))
    frames, rest = cut(stream[:at], stream[at:])
    assert b"".join([*frames, rest]) == stream


def test_a_large_event_is_cut_in_linear_time() -> None:
    piece = b"x" * 1000
    frames, rest = cut(b"data: ", *[piece] * 20_000, b"\n\n", b"rest")
    assert [len(frame) for frame in frames] == [20_000_008]
    assert rest == b"rest"


@pytest.mark.parametrize(
    ("frame", "parts"),
    [
        (b"event: a\ndata: {}\n\n", ("a", b"{}")),
        (b"event:  a \ndata:  {} \n\n", (" a ", b" {} ")),
        (b"event: \ndata: \n\n", ("", b"")),
        (b"event: \xc3\xa9\ndata: 1\n\n", ("\xe9", b"1")),
        (b"event: \xff\ndata: 1\n\n", None),
        (b"event:a\ndata: 1\n\n", None),
        (b"event: a\ndata: 1\nid: 1\n\n", None),
        (b"event: a\r\ndata: 1\r\n\r\n", None),
        (b"data: 1\n\n", None),
        (b": keep-alive\n\n", None),
    ],
)
def test_only_a_frame_that_can_be_written_again_has_parts(
    frame: bytes, parts: tuple[str, bytes] | None
) -> None:
    assert usual_parts(frame) == parts
    if parts is not None:
        assert usual_frame(*parts) == frame


def test_text_of_several_lines_has_a_line_of_data_for_each() -> None:
    assert text_frame("a", "1\n2") == b"event: a\ndata: 1\ndata: 2\n\n"
