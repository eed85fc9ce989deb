"""`LocalServer.replaying`: which exchange answers a request, when, and what is left."""

import asyncio
import json
import math
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from mistral_conversations import AsyncConversations, BadRequestError, Conversations
from mistral_conversations.server import LocalServer
from tests.support.cassettes import recorder_of, replayer_of
from tests.support.raw_server import chunked, event, json_answer, stream_head

HELLO = {"inputs": "Hello", "model": "m"}
PATH = "/v1/conversations"


def write(cassette: Path, *lines: dict[str, Any]) -> Path:
    first = {"cassette": 1, "by": "a test", "upstream": "https://api.example"}
    cassette.write_text("".join(json.dumps(line) + "\n" for line in [first, *lines]))
    return cassette


def exchange(number: int, answer: Any, **request: Any) -> list[dict[str, Any]]:
    head = {"id": number, "method": "POST", "path": PATH, **request}
    return [head, {"id": number, "at": 0.1, "status": 200, "json": answer}]


@pytest.fixture
def cassette(tmp_path: Path) -> Path:
    return tmp_path / "c.jsonl"


def test_equal_requests_are_answered_in_order(cassette: Path) -> None:
    answers = [json_answer(n) for n in range(3)]
    with recorder_of(cassette, *answers) as (caller, _):
        for body in (HELLO, {"inputs": "Other"}, HELLO):
            caller.post(PATH, body)
    with replayer_of(cassette, strict=True) as caller:
        assert caller.post(PATH, {"model": "m", "inputs": "Hello"}).json == 0
        assert caller.post(PATH, HELLO).json == 2
        assert caller.post(PATH, {"inputs": "Other"}).json == 1


def test_any_key_and_none_are_accepted(cassette: Path) -> None:
    write(cassette, *exchange(1, "a", json=1), *exchange(2, "b", json=1))
    with replayer_of(cassette) as caller:
        assert caller.send("POST", PATH, 1, {"Authorization": "Bearer x"}).json == "a"
        assert caller.send("POST", PATH, 1, {"Authorization": ""}).json == "b"


def test_a_key_may_be_required(cassette: Path) -> None:
    write(cassette, *exchange(1, "a", json=1))
    with replayer_of(cassette, api_key="key-of-a-test") as caller:
        assert caller.send("POST", PATH, 1, {"Authorization": "Bearer x"}).status == 401
        assert caller.post(PATH, 1).json == "a"
    with pytest.raises(ValueError, match="set an api_key"):
        LocalServer.replaying(cassette, host="0.0.0.0")


def test_what_was_not_recorded_is_an_error_that_shows_the_nearest(
    cassette: Path,
) -> None:
    write(cassette, *exchange(1, "a", json=HELLO), *exchange(2, "b", json={"n": 1}))
    with (
        LocalServer.replaying(cassette) as server,
        Conversations("key-of-a-test", base_url=server.base_url) as client,
        pytest.raises(BadRequestError) as caught,
    ):
        client.start("Hallo", model="m")
    assert caught.value.code == "request_not_recorded"
    text = str(caught.value)
    assert "line 2" in text
    assert '$.inputs: recorded "Hello", sent "Hallo"' in text
    assert len(server.requests) == 1  # it is not repeated


def test_strictness_reports_what_does_not_fit(cassette: Path) -> None:
    write(cassette, *exchange(1, "a", json=HELLO), *exchange(2, "b", json={"n": 1}))
    unfit = pytest.raises(AssertionError)
    with unfit as caught, replayer_of(cassette, strict=True) as caller:
        caller.post(PATH, {"n": 1})
        caller.get("/v1/models?page=2")
    text = str(caught.value)
    assert "c.jsonl does not fit" in text
    assert "not used: " in text
    assert "line 2" in text
    assert "- GET /v1/models?page=2 was not recorded" in text
    assert "\n  - query.page: only in the request" in text


def test_an_error_of_the_test_takes_precedence(cassette: Path) -> None:
    write(cassette, *exchange(1, "a", json=HELLO))
    with (
        pytest.raises(ZeroDivisionError),
        LocalServer.replaying(cassette, strict=True),
    ):
        raise ZeroDivisionError


def test_each_time_it_is_entered_nothing_is_used(cassette: Path) -> None:
    write(cassette, *exchange(1, "a", json=HELLO))
    server = LocalServer.replaying(cassette, strict=True)
    for _ in range(2):
        with server:
            caller = Conversations("key-of-a-test", base_url=server.base_url)
            with caller, pytest.raises(Exception, match="object"):
                caller.start("Hello", model="m")


def paced(cassette: Path) -> Path:
    headers = {"content-type": "text/event-stream"}
    head = {"id": 1, "at": 0.2, "status": 200, "headers": headers}
    events = [
        {"id": 1, "at": at, "event": "a", "data": {"type": "a", "at": at}}
        for at in (0.2, 0.4, 0.6)
    ]
    end = {"id": 1, "at": 0.7, "end": "complete"}
    request = {"id": 1, "method": "POST", "path": PATH, "json": HELLO}
    return write(cassette, request, head, *events, end)


