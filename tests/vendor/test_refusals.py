"""Errors, as the vendor's client raises them: by status and body."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from mistral_conversations.server import call, fail, say
from tests.support.vendor_client import (
    ALL,
    REASON,
    Vendor,
    events_of,
    history_of,
    text_of,
)

errors: Any = pytest.importorskip("mistralai.client.errors", reason=REASON)
models: Any = pytest.importorskip("mistralai.client.models", reason=REASON)
retrying: Any = pytest.importorskip("mistralai.client.utils.retries", reason=REASON)

Serve = Callable[..., Vendor]

START: dict[str, Any] = {"inputs": "Hello there", "model": "mistral-small-latest"}
NOWHERE = {"conversation_id": "conv_none"}
TO_NOWHERE: dict[str, dict[str, Any]] = {
    "get": NOWHERE,
    "delete": NOWHERE,
    "get_history": NOWHERE,
    "get_messages": NOWHERE,
    "append": {**NOWHERE, "inputs": "x"},
    "append_stream": {**NOWHERE, "inputs": "x"},
    "restart": {**NOWHERE, "inputs": "x", "from_entry_id": "msg_none"},
    "restart_stream": {**NOWHERE, "inputs": "x", "from_entry_id": "msg_none"},
}
EVERY: dict[str, dict[str, Any]] = {
    "start": START,
    "start_stream": START,
    "list": ALL,
    **TO_NOWHERE,
}
STARTS = pytest.mark.parametrize("operation", ["start", "start_stream"])


def _refused(
    vendor: Vendor, operation: str, /, status: int, **parameters: Any
) -> dict[str, Any]:
    """Make a call that must be refused, and return the body of the refusal."""
    kind = errors.HTTPValidationError if status == 422 else errors.SDKError
    with pytest.raises(kind) as caught:
        vendor.call(operation, **parameters)
    assert caught.value.status_code == status
    assert caught.value.headers["mistral-correlation-id"]
    body: dict[str, Any] = json.loads(caught.value.body)
    return body


def test_another_key_is_401(serve: Serve) -> None:
    vendor = serve(api_key="the-key", key="another-key")
    for operation, parameters in EVERY.items():
        body = _refused(vendor, operation, 401, **parameters)
        assert body == {"detail": "Invalid API Key"}


def test_the_right_key_is_taken(serve: Serve) -> None:
    assert serve(api_key="the-key", key="the-key").call("list", **ALL) == []


def test_unknown_conversation_is_404(vendor: Vendor) -> None:
    for operation, parameters in TO_NOWHERE.items():
        body = _refused(vendor, operation, 404, **parameters)
        assert body["code"] == 3000
        assert "conv_none" in body["message"]


def test_restart_from_an_unknown_entry_is_404(vendor: Vendor) -> None:
    id_ = vendor.call("start", **START).conversation_id
    place = {"conversation_id": id_, "from_entry_id": "msg_none"}
    for operation in ("restart", "restart_stream"):
        body = _refused(vendor, operation, 404, inputs="x", **place)
        assert "msg_none" in body["message"]


def test_deleted_conversation_is_404(vendor: Vendor) -> None:
    place = {"conversation_id": vendor.call("start", **START).conversation_id}
    vendor.call("delete", **place)
    assert _refused(vendor, "get", 404, **place)["object"] == "Error"
    assert _refused(vendor, "delete", 404, **place)["code"] == 3000


def test_conversation_that_is_written_is_409(serve: Serve) -> None:
    vendor = serve([say("word " * 200), say("after")], latency=0.05)
    with vendor.streaming("start_stream", **START) as events:
        place = {"conversation_id": next(events).conversation_id}
        [entry] = history_of(vendor, **place)
        for operation in ("append", "append_stream", "restart", "restart_stream"):
            branch = {"from_entry_id": entry.id} if "restart" in operation else {}
            body = _refused(vendor, operation, 409, inputs="x", **place, **branch)
            assert body["type"] == "invalid_request_error"
            assert "Conversation is being updated" in body["message"]


def test_dropped_stream_leaves_its_answer(serve: Serve) -> None:
    words = "one two three four five"
    vendor = serve([say(words)], latency=0.05)
    with vendor.streaming("start_stream", **START) as events:
        id_ = next(events).conversation_id
    until = time.monotonic() + 10
    while len(history_of(vendor, id_)) < 2 and time.monotonic() < until:
        pass
    assert [entry.content for entry in history_of(vendor, id_)][1:] == [words]


@STARTS
def test_start_without_model_or_agent_is_422(vendor: Vendor, operation: str) -> None:
    body = _refused(vendor, operation, 422, inputs="Hi")
    assert body["code"] == 3001
    assert body["detail"] == body["message"]
    assert [item["type"] for item in body["detail"]] == ["missing", "missing"]


def test_422_lists_its_problems(vendor: Vendor) -> None:
    with pytest.raises(errors.HTTPValidationError) as caught:
        vendor.call("list", page=-1, **ALL)
    [problem] = caught.value.data.detail
    assert isinstance(problem, models.ValidationError)
    assert problem.loc == ["query", "page"]
    assert problem.type == "greater_than_equal"
    assert problem.msg == "Input should be greater than or equal to 0"
    assert problem.input == -1


@pytest.mark.parametrize(
    ("parameters", "place"),
    [
        ({"completion_args": {"temperature": 2}}, "temperature"),
        ({"tools": [{"type": "document_library", "library_ids": []}]}, "library_ids"),
    ],
)
def test_parameter_out_of_its_limits_is_422(
    vendor: Vendor, parameters: dict[str, Any], place: str
) -> None:
    body = _refused(vendor, "start", 422, **START, **parameters)
    assert body["detail"][0]["loc"][-1] == place


def test_append_while_results_are_missing_is_400(serve: Serve) -> None:
    vendor = serve([[call("f"), call("g")], say("Thanks")])
    response = vendor.call("start", **START)
    first, second = (entry.tool_call_id for entry in response.outputs)
    place = {"conversation_id": response.conversation_id}
    result = models.FunctionResultEntry(tool_call_id=first, result="1")
    body = _refused(vendor, "append", 400, **place, inputs=[result])
    assert body["code"] == 3001
    assert second in body["message"]
    assert first not in body["message"]
    both = [result, {"tool_call_id": second, "result": "2"}]
    assert vendor.call("append", **place, inputs=both).outputs[0].content == "Thanks"


@STARTS
def test_rate_limit_is_429(serve: Serve, operation: str) -> None:
    vendor = serve([fail("Slow down", status=429)])
    body = _refused(vendor, operation, 429, **START)
    assert (body["type"], body["code"]) == ("rate_limited", "1300")
    assert body["message"] == "Slow down"


@STARTS
def test_rate_limit_is_passed_by_the_vendors_retries(
    serve: Serve, operation: str
) -> None:
    vendor = serve([fail("Slow down", status=429), say("Here I am")])
    soon = retrying.BackoffStrategy(1, 10, 1.5, 5_000)
    retries = retrying.RetryConfig("backoff", soon, retry_connection_errors=False)
    if operation == "start":
        [entry] = vendor.call(operation, **START, retries=retries).outputs
        assert entry.content == "Here I am"
    else:
        events = events_of(vendor, operation, **START, retries=retries)
        assert text_of(events) == "Here I am"


@STARTS
def test_scripted_status_is_raised(serve: Serve, operation: str) -> None:
    statuses = (400, 401, 403, 422, 500, 503)
    vendor = serve([fail("Not today", status=status) for status in statuses])
    for status in statuses:
        body = _refused(vendor, operation, status, **START)
        assert "Not today" in json.dumps(body)
    assert vendor.call("list", **ALL) == []


def test_failure_in_a_plain_answer_is_500(serve: Serve) -> None:
    vendor = serve([[say("Half an"), fail("Out of order", code=1234)]])
    body = _refused(vendor, "start", 500, **START)
    assert (body["message"], body["code"]) == ("Out of order", 1234)


def test_failure_in_a_stream_is_an_event(serve: Serve) -> None:
    vendor = serve([[say("Half an"), fail("Out of order", code=1234)]])
    first, *deltas, last = events_of(vendor, "start_stream", **START)
    assert text_of(deltas) == "Half an"
    assert isinstance(last, models.ResponseErrorEvent)
    assert (last.message, last.code) == ("Out of order", 1234)
    [asked] = history_of(vendor, first.conversation_id)
    assert asked.content == "Hello there"


def test_request_beyond_the_script_is_500(serve: Serve) -> None:
    body = _refused(serve([]), "start", 500, **START)
    assert "script" in body["message"]
