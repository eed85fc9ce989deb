"""Runs with the tools of real MCP servers."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mistral_conversations import (
    ConfigurationError,
    Conversations,
    MCPServerError,
    MCPTools,
    RunOptions,
    RunPaused,
    RunResult,
    mcp_http,
    mcp_stdio,
)
from mistral_conversations.server import LocalServer, Piece, call
from tests.support.scripted import MODEL, scripted

pytest.importorskip("mcp")
pytestmark = pytest.mark.anyio

SERVER = str(Path(__file__).parents[2] / "support" / "mcp_server.py")


def stdio(**options: Any) -> Any:
    return mcp_stdio(sys.executable, SERVER, stderr=subprocess.DEVNULL, **options)


async def run(tools: Any, *turns: Any, **parameters: Any) -> tuple[RunResult, Any]:
    """Run a script; return the result, and what the start has sent."""
    async with scripted(*turns, "Done.") as it:
        parameters = {"inputs": "Hello", "model": MODEL, **parameters}
        result = await it.client.run(tools=tools, **parameters)
        start = next(r for r in it.server.requests if r.method == "POST")
        return result, start.json


async def test_a_run_calls_the_tools_of_a_server_over_stdio() -> None:
    turn: list[Piece] = [
        call("t_add", a=1, b=2),
        call("t_odd_name", a=3, b=4),
        call("t_fail", why="because"),
        call("t_much"),
        call("t_picture"),
    ]
    async with stdio(prefix="t_", exclude=["die"], timeout=20) as tools:
        result, sent = await run([tools], turn, options=RunOptions(on_error="raise"))
        summed, odd, failed, much, picture = result.calls
        names = [each["function"]["name"] for each in sent["tools"]]
        assert "t_add" in names and "t_odd_name" in names and "t_die" not in names
        declared = sent["tools"][names.index("t_add")]["function"]
        assert declared["description"] == "Add two numbers."
        assert declared["parameters"]["required"] == ["a", "b"]
        assert (summed.result, odd.result) == ("3", "7")
        assert "because" in (failed.error or "")
        assert "500,000 characters" in (much.error or "")
        assert picture.result == "[image/png, 8 bytes]"
        assert picture.value.content[0].data == "iVBORw0KGgo="
        await cancels_a_call(tools)
    with pytest.raises(ConfigurationError, match="closed"):
        await run([tools], "Never")


async def cancels_a_call(tools: MCPTools) -> None:
    quick = MCPTools(tools._connection, timeout=0.3)
    result, _ = await run([quick], call("hang"), [call("add", a=2, b=2)], call("calls"))
    hung, usable, seen = result.calls
    assert hung.error == "hang did not finish within 0.3 seconds."
    assert usable.result == "4"
    assert seen.result == "hang cancelled"


async def test_a_run_survives_the_death_of_a_server() -> None:
    async with stdio(timeout=5) as tools:
        result, _ = await run([tools], call("die"), call("add", a=1, b=2))
    assert [each.error is None for each in result.calls] == [False, False]
    assert result.text == "Done."


async def test_a_pause_resumes_with_the_tools_given_anew() -> None:
    async with stdio(requires_approval=["add"]) as tools, scripted(
        call("add", a=1, b=2), "Done."
    ) as it:
        with pytest.raises(RunPaused) as raised:
            await it.client.run("Hello", model=MODEL, tools=[tools])
        paused = RunPaused.from_json(raised.value.to_json())
        paused.approve(paused.calls[0].tool_call_id, arguments={"a": 5, "b": 6})
        result = await it.client.run(paused, tools=[tools])
    assert [each.result for each in result.calls] == ["11"]


async def test_names_that_collide_are_an_error_before_anything_is_sent() -> None:
    def add() -> None:
        """Have the name of a tool."""

    async with stdio() as tools, scripted("Never") as it:
        with pytest.raises(ValueError, match=r"tools\[0\] and tools\[1\].*'add'.*prefix"):
            await it.client.run("Hello", model=MODEL, tools=[add, tools])
        misspelt = MCPTools(tools._connection, requires_approval=["ad"])
        with pytest.raises(ValueError, match="requires_approval.*'ad'"):
            await it.client.run("Hello", model=MODEL, tools=[misspelt])
        assert it.server.requests == []


async def test_one_task_enters_and_another_leaves() -> None:
    server = stdio()
    tools = await asyncio.create_task(server.__aenter__())
    try:
        result, _ = await run([tools], call("add", a=1, b=1))
    finally:
        await asyncio.create_task(server.__aexit__(None, None, None))
    assert result.calls[0].result == "2"


async def test_a_server_that_cannot_be_opened_is_an_error() -> None:
    with pytest.raises(MCPServerError, match="no-such-program"):
        await mcp_stdio("no-such-program").__aenter__()
    silent = mcp_stdio(sys.executable, "-c", "input(); input()", open_timeout=0.3)
    with pytest.raises(MCPServerError, match="within 0.3 seconds"):
        await silent.__aenter__()
    with pytest.raises(MCPServerError, match=r"127\.0\.0\.1"):
        await mcp_http("http://127.0.0.1:9/mcp").__aenter__()


def test_a_blocking_client_takes_what_with_opens() -> None:
    with (
        LocalServer([[call("add", a=1, b=2)], "Done."]) as server,
        Conversations("any", base_url=server.base_url) as conversations,
        stdio() as tools,
    ):
        result = conversations.run("Hello", model=MODEL, tools=[tools])
        assert result.calls[0].result == "3"
        for foreign in (MCPTools(tools._connection.session),):
            with pytest.raises(ConfigurationError, match="with mcp_stdio"):
                conversations.run("Hello", model=MODEL, tools=[foreign])


@pytest.fixture
def address() -> Iterator[str]:
    command = [sys.executable, SERVER, "http"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}/mcp"
        process.kill()


async def test_a_run_calls_the_tools_of_a_server_over_http(
    address: str, nothing_blocks: Any
) -> None:
    nothing_blocks.deactivate()  # the fixture waits for the server
    async with mcp_http(address, headers={"X-Mine": "canary"}) as tools:
        assert "canary" not in repr(tools)
        result, _ = await run([tools], call("add", a=1, b=2), call("fail", why="no"))
    assert result.calls[0].result == "3"
    assert "no" in (result.calls[1].error or "")


def test_nothing_of_mcp_is_imported_without_use() -> None:
    code = (
        "import sys, mistral_conversations as m\n"
        "m.MCPTools, m.mcp_stdio, m.mcp_http, m.RunPaused, m.AsyncRunStream\n"
        "import mistral_conversations.runs.machine\n"
        "found = {'mcp', 'mcp_types', 'pydantic', 'opentelemetry'} & {*sys.modules}\n"
        "sys.modules['mcp'] = None\n"
        "import importlib.util as u; u.find_spec = lambda name: None\n"
        "try: m.mcp_stdio('x')\n"
        "except m.ConfigurationError as error: print(found or '', error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(" the package mcp is not installed")
    assert "pip install 'mistral-conversations[mcp]'" in done.stdout