@pytest.mark.parametrize("speed", [1, 2])
def test_events_keep_their_pace(cassette: Path, speed: float) -> None:
    with replayer_of(paced(cassette), speed=speed) as caller:
        begun = time.perf_counter()
        connection, response = caller.open("POST", PATH, HELLO)
        times = [time.perf_counter() - begun]
        times += [
            time.perf_counter() - begun for line in response if line.startswith(b"data")
        ]
        times.append(time.perf_counter() - begun)
        connection.close()
    least = [at / speed - 0.02 for at in (0.2, 0.2, 0.4, 0.6, 0.7)]
    assert all(is_ >= wanted for is_, wanted in zip(times, least, strict=True))
    assert times[1] < 0.6 / speed + 0.5  # it does not wait for the last


def test_no_pace_is_kept_by_default(cassette: Path) -> None:
    slow = write(
        cassette,
        {"id": 1, "method": "POST", "path": PATH, "json": HELLO},
        {"id": 1, "at": 3600, "status": 200, "json": 1},
    )
    with replayer_of(slow) as caller:
        assert caller.post(PATH, HELLO).json == 1


@pytest.mark.anyio
async def test_a_stream_whose_caller_left_sends_nothing_more(
    cassette: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(
        cassette,
        {"id": 1, "method": "POST", "path": PATH, "json": {**HELLO, "stream": True}},
        {
            "id": 1,
            "status": 200,
            "headers": {"content-type": "text/event-stream; charset=utf-8"},
        },
        {"id": 1, "event": "a", "data": {"type": "a"}},
        {"id": 1, "at": 0.1, "end": "left"},
    )
    async with (
        LocalServer.replaying(cassette, strict=True) as server,
        AsyncConversations("key-of-a-test", base_url=server.base_url) as client,
    ):
        stream = client.start_stream("Hello", model="m")
        assert (await anext(stream)).type == "a"
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(stream), 0.05)
    assert "The recording of line 2 ends here" in caplog.text


def test_an_exchange_without_an_end_breaks_off(cassette: Path) -> None:
    with recorder_of(
        cassette,
        stream_head() + chunked(event({"type": "a"}), event({"type": "b"}), end=True),
    ) as (caller, _):
        caller.post(PATH, HELLO)
    whole = cassette.read_bytes()
    cassette.write_bytes(whole[: whole.index(b'"event":"b"')])
    torn = pytest.warns(UserWarning, match="line 5 is torn, because its recording was")
    with torn, replayer_of(cassette) as caller:
        connection, response = caller.open("POST", PATH, HELLO)
        assert b"event: a" in response.read1()
        with pytest.raises(Exception, match="IncompleteRead"):
            response.read()
        connection.close()


def test_a_request_may_wait_for_its_body_to_be_asked_for(cassette: Path) -> None:
    write(cassette, *exchange(1, "a", json=HELLO))
    with replayer_of(cassette) as caller:
        assert caller.send("POST", PATH, HELLO, {"Expect": "100-continue"}).json == "a"


def test_a_stream_of_many_events_lets_other_requests_pass(cassette: Path) -> None:
    events = [
        {"id": 1, "event": "a", "data": {"type": "a", "n": n}} for n in range(20_000)
    ]
    head = {"id": 1, "status": 200, "headers": {"content-type": "text/event-stream"}}
    write(
        cassette,
        {"id": 1, "method": "POST", "path": PATH, "json": 1},
        head,
        *events,
        {"id": 1, "end": "complete"},
        *exchange(2, "b", json=2),
    )
    with replayer_of(cassette) as caller:
        connection, response = caller.open("POST", PATH, 1)
        response.read1()
        assert caller.post(PATH, 2).json == "b"
        assert response.read().count(b"event: ") > 0
        connection.close()


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"speed": -1}, ValueError, "speed must be 0"),
        ({"speed": math.inf}, ValueError, "speed must be 0"),
        ({"speed": math.nan}, ValueError, "speed must be 0"),
        ({"speed": True}, TypeError, "speed must be a number, not bool"),
        ({"speed": "1"}, TypeError, "speed must be a number, not str"),
        ({"strict": 1}, TypeError, "strict must be a bool, not int"),
        ({"api_key": ""}, ValueError, "api_key must be"),
        ({"ignore": ["$."]}, ValueError, r"ignore\[0\] is not a JSON path"),
        ({"path": None}, TypeError, "path must be a str or a path, not NoneType"),
    ],
)
def test_a_wrong_parameter_is_named(
    settings: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        LocalServer.replaying(**{"path": "c.jsonl", **settings})


def test_a_missing_cassette_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(FileNotFoundError, match=r"there is no cassette here.*c\.jsonl"),
        LocalServer.replaying(tmp_path / "c.jsonl"),
    ):
        pass


def test_the_repr_shows_no_key(cassette: Path) -> None:
    server = LocalServer.replaying(cassette, api_key="key-of-a-test")
    assert repr(server) == f"<ReplayingServer not running, {cassette}>"
    assert server.api_key == "key-of-a-test"
    assert server.path == cassette


def test_the_connection_is_used_again(cassette: Path) -> None:
    write(cassette, *exchange(1, "a", json=1), *exchange(2, "b", json=1))
    with replayer_of(cassette) as caller:
        connection = HTTPConnection(caller.base_url.removeprefix("http://"))
        for wanted in (b'"a"', b'"b"'):
            connection.request("POST", PATH, b"1")
            assert connection.getresponse().read() == wanted
        connection.close()
