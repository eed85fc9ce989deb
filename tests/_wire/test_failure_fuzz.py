"""Any answer that is no success: an error of its status, for people and processes."""

import copy
import pickle
import re
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from mistral_conversations import HTTPValidationError, SDKError, to_dict
from mistral_conversations._wire.batch_lines import Line, read_line
from mistral_conversations._wire.failure import failure
from tests.support.comparison import thorough
from tests.support.odd_json import odd_values, texts_of

CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

WORDS = ["message", "detail", "error", "errors", "loc", "msg", "type", "code", "object"]
WORDS += ["Message", "error_description", "data", "content", "ctx", "input", "title"]
RESULT = ["custom_id", "response", "body", "error", "status_code", "outputs"]

problems = st.recursive(
    odd_values | st.text() | st.just("{'a'}") | st.just('{"message": "inside"}'),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5)
    ),
    max_leaves=8,
)
"""Bodies in the manner of those that errors are read from."""

markup = st.lists(
    st.sampled_from(
        [
            *["<html>", "</html>", "<!--", "-->", "<title>", "</title>", "<style>"],
            *["<p hidden>", '<a href="', "'", ">", "<", "</", "&#x1F600;", "&#xD83D;"],
            *[
                "<![CDATA[",
                "]]>",
                "&lt",
                "<script",
                "<br/>",
                "No luck",
                "\0",
                "\x1b[31m",
            ],
        ]
    ),
    max_size=12,
).map(lambda parts: "".join(["<html>", *parts]).encode())

contents = texts_of(problems) | st.binary(max_size=30) | markup

header_texts = st.text(max_size=12) | st.sampled_from(
    ["caf\udce9", "0", "1e400", "-1", "nan", "9" * 5000, "text/html; charset=utf-16"]
)
dates = st.builds(
    "{}{} {} {} {} {}".format,
    st.sampled_from(["", "Mon, ", "Mon ", ", ", "Foo, "]),
    *[st.sampled_from(["", "1", "-1", "99", "9" * 30, "Jan", "Jan-1", "x"])] * 3,
    st.sampled_from(
        ["", "00:00:00", "0", "12.34.56", "12:34", "99:99:99", ":", "1:2:3:4"]
    ),
    st.sampled_from(["", "GMT", "+0000", "-9999", "+99999999999", "?", "-", "+"]),
)
headers = st.dictionaries(
    st.sampled_from(
        [
            *["retry-after", "location", "content-type", "mistral-correlation-id"],
            *["x-kong-request-id", "x-ratelimit-limit-tokens-minute", "x"],
        ]
    ),
    header_texts | dates,
    max_size=4,
)
statuses = st.sampled_from([301, 308, 400, 401, 403, 404, 408, 409, 422, 429, 500, 503])


@thorough
@example(
    422, {}, b'{"detail": [{"msg": "x", "loc": [' + b"[" * 960 + b"]" * 960 + b"]}]}"
)
@example(500, {}, b"[" * 480 + b"]" * 480)
@given(statuses | st.integers(-1, 1000), headers, contents)
def test_any_answer_is_an_error_of_its_status(
    status: int, headers: dict[str, str], content: bytes
) -> None:
    error = failure(status, headers, content)
    assert error.status == status
    assert error.message
    assert len(error.message) < 1200
    assert str(error).startswith(f"HTTP {status}: ")
    assert not CONTROLS.search(str(error).encode().decode())
    assert repr(error)
    assert error.retry_after is None or 0 <= error.retry_after < float("inf")
    for copied in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert shown(copied) == shown(error)
    if isinstance(error, HTTPValidationError):
        for item in error.detail:
            assert to_dict(item)["msg"] == item.msg


def shown(error: SDKError) -> Any:
    return (
        *[type(error), str(error), error.message, error.status, repr(error.body)],
        *[error.code, error.type, error.headers, error.retry_after, error.request_id],
        error.may_have_been_processed,
    )


@thorough
@example(b"[" * 300 + b"]" * 300)
@given(texts_of(problems | st.dictionaries(st.sampled_from(RESULT), problems)))
def test_any_line_of_a_batch_is_a_result(line: bytes) -> None:
    for endpoint in ("/v1/conversations", "/v1/chat/completions"):
        result = read_line(Line(1, line), endpoint)
        if result.error is not None:
            assert str(result.error).encode()
            assert len(str(result.error)) < 20_000
        again = pickle.loads(pickle.dumps(result))
        assert (repr(again.raw), str(again.error)) == (
            repr(result.raw),
            str(result.error),
        )
