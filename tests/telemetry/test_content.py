"""Content: none unless asked for; then messages with parts, without data."""

import base64
import json
from typing import Any

import pytest

from mistral_conversations import (
    ImageURLChunk,
    TextChunk,
    image_chunk,
)
from mistral_conversations.server import call, execute, think
from mistral_conversations.telemetry.messages import (
    input_messages,
    output_messages,
    tool_definitions,
    value_text,
)
from tests.support.for_each import for_each
from tests.support.telemetry import facts, traced

MODEL = "mistral-small-latest"
CHAT = f"chat {MODEL}"


def add(a: int, b: int) -> int:
    """Add secret numbers."""
    return a + b


@pytest.mark.asyncio
@for_each("streams", [False, True])
async def test_no_content_is_recorded_unasked(*, streams: bool) -> None:
    turns = [think("secret"), execute("web_search", arguments={"q": "secret"})]
    async with traced([*turns, call("add", a=7654, b=2)], "secret") as t:
        settings: Any = {"model": MODEL, "tools": [add], "instructions": "secret"}
        if streams:
            await t.client.conversations.run_stream("secret", **settings).result()
        else:
            await t.client.conversations.run("secret", **settings)
        assert len(t.recorder.spans) == 7
        for span in t.recorder.spans:
            text = span.to_json()
            assert "secret" not in text
            assert '"a": 7654' not in text


@pytest.mark.asyncio
@for_each("streams", [False, True])
async def test_content_is_recorded_when_asked_for(*, streams: bool) -> None:
    first = [
        think("Hm"),
        execute("web_search", arguments={"q": "x"}),
        call("add", a=1, b=2),
    ]
    async with traced(first, "It is 3.", content=True) as t:
        settings: Any = {"model": MODEL, "tools": [add], "instructions": "Be brief."}
        if streams:
            await t.client.conversations.run_stream("Add", **settings).result()
        else:
            await t.client.conversations.run("Add", **settings)
        user = [{"role": "user", "parts": [{"type": "text", "content": "Add"}]}]
        run = facts(t.recorder.span("invoke_agent"))
        one, two = (facts(span) for span in t.recorder.spans if span.name == CHAT)
        assert json.loads(run["gen_ai.input.messages"]) == user
        assert json.loads(one["gen_ai.input.messages"]) == user
        brief = [{"type": "text", "content": "Be brief."}]
        assert json.loads(one["gen_ai.system_instructions"]) == brief
        assert json.loads(run["gen_ai.system_instructions"]) == brief
        (tool,) = json.loads(one["gen_ai.tool.definitions"])
        assert (tool["type"], tool["name"]) == ("function", "add")
        (answer,) = json.loads(one["gen_ai.output.messages"])
        kinds = [part["type"] for part in answer["parts"]]
        assert kinds == ["reasoning", "server_tool_call", "tool_call"]
        assert answer["finish_reason"] == "tool_call"
        (result,) = json.loads(two["gen_ai.input.messages"])
        assert result["role"] == "tool"
        assert result["parts"][0]["response"] == "3"
        (last,) = json.loads(run["gen_ai.output.messages"])
        assert last["parts"] == [{"type": "text", "content": "It is 3."}]
        assert last["finish_reason"] == "stop"
        function = facts(t.recorder.span("execute_tool add"))
        assert json.loads(function["gen_ai.tool.call.arguments"]) == {"a": 1, "b": 2}
        assert function["gen_ai.tool.call.result"] == "3"
        search = facts(t.recorder.span("execute_tool web_search"))
        assert json.loads(search["gen_ai.tool.call.arguments"]) == {"q": "x"}


