"""Events as UI messages: the chunks of each kind."""

from typing import Any

import pytest

from mistral_conversations import RunPaused
from tests.relay.reading import whole
from tests.relay.ui_streams import (
    CODE_CALL,
    SCRIPT_URL,
    STREAMS,
    chunks_of,
    file_url,
    of_run,
    relayed,
)
from tests.support.bodies import (
    CONVERSATION_ID,
    delta,
    reference,
    text_stream,
    tool_file,
)
from tests.support.client_and_server import answered_with, ask, event_stream, served_by
from tests.support.clients import begun_stream
from tests.support.obedient_server import ask as ask_blocking
from tests.support.obedient_server import blocking_client_and_server
from tests.support.raw_server import Connection, Request
from tests.support.scripted import MODEL, SCRIPT, add, scripted
from tests.support.till import PAY, Till

pytestmark = pytest.mark.anyio

USAGE = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
START = {"type": "start", "messageMetadata": {"conversationId": CONVERSATION_ID}}
FINISH = {
    "type": "finish",
    "finishReason": "stop",
    "messageMetadata": {"conversationId": CONVERSATION_ID, "usage": USAGE},
}


def inner(content: bytes) -> list[Any]:
    """Return the chunks of a stream of one step, without its beginning and its end."""
    chunks = chunks_of(content)
    assert chunks[:2] == [START, {"type": "start-step"}]
    assert chunks[-2] == {"type": "finish-step"}
    assert chunks[-1]["type"] == "finish"
    return chunks[2:-2]


async def kinds(name: str) -> list[str]:
    return [each["type"] for each in inner(await relayed(*STREAMS[name]))]


async def test_text_is_one_part() -> None:
    content = await relayed(*STREAMS["text"])
    assert chunks_of(content)[-1] == FINISH
    assert inner(content) == [
        {"type": "text-start", "id": "text-1"},
        {"type": "text-delta", "id": "text-1", "delta": "Blue, "},
        {"type": "text-delta", "id": "text-1", "delta": "mostly."},
        {"type": "text-end", "id": "text-1"},
    ]


async def test_thinking_is_a_part_before_the_text() -> None:
    assert await kinds("thinking") == [
        "reasoning-start",
        "reasoning-delta",
        "reasoning-delta",
        "reasoning-end",
        "text-start",
        "text-delta",
        "text-end",
    ]


async def test_an_empty_answer_has_no_part() -> None:
    assert await kinds("empty") == []
    assert await kinds("no text") == []


async def test_a_tool_of_the_service_has_its_input_and_its_output() -> None:
    start, piece, input, output = inner(await relayed(*STREAMS["tool"]))
    id = start["toolCallId"]
    known = {"toolCallId": id, "providerExecuted": True}
    name = {"toolName": "code_interpreter"}
    assert start == {"type": "tool-input-start", **known, **name}
    assert piece["inputTextDelta"] == CODE_CALL
    assert input == {
        "type": "tool-input-available",
        "input": {"code": "6 * 7"},
        **known,
        **name,
    }
    assert output["type"] == "tool-output-available"
    assert output["output"]["code_output"] == "42\n"


async def test_an_approval_of_the_service_is_requested_once() -> None:
    found = await kinds("confirmation")
    assert found.count("tool-approval-request") == 1


async def test_a_url_that_is_not_of_the_web_is_no_link() -> None:
    found = inner(await relayed(*STREAMS["search"], *STREAMS["files"]))
    for chunk in found:
        if chunk["type"] in {"source-url", "file"}:
            assert SCRIPT_URL not in chunk["url"]
    assert sum(chunk["type"] == "source-document" for chunk in found) == 2


async def test_a_file_has_the_url_of_the_application() -> None:
    (file,) = inner(await relayed(delta(tool_file()), file_url=file_url))
    assert file == {
        "type": "file",
        "url": f"/files/{tool_file()['file_id']}",
        "mediaType": "image/png",
    }
    (data,) = inner(await relayed(delta(tool_file())))
    assert (data["type"], data["data"]["file_name"]) == ("data-file", "sky_0")


