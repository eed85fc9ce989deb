"""Rules that were observed on the service, beyond its description."""

import json
from typing import Any

import pytest

from mistral_conversations.server import (
    RecordedConversation,
    RecordedRequest,
    call,
    execute,
    flood,
    say,
    think,
)
from tests.support.local.answer_forms import message, problems
from tests.support.local.http_caller import Caller, Serve

FUNCTION = {"type": "function", "function": {"name": "f", "parameters": {}}}
BUILT_IN: list[dict[str, Any]] = [
    {"type": "web_search"},
    {"type": "web_search_premium"},
    {"type": "code_interpreter"},
    {"type": "image_generation"},
    {"type": "document_library", "library_ids": ["l"]},
]
AGENT = "ag_0123456789abcdef0123456789abcdef"


def _messages(reply: Any) -> str:
    return " ".join(item["msg"] for item in problems(reply))


@pytest.mark.parametrize(
    "more", [{}, {"stream": True}, {"model": None, "agent_id": AGENT}]
)
def test_start_requires_inputs(caller: Caller, more: dict[str, Any]) -> None:
    reply = caller.start(inputs=[], **more)
    assert "inputs is required" in _messages(reply)
    assert caller.get("/v1/conversations").json == []


def test_append_and_restart_take_no_inputs(caller: Caller) -> None:
    first = caller.start().json["conversation_id"]
    entry_id = caller.history(first)[-1]["id"]
    nothing: list[dict[str, Any]] = [{}, {"inputs": []}]
    for inputs in nothing:
        assert caller.append(first, **inputs).status == 200
        assert caller.restart(first, from_entry_id=entry_id, **inputs).status == 200


@pytest.mark.parametrize("role", ["system", "tool", "developer", None, ""])
@pytest.mark.parametrize("type_", [{}, {"type": "message.input"}], ids=["", "typed"])
def test_other_roles_are_none_of_an_entrys(
    caller: Caller, role: str | None, type_: dict[str, str]
) -> None:
    reply = caller.start(inputs=[{**type_, "role": role, "content": "x"}])
    assert "'assistant' or 'user'" in _messages(reply)


def test_prefix_is_kept_and_shown_to_the_model(serve: Serve) -> None:
    seen: list[Any] = []

    def model(conversation: RecordedConversation, _: RecordedRequest) -> str:
        seen.extend(conversation.entries)
        return " blue."

    caller = serve(model)
    inputs = [
        {"role": "user", "content": "Which colour is the sky?"},
        {"role": "assistant", "content": "The sky is", "prefix": True},
    ]
    reply = caller.start(inputs=inputs)
    assert reply.json["outputs"][0]["content"] == " blue."
    assert [entry.get("prefix") for entry in seen] == [None, True]
    kept = caller.history(reply.json["conversation_id"])[1]
    assert (kept["content"], kept["prefix"]) == ("The sky is", True)


def test_calls_of_one_turn_come_after_its_text(serve: Serve) -> None:
    turn = [say("Let me look. "), call("f", x=1), call("f", x=2), call("g")]
    caller = serve([turn, turn, "Done"])
    body = caller.start().json
    types = [entry["type"] for entry in body["outputs"]]
    assert types == ["message.output", *["function.call"] * 3]
    assert body["outputs"][0]["content"] == "Let me look. "
    events = caller.start(stream=True).events
    deltas = [event for event in events if event["type"] == "function.call.delta"]
    assert {event["output_index"] for event in deltas} == {1, 2, 3}
    assert {event["name"] for event in deltas} == {"f", "g"}
    for index, arguments in ((1, {"x": 1}), (2, {"x": 2}), (3, {})):
        own = [event for event in deltas if event["output_index"] == index]
        assert len({(event["tool_call_id"], event["name"]) for event in own}) == 1
        assert json.loads("".join(event["arguments"] for event in own)) == arguments
    results = [
        {"type": "function.result", "tool_call_id": e["tool_call_id"], "result": "1"}
        for e in body["outputs"][1:]
    ]
    reply = caller.append(body["conversation_id"], inputs=results[:2])
    assert results[2]["tool_call_id"] in message(reply)
    assert caller.append(body["conversation_id"], inputs=results).status == 200


