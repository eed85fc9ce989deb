"""The server accepts every request of the vendor's client, and records it as sent."""

from collections.abc import Callable
from typing import Any

import pytest

from mistral_conversations.server import call, execute, handoff, say, think
from tests.support.vendor_client import REASON, Vendor, events_of, history_of, text_of

models: Any = pytest.importorskip("mistralai.client.models", reason=REASON)

Serve = Callable[..., Vendor]

START: dict[str, Any] = {"inputs": "Hello there", "model": "mistral-small-latest"}
STARTS = pytest.mark.parametrize("operation", ["start", "start_stream"])


def _answered(vendor: Vendor, operation: str, /, **parameters: Any) -> str:
    """Start or continue, plain or streamed; return the id of the conversation."""
    if operation.endswith("_stream"):
        id_: str = events_of(vendor, operation, **parameters)[0].conversation_id
    else:
        id_ = vendor.call(operation, **parameters).conversation_id
    return id_


def _tools() -> list[Any]:
    function = models.Function(name="f", parameters={"type": "object"}, strict=True)
    chosen = models.ToolConfiguration(include=["a"], requires_confirmation=["a"])
    return [
        models.FunctionTool(function=function),
        models.WebSearchTool(tool_configuration=chosen),
        models.CodeInterpreterTool(),
        models.ImageGenerationTool(),
        models.DocumentLibraryTool(library_ids=["lib_1"]),
        models.CustomConnector(connector_id="con_1"),
    ]


def _completion_args() -> Any:
    schema = models.JSONSchema(name="n", schema_definition={"type": "object"})
    return models.CompletionArgs(
        stop=["END"],
        presence_penalty=0.1,
        frequency_penalty=-0.1,
        temperature=0.3,
        top_p=0.9,
        max_tokens=100,
        random_seed=7,
        prediction=models.Prediction(content="Once"),
        response_format=models.ResponseFormat(type="json_schema", json_schema=schema),
        tool_choice="auto",
        reasoning_effort="high",
    )


def _guardrails() -> list[Any]:
    first = models.ModerationLlmv1Config(action="block")
    second = models.ModerationLlmv2Config(ignore_other_categories=True)
    return [
        models.GuardrailConfig(block_on_error=True, moderation_llm_v1=first),
        models.GuardrailConfig(moderation_llm_v2=second),
    ]


@STARTS
def test_start_with_every_parameter_is_kept(vendor: Vendor, operation: str) -> None:
    settings = {
        "instructions": "Be brief",
        "tools": _tools(),
        "completion_args": _completion_args(),
        "name": "All of it",
        "description": "Every parameter at once",
        "metadata": {"k": "v", "n": 1},
    }
    others = {"guardrails": _guardrails(), "store": True, "handoff_execution": "client"}
    id_ = _answered(vendor, operation, **START, **settings, **others)
    got = vendor.call("get", conversation_id=id_)
    for name, sent in settings.items():
        kept = getattr(got, name)
        if name == "tools":
            assert [type(tool) for tool in kept] == [type(tool) for tool in sent]
            assert kept[1] == sent[1]
        else:
            assert kept == sent
    first, second = got.guardrails
    assert first.block_on_error is True
    assert first.moderation_llm_v1.action == "block"
    assert second.moderation_llm_v2.ignore_other_categories is True


@STARTS
def test_agent_start_with_every_parameter_is_kept(
    vendor: Vendor, operation: str
) -> None:
    settings = {"name": "N", "description": "D", "metadata": {"k": "v"}}
    agent = {"agent_id": "ag_7", "agent_version": "latest"}
    others = {"store": True, "handoff_execution": "server"}
    id_ = _answered(vendor, operation, inputs="Hi", **agent, **settings, **others)
    got = vendor.call("get", conversation_id=id_)
    assert isinstance(got, models.AgentConversation)
    for name, sent in {**settings, **agent}.items():
        assert getattr(got, name) == sent


@pytest.mark.parametrize("operation", ["append", "append_stream"])
def test_append_with_every_parameter_is_taken(vendor: Vendor, operation: str) -> None:
    place = {"conversation_id": vendor.call("start", **START).conversation_id}
    settings = {"completion_args": _completion_args(), "handoff_execution": "client"}
    nothing = {"tool_confirmations": None, "store": True}
    id_ = _answered(vendor, operation, **place, inputs="On", **settings, **nothing)
    assert history_of(vendor, id_)[-1].content == "On"