async def test_sources_do_not_divide_a_text() -> None:
    content = await relayed(delta("a"), delta(reference()), delta("b"))
    found = [each["type"] for each in inner(content)]
    assert found == [
        "text-start",
        "text-delta",
        "source-url",
        "text-delta",
        "text-end",
    ]


async def test_a_handoff_is_one_part_with_both_agents() -> None:
    first, second, *_ = inner(await relayed(*STREAMS["handoff"]))
    assert first["type"] == second["type"] == "data-handoff"
    assert first["id"] == second["id"]
    assert {"previous_agent_name", "next_agent_name"} <= second["data"].keys()


async def test_an_unknown_event_is_passed_on_and_not_kept() -> None:
    unknown, *_ = inner(await relayed(*STREAMS["unknown"]))
    assert unknown == {
        "type": "data-event",
        "data": {"type": "weather.changed", "sky": "blue"},
        "transient": True,
    }


async def test_a_broken_stream_ends_with_an_error() -> None:
    content = await relayed(delta("Blu"), end=False, error_text="Sorry.")
    *_, closed, step, last = chunks_of(content)
    assert closed["type"] == "text-end"
    assert step == {"type": "finish-step"}
    assert last == {"type": "error", "errorText": "Sorry."}


async def test_a_stream_that_the_application_closes_is_aborted() -> None:
    async def begin(_: Request, connection: Connection) -> None:
        await connection.send(begun_stream("one"))
        await connection.until_client_closes()

    async with served_by(begin) as (client, _):
        stream = ask(client)
        relay = stream.ui_messages(keep_alive=None)
        content = b""
        while b"one" not in content:
            content += await anext(relay)
        await stream.aclose()
        content += await whole(relay)
    assert chunks_of(content)[-1] == {"type": "abort"}
    assert relay.headers["x-vercel-ai-ui-message-stream"] == "v1"


async def test_a_run_has_a_step_for_each_turn() -> None:
    found = [each["type"] for each in chunks_of(await of_run(*SCRIPT, tools=[add]))]
    assert found.count("start-step") == found.count("finish-step") == 3
    assert found.count("tool-output-available") == 3
    assert found.count("start") == found.count("finish") == 1


async def test_a_paused_run_requests_approvals_and_continues() -> None:
    till = Till()
    async with scripted(PAY, "Paid.") as local:
        relay = local.client.run_stream(
            "Pay", model=MODEL, tools=till.tools
        ).ui_messages()
        *_, asked, step, last = chunks_of(await whole(relay))
        assert asked["type"] == "tool-approval-request"
        assert step["type"] == "finish-step"
        assert last["finishReason"] == "tool-calls"
        assert isinstance(relay.error, RunPaused)
        relay.error.approve(asked["approvalId"])
        resumed = local.client.run_stream(relay.error, tools=till.tools)
        found = chunks_of(await whole(resumed.ui_messages()))
    kinds = [each["type"] for each in found]
    assert kinds[:4] == [
        "start",
        "tool-input-available",
        "tool-output-available",
        "message-metadata",
    ]
    assert found[2] == {
        "type": "tool-output-available",
        "toolCallId": asked["toolCallId"],
        "output": "paid 3",
    }


def test_a_blocking_stream_has_the_same_chunks() -> None:
    stream = event_stream(*text_stream("Blue"))
    with blocking_client_and_server(stream) as (client, _):
        content = b"".join(ask_blocking(client).ui_messages())
    assert [each["delta"] for each in chunks_of(content) if "delta" in each] == ["Blue"]


async def test_an_exception_of_file_url_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    content = await relayed(delta(tool_file()), file_url=lambda _: 1 / 0)
    assert chunks_of(content)[-1]["type"] == "error"
    assert "ZeroDivisionError" in caplog.text


async def test_a_relay_of_ui_messages_counts_as_the_iteration() -> None:
    async with answered_with(event_stream()) as (client, _):
        stream = ask(client)
        stream.ui_messages()
        with pytest.raises(ValueError, match="only once"):
            stream.sse()
