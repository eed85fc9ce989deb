"""The package `mcp`, an optional dependency, in its versions 1 and 2.

The names differ between the versions, and type checkers see those of one: hence `Any`.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

import jsonschema  # noqa: F401 - mcp imports it at the first result, on the event loop
import mcp
from mcp import types
from mcp.client import streamable_http
from mcp.client.stdio import StdioServerParameters, stdio_client

from mistral_conversations._version import __version__

__all__ = ["cancellation", "http_session", "page_after", "stdio_session"]

_mcp: Any = mcp
_types: Any = types
_http: Any = streamable_http


def cancellation(id: int) -> Any:
    """Return the notification that cancels a request, for version 1."""
    params = _types.CancelledNotificationParams(
        requestId=id, reason="the run cancelled the call"
    )
    method = "notifications/cancelled"
    return _types.ClientNotification(
        _types.CancelledNotification(method=method, params=params)
    )


def page_after(cursor: str) -> Any:
    """Return the parameters of a listing, for a `ClientSession` of version 2."""
    return _types.PaginatedRequestParams(cursor=cursor)


@asynccontextmanager
async def stdio_session(
    command: str,
    arguments: Sequence[str],
    env: Mapping[str, str] | None,
    cwd: str | None,
    stderr: Any,
) -> AsyncIterator[Any]:
    """Start a server, and open a session with it."""
    parameters = StdioServerParameters(
        command=command,
        args=list(arguments),
        env=None if env is None else dict(env),
        cwd=cwd,
    )
    async with _session(stdio_client(parameters, stderr)) as session:
        yield session


@asynccontextmanager
async def http_session(url: str, headers: Mapping[str, str]) -> AsyncIterator[Any]:
    """Open a session with a server over streamable HTTP."""
    async with AsyncExitStack() as stack:
        if hasattr(_http, "streamable_http_client"):
            make = partial(_http.create_mcp_http_client, headers=dict(headers))
            client = await asyncio.to_thread(make)  # which reads certificates
            await stack.enter_async_context(client)
            transport = _http.streamable_http_client(url, http_client=client)
        else:
            transport = _http.streamablehttp_client(url, headers=dict(headers))
        yield await stack.enter_async_context(_session(transport))


@asynccontextmanager
async def _session(transport: AbstractAsyncContextManager[Any]) -> AsyncIterator[Any]:
    """Open a session, and agree on a version of the protocol."""
    about = _types.Implementation(name="mistral-conversations", version=__version__)
    if hasattr(_mcp, "Client"):
        async with _mcp.Client(transport, client_info=about) as client:
            yield client
        return
    async with transport as (incoming, outgoing, *_):
        session = _mcp.ClientSession(incoming, outgoing, client_info=about)
        async with session:
            await session.initialize()
            yield session
