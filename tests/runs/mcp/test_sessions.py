"""Sessions that the application opens itself: `mcp.Client` and `mcp.ClientSession`."""

import sys
from importlib import import_module
from typing import Any

import pytest

from mistral_conversations import MCPServerError, MCPTools
from mistral_conversations.server import call
from tests.support.mcp_runs import ODD, in_run
from tests.support.scripted import MODEL, scripted

pytest.importorskip("mcp")
pytestmark = pytest.mark.anyio


async def test_a_run_uses_a_client_in_this_process() -> None:
    from mcp import Client  # noqa: PLC0415 - after importorskip

    server = import_module("tests.support.mcp_server").made()
    async with Client(server) as client:
        tools = MCPTools(client, prefix="p_")
        assert "p_add" in [each.name for each in await tools.functions()]
        result, _ = await in_run([tools], call("p_add", a=1, b=2), call("p_point"))
    assert result.calls[0].result == "3"
    assert result.calls[1].value.structured_content == {"x": 1, "y": 2}
    async with scripted("Never") as it:
        with pytest.raises(MCPServerError, match="cannot be listed"):
            await it.client.run("Hi", model=MODEL, tools=[tools])
        assert not it.server.requests


async def test_a_run_uses_a_session_after_its_initialization() -> None:
    from mcp import ClientSession, StdioServerParameters, stdio_client  # noqa: PLC0415

    notes: list[Any] = []

    async def note(message: Any) -> None:
        notes.append(message)

    server = StdioServerParameters(command=sys.executable, args=["-SE", ODD, "150"])
    async with (
        stdio_client(server) as streams,
        ClientSession(*streams, message_handler=note) as session,
    ):
        await session.initialize()
        tools = MCPTools(session)
        result, sent = await in_run([tools], call("tool_149"))
        assert len(sent["tools"]) == 150
        assert "No tool tool_149" in (result.calls[0].error or "")
    assert notes == []


async def test_a_session_that_nobody_initialized_is_an_error() -> None:
    from mcp import ClientSession, StdioServerParameters, stdio_client  # noqa: PLC0415

    server = StdioServerParameters(command=sys.executable, args=["-SE", ODD])
    async with stdio_client(server) as streams, scripted("Never") as it:
        tools = MCPTools(ClientSession(*streams), timeout=0.2)
        with pytest.raises(MCPServerError, match="must have been entered and init"):
            await it.client.run("Hi", model=MODEL, tools=[tools])
        assert not it.server.requests
