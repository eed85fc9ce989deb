"""Refusals and failures of the server, checked against the schemas of errors."""

from collections.abc import Mapping
from typing import Any

import pytest

from mistral_conversations.server import call, execute, fail, say, think
from tests.support.local.answer_schemas import misfits
from tests.support.local.http_caller import START, Reply, Serve
from tests.support.local.recording_caller import all_misfits, id_in, record
from tests.support.local.turns import WHO, each_kind, get_all

ALL = "/v1/conversations"
PATH = f"{ALL}/conv_019f0000000000000000000000000001"
FAILING = [
    execute("web_search", info={"pages": 1}),
    think("Let me see."),
    say("Blue, I"),
    call("weather"),
    fail("Out of order", code=3100),
]
BEFORE = [
    "conversation.response.started",
    *["tool.execution.started", "tool.execution.delta", "tool.execution.done"],
    *["message.output.delta"] * 5,
    "function.call.delta",
    "conversation.response.error",
]


@each_kind
def test_streams_that_fail_fit(serve: Serve, who: str) -> None:
    caller = record(serve, [FAILING] * 3)
    first = caller.start(**WHO[who], stream=True)
    path_id = id_in(first)
    [question] = caller.history(path_id)
    second = caller.append(path_id, inputs="Again", stream=True)
    third = caller.restart(path_id, from_entry_id=question["id"], stream=True)
    for reply in (first, second, third):
        assert reply.status == 200
        assert [event["type"] for event in reply.events] == BEFORE
        assert reply.events[-1]["message"] == "Out of order"
        assert reply.events[-1]["code"] == 3100
    assert len(caller.history(path_id)) == 2
    get_all(caller, [path_id, id_in(third)])
    assert all_misfits(caller) == []


@each_kind
@pytest.mark.parametrize("status", [None, 400, 401, 403, 409, 422, 429, 500, 503])
def test_plain_answers_that_fail_fit(
    serve: Serve, who: str, status: int | None
) -> None:
    turn = [*FAILING[:-1], fail("Out of order", status=status)]
    caller = record(serve, [say("Well"), turn, turn, turn])
    path_id = id_in(caller.start(**WHO[who]))
    question, *_ = caller.history(path_id)
    replies = [
        caller.start(**WHO[who]),
        caller.append(path_id, inputs="Again"),
        caller.restart(path_id, from_entry_id=question["id"]),
    ]
    assert {reply.status for reply in replies} == {status or 500}
    assert len(caller.history(path_id)) == 3
    assert all_misfits(caller) == []


INVALID: list[tuple[Any, ...]] = [
    ("POST", ALL),
    ("POST", ALL, b"{"),
    ("POST", ALL, []),
    ("POST", ALL, {}),
    ("POST", ALL, {**START, "inputs": 5}),
    ("POST", ALL, {**START, "inputs": [{}, {"type": "poem"}, {"role": "x"}]}),
    ("POST", ALL, {**START, "top": 1, "stream": True}),
    ("POST", ALL, {**START, "completion_args": {"temperature": 9, "stop": 1}}),
    ("POST", PATH, {"tools": []}),
    ("POST", PATH, {"tools": [], "stream": True}),
    ("POST", f"{PATH}/restart", {}),
    ("GET", f"{ALL}?page=-1"),
    ("GET", f"{ALL}?metadata=[1]"),
]
REFUSED: list[tuple[str, int, tuple[Any, ...]]] = [
    ("GatewayError", 404, ("GET", "/v1/nothing")),
    ("Detail", 405, ("PUT", ALL, START)),
    ("ServiceError", 404, ("GET", PATH)),
    ("ServiceError", 404, ("DELETE", PATH)),
    ("ServiceError", 404, ("GET", f"{PATH}/history")),
    ("ServiceError", 404, ("GET", f"{PATH}/messages")),
    ("ServiceError", 404, ("POST", PATH, {"inputs": "Hi"})),
    ("ServiceError", 404, ("POST", PATH, {"inputs": "Hi", "stream": True})),
    ("ServiceError", 404, ("POST", f"{PATH}/restart", {"from_entry_id": "msg_1"})),
    *(("HTTPValidationError", 422, request) for request in INVALID),
]


@pytest.mark.parametrize(("form", "status", "request_"), REFUSED)
def test_refusal_has_its_form(
    serve: Serve, form: str, status: int, request_: tuple[Any, ...]
) -> None:
    check(serve().send(*request_), status, form)


def check(reply: Reply, status: int, form: str, **keys: object) -> None:
    assert reply.status == status
    assert reply.headers["content-type"].startswith("application/json")
    assert misfits(reply.json, form) == []
    assert keys.items() <= reply.json.items()
    if form == "HTTPValidationError":
        assert reply.json["message"] == reply.json["detail"]


@pytest.mark.parametrize("key", [{"Authorization": ""}, {}])
@pytest.mark.parametrize("body", [START, {**START, "stream": True}])
def test_key_that_is_refused_has_its_form(
    serve: Serve, key: Mapping[str, str], body: object
) -> None:
    caller = serve(api_key="another")
    check(caller.send("POST", ALL, body, key), 401, "Detail")


@pytest.mark.parametrize("stream", [False, True])
def test_missing_results_and_a_script_that_ended_have_their_form(
    serve: Serve, stream: bool
) -> None:
    caller = serve([call("weather")])
    path_id = id_in(caller.start(stream=stream))
    refused = caller.append(path_id, inputs="Well?", stream=stream)
    check(refused, 400, "ServiceError", code=3001)
    check(caller.start(stream=stream), 500, "ServiceError")


@pytest.mark.parametrize("stream", [False, True])
def test_busy_conversation_is_refused_in_its_form(serve: Serve, stream: bool) -> None:
    caller = serve([say("a b c d e f g h")], latency=0.1)
    connection, response = caller.open("POST", ALL, {**START, "stream": True})
    response.readline()
    path_id = response.readline().decode().split('"')[-2]
    check(caller.append(path_id, inputs="x", stream=stream), 409, "ServiceError")
    response.close()
    connection.close()
