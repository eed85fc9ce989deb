"""Opening and closing MCP servers: tasks, event loops, blocking clients, errors."""

import asyncio
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from mistral_conversations import (
    AsyncConversations,
    ConfigurationError,
    Conversations,
    MCPServerError,
    MCPTools,
    RunPaused,
    mcp_http,
    mcp_stdio,
)
from mistral_conversations.server import LocalServer, call
from tests.support.mcp_runs import in_run, odd_stdio
from tests.support.scripted import MODEL, results, scripted

pytest.importorskip("mcp")
pytestmark = pytest.mark.anyio


async def test_one_task_enters_and_another_leaves() -> None:
    server = odd_stdio()
    tools = await asyncio.create_task(server.__aenter__())
    try:
        assert repr(server) == f"<MCPServer {Path(sys.executable).name!r}, open>"
        result, _ = await in_run([tools], call("echo", a=1))
    finally:
        await asyncio.create_task(server.__aexit__(None, None, None))
    assert result.calls[0].result == '{"a": 1}'
    assert repr(tools) == "<MCPTools, closed>"
    with pytest.raises(ConfigurationError, match="closed"):
        await in_run([tools], "Never")
    with pytest.raises(ConfigurationError, match="closed"):
        tools.functions()
    with pytest.raises(ConfigurationError, match="has been opened"):
        await server.__aenter__()


async def test_a_server_that_is_closed_during_a_run_is_an_error_result() -> None:
    server = odd_stdio()

    async def close() -> None:
        await server.__aexit__(None, None, None)

    tools = await server.__aenter__()
    result, _ = await in_run([tools, close], call("close"), call("echo"))
    assert result.calls[1].error == "The MCP server is not connected any more."
    assert result.text == "Done."


async def test_a_server_that_cannot_be_opened_is_an_error() -> None:
    with pytest.raises(MCPServerError, match="no-such-program"):
        await mcp_stdio("no-such-program").__aenter__()
    with pytest.raises(MCPServerError, match=r"within 0\.2 seconds") as raised:
        await odd_stdio("silent", open_timeout=0.2).__aenter__()
    assert raised.value.__cause__ is None
    program = mcp_stdio(
        sys.executable, "-SEc", "print('no')", stderr=subprocess.DEVNULL
    )
    with pytest.raises(MCPServerError, match="could not be opened"):
        await program.__aenter__()
    with pytest.raises(MCPServerError, match=r"http://127\.0\.0\.1:9/mcp") as raised:
        await mcp_http("http://user:canary@127.0.0.1:9/mcp").__aenter__()
    assert "canary" not in str(raised.value)


async def test_a_cancelled_opening_leaves_no_process() -> None:
    before = asyncio.all_tasks()
    for seconds in (0, 0.01, 0.1):
        opening = asyncio.create_task(odd_stdio("silent").__aenter__())
        await asyncio.sleep(seconds)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
    assert asyncio.all_tasks() == before


async def test_a_cancelled_closing_closes_all_the_same() -> None:
    server = odd_stdio()
    await server.__aenter__()
    closing = asyncio.create_task(server.__aexit__(None, None, None))
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    assert server._owner is not None
    assert server._owner._task is not None
    assert server._owner._task.done()


def test_a_session_of_another_loop_is_refused() -> None:
    async def opened() -> MCPTools:
        async with odd_stdio() as tools:
            return MCPTools(tools._connection.session)

    tools = asyncio.run(opened())

    async def used() -> None:
        async with scripted("Never") as it:
            with pytest.raises(ConfigurationError, match="another event loop"):
                await it.client.run("Hi", model=MODEL, tools=[tools])
            with pytest.raises(ConfigurationError, match="another event loop"):
                it.client.run_stream("Hi", model=MODEL, tools=[tools])
            assert not it.server.requests

    asyncio.run(used())


def test_a_loop_that_ends_closes_what_was_left_open() -> None:
    async def left() -> int:
        tools = await odd_stdio().__aenter__()
        _, _ = await in_run([tools], call("echo"))
        return 1

    assert asyncio.run(left()) == 1


def test_a_blocking_client_takes_what_with_opens() -> None:
    with (
        LocalServer([[call("echo", a=1)], "Done."]) as server,
        Conversations("any", base_url=server.base_url) as conversations,
        odd_stdio(include=["echo"]) as tools,
    ):
        assert [each.name for each in tools.functions()] == ["echo"]
        result = conversations.run("Hi", model=MODEL, tools=[tools])
        assert result.calls[0].result == '{"a": 1}'
        sent = len(server.requests)
        foreign = MCPTools(tools._connection.session)
        with pytest.raises(ConfigurationError, match="`with mcp_stdio"):
            conversations.run("Hi", model=MODEL, tools=[foreign])
        with pytest.raises(ConfigurationError, match="`with mcp_stdio"):
            conversations.run_stream("Hi", model=MODEL, tools=[foreign])

        async def run() -> None:
            async with AsyncConversations("any", base_url=server.base_url) as client:
                await client.run("Hi", model=MODEL, tools=[tools])

        with pytest.raises(ConfigurationError, match="another event loop"):
            asyncio.run(run())
        assert len(server.requests) == sent
    with pytest.raises(ConfigurationError, match="closed"):
        tools.functions()


def test_threads_share_a_server_and_a_pause_resumes() -> None:
    done: list[Any] = []
    with (
        LocalServer(
            lambda _, request: "Done." if results(request.json) else call("echo", a=1)
        ) as server,
        Conversations("any", base_url=server.base_url) as conversations,
        odd_stdio(requires_approval=["echo"]) as tools,
    ):

        def run() -> None:
            try:
                conversations.run("Hi", model=MODEL, tools=[tools])
            except RunPaused as raised:
                paused = RunPaused.from_json(raised.to_json())
                paused.approve(paused.calls[0].tool_call_id, arguments={"a": 5})
                done.append(conversations.run(paused, tools=[tools]))

        threads = [threading.Thread(target=run) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [each.calls[0].result for each in done] == ['{"a": 5}'] * 3


@pytest.mark.slow
@pytest.mark.processes
def test_an_interpreter_exits_with_a_server_left_open() -> None:
    code = (
        "from tests.support.mcp_runs import odd_stdio\n"
        "tools = odd_stdio().__enter__()\n"
        "print(len(tools.functions()) > 10)\n"
    )
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=Path(__file__).parents[3],
        env={**os.environ, "PYTHONPATH": "."},
    )
    assert (done.stdout, done.stderr, done.returncode) == ("True\n", "", 0)


@pytest.mark.processes
def test_nothing_of_mcp_is_imported_without_use() -> None:
    code = (
        "import sys, mistral_conversations as m\n"
        "m.MCPTools, m.mcp_stdio, m.mcp_http, m.RunPaused, m.AsyncRunStream\n"
        "found = {'mcp', 'mcp_types', 'pydantic', 'opentelemetry'} & {*sys.modules}\n"
        "sys.modules['mcp'] = None\n"
        "for make in (m.mcp_stdio, m.mcp_http):\n"
        "    try: make('http://x')\n"
        "    except m.ConfigurationError as error: print(found or '', error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    problem = "the package mcp is not installed: run pip install"
    lines = done.stdout.splitlines()
    assert lines == [f" {problem} 'mistral-conversations[mcp]'"] * 2