def test_call_and_execution_stand_in_one_answer(serve: Serve) -> None:
    info = {"code": "1", "result": [{"type": "text", "text": "1"}]}
    caller = serve([[think("Hm"), execute("code_interpreter", info=info), call("f")]])
    body = caller.start().json
    types = [entry["type"] for entry in body["outputs"]]
    assert types == ["message.output", "tool.execution", "function.call"]
    assert body["outputs"][1]["info"] == info
    assert body["usage"]["connectors"] == {"code_interpreter": 1}
    reply = caller.append(body["conversation_id"], inputs="more")
    assert body["outputs"][2]["tool_call_id"] in message(reply)


@pytest.mark.parametrize("tool", BUILT_IN, ids=lambda tool: str(tool["type"]))
def test_required_call_excludes_built_in_tools(
    caller: Caller, tool: dict[str, Any]
) -> None:
    args = {"tool_choice": "required"}
    reply = caller.start(tools=[FUNCTION, tool], completion_args=args)
    assert tool["type"] in _messages(reply)
    first = caller.start(tools=[FUNCTION, tool]).json["conversation_id"]
    entry_id = caller.history(first)[-1]["id"]
    assert problems(caller.append(first, completion_args=args))
    reply = caller.restart(first, from_entry_id=entry_id, completion_args=args)
    assert problems(reply)
    assert caller.start(tools=[FUNCTION], completion_args=args).status == 200


@pytest.mark.parametrize(
    "choice", ["any", {"type": "function", "function": {"name": "f"}}], ids=str
)
def test_other_choices_of_tools_are_refused(caller: Caller, choice: Any) -> None:
    args = {"tool_choice": choice}
    assert problems(caller.start(tools=[FUNCTION], completion_args=args))
    first = caller.start(tools=[FUNCTION]).json["conversation_id"]
    entry_id = caller.history(first)[-1]["id"]
    assert problems(caller.append(first, completion_args=args))
    reply = caller.restart(first, from_entry_id=entry_id, completion_args=args)
    assert problems(reply)


@pytest.mark.parametrize("choice", ["auto", "none", "required"])
def test_choices_of_tools_are_accepted(caller: Caller, choice: str) -> None:
    args = {"tool_choice": choice}
    assert caller.start(tools=[FUNCTION], completion_args=args).status == 200


def test_web_searches_exclude_each_other(caller: Caller) -> None:
    reply = caller.start(tools=BUILT_IN[:2])
    assert "web_search or web_search_premium" in _messages(reply)
    for tool in BUILT_IN[:2]:
        assert caller.start(tools=[FUNCTION, tool]).status == 200


def test_agent_is_held_to_the_same_rules(caller: Caller) -> None:
    body: dict[str, Any] = {"model": "m", "name": "n", "tools": BUILT_IN[:2]}
    reply = caller.post("/v1/agents", body)
    assert "web_search or web_search_premium" in _messages(reply)
    args = {"tool_choice": "required"}
    body |= {"tools": BUILT_IN[:1], "completion_args": args}
    agent = caller.post("/v1/agents", body).json["id"]
    reply = caller.post("/v1/conversations", {"inputs": "x", "agent_id": agent})
    assert "functions as the only tools" in _messages(reply)


@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
def test_flood_repeats_one_call(serve: Serve, *, streamed: bool) -> None:
    caller = serve([flood(call("f", x=1)), [say("Hm. "), flood(call("f"), times=3)]])
    caller.start(stream=streamed)
    [conversation] = caller.get("/v1/conversations").json
    _, *calls = caller.history(conversation["id"])
    assert len(calls) == 91
    assert {(entry["name"], entry["arguments"]) for entry in calls} == {
        ("f", '{"x":1}')
    }
    assert len({entry["tool_call_id"] for entry in calls}) == 91
    assert len({entry["id"] for entry in calls}) == 91
    assert len(caller.start().json["outputs"]) == 4


