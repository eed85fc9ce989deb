"""Runs with the tools of real MCP servers."""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

import pytest

from mistral_conversations import Conversations, MCPTools, RunOptions, mcp_http
from mistral_conversations.server import LocalServer, Piece, call
from tests.support.mcp_runs import REAL, in_run, real_stdio
from tests.support.scripted import MODEL

pytest.importorskip("mcp")
pytestmark = pytest.mark.anyio


def local(text: str) -> str:
    """Return the text: a function beside the tools of a server."""
    return text


async def calls_every_tool(tools: MCPTools) -> None:
    """Call the tools of the server, which have the prefix `t_`, and `local`."""
    turn: list[Piece] = [
        call("t_add", a=1, b=2),
        call("t_odd_name", a=3, b=4),
        call("t_fail", why="because"),
        call("t_much"),
        call("t_picture"),
        call("t_point"),
        call("local", text="here"),
    ]
    raising = RunOptions(on_error="raise")
    result, sent = await in_run([local, tools], turn, options=raising)
    summed, odd, failed, much, picture, point, own = result.calls
    names = [each["function"]["name"] for each in sent["tools"]]
    assert names[:2] == ["local", "t_add"]
    assert "t_odd_name" in names
    assert "t_die" not in names
    declared = sent["tools"][1]["function"]
    assert declared["description"] == "Add two numbers."
    assert declared["parameters"]["required"] == ["a", "b"]
    assert (summed.result, odd.result, own.result) == ("3", "7", "here")
    assert "fail" in (failed.error or "")  # the server hides the cause
    assert "500,000 characters" in (much.error or "")
    assert picture.result == "[image/png, 8 bytes]"
    assert picture.value.content[0].data == "iVBORw0KGgo="
    assert json.loads(point.result or "") == {"x": 1, "y": 2}


async def cancels_what_takes_too_long(tools: MCPTools) -> None:
    """Call a tool that hangs, and others on the same session afterwards."""
    quick = MCPTools(tools._connection, timeout=0.3)
    result, _ = await in_run(
        [quick], call("hang"), [call("add", a=2, b=2)], call("events")
    )
    hung, usable, seen = result.calls
    assert hung.error == "hang did not finish within 0.3 seconds."
    assert usable.result == "4"
    assert seen.result == "hang cancelled"


async def belongs_to_the_trace_of_its_caller(tools: MCPTools) -> None:
    """Call a tool in a span; the server learns of the trace."""
    trace: Any = import_module("opentelemetry.trace")
    context = trace.SpanContext(0xABC, 0xDEF, is_remote=False, trace_flags=1)
    with trace.use_span(trace.NonRecordingSpan(context)):
        result, _ = await in_run([tools], call("t_trace"))
    assert result.calls[0].result == format(0xABC, "032x")


@pytest.mark.slow
async def test_a_run_calls_the_tools_of_a_server_over_stdio() -> None:
    async with real_stdio(prefix="t_", exclude=["die"], timeout=20) as tools:
        await calls_every_tool(tools)
        await cancels_what_takes_too_long(tools)


@asynccontextmanager
async def http_server() -> AsyncIterator[str]:
    """Serve over HTTP on this event loop; yield the address."""
    uvicorn: Any = import_module("uvicorn")
    application = import_module("tests.support.mcp_server").http_application()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(uvicorn.Config(application, log_level="error"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
        finally:
            server.should_exit = True
            await serving


async def test_a_run_calls_the_tools_of_a_server_over_http() -> None:
    options: dict[str, Any] = {"prefix": "t_", "exclude": ["die"], "timeout": 20}
    async with (
        http_server() as address,
        mcp_http(address, headers={"X-Mine": "canary"}, **options) as tools,
    ):
        assert "canary" not in repr(tools)
        await calls_every_tool(tools)
        await cancels_what_takes_too_long(tools)
        await belongs_to_the_trace_of_its_caller(tools)


@pytest.mark.slow
def test_a_blocking_run_calls_the_tools_of_a_server_over_http() -> None:
    command = [sys.executable, REAL, "http"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = f"http://127.0.0.1:{process.stdout.readline().strip()}/mcp"
        with (
            LocalServer(
                [call("add", a=1, b=2), call("add", a=3, b=4), "Done."]
            ) as server,
            Conversations("any", base_url=server.base_url) as conversations,
            mcp_http(address, timeout=5) as tools,
        ):
            assert "add" in [each.name for each in tools.functions()]
            with conversations.run_stream("Hi", model=MODEL, tools=[tools]) as run:
                for event in run:
                    if event.type == "run.function.finished":
                        process.kill()
                result = run.result()
        assert result.calls[0].result == "3"
        assert result.calls[1].error
        assert result.text == "Done."
