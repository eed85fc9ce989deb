"""Bad bodies: the service's refusals, and a server that continues."""

import json
import time
from http.client import HTTPConnection
from typing import Any

import pytest
from hypothesis import given, settings

from tests.support.comparison import thorough
from tests.support.for_each import for_each
from tests.support.local.answer_forms import check_answer, problems, quiet
from tests.support.local.bad_bodies import bad_bodies
from tests.support.local.http_caller import START, Caller, Reply

__all__ = ["quiet"]

pytestmark = pytest.mark.usefixtures("quiet")

PATHS = ["", "/conv_any", "/conv_any/restart"]
LARGE = 20_000_000
DEEP = 100_000


def _types(reply: Reply) -> set[str]:
    return {item["type"] for item in problems(reply)}


def _deep(opening: bytes, closing: bytes) -> bytes:
    return b'{"inputs": ' + opening * DEEP + b"0" + closing * DEEP + b"}"


@pytest.mark.parametrize("path", PATHS)
@for_each(
    "body",
    [
        *[b" ", b"{", b'{"inputs"', b'{"inputs":"x",}', b"{'inputs':'x'}", b"x=1"],
        *[b'{"inputs":"x"} {}', b'{"inputs":"x"}\0', b'{"inputs":"\0"}', b"nul"],
        *[b'\xef\xbb\xbf{"inputs":"x"}', '{"inputs":"x"}'.encode("utf-16")],
        *[b'{"inputs":"\xff"}', b'{"inputs":"\xed\xa0\x80"}', b'{"\xc3":1}'],
        *[b'{"inputs":"\\ud800"}', b'{"\\udfff":1}', b'{"inputs":"\\ud83d\\ud83d"}'],
        *[b'{"inputs":NaN}', b'{"inputs":-Infinity}', b'{"inputs":[Infinity]}'],
        *[b'{"inputs":1e999}', b'{"inputs":01}', b'{"inputs":0x1}', b'{"inputs":.5}'],
        *[b'{"inputs":' + b"7" * digits + b"}" for digits in (4_301, 5_000, 1_000_000)],
        *[_deep(b"[", b"]"), _deep(b'{"a":', b"}"), b"[" * DEEP, b'{"a":' * DEEP],
    ],
)
def test_body_that_is_no_json_is_refused(
    caller: Caller, path: str, body: bytes
) -> None:
    reply = caller.post(f"/v1/conversations{path}", body)
    assert _types(reply) == {"json_invalid"}
    assert len(reply.body) < 1_000
    assert caller.start().status == 200


@pytest.mark.parametrize(
    "text", [rb"\ud83d\ude00", rb"\uD83D", rb"\\ud"], ids=["pair", "half", "word"]
)
def test_invalid_utf8_beside_an_escape_is_refused(caller: Caller, text: bytes) -> None:
    body = b'{"model":"m","inputs":"\xff ' + text + b'"}'
    assert _types(caller.post("/v1/conversations", body)) == {"json_invalid"}


@for_each("path", PATHS)
@for_each("body", [[], [{}], "text", 7, 0.5, True, None])
def test_json_that_is_no_object_is_refused(
    caller: Caller, path: str, body: object
) -> None:
    raw = json.dumps(body).encode()
    reply = caller.post(f"/v1/conversations{path}", raw)
    assert _types(reply) == {"model_attributes_type"}


@for_each("path", PATHS)
def test_no_body_is_refused(caller: Caller, path: str) -> None:
    assert _types(caller.post(f"/v1/conversations{path}", None)) == {"missing"}


@for_each("path", PATHS)
@for_each(
    "content_type",
    [
        *["", "text/plain", "application", "/", ";", '"', "application/x-ndjson"],
        *["multipart/form-data", "application/x-www-form-urlencoded", "\xff"],
        *["application/json, application/json", "=?utf-8?b?//8=?="],
    ],
)
def test_body_of_another_type_is_refused(
    caller: Caller, path: str, content_type: str
) -> None:
    headers = {"Content-Type": content_type}
    reply = caller.send("POST", f"/v1/conversations{path}", START, headers)
    assert _types(reply) == {"model_attributes_type"}


@for_each(
    "content_type",
    [
        *["Application/JSON", "application/json;charset=utf-8", "application/json;"],
        *['application/json; charset="', "application/json;charset*=x''%80"],
    ],
)
def test_body_declared_as_json_somehow_is_read(
    caller: Caller, content_type: str
) -> None:
    headers = {"Content-Type": content_type}
    assert caller.send("POST", "/v1/conversations", START, headers).status == 200


