"""An MCP server, for the tests: over stdio, or with `http`, over HTTP on a free port."""

import asyncio
import os
import socket
import sys
from importlib import import_module
from typing import Any

_CALLS: list[str] = []


def _server() -> Any:
    try:
        server: Any = import_module("mcp.server.mcpserver").MCPServer("tests")
    except ImportError:  # version 1
        server = import_module("mcp.server.fastmcp").FastMCP("tests")
    for tool in (add, fail, hang, die, calls, much, picture):
        server.tool()(tool)
    server.tool(name="odd.name")(add)
    return server


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def fail(why: str) -> str:
    """Fail."""
    raise ValueError(why)


async def hang() -> str:
    """Wait until cancelled."""
    _CALLS.append("hang")
    try:
        await asyncio.sleep(600)
    except BaseException:
        _CALLS.append("cancelled")
        raise
    return ""


def die() -> str:
    """End the process."""
    os._exit(1)


def calls() -> str:
    """Return what happened."""
    return " ".join(_CALLS)


def much() -> str:
    """Return too much."""
    return "x" * 500_000


def picture() -> Any:
    """Return an image."""
    types: Any = import_module("mcp.types")
    content = {"type": "image", "data": "iVBORw0KGgo=", "mimeType": "image/png"}
    return types.ImageContent.model_validate(content)


def _serve_http() -> None:
    uvicorn: Any = import_module("uvicorn")
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(_server().streamable_http_app(), log_level="error")
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    if "http" in sys.argv:
        _serve_http()
    else:
        _server().run()
