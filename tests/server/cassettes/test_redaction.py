"""`redact=`: what a cassette has of bodies, and how requests still find it."""

import json
from http.client import IncompleteRead
from pathlib import Path
from typing import Any

import pytest

from tests.support.cassettes import lines_of, recorder_of, replayer_of
from tests.support.raw_server import (
    Connection,
    Request,
    chunked,
    event,
    http,
    json_answer,
    stream_head,
)

PATH = "/v1/conversations"
ASKED = {"inputs": "Write to ada@example.com", "metadata": {"email": "ada@example.com"}}
EVENT = event({"type": "a", "email": "ada@example.com", "n": 1})


def without_address(value: Any) -> Any:
    text = json.dumps(value).replace("ada@example.com", "someone")
    return json.loads(text)


def recorded(cassette: Path, answer: bytes, redact: Any, body: Any = ASKED) -> bytes:
    """Record an exchange, and return what the caller got."""
    with recorder_of(cassette, answer, redact=redact) as (caller, service):
        reply = caller.post(PATH, body)
        assert service.requests[0].json == body  # the service gets all
    return reply.body


def replayed(cassette: Path, redact: Any, body: Any = ASKED) -> bytes:
    with replayer_of(cassette, redact=redact, strict=True) as caller:
        return caller.post(PATH, body).body


@pytest.fixture
def cassette(tmp_path: Path) -> Path:
    return tmp_path / "c.jsonl"


def test_values_at_paths_are_masked_everywhere(cassette: Path) -> None:
    answer = json_answer({"email": "ada@example.com", "a": [{"email": 1}], "n": 1})
    got = recorded(cassette, answer, ["$..email"])
    assert json.loads(got)["email"] == "ada@example.com"  # the caller gets all
    request, answered = lines_of(cassette)
    assert request["json"] == {**ASKED, "metadata": {"email": "***"}}
    assert answered["json"] == {"email": "***", "a": [{"email": "***"}], "n": 1}
    other = {**ASKED, "metadata": {"email": "bob@example.com"}}
    assert json.loads(replayed(cassette, ["$..email"], other)) == answered["json"]


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        (EVENT, EVENT),
        (EVENT.replace(b"\n", b"\r\n"), EVENT),
        (b"id: 7\n: comment\n" + EVENT, EVENT),
        (EVENT.replace(b"data: {", b"data: {\ndata: "), EVENT),
        (b"data: ada@example.com\n\n", b"event: message\ndata: ada@example.com\n\n"),
        (b"event: a\ndata: ada\ndata: b\n\n", b"event: a\ndata: ada\ndata: b\n\n"),
        (b": ada@example.com\n\n", b""),
        (EVENT + EVENT[:-2], EVENT),
    ],
)
def test_events_are_redacted_however_they_are_framed(
    cassette: Path, frame: bytes, text: bytes
) -> None:
    answer = stream_head() + chunked(frame, end=True)
    assert recorded(cassette, answer, without_address) == frame
    assert b"ada@example.com" not in cassette.read_bytes()
    assert replayed(cassette, without_address) == text.replace(
        b"ada@example.com", b"someone"
    )


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b'{"half":"ada@example.com', b"someone"),
        (b"<p>ada@example.com</p>", b"<p>someone</p>"),
        (b"\xff\xfe", b"\xff\xfe"),
        (b"", b""),
    ],
)
def test_a_function_redacts_text_too(cassette: Path, body: bytes, kept: bytes) -> None:
    assert recorded(cassette, http(502, body), without_address) == body
    assert kept in replayed(cassette, without_address)
    assert b"ada@" not in cassette.read_bytes()


def test_a_part_of_an_answer_is_left_out(cassette: Path) -> None:
    async def break_off(_: Request, connection: Connection) -> None:
        await connection.send(http(200, b'{"email":"ada@example.com"}')[:-1])
        connection.close()

    with (
        recorder_of(cassette, break_off, redact=["$.email"]) as (caller, _),
        pytest.raises(IncompleteRead),
    ):
        caller.post(PATH, 1)
    answered = lines_of(cassette)[-1]
    assert (answered["end"], answered["text"]) == ("cut", "")
    with (
        replayer_of(cassette, strict=True) as caller,
        pytest.raises(IncompleteRead),
    ):
        caller.post(PATH, 1)


def test_the_fields_of_an_upload_are_redacted(cassette: Path) -> None:
    form = (
        b'--b\r\nContent-Disposition: form-data; name="owner"\r\n\r\nada\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="ada.txt"\r\n'
        b"\r\nText\r\n--b--\r\n"
    )
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    redact = ["$.owner", "$.file.filename"]
    with recorder_of(cassette, json_answer(1), redact=redact) as (caller, _):
        caller.send("POST", "/v1/files", form, headers)
    fields = lines_of(cassette)[0]["form"]
    assert (fields["owner"], fields["file"]["filename"]) == ("***", "***")
    with replayer_of(cassette, redact=redact, strict=True) as caller:
        other = form.replace(b"ada", b"bob")
        assert caller.send("POST", "/v1/files", other, headers).json == 1


def test_a_function_may_differ_from_call_to_call(cassette: Path) -> None:
    """It is called once for each body."""
    calls: list[Any] = []

    def count(value: Any) -> Any:
        calls.append(value)
        return value

    recorded(cassette, json_answer({"n": 1}), count)
    assert calls == [ASKED, {"n": 1}]
    replayed(cassette, count)
    assert calls[2:] == [ASKED]
    answer = json_answer({"n": 2})
    with recorder_of(cassette, answer, mode="new", redact=count) as (caller, _):
        caller.post(PATH, {"new": 1})
    assert calls[3:] == [{"new": 1}, {"n": 2}]


def test_a_function_that_raises_on_a_request_sends_nothing(cassette: Path) -> None:
    failing = pytest.raises(ZeroDivisionError)
    with failing, recorder_of(cassette, redact=lambda _: 1 / 0) as (caller, service):
        reply = caller.post(PATH, ASKED)
        assert (reply.status, service.requests) == (500, [])
        assert "division by zero" in reply.json["message"]


def test_a_function_that_raises_on_an_answer_loses_no_answer(cassette: Path) -> None:
    def redact(value: Any) -> Any:
        return value if value == ASKED else 1 / 0

    failing = pytest.raises(ZeroDivisionError)
    with failing, recorder_of(cassette, json_answer(1), redact=redact) as (caller, _):
        assert caller.post(PATH, ASKED).json == 1
        assert caller.post(PATH, ASKED).status == 500
    assert not cassette.exists()


def test_a_function_that_raises_in_replay_is_reported(cassette: Path) -> None:
    recorded(cassette, json_answer(1), None)
    with replayer_of(cassette, redact=lambda _: 1 / 0) as caller:
        assert caller.post(PATH, ASKED).status == 500
