import re
from typing import Any

import pytest

from mistral_conversations.server import call, say
from tests.support.for_each import for_each
from tests.support.local.http_caller import Caller, Serve

FORM = {"object": "Error", "type": "invalid_request_error"}
BUSY = "Conversation is being updated, concurrent requests are not supported"


def _missing(*ids: str) -> str:
    return (
        "Cannot append other inputs while function results are still missing. "
        f"Provide function results first for: {list(ids)}"
    )


def _result(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "function.result",
        "tool_call_id": entry["tool_call_id"],
        "result": "7",
    }


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "secret", "Basic abc"])
def test_missing_key_is_unauthorized(caller: Caller, header: str) -> None:
    headers = {"Authorization": header}
    reply = caller.send("GET", "/v1/conversations", headers=headers)
    assert (reply.status, reply.json) == (401, {"detail": "Unauthorized"})
    assert "mistral-correlation-id" in reply.headers


def test_only_the_key_set_is_accepted(serve: Serve) -> None:
    caller = serve(api_key="right")
    reply = caller.get("/v1/conversations")
    assert (reply.status, reply.json) == (401, {"detail": "Invalid API Key"})
    assert Caller(caller.base_url, "right").start().status == 200
    missing = caller.send("GET", "/v1/conversations", headers={"Authorization": ""})
    assert missing.json == {"detail": "Unauthorized"}


@for_each(
    "path",
    ["/", "/v1", "/v1/conversations/", "/conversations", "/v1/conversations/a/b"],
)
def test_unknown_path_is_refused_by_the_gateway(caller: Caller, path: str) -> None:
    reply = caller.get(path)
    assert reply.status == 404
    assert reply.json["message"] == "no Route matched with those values"
    assert re.fullmatch(r"[0-9a-f]{32}", reply.json["request_id"])


@for_each(
    ("method", "path"),
    [
        ("PUT", "/v1/conversations"),
        ("DELETE", "/v1/conversations"),
        ("PATCH", "/v1/conversations/conv_1"),
        ("POST", "/v1/conversations/conv_1/history"),
        ("GET", "/v1/conversations/conv_1/restart"),
        ("OPTIONS", "/v1/conversations"),
    ],
)
def test_wrong_method_is_refused(caller: Caller, method: str, path: str) -> None:
    reply = caller.send(method, path)
    assert (reply.status, reply.json) == (405, {"detail": "Method Not Allowed"})
    assert reply.headers["allow"]


@for_each(
    ("method", "rest", "body"),
    [
        ("GET", "", None),
        ("DELETE", "", None),
        ("POST", "", {"inputs": "x"}),
        ("POST", "", {"inputs": "x", "stream": True}),
        ("POST", "/restart", {"inputs": "x", "from_entry_id": "msg_1"}),
        ("GET", "/history", None),
        ("GET", "/messages", None),
    ],
)
@for_each("conversation_id", ["conv_none", "a%2Fb", "%C3%A9%00"])
def test_unknown_conversation_is_not_found(
    caller: Caller, method: str, rest: str, body: object, conversation_id: str
) -> None:
    reply = caller.send(method, f"/v1/conversations/{conversation_id}{rest}", body)
    assert reply.status == 404
    assert {**FORM, "code": 3000}.items() <= reply.json.items()
    assert isinstance(reply.json["message"], str)


def test_restart_from_an_unknown_entry_is_not_found(caller: Caller) -> None:
    conversation_id = caller.start().json["conversation_id"]
    reply = caller.restart(conversation_id, from_entry_id="msg_none")
    assert reply.status == 404
    assert reply.json["code"] == 3000
    assert len(caller.get("/v1/conversations").json) == 1


@pytest.mark.parametrize("stream", [False, True])
def test_append_without_results_is_refused(serve: Serve, stream: bool) -> None:
    caller = serve([[call("f"), call("g")], say("Done")])
    body = caller.start(stream=False).json
    first, second = body["outputs"]
    for inputs in ("Well?", [], [_result(second)]):
        missing = [first] if inputs == [_result(second)] else [first, second]
        reply = caller.append(body["conversation_id"], inputs=inputs, stream=stream)
        assert reply.status == 400
        message = _missing(*(entry["tool_call_id"] for entry in missing))
        assert reply.json == {**FORM, "message": message, "code": 3001}
    assert len(caller.history(body["conversation_id"])) == 3


def test_append_with_all_results_is_answered(serve: Serve) -> None:
    caller = serve([[call("f"), call("g")], say("Done")])
    body = caller.start().json
    inputs = [_result(entry) for entry in body["outputs"]]
    reply = caller.append(body["conversation_id"], inputs=inputs)
    assert reply.json["outputs"][0]["content"] == "Done"
    result = caller.history(body["conversation_id"])[3]
    assert result["result"] == "7"
    assert result["id"]


def test_restart_from_a_call_without_result_is_refused(serve: Serve) -> None:
    caller = serve([call("f")])
    body = caller.start().json
    entry = body["outputs"][0]
    reply = caller.restart(
        body["conversation_id"], from_entry_id=entry["id"], inputs="x"
    )
    assert reply.status == 400
    assert reply.json["message"] == _missing(entry["tool_call_id"])


@pytest.mark.parametrize(("word", "status"), [("allow", "allowed"), ("deny", "denied")])
def test_confirmation_stands_in_for_a_result(
    serve: Serve, word: str, status: str
) -> None:
    caller = serve([[call("f").pending(), call("g")], say("Done"), say("More")])
    body = caller.start().json
    pending, plain = body["outputs"]
    path_id = body["conversation_id"]
    confirmation = {"tool_call_id": pending["tool_call_id"], "confirmation": word}
    reply = caller.append(path_id, tool_confirmations=[confirmation])
    assert reply.json["message"] == _missing(plain["tool_call_id"])
    assert caller.history(path_id)[1]["confirmation_status"] == "pending"
    reply = caller.append(
        path_id, tool_confirmations=[confirmation], inputs=[_result(plain)]
    )
    assert reply.json["outputs"][0]["content"] == "Done"
    assert caller.history(path_id)[1]["confirmation_status"] == status
    assert caller.append(path_id, inputs="more").status == 200
    assert caller.append(path_id, tool_confirmations=[confirmation]).status == 400


def test_confirmation_of_nothing_is_refused(caller: Caller) -> None:
    conversation_id = caller.start().json["conversation_id"]
    confirmation = {"tool_call_id": "abcdefghi", "confirmation": "allow"}
    reply = caller.append(conversation_id, tool_confirmations=[confirmation])
    assert reply.status == 400
    assert "abcdefghi" in reply.json["message"]
