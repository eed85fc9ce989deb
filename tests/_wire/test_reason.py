"""The reason for a failure, in bodies of any shape."""

import json
import time
from typing import Any

import pytest

from mistral_conversations._wire.reason import beginning, reason_of
from tests.support.for_each import for_each

PROBLEM = {
    "type": "extra_forbidden",
    "loc": ["body", "max_completion_tokens"],
    "msg": "Extra inputs are not permitted",
    "input": 5,
}
SAID = "body.max_completion_tokens: Extra inputs are not permitted"


@for_each(
    "body",
    [
        {"object": "error", "message": {"detail": [PROBLEM]}, "type": "x"},
        {"message": [PROBLEM]},
        {"message": PROBLEM},
        {"detail": [PROBLEM], "message": [PROBLEM]},
        {"detail": PROBLEM},
        {"detail": {"errors": [PROBLEM]}},
        {"error": [PROBLEM]},
        {"error": {"message": [PROBLEM]}},
        {"error": {"message": {"detail": [PROBLEM]}}},
        {"errors": [PROBLEM]},
        {"fault": {"detail": [PROBLEM]}},
        {"data": {"detail": [PROBLEM]}},
        {"message": json.dumps({"detail": [PROBLEM]})},
        {"detail": json.dumps([PROBLEM])},
        json.dumps({"detail": [PROBLEM]}),
        [PROBLEM],
        PROBLEM,
    ],
)
def test_problems_of_a_422_are_found_in_any_field(body: Any) -> None:
    reason = reason_of(body)
    assert reason.message == SAID
    (detail,) = reason.detail
    assert detail.loc == ("body", "max_completion_tokens")
    assert (detail.msg, detail.type, detail.input) == (
        "Extra inputs are not permitted",
        "extra_forbidden",
        5,
    )


@for_each(
    ("body", "message", "count"),
    [
        ({"detail": [{"loc": ["body", "x"], "msg": "bad"}]}, "body.x: bad", 1),
        ({"detail": [{"loc": "body", "msg": "bad"}]}, "body: bad", 1),
        ({"message": [{"msg": "bad"}]}, "bad", 1),
        ({"errors": [{"field": "n", "message": "bad"}, "odd"]}, "n: bad; odd", 2),
        ({"errors": [{"param": "n", "msg": "bad"}]}, "n: bad", 1),
        (
            {"errors": [{"detail": "bad", "source": {"pointer": "/data/n"}}]},
            "/data/n: bad",
            1,
        ),
        ({"errors": [{"message": "bad"}]}, "bad", 0),
        ({"errors": ["one", "two", "one"]}, "one; two", 0),
        (
            {"errors": {"name": ["is blank"], "age": "odd"}},
            "name: is blank; age: odd",
            0,
        ),
        ({"message": "Failed", "errors": [PROBLEM]}, f"Failed: {SAID}", 1),
        ({"detail": ["one"]}, "one", 1),
        (["a"] * 3, "a", 0),
        ([str(n) for n in range(8)], "0; 1; 2; 3; 4; and 3 more", 0),
    ],
)
def test_lists_of_similar_shapes_are_read(body: Any, message: str, count: int) -> None:
    reason = reason_of(body)
    assert (reason.message, len(reason.detail)) == (message, count)


