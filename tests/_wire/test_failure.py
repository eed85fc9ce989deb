"""The error for an answer: class, message and attributes."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mistral_conversations import (
    AuthenticationError,
    BadRequestError,
    ConflictError,
    ConversationBusyError,
    HTTPValidationError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    SDKError,
    ServerError,
)
from mistral_conversations._wire.failure import failure, retry_after
from mistral_conversations._wire.json import encode_json
from mistral_conversations._wire.problems import problems
from tests.support.comparison import thorough
from tests.support.for_each import for_each

BRANCH = "function-after[validate_req(), ModelConversationRequest]"


def fail(status: int, body: Any = b"", **headers: str) -> SDKError:
    content = body if isinstance(body, bytes) else encode_json(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return failure(status, named, content)


def problem(*loc: str | int, msg: str = "Field required", **others: Any) -> Any:
    return {"type": "missing", "loc": list(loc), "msg": msg, "input": {}, **others}


@for_each(
    ("status", "kind"),
    [
        *[(301, SDKError), (304, SDKError), (402, SDKError), (418, SDKError)],
        *[(400, BadRequestError), (401, AuthenticationError), (404, NotFoundError)],
        *[(403, PermissionDeniedError), (409, ConflictError), (429, RateLimitError)],
        *[(422, HTTPValidationError), (500, ServerError), (503, ServerError)],
        *[(599, ServerError), (999, ServerError)],
    ],
)
def test_the_class_goes_by_the_status(status: int, kind: type[SDKError]) -> None:
    error = fail(status, {"message": "No luck"})
    assert type(error) is kind
    assert (error.status, error.message) == (status, "No luck")
    assert str(error) == f"HTTP {status}: No luck"


@for_each(
    ("status", "body", "message", "code", "type"),
    [
        (400, {"object": "Error", "message": "No images", "type": "bad", "code": 3051},
            "No images", 3051, "bad"),
        (401, {"detail": "Bad key"}, "Bad key", None, None),
        (404, {"message": "no Route", "request_id": "1"}, "no Route", None, None),
        (403, {"error": {"message": "Blocked", "status": 403, "code": 7, "type": "x"}},
            "Blocked", 7, "x"),
        (429, {"object": "error", "message": "Slow", "type": "rate", "code": "1300"},
            "Slow", "1300", "rate"),
        (500, {"error": "broken"}, "broken", None, None),
        (500, {"message": {"message": "inner"}}, "inner", None, None),
        (500, {"message": ["one", {"detail": "two"}]}, "one; two", None, None),
        (500, {"message": "", "detail": "second"}, "second", None, None),
        (502, {"message": None, "type": 5, "code": []}, "Bad Gateway", None, None),
        (500, "just text", "just text", None, None),
        (500, ["a", "b"], "a; b", None, None),
        (500, 17, "Internal Server Error", None, None),
        (502, b"", "Bad Gateway", None, None),
        (599, b"", "no message", None, None),
        (502, b"<html><style>b {}</style><body>Out\n of <b>order</b></body>",
            "Out of order", None, None),
        (502, b"plain \xff text", "plain \ufffd text", None, None),
    ],
)  # fmt: skip
def test_the_message_is_found_in_every_shape(
    status: int, body: Any, message: str, code: Any, type: Any
) -> None:
    error = fail(status, body)
    assert (error.message, error.code, error.type) == (message, code, type)
    assert message in str(error)


def test_a_422_names_the_paths_of_the_fields() -> None:
    detail = [
        problem("body", BRANCH, "completion_args", "temperature", msg="Too high"),
        problem("body", "inputs", 0, "content", ctx={"le": 1}),
    ]
    error = fail(422, {"detail": detail, "message": detail, "code": 3001})
    assert isinstance(error, HTTPValidationError)
    assert str(error) == (
        "HTTP 422: body.completion_args.temperature: Too high; "
        "body.inputs.0.content: Field required"
    )
    assert [item.loc for item in error.detail] == [
        ("body", BRANCH, "completion_args", "temperature"),
        ("body", "inputs", 0, "content"),
    ]
    assert error.detail[1].ctx == {"le": 1}
    assert error.code == 3001


def test_a_422_with_many_problems_counts_the_rest() -> None:
    error = fail(422, {"detail": [problem("body", str(n)) for n in range(8)]})
    assert error.message.endswith("body.4: Field required; and 3 more")
    assert isinstance(error, HTTPValidationError)
    assert len(error.detail) == 8


@for_each("detail", ["text", {"a": 1}, None, 5, []])
def test_a_422_without_a_list_has_no_detail(detail: Any) -> None:
    error = fail(422, {"detail": detail, "message": "No"})
    assert isinstance(error, HTTPValidationError)
    assert error.detail == ()
    assert error.message


def test_odd_items_of_a_422_are_reported_as_text() -> None:
    error = fail(422, {"detail": ["odd", {"loc": "body", "msg": 5}, problem("x")]})
    assert isinstance(error, HTTPValidationError)
    assert error.message == "odd; {'loc': 'body', 'msg': 5}; x: Field required"
    assert error.detail[0].input == "odd"


def test_a_422_without_a_path_reports_the_message() -> None:
    assert fail(422, {"detail": [problem(msg="Bad")]}).message == "Bad"


@for_each("depth", range(900, 1000, 3))
def test_a_422_nested_to_any_depth_is_reported(depth: int) -> None:
    content = b'{"detail": [' + b"[" * depth + b"]" * depth + b"]}"
    assert isinstance(fail(422, content), HTTPValidationError)


def test_an_item_too_deep_to_be_written_is_a_problem_all_the_same() -> None:
    item: list[Any] = []
    for _ in range(100_000):
        item = [item]
    (found,) = problems([item], any_item=True)
    assert (found.msg, found.input) == ("…", item)


@for_each(
    "message",
    [
        "Conversation is being updated, concurrent requests are not supported",
        "CONVERSATION IS BEING UPDATED",
        "no concurrent request, please",
    ],
)
def test_a_busy_conversation_has_its_own_class(message: str) -> None:
    assert type(fail(409, {"message": message})) is ConversationBusyError
    assert type(fail(400, {"message": message})) is BadRequestError


@for_each(
    ("location", "shown"),
    [
        (
            "https://api.example/v1/conversations",
            "https://api.example/v1/conversations,",
        ),
        ("/login?next=/v1", "redirected to /login?next=/v1, and"),
        ("https://me:secret@host/", "redirected to https://***@host/, and"),
        ("https://host/?a=1&api_key=secret&b=2", "https://host/?a=1&api_key=***&b=2,"),
        ("https://host/#access_token=secret", "https://host/#access_token=***,"),
        ("https://host/caf\udce9\x1b[31m", r"https://host/caf\xe9\x1b[31m,"),
        ("x" * 9999, "x" * 199 + "…,"),
    ],
)
def test_a_redirect_names_where_it_leads(location: str, shown: str) -> None:
    for status in (301, 302, 303, 307, 308):
        error = fail(status, {"message": "Moved"}, location=location)
        assert shown in str(error)
        assert "secret" not in str(error)
        assert str(error).endswith("are not followed: check base_url (Moved)")
        assert str(error).encode()


def test_a_location_of_another_answer_says_nothing() -> None:
    assert str(fail(201, {"message": "No"}, location="/x")) == "HTTP 201: No"
    assert str(fail(304, b"", location=" ")) == "HTTP 304: Not Modified"


@for_each("charset", ["iso-8859-1", '"UTF-16"', "windows-1252", "zip"])
def test_a_page_is_read_in_its_character_set(charset: str) -> None:
    page = "<html>Nicht verfügbar</html>"
    named = charset.strip('"')
    content = page.encode("utf-8" if named == "zip" else named)
    error = fail(502, content, content_type=f"text/html; charset={charset}")
    assert error.message == "Nicht verfügbar"


def test_a_body_of_no_known_shape_is_shown() -> None:
    assert fail(418, {"tea": "pot"}).message == """I'm a Teapot: {"tea":"pot"}"""


