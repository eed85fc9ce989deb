"""Runs with MCP servers that misbehave: error results, and the run continues."""

import asyncio
import logging
import time
from typing import Any

import pytest

from mistral_conversations import MCPServerError, MCPTools, RunOptions
from mistral_conversations.server import call
from tests.support.mcp_runs import in_run, odd_stdio
from tests.support.scripted import MODEL, scripted

pytest.importorskip("mcp")
pytestmark = pytest.mark.anyio

RAISING = RunOptions(on_error="raise")
NO_RESULT = "The MCP server answered with something that is no result."

RESULTS = {
    "structured": '{"a":[1,null]}',
    "both": '{"a": 1}',
    "wrapped": "one",
    "repeated": "[image/png, 3 bytes]",
    "empty": "",
    "resource": "[text/csv, file:///a, 3 bytes]\na;b",
    "blob": "[application/octet-stream, file:///b, 3 bytes]",
    "link": "[resource, c, file:///c, 7 bytes]",
    "audio": "[audio/wav, 3 bytes]",
    "twice": "first",
    "not_json": "after all",
    "later": "late",
}
ERRORS = {
    "failed": "The disk is full.",
    "failed_silently": "The tool failed, without a message.",
    "rpc_error": "No such luck.",
    "unknown": NO_RESULT,
    "odd_no_content": NO_RESULT,
}


