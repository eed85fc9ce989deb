"""Runs with the tools of MCP servers that the tests start."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from mistral_conversations import MCPServer, RunResult, mcp_stdio
from tests.support.scripted import MODEL, scripted

__all__ = ["ODD", "REAL", "in_run", "odd_stdio", "real_stdio"]

REAL = str(Path(__file__).with_name("mcp_server.py"))
"""A server of the library `mcp`, which takes a second to start."""

ODD = str(Path(__file__).with_name("odd_mcp_server.py"))
"""A server that misbehaves where asked to, and starts at once."""


def real_stdio(**options: Any) -> MCPServer:
    """Return the server of the library, to be opened."""
    return mcp_stdio(sys.executable, REAL, stderr=subprocess.DEVNULL, **options)


def odd_stdio(*arguments: str, **options: Any) -> MCPServer:
    """Return the odd server, to be opened."""
    options = {"stderr": subprocess.DEVNULL, "timeout": 20, **options}
    return mcp_stdio(sys.executable, "-SE", ODD, *arguments, **options)


async def in_run(
    tools: list[Any], *turns: Any, **parameters: Any
) -> tuple[RunResult, Any]:
    """Run a script; return the result, and what the start has sent."""
    async with scripted(*turns, "Done.") as it:
        parameters = {"inputs": "Hello", "model": MODEL, **parameters}
        result = await it.client.run(tools=tools, **parameters)
        return result, it.posts[0]
