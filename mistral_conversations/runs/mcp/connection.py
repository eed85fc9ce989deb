"""A session with an MCP server: listing, calls, and the event loop that it belongs to.

The session is an `mcp.ClientSession` or an `mcp.Client`, of version 1 or 2 of `mcp`.
"""

import asyncio
import inspect
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import anyio

from mistral_conversations._event_loop import import_aside
from mistral_conversations.errors import ConfigurationError
from mistral_conversations.runs.errors import MCPServerError, ToolError
from mistral_conversations.runs.mcp.results import problem_of

__all__ = ["LIBRARY", "Connection"]

LIBRARY = "mistral_conversations.runs.mcp.library"

_MOST_PAGES = 1000
_LEAVING = 0.5
"""Seconds to announce a cancelled call, to a server that may not read any more."""

_GONE = "The MCP server is not connected any more."
_BY_HELPER = (
    "a blocking client takes only MCP servers that `with mcp_stdio(...)` or "
    "`with mcp_http(...)` opens: a session belongs to the event loop that opened it"
)
_OTHER_LOOP = (
    "this MCP session belongs to another event loop: open it on the loop that runs "
    "this client, by `async with`, and call MCPTools(session) there"
)
_CLOSED = (
    "this MCP server is closed: run inside its `with` or `async with`, or open it again"
)


class Connection:
    """A session with an MCP server.

    Args:
        session: the session.
        is_blocking: whether a helper has opened it for blocking clients.
    """

    def __init__(self, session: Any, *, is_blocking: bool = False) -> None:
        self.session = session
        self.is_closed: bool = False
        self._is_blocking = is_blocking
        self._loop = _loop_here()
        self._calls: set[asyncio.Task[Any]] = set()

    def check(self, *, is_blocking: bool) -> None:
        """Check that a client can use the session.

        Args:
            is_blocking: whether the client is a blocking one.

        Raises:
            ConfigurationError: it cannot.
        """
        if self.is_closed:
            raise ConfigurationError(_CLOSED)
        if is_blocking and not self._is_blocking:
            raise ConfigurationError(_BY_HELPER)
        here = _loop_here()
        if not is_blocking and (self._is_blocking or here not in (None, self._loop)):
            raise ConfigurationError(_OTHER_LOOP)

    @property
    def may_change(self) -> bool:
        """Whether the server may change its list of tools, as far as it says."""
        if self.is_closed:
            return False
        capabilities: Any = None
        with suppress(Exception):  # a client that was closed
            capabilities = _capabilities(self.session)
        if capabilities is None:
            return True
        tools = getattr(capabilities, "tools", None)
        return _either(tools, "list_changed", "listChanged") is True

    async def tools(self, limit: float) -> list[Any]:
        """List the tools of the server, page by page.

        Args:
            limit: the maximum time in seconds.

        Raises:
            MCPServerError: the server does not list them.
        """
        with suppress(ImportError):  # a session of another implementation
            await import_aside(LIBRARY)
        try:
            async with asyncio.timeout(limit):
                found: list[Any] = await self._detached(self._pages())
                return found
        except TimeoutError:
            problem = f"it did not answer within {limit:g} seconds"
        except Exception as error:  # noqa: BLE001 - of mcp, pydantic, httpx or anyio
            problem = _problem(error)
        raise MCPServerError(
            f"the tools of an MCP server could not be listed: {problem}. A "
            "ClientSession must have been entered and initialized"
        )

    async def call(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """Call a tool; return the result, which may be that of a failed tool.

        A cancel is announced to the server, and leaves the session usable.

        Raises:
            ToolError: there is no result.
        """
        if self.is_closed:
            raise ToolError(_GONE)
        try:
            return await self._detached(self._called(name, arguments))
        except Exception as error:  # noqa: BLE001 - of mcp, pydantic, httpx or anyio
            problem = _problem(error)
        raise ToolError(problem)

    async def _detached(self, work: Any) -> Any:
        """Await a coroutine in a task of its own.

        A caller that is cancelled leaves soon, although mcp may wait for seconds until
        the server reads that the request is cancelled.
        """
        task = asyncio.ensure_future(work)
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            task.add_done_callback(_ignore)
            task.cancel()
            await asyncio.wait([task], timeout=_LEAVING)
            raise
        if task.cancelled():
            raise anyio.ClosedResourceError
        return task.result()

    async def _called(self, name: str, arguments: Mapping[str, Any]) -> Any:
        session = self.session
        # Version 2 itself announces a cancel. Version 1 does not, and has no public
        # place of the id that the request is about to take.
        id = getattr(session, "_request_id", None)
        try:
            return await session.call_tool(name, dict(arguments))
        except asyncio.CancelledError:
            if isinstance(id, int):
                await _announce_cancel(session, id)
            raise

    async def _pages(self) -> list[Any]:
        cursor, seen = None, set[str]()
        found: list[Any] = []
        while True:
            page = await self._page(cursor)
            found += page.tools
            cursor = _either(page, "nextCursor", "next_cursor")
            if not cursor:
                return found
            if cursor in seen or len(seen) >= _MOST_PAGES:
                raise ToolError("its pages have no end")
            seen.add(cursor)

    async def _page(self, cursor: str | None) -> Any:
        lists = self.session.list_tools
        if cursor is None:
            return await lists()
        if "cursor" in inspect.signature(lists).parameters:
            return await lists(cursor=cursor)
        from mistral_conversations.runs.mcp.library import page_after  # noqa: PLC0415

        return await lists(params=page_after(cursor))


def _problem(error: Exception) -> str:
    if isinstance(error, anyio.BrokenResourceError | anyio.ClosedResourceError):
        return _GONE
    return problem_of(error)


def _capabilities(session: Any) -> Any:
    """Return what the server can do; None if the session does not have it."""
    if hasattr(session, "get_server_capabilities"):  # version 1
        return session.get_server_capabilities()
    return getattr(session, "server_capabilities", None)


async def _announce_cancel(session: Any, id: int) -> None:
    from mistral_conversations.runs.mcp.library import cancellation  # noqa: PLC0415

    with suppress(Exception):  # the server may be gone
        async with asyncio.timeout(_LEAVING):
            await session.send_notification(cancellation(id))


def _ignore(task: "asyncio.Task[Any]") -> None:
    """Retrieve the exception of a call that nobody awaits any more."""
    if not task.cancelled():
        task.exception()


def _either(value: Any, *names: str) -> Any:
    return next((getattr(value, name) for name in names if hasattr(value, name)), None)


def _loop_here() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