def test_flood_takes_a_call_and_a_number() -> None:
    wrong: Any = say("f")
    with pytest.raises(TypeError, match=r"flood\(\) takes a call\(\)"):
        flood(wrong)
    with pytest.raises(ValueError, match=r"flood\(\): times must be 1 or more"):
        flood(call("f"), times=0)


CONFIRMED = {
    "type": "code_interpreter",
    "tool_configuration": {"requires_confirmation": ["code_interpreter"]},
}
RUN = execute("code_interpreter", arguments={"code": "1"}, info={"code_output": "1"})


def _said(tool_call_id: str, word: str = "allow") -> dict[str, Any]:
    return {
        "tool_confirmations": [{"tool_call_id": tool_call_id, "confirmation": word}]
    }


@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
def test_built_in_tool_runs_once_it_is_allowed(serve: Serve, *, streamed: bool) -> None:
    caller = serve([[say("Let me compute. "), RUN, say("It is 1.")], "Next"])
    caller.start(tools=[CONFIRMED], stream=streamed)
    [first] = [c["id"] for c in caller.get("/v1/conversations").json]
    _, text, pending = caller.history(first)
    assert text["content"] == "Let me compute. "
    assert (pending["type"], pending["name"]) == ("function.call", "code_interpreter")
    assert pending["confirmation_status"] == "pending"
    assert json.loads(pending["arguments"]) == {"code": "1"}
    assert pending["tool_call_id"] in message(caller.append(first, inputs="more"))
    reply = caller.append(first, **_said(pending["tool_call_id"]), stream=streamed)
    assert reply.status == 200
    *_, asked, run, answer = caller.history(first)
    assert asked["confirmation_status"] == "allowed"
    assert (run["type"], run["info"]) == ("tool.execution", {"code_output": "1"})
    assert answer["content"] == "It is 1."
    assert caller.append(first, **_said(pending["tool_call_id"])).status == 400
    assert caller.append(first).json["outputs"][0]["content"] == "Next"


def test_answer_with_an_allowed_execution_counts_it(serve: Serve) -> None:
    caller = serve([[RUN, "1"]])
    body = caller.start(tools=[CONFIRMED]).json
    assert "connectors" not in body["usage"]
    said = _said(body["outputs"][0]["tool_call_id"])
    allowed = caller.append(body["conversation_id"], **said).json
    assert allowed["usage"]["connectors"] == {"code_interpreter": 1}


def test_denied_tool_does_not_run(serve: Serve) -> None:
    caller = serve([[RUN, "It is 1."], "Then not."])
    body = caller.start(tools=[CONFIRMED]).json
    said = _said(body["outputs"][0]["tool_call_id"], "deny")
    reply = caller.append(body["conversation_id"], **said).json
    assert [entry["content"] for entry in reply["outputs"]] == ["Then not."]
    asked = caller.history(body["conversation_id"])[1]
    assert asked["confirmation_status"] == "denied"


def test_each_execution_is_confirmed_on_its_own(serve: Serve) -> None:
    caller = serve([[RUN, RUN, "Done"]])
    body = caller.start(tools=[CONFIRMED]).json
    path_id = body["conversation_id"]
    said = _said(body["outputs"][0]["tool_call_id"])
    again = caller.append(path_id, **said).json["outputs"]
    types = [entry["type"] for entry in again]
    assert types == ["tool.execution", "function.call"]
    last = caller.append(path_id, **_said(again[1]["tool_call_id"])).json["outputs"]
    assert [entry["type"] for entry in last] == ["tool.execution", "message.output"]


@pytest.mark.parametrize("where", ["stored", "given"])
def test_confirmation_of_a_call_with_a_result_is_refused(
    serve: Serve, where: str
) -> None:
    caller = serve([[RUN], "Done", "More"])
    body = caller.start(tools=[CONFIRMED]).json
    path_id, call_id = body["conversation_id"], body["outputs"][0]["tool_call_id"]
    result = {"type": "function.result", "tool_call_id": call_id, "result": "1"}
    if where == "stored":
        assert caller.append(path_id, inputs=[result]).status == 200
        reply = caller.append(path_id, **_said(call_id))
    else:
        reply = caller.append(path_id, inputs=[result], **_said(call_id))
    assert reply.status == 400
    assert call_id in message(reply)


