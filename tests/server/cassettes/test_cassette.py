"""Reading cassettes: of this version and earlier ones, torn ones and wrong ones."""

import json
from pathlib import Path

import pytest

from mistral_conversations.server.cassettes.cassette import first_line, read_cassette
from mistral_conversations.server.cassettes.exchange import (
    Exchange,
    Piece,
    RequestFacts,
)
from tests.support.cassettes import replayer_of

FIRST = b'{"cassette":1,"by":"mistral-conversations 0.1.0","upstream":"https://a"}\n'

# What the first version of the format is, whatever later versions write.
VERSION_1 = (
    FIRST
    + b"""\
{"id":1,"method":"POST","path":"/v1/conversations","json":{"inputs":"Hello","model":"m"}}
{"id":2,"method":"GET","path":"/v1/models","query":[["page","1"],["page","2"]]}
{"id":2,"at":0.05,"status":502,"headers":{"content-type":"text/html"},"text":"<h1>\\n"}
{"id":1,"at":0.412,"status":200,"headers":{"content-type":"a/json"},"json":{"n": 1.0}}
{"id":3,"method":"POST","path":"/v1/conversations","json":{"stream":true}}
{"id":3,"at":0.2,"status":200,"headers":{"content-type":"text/event-stream"}}
{"id":3,"at":0.203,"event":"a","data":{"type":"a"}}
{"id":3,"at":0.31,"text":": keep-alive\\n\\n"}
{"id":3,"at":0.32,"base64":"/w=="}
{"id":3,"at":0.9,"end":"complete"}
{"id":4,"method":"POST","path":"/v1/files","form":{"file":{"filename":"a","size":1,"sha256":"0"},"purpose":"ocr"}}
{"id":4,"at":0.1,"status":200,"headers":{},"base64":"AAE="}
{"id":5,"method":"PUT","path":"/","bytes":{"size":1,"sha256":"0"}}
{"id":5,"at":0.1,"end":"cut"}
{"id":6,"method":"POST","path":"/","text":"plain"}
{"id":6,"at":0.1,"status":200,"headers":{},"end":"left","text":"{\\"a"}
"""
)


def read(path: Path, contents: bytes) -> list[Exchange]:
    file = path / "c.jsonl"
    file.write_bytes(contents)
    return list(read_cassette(file).exchanges)


def test_cassettes_of_version_1_are_read(tmp_path: Path) -> None:
    one, two, three, four, five, six = read(tmp_path, VERSION_1)
    body = {"json": {"inputs": "Hello", "model": "m"}}
    assert one.request == RequestFacts("POST", "/v1/conversations", (), body)
    assert (one.number, one.line, one.status) == (1, 2, 200)
    assert (one.pieces, one.end) == ([Piece(0.412, b'{"n": 1.0}')], "complete")
    assert two.request.query == (("page", "1"), ("page", "2"))
    assert (two.status, two.pieces) == (502, [Piece(0.05, b"<h1>\n")])
    assert two.headers == {"content-type": "text/html"}
    assert (three.begun, three.ended, three.end) == (0.2, 0.9, "complete")
    assert [(piece.at, piece.data) for piece in three.pieces] == [
        (0.203, b'event: a\ndata: {"type":"a"}\n\n'),
        (0.31, b": keep-alive\n\n"),
        (0.32, b"\xff"),
    ]
    form = {"file": {"filename": "a", "size": 1, "sha256": "0"}, "purpose": "ocr"}
    assert four.request.body == {"form": form}
    assert four.pieces == [Piece(0.1, b"\x00\x01")]
    assert five.request.body == {"bytes": {"size": 1, "sha256": "0"}}
    assert (five.status, five.end, five.pieces) == (None, "cut", [])
    assert six.request.body == {"text": "plain"}
    assert (six.end, six.pieces) == ("left", [Piece(0.1, b'{"a')])


def test_keys_of_later_versions_and_blank_lines_are_left_out(tmp_path: Path) -> None:
    contents = VERSION_1.replace(b'"id":1,', b'"id":1,"new":[1],') + b"\n \n"
    assert len(read(tmp_path, contents)) == 6


def test_a_cassette_edited_by_hand_may_be_formatted_anew(tmp_path: Path) -> None:
    first, *lines = VERSION_1.splitlines(keepends=True)
    spaced = [json.dumps(json.loads(line)).encode() + b"\r\n" for line in lines]
    exchanges = read(tmp_path, first + b"".join(spaced))
    assert [each.number for each in exchanges] == [1, 2, 3, 4, 5, 6]
    assert exchanges[2].pieces[0].data == b'event: a\ndata: {"type": "a"}\n\n'


@pytest.mark.parametrize("size", range(len(FIRST), len(VERSION_1), 37))
def test_a_cassette_is_read_up_to_where_it_is_torn(tmp_path: Path, size: int) -> None:
    file = tmp_path / "c.jsonl"
    file.write_bytes(VERSION_1[:size])
    cassette = read_cassette(file)
    whole = VERSION_1[:size].rpartition(b"\n")[0] + b"\n"
    torn = VERSION_1[:size] != whole
    assert cassette.torn_line == (whole.count(b"\n") + 1 if torn else None)
    assert cassette.size == len(whole)
    numbers = [exchange.number for exchange in cassette.exchanges]
    assert numbers == [1, 2, 3, 4, 5, 6][: len(numbers)]


def test_what_this_package_writes_is_of_this_version() -> None:
    assert json.loads(first_line("https://a"))["cassette"] == 1


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        (b"", "is empty: record the cassette again"),
        (b"\n\n", "is empty: record the cassette again"),
        (b"[]\n", "line 1: "),
        (b"PK\x03\x04", "line 1: "),
        (b'{"id":1}\n', "line 1: no cassette begins like this"),
        (b'{"cassette":2}\n', "version 2, and this package reads up to 1: update"),
        (b'{"cassette":"1"}\n', "line 1: "),
        (FIRST + b"{\n", "line 2: "),
        (FIRST + b'{"status":200}\n', "line 2: it has no id"),
        (FIRST + b'{"id":7,"status":200}\n', "line 2: no line before it has the req"),
        (FIRST + b'{"method":"GET"}\n', "line 2: the request has no id"),
        (FIRST + b'{"id":1,"method":"GET"}\n' * 2, "line 3: a second request has"),
        (FIRST + b'{"id":1,"at":-1}\n', "line 2: "),
    ],
)
def test_a_wrong_cassette_is_an_error_that_names_the_line(
    tmp_path: Path, contents: bytes, message: str
) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        read(tmp_path, contents)
    assert type(caught.value) is ValueError
    assert "c.jsonl" in str(caught.value)


def test_a_wrong_cassette_is_no_server(tmp_path: Path) -> None:
    cassette = tmp_path / "c.jsonl"
    cassette.write_bytes(FIRST + b"{\n")
    server = replayer_of(cassette)
    with pytest.raises(ValueError, match="line 2"):
        server.__enter__()


def test_cassettes_of_version_1_replay(tmp_path: Path) -> None:
    cassette = tmp_path / "c.jsonl"
    cassette.write_bytes(VERSION_1)
    with replayer_of(cassette) as caller:
        reply = caller.post("/v1/conversations", {"model": "m", "inputs": "Hello"})
        assert (reply.status, reply.body) == (200, b'{"n": 1.0}')
        assert caller.get("/v1/models?page=2&page=1").body == b"<h1>\n"