@for_each(
    ("body", "message"),
    [
        ({"title": "Invalid", "detail": "No name", "type": "about:blank"},
            "Invalid: No name"),
        ({"title": "Errors occurred.", "errors": {"Name": ["Required"]}},
            "Errors occurred. Name: Required"),
        ({"error": "invalid_client", "error_description": "Bad secret"},
            "invalid_client: Bad secret"),
        ({"error": "Not Found", "message": "No handler", "path": "/v1"},
            "Not Found: No handler"),
        ({"message": "Bad", "detail": "Bad thing"}, "Bad thing"),
        ({"message": "Bad thing", "detail": "bad"}, "Bad thing"),
        ({"Message": "Not authorized"}, "Not authorized"),
        ({"errorMessage": "Task timed out"}, "Task timed out"),
        ({"msg": "nope"}, "nope"),
        ({"reason": "quota"}, "quota"),
        ({"description": "closed"}, "closed"),
        ({"fault": {"faultstring": "Quota", "detail": {"errorcode": "policies.Q"}}},
            "Quota: errorcode: policies.Q"),
        ({"Error": {"Code": "X", "Message": "Denied"}}, "Denied"),
        ({"error": {"error": {"error": {"message": "deep"}}}}, "deep"),
        ({"error": True, "message": "off"}, "off"),
        ({"error": {"code": "overloaded"}}, "code: overloaded"),
        ({"response": {"error": "inside"}}, "inside"),
        ({"message": ["a", ["b", {"msg": "c"}]]}, "a; b; c"),
        ({"message": "{not json"}, "{not json"),
        ({"message": '{"error": {"message": "inside"}}'}, "inside"),
        ({"message": "<html><title>502</title><p>Gone &amp; out"}, "502 Gone & out"),
        ('event: error\ndata: {"message": "in an event"}\n\n', "in an event"),
        ("data: plain\n", "data: plain"),
        ("just\n text", "just text"),
        ({"message": "a\x1b[31m\u202e\ud800"}, r"a\x1b[31m\u202e\ud800"),
        ({"message": None, "detail": {}, "error": ""}, ""),
        ({"a": {"message": "elsewhere"}}, ""),
        (5, ""),
        (None, ""),
    ],
)  # fmt: skip
def test_words_are_found(body: Any, message: str) -> None:
    assert reason_of(body).message == message


@for_each(
    ("body", "code", "type"),
    [
        ({"code": 5, "type": "x"}, 5, "x"),
        ({"error": {"code": "c", "type": "x"}}, "c", "x"),
        ({"message": {"code": 7}}, 7, None),
        ({"detail": {"error_code": 7, "error_type": "y"}}, 7, "y"),
        ({"errors": [{"code": 8}, {"code": 9}]}, 8, None),
        ({"message": '{"code": 3}'}, 3, None),
        ({"detail": [PROBLEM]}, None, None),
        ({"detail": PROBLEM}, None, None),
        ({"code": True, "type": 5}, None, None),
        ([{"code": 5}], None, None),
    ],
)
def test_code_and_type_are_found(body: Any, code: Any, type: Any) -> None:
    reason = reason_of(body)
    assert (reason.code, reason.type) == (code, type)


def test_a_body_without_a_reason_is_shown() -> None:
    body = {"a": {"b": ["c"]}}
    assert beginning(json.dumps(body, indent=2), body) == '{ "a": { "b": [ "c" ] } }'
    long = {"a": "b" * 9999}
    assert len(beginning(json.dumps(long), long)) == 300
    empty: list[Any] = [{"a": 1}, [None, [], {}], 5, None, "<html></html>"]
    for nothing in empty:
        assert beginning(json.dumps(nothing), nothing) == ""


LARGE: dict[str, Any] = {
    "items": {"detail": ["x"] * 200_000},
    "odd items": {"detail": [{"loc": [], "msg": 5}] * 50_000},
    "problems": {"detail": [PROBLEM] * 8000},
    "keys": {str(n): n for n in range(70_000)},
    "keys of errors": {"errors": {str(n): "m" for n in range(60_000)}},
    "braces": {"message": "{" * 1_000_000},
    "lists": [[]] * 300_000,
    "pages": {"message": ["<p></p>" * 20] * 5000},
    "white space": " " * 1_000_000,
    "events": "data: {\n" * 100_000,
}


@pytest.mark.parametrize("name", LARGE)
def test_a_large_body_takes_no_time(name: str) -> None:
    begin = time.process_time()
    reason = reason_of(LARGE[name])
    beginning("", LARGE[name])
    assert len(reason.message) <= 500
    assert len(reason.detail) <= 1000
    assert time.process_time() - begin < 2
