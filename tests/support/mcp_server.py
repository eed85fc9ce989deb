"""An MCP server of the library, for the tests: over stdio, or with `http`, over HTTP.

Over HTTP it prints its port, which is free.
"""

import asyncio
import os
import socket
import sys
from typing import Any

import uvicorn
from mcp.server.mcpserver import MCPServer
from mcp.types import ImageContent
from opentelemetry.trace import get_current_span

__all__ = ["http_application", "made"]

_events: list[str] = []


def made() -> MCPServer:
    """Return the server."""
    server = MCPServer("tests")
    for tool in (add, fail, hang, die, events, much, picture, point, trace):
        server.tool()(tool)
    server.tool(name="odd.name")(add)
    return server


def http_application() -> Any:
    """Return the server as an ASGI application."""
    return made().streamable_http_app()


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def fail(why: str) -> str:
    """Fail."""
    raise ValueError(why)


async def hang() -> str:
    """Wait until cancelled."""
    _events.append("hang")
    try:
        await asyncio.sleep(600)
    except BaseException:
        _events.append("cancelled")
        raise
    return ""


def die() -> str:
    """End the process."""
    os._exit(1)


def events() -> str:
    """Return what happened."""
    return " ".join(_events)


def much() -> str:
    """Return too much."""
    return "x" * 500_000


def picture() -> ImageContent:
    """Return an image."""
    return ImageContent(data="iVBORw0KGgo=", mime_type="image/png")


def point() -> dict[str, int]:
    """Return structured content."""
    return {"x": 1, "y": 2}


def trace() -> str:
    """Return whether the call belongs to a trace."""
    return format(get_current_span().get_span_context().trace_id, "032x")


def _serve_http() -> None:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()  # whoever connects now waits until the server runs
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    config = uvicorn.Config(http_application(), log_level="error")
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    if "http" in sys.argv:
        _serve_http()
    else:
        made().run()
