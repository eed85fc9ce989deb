"""A session with an MCP server: listing, calls, and the event loop that it belongs to.

The session is an `mcp.ClientSession` or an `mcp.Client`, of version 1 or 2 of `mcp`,
which this module never imports.
"""

import asyncio
import inspect
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

import anyio

from mistral_conversations.errors import ConfigurationError
from mistral_conversations.runs.errors import MCPServerError, ToolError
from mistral_conversations.runs.mcp.changes import Changes
from mistral_conversations.runs.mcp.results import problem_of

__all__ = ["Connection"]

_LISTING = 60.0
_MOST_PAGES = 1000
_CANCELLING = 1.0
"""Seconds to announce a cancelled call, by a server that may not read any more."""

_BY_HELPER = (
    "a blocking client takes only MCP servers that `with mcp_stdio(...)` or "
    "`with mcp_http(...)` opens: a session belongs to the event loop that opened it"
)
_OTHER_LOOP = (
    "this MCP session belongs to another event loop: open it on the loop that runs "
    "this client, and call MCPTools(session) there"
)
_CLOSED = (
    "this MCP server is closed: run inside of its `with` or `async with`, or open it "
    "again"
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
        self._changes = _changes_of(getattr(session, "session", session))

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
    def has_changed(self) -> bool:
        """Whether the list of tools may have changed since it was listed."""
        return self._changes.are_due

    async def tools(self, timeout: float | None) -> list[Any]:
        """List the tools of the server, page by page.

        Args:
            timeout: the time limit in seconds; None for 60.

        Raises:
            MCPServerError: the server does not list them.
        """
        self._changes.note_listing()
        limit = _LISTING if timeout is None else timeout
        try:
            async with asyncio.timeout(limit):
                return await self._pages()
        except MCPServerError:
            raise
        except TimeoutError:
            problem = f"it did not answer within {limit:g} seconds"
        except Exception as error:  # noqa: BLE001 - of mcp, pydantic, httpx or anyio
            problem = problem_of(error)
        raise MCPServerError(
            f"the tools of an MCP server could not be listed: {problem}. A "
            "ClientSession must have been entered and initialized"
        )

    async def _pages(self) -> list[Any]:
        session, cursor, seen = self.session, None, set[str]()
        found: list[Any] = []
        while True:
            page = await _page(session, cursor)
            found += page.tools
            cursor = _either(page, "nextCursor", "next_cursor")
            if not cursor:
                return found
            if cursor in seen or len(seen) >= _MOST_PAGES:
                raise MCPServerError(
                    "the tools of an MCP server could not be listed: its pages have "
                    "no end"
                )
            seen.add(cursor)

    async def call(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """Call a tool; return the result, which may be that of a failed tool.

        A cancel is announced to the server, and leaves the session usable.

        Raises:
            ToolError: there is no result.
        """
        if self.is_closed:
            raise ToolError("The MCP server is not connected any more.")
        session = self.session
        # Version 2 itself announces a cancel; version 1 takes this id now.
        id = getattr(session, "_request_id", None)
        try:
            return await session.call_tool(name, dict(arguments))
        except asyncio.CancelledError:
            if isinstance(id, int):
                await _announce_cancel(session, id)
            raise
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            problem = "The MCP server is not connected any more."
        except Exception as error:  # noqa: BLE001 - of mcp, pydantic, httpx or anyio
            problem = problem_of(error)
        raise ToolError(problem)


async def _page(session: Any, cursor: str | None) -> Any:
    if cursor is None:
        return await session.list_tools()
    if "cursor" in inspect.signature(session.list_tools).parameters:
        return await session.list_tools(cursor=cursor)
    from mistral_conversations.runs.mcp.library import page_after  # noqa: PLC0415

    return await session.list_tools(params=page_after(cursor))


async def _announce_cancel(session: Any, id: int) -> None:
    from mistral_conversations.runs.mcp.library import cancellation  # noqa: PLC0415

    with suppress(Exception):  # the server may be gone
        async with asyncio.timeout(_CANCELLING):
            await session.send_notification(cancellation(id))


def _either(value: Any, *names: str) -> Any:
    return next((getattr(value, name) for name in names if hasattr(value, name)), None)


def _loop_here() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


_watched: "WeakKeyDictionary[Any, Changes]" = WeakKeyDictionary()


def _changes_of(session: Any) -> Changes:
    """Return the changes of a session, which several `MCPTools` may share."""
    changes = _watched.get(session)
    if changes is None:
        changes = _watched[session] = Changes(session)
    return changes
