"""The package `mcp`, an optional dependency, from version 2."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from importlib import import_module
from typing import Any

from mcp import Client, ClientSession
from mcp.client import streamable_http
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.types import Implementation, ListToolsResult, PaginatedRequestParams

from mistral_conversations._version import __version__

__all__ = ["http_session", "page_of", "stdio_session"]

with suppress(ImportError):
    import_module("jsonschema")  # else mcp imports it on the loop, at the first result

_http: Any = streamable_http  # which does not declare all that it has
_ABOUT = Implementation(name="mistral-conversations", version=__version__)


async def page_of(
    session: Client | ClientSession, cursor: str | None
) -> ListToolsResult:
    """List a page of the tools; the first one without a cursor."""
    if isinstance(session, Client):
        return await session.list_tools(cursor=cursor)
    params = None if cursor is None else PaginatedRequestParams(cursor=cursor)
    return await session.list_tools(params=params)


@asynccontextmanager
async def stdio_session(
    command: str,
    arguments: Sequence[str],
    env: Mapping[str, str] | None,
    cwd: str | None,
    stderr: Any,
) -> AsyncIterator[Client]:
    """Start a server, and open a session with it."""
    parameters = StdioServerParameters(
        command=command,
        args=list(arguments),
        env=None if env is None else dict(env),
        cwd=cwd,
    )
    transport = stdio_client(parameters, stderr)
    async with Client(transport, client_info=_ABOUT) as client:
        yield client


@asynccontextmanager
async def http_session(url: str, headers: Mapping[str, str]) -> AsyncIterator[Client]:
    """Open a session with a server over streamable HTTP."""
    make = partial(_http.create_mcp_http_client, headers=dict(headers))
    async with await asyncio.to_thread(make) as http:  # which reads certificates
        transport = _http.streamable_http_client(url, http_client=http)
        async with Client(transport, client_info=_ABOUT) as client:
            yield client