def test_a_byte_order_mark_is_no_text() -> None:
    assert fail(500, b"\xef\xbb\xbfbroken").message == "broken"


def test_guardrails_are_given_as_they_came() -> None:
    error = fail(403, {"message": "Blocked", "guardrails": [{"a": 1}]})
    assert isinstance(error, PermissionDeniedError)
    assert error.guardrails == [{"a": 1}]
    for body in ({"message": "No"}, ["x"], "text", b""):
        error = fail(403, body)
        assert isinstance(error, PermissionDeniedError)
        assert error.guardrails is None


def test_a_long_message_is_cut_and_the_body_is_not() -> None:
    text = "word " * 10_000
    error = fail(500, {"message": text})
    assert len(error.message) == 500
    assert error.message.endswith("…")
    assert error.body == {"message": text}


@for_each(
    ("headers", "found"),
    [
        ({"mistral_correlation_id": "a", "x_kong_request_id": "b"}, "a"),
        ({"x_kong_request_id": "b"}, "b"),
        ({}, None),
    ],
)
def test_the_request_id_is_in_the_text(
    headers: dict[str, str], found: str | None
) -> None:
    error = fail(404, {"message": "Gone"}, **headers)
    assert error.request_id == found
    assert str(error) == "HTTP 404: Gone" + (f" [request id {found}]" if found else "")


def test_the_attempts_are_in_the_text() -> None:
    error = failure(500, {}, b"")
    error.attempts = 3
    assert str(error) == "HTTP 500 after 3 attempts: Internal Server Error"


@for_each(
    ("status", "headers", "maybe"),
    [
        *[(400, {}, False), (404, {}, False), (409, {}, False), (429, {}, False)],
        *[(408, {}, True), (500, {}, True), (502, {}, True), (503, {}, True)],
        (503, {"retry_after": "3"}, False),
        (503, {"retry_after": "soon"}, True),
    ],
)
def test_whether_it_may_have_been_processed(
    status: int, headers: dict[str, str], maybe: bool
) -> None:
    assert fail(status, b"", **headers).may_have_been_processed is maybe


@for_each(
    ("value", "seconds"),
    [
        *[("0", 0), ("3", 3), (" 1.5 ", 1.5), ("", None), ("-1", None), ("inf", None)],
        *[("nan", None), ("soon", None), ("Mon, 32 Foo", None), ("1e400", None)],
        ("Mon, 01 Jan 2001 00:00:00 GMT", 0),
        ("Mon, 01 Jan 2001 00:00:00", 0),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": value}) == seconds
    error = fail(429, b"", retry_after=value)
    assert isinstance(error, RateLimitError)
    assert error.retry_after == seconds


def test_retry_after_may_be_a_date_to_come() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    seconds = retry_after({"retry-after": date})
    assert seconds is not None
    assert 90 < seconds <= 100


@thorough
@given(
    st.text(max_size=20)
    | st.builds(
        "Mon, {} Jan {} {}:00:00 {}".format,
        *[st.integers(-10, 10**20)] * 3,
        st.sampled_from(["GMT", "+9999999999999", "-9999", "+0000", "?"]),
    )
)
def test_any_retry_after_is_seconds_or_none(value: str) -> None:
    seconds = retry_after({"retry-after": value})
    assert seconds is None or seconds >= 0