async def events(tools: MCPTools) -> list[str]:
    """Return what the server has seen."""
    result = await tools._connection.call("events", {})
    return str(result.content[0].text).split()


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Keep what mcp logs of garbage out of the output."""
    caplog.set_level(logging.CRITICAL)


async def test_each_result_is_text_or_an_error_and_the_session_stays_usable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", "canary")
    names = [*RESULTS, *ERRORS]
    async with odd_stdio("chatty", env={"MINE": "here"}) as tools:
        result, _ = await in_run(
            [tools],
            [call(name) for name in names],
            call("no_base64"),
            call("huge", size=400_001),
            call("echo", b={"c": None}),
            call("environment"),
            options=RAISING,
        )
    found = {each.name: each for each in result.calls}
    assert {name: found[name].result for name in RESULTS} == RESULTS
    assert {name: found[name].error for name in ERRORS} == ERRORS
    assert "400,001 characters" in (found["huge"].error or "")
    assert '"c": null' in (found["echo"].result or "")
    assert found["blob"].value.content[0].resource.blob == "AAAA"
    assert "MINE=here" in (found["environment"].result or "")
    assert "canary" not in (found["environment"].result or "")
    assert found["no_base64"].result or found["no_base64"].error
    assert result.text == "Done."


async def test_what_is_never_answered_is_an_error_within_the_timeout() -> None:
    names = ["hang", "wrong_id", "odd_number", "odd_list", "odd_text"]
    async with odd_stdio("static", timeout=0.2) as tools:
        result, _ = await in_run(
            [tools], [call(name) for name in names], call("echo"), options=RAISING
        )
    errors = [f"{name} did not finish within 0.2 seconds." for name in names]
    assert [each.error for each in result.calls] == [*errors, None]


@pytest.mark.parametrize("name", ["die", "half", "closes", "mute"])
async def test_a_run_survives_a_server_that(name: str) -> None:
    began = time.monotonic()
    async with odd_stdio("static", timeout=0.3) as tools:
        result, _ = await in_run([tools], [call(name), call(name)], call("echo"))
    assert [each.error is None for each in result.calls] == [False] * 3
    assert result.text == "Done."
    assert time.monotonic() - began < 20


@pytest.mark.slow
@pytest.mark.parametrize("name", ["flood", "lines"])
async def test_a_run_survives_a_server_that_sends_without_end(name: str) -> None:
    async with odd_stdio("static", timeout=0.5) as tools:
        result, _ = await in_run([tools], call(name), options=RAISING)
    assert result.calls[0].error
    assert result.text == "Done."


@pytest.mark.slow
async def test_a_large_result_and_a_thousand_tools() -> None:
    async with odd_stdio(max_result_chars=10_000_000) as tools:
        result, _ = await in_run([tools], call("huge"), options=RAISING)
    assert len(result.calls[0].result or "") == 3_000_000
    async with odd_stdio("1000") as tools:
        _, sent = await in_run([tools])
    assert len(sent["tools"]) == 1000


async def test_pages_are_read_to_their_end_and_a_circle_is_an_error() -> None:
    async with odd_stdio("150", include=["tool_1", "tool_149"]) as tools:
        assert [each.name for each in await tools.functions()] == ["tool_1", "tool_149"]
    await refuses_pages("circle")


@pytest.mark.slow
async def test_pages_without_an_end_are_an_error() -> None:
    await refuses_pages("endless")


async def refuses_pages(kind: str) -> None:
    async with odd_stdio(kind) as tools, scripted("Never") as it:
        with pytest.raises(MCPServerError, match="its pages have no end"):
            await it.client.run("Hi", model=MODEL, tools=[tools])
        assert not it.server.requests


async def test_tools_that_cannot_be_declared_are_named() -> None:
    async with odd_stdio("twins") as tools, scripted("Never") as it:
        with pytest.raises(
            ValueError, match="two tools that the model would see as 'a_b'"
        ):
            await it.client.run("Hi", model=MODEL, tools=[tools])
        assert not it.server.requests
    async with odd_stdio("bad_schema") as tools, scripted("Never") as it:
        with pytest.raises(MCPServerError, match="is no result"):
            await it.client.run("Hi", model=MODEL, tools=[tools])
        assert not it.server.requests


async def test_a_list_that_changes_is_listed_again_and_the_sent_names_stay() -> None:
    async with (
        odd_stdio() as tools,
        scripted(
            call("grow"), [call("removed"), call("added"), call("echo")], "Done."
        ) as it,
    ):
        result = await it.client.run("Hi", model=MODEL, tools=[tools])
        removed, added, echo = result.calls[1:]
        assert "removed" in (removed.error or "")  # the server does not know it
        assert "added" in (added.error or "")  # it was not declared
        assert echo.result == "{}"
        # By name, a conversation has what the server lists now.
        with pytest.raises(ValueError, match="its tools are: added, "):
            await MCPTools(tools._connection, include=["nothing"]).functions()


async def test_a_list_that_cannot_be_listed_again_stays() -> None:
    async with odd_stdio(timeout=5) as tools:
        result, _ = await in_run([tools], call("die"), call("echo"), call("echo"))
    assert [each.error is None for each in result.calls] == [False] * 3
    assert result.text == "Done."


async def test_new_tools_implement_what_an_agent_declares() -> None:
    async with (
        odd_stdio() as tools,
        scripted(call("grow"), call("added", a=1), "Done.") as it,
    ):
        agents = it.agents()
        async with agents:
            agent = await agents.create(model=MODEL, name="any")
        result = await it.client.run("Hi", agent_id=agent.id, tools=[tools])
        assert [each.result for each in result.calls] == ["grown", '{"a": 1}']


async def test_a_cancelled_run_cancels_the_calls_on_the_server() -> None:
    async with odd_stdio() as tools, scripted([call("hang"), call("hang")], "No") as it:
        run = asyncio.create_task(it.client.run("Hi", model=MODEL, tools=[tools]))
        while (await events(tools)).count("hang") < 2:
            assert not run.done()
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        assert (await events(tools)).count("cancelled") == 2
        assert not tools._connection._requests


@pytest.mark.slow
async def test_a_server_that_reads_no_more_does_not_delay_a_cancel() -> None:
    async with (
        odd_stdio("static") as tools,
        scripted(call("mute", seconds=60), "No") as it,
    ):
        run = asyncio.create_task(it.client.run("Hi", model=MODEL, tools=[tools]))
        await asyncio.sleep(0.3)
        filling: list[Any] = []
        for _ in range(4):
            text = "x" * 100_000
            work = tools._connection.call("echo", {"text": text})
            filling.append(asyncio.create_task(work))
        await asyncio.sleep(0.05)
        began = time.monotonic()
        run.cancel()
        await asyncio.wait([run])
        assert time.monotonic() - began < 3  # mcp itself waits for 5 seconds
        for task in filling:
            task.cancel()
        await asyncio.wait(filling)