@pytest.mark.asyncio
@for_each(
    "text, recorded",
    [
        ("true", True),
        ("TRUE ", True),
        ("1", True),
        ("SPAN_ONLY", True),
        ("span_and_event", True),
        ("false", False),
        ("EVENT_ONLY", False),
        ("NO_CONTENT", False),
        ("", False),
    ],
)
async def test_the_environment_may_ask_for_content(
    *, text: str, recorded: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", text)
        async with traced("Hello") as t:
            await t.client.conversations.start("Hi", model=MODEL)
            found = facts(t.recorder.span(CHAT))
            assert ("gen_ai.input.messages" in found) is recorded
            assert ("gen_ai.output.messages" in found) is recorded
        async with traced("Hello", content=False) as t:
            await t.client.conversations.start("Hi", model=MODEL)
            assert "gen_ai.input.messages" not in facts(t.recorder.span(CHAT))


@pytest.mark.asyncio
async def test_an_image_is_its_kind_and_size() -> None:
    image = b"\x89PNG\r\n\x1a\n" + b"x" * 3000
    async with traced("Nice", content=True) as t:
        await t.client.conversations.start(
            [
                {
                    "role": "user",
                    "content": [
                        TextChunk(text="What is it?"),
                        image_chunk(image),
                        ImageURLChunk(image_url="https://example.com/cat.png"),
                    ],
                }
            ],
            model=MODEL,
        )
        text = facts(t.recorder.span(CHAT))["gen_ai.input.messages"]
    assert base64.b64encode(image).decode()[:60] not in text
    assert json.loads(text)[0]["parts"] == [
        {"type": "text", "content": "What is it?"},
        {
            "type": "blob",
            "modality": "image",
            "mime_type": "image/png",
            "size": len(image),
        },
        {"type": "uri", "modality": "image", "uri": "https://example.com/cat.png"},
    ]


@pytest.mark.asyncio
async def test_the_authorization_of_a_connector_is_no_content() -> None:
    async with traced("Hello", content=True) as t:
        tool = {
            "type": "connector",
            "connector_id": "shop",
            "authorization": {"type": "api-key", "value": "hidden-42"},
        }
        await t.client.conversations.start("Hi", model=MODEL, tools=[tool])
        span = t.recorder.span(CHAT)
        assert "hidden-42" not in span.to_json()
        definitions = json.loads(facts(span)["gen_ai.tool.definitions"])
        assert definitions == [{"type": "connector", "name": "shop"}]


class Odd:
    def __repr__(self) -> str:
        return "<Odd>"


@for_each(
    "value, text",
    [
        ("plain", "plain"),
        ({"a": [1, None]}, '{"a":[1,null]}'),
        (Odd(), "<Odd>"),
        ({"a": Odd()}, "{'a': <Odd>}"),
        ("half \ud800", "half \ufffd"),
        ({"a": "\ud800"}, '{"a":"\ufffd"}'),
        ("data:image/png;base64,QUJD", "<image/png, 3 bytes>"),
        ({"u": "data:image/png;base64,QUJD"}, '{"u":"<image/png, 3 bytes>"}'),
    ],
)
def test_any_value_becomes_text(value: object, text: str) -> None:
    assert value_text(value) == text


@for_each(
    "entry, part",
    [
        ({"role": "user", "content": "a"}, {"type": "text", "content": "a"}),
        (
            {"type": "message.output", "content": [{"type": "text", "text": "b"}]},
            {"type": "text", "content": "b"},
        ),
        (
            {"content": [{"type": "document_url", "document_url": "https://x/y"}]},
            {"type": "uri", "modality": "document", "uri": "https://x/y"},
        ),
        (
            {"content": [{"type": "tool_file", "file_id": "f", "file_type": "png"}]},
            {"type": "file", "modality": "image", "file_id": "f"},
        ),
        (
            {"content": [{"type": "tool_reference", "title": "T", "url": "u"}]},
            {"type": "tool_reference", "title": "T", "url": "u"},
        ),
        ({"content": [3]}, {"type": "unknown"}),
        ({"content": None}, {"type": "unknown"}),
        (7, {"type": "unknown"}),
        (
            {"type": "agent.handoff", "next_agent_name": "n"},
            {"type": "agent.handoff", "next_agent_name": "n"},
        ),
    ],
)
def test_every_entry_becomes_a_part(entry: Any, part: Any) -> None:
    assert input_messages([entry])[0]["parts"] == [part]
    (message,) = output_messages([entry], "stop")
    assert message["parts"] == [part]


def test_other_inputs_and_tools_are_no_content() -> None:
    assert input_messages(None) == []
    assert output_messages([], "stop") == []
    assert tool_definitions(None) == []
    assert tool_definitions([3, {"type": "web_search"}]) == [
        {"type": "web_search", "name": "web_search"}
    ]