def test_last_of_two_equal_keys_is_taken(caller: Caller) -> None:
    body = b'{"model":"m","inputs":7,"inputs":"second"}'
    reply = caller.post("/v1/conversations", body)
    assert reply.json["outputs"][0]["content"] == "second"


def test_large_text_is_answered(caller: Caller) -> None:
    text = "a" * LARGE
    assert caller.start(inputs=text).json["outputs"][0]["content"] == text


def test_large_broken_body_is_refused(caller: Caller) -> None:
    reply = caller.post("/v1/conversations", b'{"inputs":"' + b"a" * LARGE)
    assert _types(reply) == {"json_invalid"}
    assert len(reply.body) < 1_000


def test_large_body_of_a_wrong_type_is_refused(caller: Caller) -> None:
    reply = caller.start(inputs="a" * LARGE, model=7)
    assert {"string_type", "missing", "extra_forbidden"} == _types(reply)
    assert caller.start().status == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"inputs": [0] * 50_000},
        {"inputs": [{}] * 50_000},
        {"inputs": {"text": "a" * 1_000_000}},
        {"inputs": [{"type": "agent.handoff", "junk": "a" * 1_000_000}]},
        {"junk": "a" * 1_000_000},
        {str(number): 0 for number in range(50_000)},
    ],
    ids=["zeros", "empty", "text", "handoff", "junk", "keys"],
)
def test_refusal_is_not_many_times_as_large_as_the_body(
    caller: Caller, wrong: dict[str, Any]
) -> None:
    body = {"model": "m", **wrong}
    reply = caller.post("/v1/conversations", body)
    assert reply.status == 422
    assert len(reply.body) < 3 * len(json.dumps(body))


def _fastest(caller: Caller, body: dict[str, Any]) -> float:
    taken = []
    for _ in range(3):
        begin = time.perf_counter()
        assert caller.start(**body).status == 200
        taken.append(time.perf_counter() - begin)
    return min(taken)


def test_long_key_costs_no_more_than_a_short_one(caller: Caller) -> None:
    items = [0] * 170_000
    short = _fastest(caller, {"metadata": {"k": [*items, "k" * 500_000]}})
    assert _fastest(caller, {"metadata": {"k" * 500_000: items}}) < 5 * short


@for_each("time", ["2026-W01-1", "2026-01-02?03:04:05Z", "20260102"])
def test_what_is_no_time_is_refused(caller: Caller, time: str) -> None:
    entry = {"role": "user", "content": "x", "created_at": time}
    assert "datetime_type" in _types(caller.start(inputs=[entry]))


def test_unknown_key_that_is_null_is_refused(caller: Caller) -> None:
    assert "extra_forbidden" in _types(caller.start(colour=None))


def test_whole_number_with_a_point_is_accepted(caller: Caller) -> None:
    args = {"max_tokens": 5.0, "random_seed": 1e3}
    assert caller.start(completion_args=args).status == 200


def test_any_body_is_answered_in_the_forms_of_the_service(caller: Caller) -> None:
    connection = HTTPConnection(caller.base_url.removeprefix("http://"), timeout=10)
    headers = {"Authorization": "Bearer any", "Content-Type": "application/json"}

    def post(path: str, body: bytes) -> Reply:
        connection.request("POST", f"/v1/conversations{path}", body, headers)
        response = connection.getresponse()
        names = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, names, response.read())

    ids: dict[str, str] = {}

    def good() -> None:
        reply = post("", json.dumps({**START, "inputs": [_greeting]}).encode())
        assert reply.status == 200
        ids.update(CONVERSATION=reply.json["conversation_id"], ENTRY="msg_greeting")

    @settings(thorough, max_examples=2 * thorough.max_examples)
    @given(bad_bodies)
    def attempt(bad: tuple[str, bytes]) -> None:
        path, body = bad
        for word, id_ in ids.items():
            path = path.replace(word, id_)
            body = body.replace(word.encode(), id_.encode())
        check_answer(post(path, body))
        good()

    good()
    socket = connection.sock
    attempt()
    assert connection.sock is socket
    connection.close()


_greeting = {"role": "user", "content": "Hello", "id": "msg_greeting"}
