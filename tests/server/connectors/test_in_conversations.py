"""Connectors of `LocalServer` as tools of conversations."""

import json
from typing import Any

import pytest

from mistral_conversations.server import LocalConnector, execute
from tests.support.local.http_caller import Serve


def tides(port: str) -> dict[str, str]:
    return {"high": f"noon in {port}"}


async def berths() -> str:
    return "Three"


TIDES = execute("tides", arguments={"port": "Brest"})
HIGH = {"high": "noon in Brest"}


def tool(name: str = "harbour", **configuration: Any) -> dict[str, Any]:
    settings = {"tool_configuration": configuration} if configuration else {}
    return {"type": "connector", "connector_id": name, **settings}


def connector(**settings: Any) -> LocalConnector:
    return LocalConnector(
        "harbour", tools={"tides": tides, "berths": berths}, **settings
    )


def structured(entry: Any) -> Any:
    return entry["info"]["metadata"]["mcp_meta"]["structuredContent"]


@pytest.mark.parametrize(
    "piece",
    [TIDES, execute("harbour", function="tides", arguments='{"port": "Brest"}')],
)
def test_an_execution_runs_the_tool(serve: Serve, piece: Any) -> None:
    mine = connector()
    caller = serve([[piece, "High"]] * 2, connectors=[mine])
    for name in ("harbour", mine.id):
        body = caller.start(tools=[tool(name)]).json
        run, message = body["outputs"]
        assert (run["type"], run["function"]) == ("tool.execution", "tides")
        assert structured(run) == HIGH
        assert message["content"] == "High"
        assert body["usage"]["connectors"] == {piece.name: 1}


def test_a_stream_starts_the_execution_before_it_runs(serve: Serve) -> None:
    caller = serve([[execute("berths"), "Three"]], connectors=[connector()])
    events = caller.start(tools=[tool()], stream=True).events
    types = [event["type"] for event in events]
    assert types.index("tool.execution.started") < types.index("tool.execution.done")
    (done,) = (e for e in events if e["type"] == "tool.execution.done")
    assert done["info"]["content"] == [{"type": "text", "text": "Three"}]


@pytest.mark.parametrize("word", ["allow", "deny"])
def test_a_tool_waits_for_its_confirmation(serve: Serve, word: str) -> None:
    caller = serve([[TIDES, "High"], "Then not"], connectors=[connector()])
    body = caller.start(tools=[tool(requires_confirmation=["tides"])]).json
    (pending,) = body["outputs"]
    assert (pending["name"], pending["confirmation_status"]) == ("tides", "pending")
    assert json.loads(pending["arguments"]) == {"port": "Brest"}
    said = {"tool_call_id": pending["tool_call_id"], "confirmation": word}
    path_id = body["conversation_id"]
    outputs = caller.append(path_id, tool_confirmations=[said]).json["outputs"]
    if word == "allow":
        assert structured(outputs[0]) == HIGH
    assert outputs[-1]["content"] == ("High" if word == "allow" else "Then not")


@pytest.mark.parametrize(
    "tools",
    [
        [],
        [tool("other")],
        [tool(exclude=["tides"])],
        [tool(include=["berths"])],
        [{"type": "web_search"}],
    ],
)
def test_a_tool_that_the_conversation_lacks_does_not_run(
    serve: Serve, tools: list[Any]
) -> None:
    caller = serve([[TIDES]], connectors=[connector()])
    (run,) = caller.start(tools=tools).json["outputs"]
    assert run["info"] == {}


def test_a_scripted_result_is_sent_as_it_is(serve: Serve) -> None:
    scripted = execute("tides", info={"scripted": True})
    caller = serve([[scripted]], connectors=[connector()])
    (run,) = caller.start(tools=[tool()]).json["outputs"]
    assert run["info"] == {"scripted": True}


@pytest.mark.parametrize("arguments", ["{", "[1]", "{}"])
def test_wrong_arguments_are_an_error_in_the_result(
    serve: Serve, arguments: str
) -> None:
    piece = execute("tides", arguments=arguments)
    caller = serve([[piece, "So"]], connectors=[connector()])
    run, message = caller.start(tools=[tool()]).json["outputs"]
    assert run["info"]["metadata"]["mcp_meta"]["isError"]
    assert message["content"] == "So"


def test_a_conversation_may_bring_its_own_authorization(serve: Serve) -> None:
    caller = serve([[TIDES]] * 2, connectors=[connector(authenticated=False)])
    (run,) = caller.start(tools=[tool()]).json["outputs"]
    assert run["info"]["metadata"]["mcp_meta"]["isError"]
    assert "needs authorization" in run["info"]["content"][0]["text"]
    own = {**tool(), "authorization": {"type": "oauth2-token", "value": "v"}}
    (run,) = caller.start(tools=[own]).json["outputs"]
    assert structured(run) == HIGH
