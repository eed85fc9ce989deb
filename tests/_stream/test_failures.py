"""Failures that a stream reports in another shape than the API's own event."""

import json
from typing import Any

from mistral_conversations._stream.failures import (
    failure_at_end,
    failure_of_body,
    failure_of_event,
    failure_of_frame,
    words_of,
    words_of_last,
)
from mistral_conversations._wire.sse import Frame
from tests.support.for_each import for_each

LIMIT = {"message": "Rate limited", "code": 1300}
PROBLEM = {"type": "x", "loc": ["body", "n"], "msg": "Rate limited"}


def frame(data: Any, event: str = "message") -> Frame:
    return event, data if isinstance(data, str) else json.dumps(data)


@for_each(
    ("found", "code"),
    [
        (frame(LIMIT, "error"), 1300),
        (frame(LIMIT, "Error"), 1300),
        (frame({"error": LIMIT}, "error"), 1300),
        (frame("Rate limited", "error"), None),
        (frame('"Rate limited"', "error"), None),
        (frame("<p>Rate limited</p>", "error"), None),
        (frame(["Rate limited"], "error"), None),
        (frame({"error": LIMIT}), 1300),
        (frame({"error": "Rate limited"}), None),
        (frame({"errors": [LIMIT]}), 1300),
        (frame({"fault": {"faultstring": "Rate limited"}}), None),
        (frame({"object": "error", **LIMIT, "code": "1300"}), "1300"),
        (frame({"object": "Error", "message": {"detail": [PROBLEM]}}), None),
        (frame({"detail": "Rate limited"}), None),
        (frame(LIMIT), 1300),
        (frame({"type": "error", **LIMIT}), 1300),
        (frame({"type": "conversation.response.error", "detail": LIMIT}), 1300),
    ],
)
def test_frame_that_reports_a_failure(found: Frame, code: Any) -> None:
    error = failure_of_frame(*found)
    assert error is not None
    assert str(error).endswith("Rate limited")
    assert error.code == code


@for_each(
    "unknown",
    [
        frame({"type": "weather.changed", "error": "no luck"}),
        frame({"error": "no luck"}, "tool.execution.failed"),
        frame({"type": "ping", "detail": "x"}),
        frame({}, "ping"),
        frame({"message": "hello"}),
        frame({"error": None, "errors": []}),
        frame({"error": ""}, "progress"),
        frame([{"error": "x"}]),
        frame('"error"'),
        frame("no json"),
    ],
)
def test_frame_that_is_only_unknown(unknown: Frame) -> None:
    assert failure_of_frame(*unknown) is None


@for_each("raw", [None, {}, "", {"code": None}])
def test_failure_without_words_has_a_message(raw: Any) -> None:
    assert str(failure_of_event(raw)) == "the service ended the stream with an error"


def test_failure_of_no_known_shape_shows_the_body() -> None:
    assert "no luck" in str(
        failure_of_event({"type": "error", "odd": {"a": "no luck"}})
    )


@for_each(
    "body",
    [
        b'event: error\ndata: {"message": "Rate limited"}',
        b'event: error\ndata: {"message": "Rate limited"}\n',
        b'event: error\ndata: {"message": "Rate limi',
        b'event: conversation.response.error\ndata: {"message": "Rate limited"}',
        b'data: {"error": {"message": "Rate limited"}}',
        b'{"object": "error", "message": "Rate limited"}',
        b'{\n  "error": {\n    "message": "Rate limited"\n  }\n}\n\n',
        b'\xef\xbb\xbf{"detail": "Rate limited"}'[3:],
        b'{"message": "Rate limited"}',
    ],
)
def test_body_that_reports_a_failure(body: bytes) -> None:
    error = failure_of_body(body)
    assert error is not None
    assert "Rate limi" in str(error)


@for_each(
    "body",
    [
        b"",
        b"event: message.output.delta\ndata: {",
        b'data: {"type": "message.output.delta", "content": "x"}',
        b'{"conversation_id": "c", "outputs": [], "message": "x"}',
        b'{"a": 1}',
        b"[]",
        b"<p>Out of order</p>",
    ],
)
def test_body_that_only_ends_early(body: bytes) -> None:
    assert failure_of_body(body) is None


@for_each(
    ("body", "words"),
    [
        (b"<title>502</title><style>p {}</style>Out", ": 502 Out"),
        ("upstream\nerror", ": upstream error"),
        (b"event: message.output.delta\ndata: {", ""),
        (b"", ""),
    ],
)
def test_words_of_a_body_that_is_no_event(body: Any, words: str) -> None:
    assert words_of(body) == words


@for_each(
    "raw",
    [
        {"type": "response.error", **LIMIT},
        {"type": "run.failed", "reason": "Rate limited", "code": 1300},
        {"type": "message.output.delta", "error": LIMIT},
    ],
)
def test_unknown_event_that_reports_a_failure_at_the_end(raw: Any) -> None:
    error = failure_at_end(raw)
    assert error is not None
    assert (str(error), error.code) == ("Rate limited", 1300)


@for_each(
    ("raw", "words"),
    [
        (None, ""),
        ({"type": "weather.changed"}, ""),
        (
            {"type": "weather.changed", "message": "no luck"},
            "; the last event: no luck",
        ),
        ({"status": 500, "message": "no luck"}, "; the last event: no luck"),
    ],
)
def test_words_of_an_unknown_event_at_the_end(raw: Any, words: str) -> None:
    assert failure_at_end(raw) is None
    assert words_of_last(raw) == words
