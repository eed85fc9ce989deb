"""The results of a batch job: lines cut anywhere, and results of any shape."""

import copy
import json
import pickle
from typing import Any

import pytest

from mistral_conversations import (
    BatchRequestError,
    BatchResult,
    ConversationResponse,
    DecodeError,
)
from mistral_conversations._wire.batch_lines import (
    Line,
    Lines,
    read_line,
    read_result,
)
from tests.support.batch_bodies import line
from tests.support.bodies import response
from tests.support.for_each import for_each

TEXT = b"one\r\n\n  \ntwo\n\xc3\xa9\nlast"
LINES = [(1, b"one\r"), (4, b"two"), (5, b"\xc3\xa9"), (6, b"last")]
ENDPOINT = "/v1/conversations"


@for_each("size", range(1, len(TEXT) + 1))
def test_lines_may_be_cut_anywhere(size: int) -> None:
    lines = Lines(most=100)
    pieces = [TEXT[i : i + size] for i in range(0, len(TEXT), size)]
    found = [line for piece in pieces for line in lines.feed(piece)] + lines.end()
    assert [(line.number, line.text) for line in found] == LINES
    assert all(line.is_whole for line in found)


def test_a_file_that_ends_with_a_line_end_has_no_further_line() -> None:
    lines = Lines(most=100)
    assert lines.feed(b"one\n") == [Line(1, b"one")]
    assert lines.end() == []


def test_a_line_that_is_too_long_costs_only_itself() -> None:
    lines = Lines(most=4_000)
    found = [each for _ in range(9) for each in lines.feed(b"x" * 1_000)]
    assert sum(map(len, lines._pieces)) <= 5_000
    found += lines.feed(b"\n" + b"y" * 4_000 + b"\nz\n")
    assert [(each.number, len(each.text), each.is_whole) for each in found] == [
        (1, 1_000, False),
        (2, 4_000, True),
        (3, 1, True),
    ]
    result = read_line(found[0], ENDPOINT)
    assert (result.custom_id, result.raw) == (None, "x" * 1_000)
    assert str(result.error) == "line 1 is too long"


ANSWERS: dict[str, Any] = {
    "response.body": line("1"),
    "response.body as text": line("1", json.dumps(response())),
    "response as text": {"custom_id": "1", "response": json.dumps(response())},
    "body": {"custom_id": "1", "body": response()},
    "response": {"custom_id": "1", "response": response()},
    "the line itself": {"custom_id": "1", **response()},
    "a status in text": {"custom_id": "1", "status": "200", "body": response()},
    "a word for a status": {"custom_id": "1", "status": "done", "body": response()},
    "an empty error": line("1", error={}),
    "no error": line("1", error=""),
    "a number for an id": {"custom_id": 1, "body": response()},
    "more keys": line("1", id="line-1", mood=["grey"]),
}


@pytest.mark.parametrize("value", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_is_found_in_several_places(value: Any) -> None:
    result = read_line(Line(1, json.dumps(value).encode()), ENDPOINT)
    assert isinstance(result.response, ConversationResponse)
    assert result.response.text == "Blue, mostly."
    assert (result.custom_id, result.error, result.raw) == ("1", None, value)


REFUSAL = {"object": "error", "message": "No such model", "code": 1500, "type": "t"}
FAILURES: list[tuple[Any, str, int | None]] = [
    ({"response": {"status_code": 422, "body": REFUSAL}, "error": None},
        "HTTP 422: No such model", 422),
    ({"response": {"status_code": 422, "body": json.dumps(REFUSAL)}},
        "HTTP 422: No such model", 422),
    ({"status_code": "404", "body": {}}, "HTTP 404: Not Found", 404),
    ({"response": {"status_code": 999}}, "HTTP 999: the request failed without a", 999),
    ({"response": None, "error": REFUSAL}, "No such model", None),
    ({"response": {"status_code": 500}, "error": {"message": "No such model"}},
        "HTTP 500: No such model", 500),
    ({"error": "No such model", "body": {"inputs": "Hi"}}, "No such model", None),
    ({"error": True}, "the request failed without a message", None),
    ({"body": REFUSAL}, "No such model", None),
    ({"body": {"detail": "No such model"}}, "No such model", None),
    ({"response": {"body": {"message": "No such model"}}}, "No such model", None),
]  # fmt: skip


@for_each(("value", "message", "status"), FAILURES)
def test_a_failure_is_found_in_several_places(
    value: Any, message: str, status: int | None
) -> None:
    result = read_result({"custom_id": "1", **value}, ENDPOINT)
    assert isinstance(result.error, BatchRequestError)
    assert str(result.error).startswith(message)
    assert result.error.status == status
    assert (result.custom_id, result.response) == ("1", None)


def test_a_failure_has_the_details_of_the_service() -> None:
    error = read_result({"error": REFUSAL}, ENDPOINT).error
    assert isinstance(error, BatchRequestError)
    assert (error.message, error.code, error.type) == ("No such model", 1500, "t")
    assert error.body == REFUSAL
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.body) == (str(error), REFUSAL)


UNREADABLE: list[tuple[bytes, str, str | None]] = [
    (b"{", "line 7 is not JSON: ", None),
    (b"\xff\xfe\x00", "line 7 is not JSON: ", None),
    (b"[" * 100_000, "line 7 is not JSON: ", None),
    (b"[1]", "the result is not a JSON object", None),
    (b"null", "the result is not a JSON object", None),
    (b'{"custom_id": "1"}', "the result has neither an answer nor an error", "1"),
    (b'{"custom_id": "1", "body": {"a": 1}}',
        "the answer is not what the API describes: ", "1"),
    (b'{"custom_id": "1", "body": [5]}',
        "the answer is not what the API describes: ", "1"),
    (b'{"custom_id": "1", "response": "Hello"}',
        "the answer is not what the API describes: ", "1"),
]  # fmt: skip


@for_each(("text", "message", "custom_id"), UNREADABLE)
def test_what_cannot_be_read_is_an_error_of_its_own(
    text: bytes, message: str, custom_id: str | None
) -> None:
    result = read_line(Line(7, text), ENDPOINT)
    assert isinstance(result.error, DecodeError)
    assert str(result.error).startswith(message)
    assert (result.custom_id, result.response) == (custom_id, None)
    assert result.raw is not None or text == b"null"


@for_each("body", [{"data": [1]}, {"message": "Hi"}, ["x"], "Hi", None])
def test_other_endpoints_have_a_body(body: Any) -> None:
    value = {"custom_id": "1", "response": {"status_code": 200, "body": body}}
    result = read_result(value, "/v1/embeddings")
    assert (result.response, result.error) == (None, None)
    assert (result.body, result.raw) == (body, value)


def test_other_endpoints_have_errors_too() -> None:
    result = read_result(line("1", REFUSAL), "/v1/embeddings")
    assert isinstance(result.error, BatchRequestError)


def test_a_result_is_a_value() -> None:
    value = {"custom_id": "1", "response": {"status_code": 500, "body": {}}}
    result = read_result(value, ENDPOINT)
    again = pickle.loads(pickle.dumps(result))
    assert again == result == copy.deepcopy(result) != read_result({}, ENDPOINT)
    assert str(again.error) == "HTTP 500: Internal Server Error"
    assert len({result, again, BatchResult()}) == 2
    assert "status_code" not in repr(result)