@pytest.mark.parametrize("operation", ["restart", "restart_stream"])
def test_restart_with_every_parameter_is_kept(vendor: Vendor, operation: str) -> None:
    start = {"inputs": "Hi", "agent_id": "ag_7", "agent_version": 1}
    id_ = vendor.call("start", **start).conversation_id
    [first, _] = history_of(vendor, id_)
    place = {"conversation_id": id_, "from_entry_id": first.id}
    settings = {"completion_args": _completion_args(), "guardrails": _guardrails()}
    kept = {"metadata": {"branch": "b"}, "agent_version": 2}
    branch = _answered(vendor, operation, **place, inputs="On", **settings, **kept)
    got = vendor.call("get", conversation_id=branch)
    assert (got.metadata, got.agent_version) == ({"branch": "b"}, 2)
    assert [e.content for e in history_of(vendor, branch)] == ["Hi", "On", "On"]


def test_inputs_of_chunks_are_kept(vendor: Vendor) -> None:
    url = models.ImageURL(url="https://rain.test/2.png", detail="low")
    content = [
        models.TextChunk(text="What is this?"),
        models.ImageURLChunk(image_url="https://rain.test/1.png"),
        models.ImageURLChunk(image_url=url),
        models.DocumentURLChunk(document_url="https://rain.test/3.pdf"),
        models.ToolFileChunk(tool="image_generation", file_id="file_7"),
    ]
    entry = models.MessageInputEntry(role="user", content=content)
    id_ = _answered(vendor, "start", **{**START, "inputs": [entry]})
    kept = history_of(vendor, id_)[0]
    assert [type(chunk) for chunk in kept.content] == [type(c) for c in content]
    assert kept.content[0].text == "What is this?"
    assert kept.content[2].image_url == url
    assert kept.content[4].file_id == "file_7"


def test_history_can_be_the_inputs_of_a_start(serve: Serve) -> None:
    source = {"type": "tool_reference", "tool": "web_search", "title": "A page"}
    turn = [
        think("Hm"),
        say("See", source),
        execute("web_search", info={"n": 1}),
        handoff("writer"),
        call("send_mail", to="all"),
    ]
    vendor = serve([turn, say("Sent"), say("As before")])
    response = vendor.call("start", **START)
    result = models.FunctionResultEntry(
        tool_call_id=response.outputs[-1].tool_call_id, result="done"
    )
    place = {"conversation_id": response.conversation_id}
    vendor.call("append", **place, inputs=[result])
    entries = history_of(vendor, **place)
    again = _answered(vendor, "start", **{**START, "inputs": entries})
    assert history_of(vendor, again)[:-1] == entries


@pytest.mark.parametrize("operation", ["append", "append_stream"])
@pytest.mark.parametrize(
    ("confirmation", "status"), [("allow", "allowed"), ("deny", "denied")]
)
def test_confirmation_is_kept_with_its_call(
    serve: Serve, operation: str, confirmation: str, status: str
) -> None:
    vendor = serve([call("send_mail", to="all").pending(), say("Very well")])
    response = vendor.call("start", **START)
    [pending] = response.outputs
    said = models.ToolCallConfirmation(
        tool_call_id=pending.tool_call_id, confirmation=confirmation
    )
    place = {"conversation_id": response.conversation_id}
    _answered(vendor, operation, **place, tool_confirmations=[said])
    _, asked, answered = history_of(vendor, **place)
    assert asked.tool_call_id == pending.tool_call_id
    assert asked.confirmation_status == status
    assert answered.content == "Very well"


@pytest.mark.parametrize("operation", ["append", "append_stream"])
def test_results_of_two_calls_are_kept(serve: Serve, operation: str) -> None:
    vendor = serve([[call("f", x=1), call("g", y=2)], say("Both are here")])
    response = vendor.call("start", **START)
    results = [
        models.FunctionResultEntry(tool_call_id=c.tool_call_id, result=f"{c.name}!")
        for c in response.outputs
    ]
    place = {"conversation_id": response.conversation_id}
    _answered(vendor, operation, **place, inputs=results)
    _, *calls, first, second, said = history_of(vendor, **place)
    assert [first.result, second.result] == ["f!", "g!"]
    ids = [first.tool_call_id, second.tool_call_id]
    assert ids == [entry.tool_call_id for entry in calls]
    assert said.content == "Both are here"


def test_texts_come_whole_through_a_stream(serve: Serve) -> None:
    text = "Grüße, 世界 🌧\n\n data: {not JSON}\r\n\u2028 end  "
    vendor = serve([say(text)])
    events = events_of(vendor, "start_stream", **{**START, "inputs": text})
    assert text_of(events) == text
    asked, answered = history_of(vendor, events[0].conversation_id)
    assert asked.content == answered.content == text