def test_other_tools_run_at_once(serve: Serve) -> None:
    caller = serve([[execute("web_search"), RUN]] * 2)
    search = {"type": "web_search"}
    body = caller.start(tools=[CONFIRMED, search]).json
    types = [entry["type"] for entry in body["outputs"]]
    assert types == ["tool.execution", "function.call"]
    body = caller.start(tools=[{"type": "code_interpreter"}]).json
    assert [entry["type"] for entry in body["outputs"]] == ["tool.execution"] * 2


def test_tools_of_agents_and_connectors_ask_too(serve: Serve) -> None:
    connector = {
        "type": "connector",
        "connector_id": "mail",
        "tool_configuration": {"requires_confirmation": ["search"]},
    }
    caller = serve([[execute("mail", function="search"), "Done"]])
    body = {"model": "m", "name": "n", "tools": [connector]}
    agent = caller.post("/v1/agents", body).json["id"]
    start = {"inputs": "x", "agent_id": agent}
    body = caller.post("/v1/conversations", start).json
    assert [entry["name"] for entry in body["outputs"]] == ["mail"]
    said = _said(body["outputs"][0]["tool_call_id"])
    outputs = caller.append(body["conversation_id"], **said).json["outputs"]
    assert [entry["type"] for entry in outputs] == ["tool.execution", "message.output"]


def test_turn_of_a_generator_waits_like_one_of_a_script(serve: Serve) -> None:
    async def model(_: RecordedConversation, __: RecordedRequest) -> Any:
        yield RUN
        yield "It is 1."

    caller = serve(model)
    body = caller.start(tools=[CONFIRMED]).json
    said = _said(body["outputs"][0]["tool_call_id"])
    outputs = caller.append(body["conversation_id"], **said).json["outputs"]
    assert outputs[1]["content"] == "It is 1."


def test_confirmation_that_is_not_stored_leaves_the_call_pending(serve: Serve) -> None:
    caller = serve([[RUN, "1"]])
    body = caller.start(tools=[CONFIRMED]).json
    path_id, said = body["conversation_id"], _said(body["outputs"][0]["tool_call_id"])
    for _ in range(2):
        reply = caller.append(path_id, **said, store=False).json
        assert reply["outputs"][0]["type"] == "tool.execution"
    assert caller.append(path_id, **said).json["outputs"][1]["content"] == "1"


def test_result_of_an_unknown_call_is_accepted(caller: Caller) -> None:
    result = {"type": "function.result", "tool_call_id": "unknown", "result": "1"}
    first = caller.start().json["conversation_id"]
    assert caller.append(first, inputs=[result]).status == 200


@pytest.mark.parametrize("tool", ["web_search", "web_search_premium"])
@pytest.mark.parametrize("found", [[{"url": "u"}], {"0": {"url": "u"}}, '["u"]'])
def test_result_of_a_web_search_is_json_text(
    serve: Serve, tool: str, found: Any
) -> None:
    caller = serve([[execute(tool, info={"result": found, "query": "x"})]])
    body = caller.start().json
    [entry] = body["outputs"]
    text = found if isinstance(found, str) else json.dumps(found, separators=(",", ":"))
    assert entry["info"] == {"result": text, "query": "x"}
    assert body["usage"]["connectors"] == {tool: 1}


def test_result_of_a_code_interpreter_stays_a_list_of_chunks(serve: Serve) -> None:
    info = {"result": [{"type": "text", "text": "1"}]}
    caller = serve([[execute("code_interpreter", info=info)]])
    assert caller.start().json["outputs"][0]["info"] == info


def test_beginning_of_structured_output_can_be_doubled(serve: Serve) -> None:
    caller = serve([[think("Hm"), say("{", '{"a": 1}')]])
    _, chunk = caller.start().json["outputs"][0]["content"]
    assert chunk["text"] == '{{"a": 1}'
