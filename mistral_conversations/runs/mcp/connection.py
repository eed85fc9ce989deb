"""A session with an MCP server: its tools, their calls, and its event loop."""

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar

import anyio

from mistral_conversations._event_loop import import_aside
from mistral_conversations.errors import ConfigurationError
from mistral_conversations.runs.errors import MCPServerError, ToolError
from mistral_conversations.runs.mcp.results import problem_of

__all__ = ["Connection", "check_installed", "imported"]

R = TypeVar("R")

_LIBRARY = "mistral_conversations.runs.mcp.library"
_MOST_PAGES = 1000
_LEAVING = 0.5
"""Seconds to announce a cancelled call, to a server that may not read any more."""

_MISSING = (
    "the package mcp is not installed{}: run pip install 'mistral-conversations[mcp]'"
)
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
    "this MCP server is closed: run inside its `with` or `async with`, or call "
    "mcp_stdio() or mcp_http() again"
)


def check_installed() -> None:
    """Check that mcp is installed, without importing it.

    Raises:
        ConfigurationError: it is not.
    """
    try:
        is_missing = find_spec("mcp") is None
    except ValueError:  # disabled in `sys.modules`
        is_missing = True
    if is_missing:
        raise ConfigurationError(_MISSING.format(""))


async def imported() -> Any:
    """Import what uses mcp, aside; return that module.

    Raises:
        ConfigurationError: mcp is not installed, or too old.
    """
    check_installed()
    try:
        await import_aside(_LIBRARY)
        return import_module(_LIBRARY)
    except ImportError as error:
        problem = _MISSING.format(f", or too old ({error})")
    raise ConfigurationError(problem)


class Connection:
    """A session with an MCP server.

    Args:
        session: the session, an `mcp.ClientSession` or an `mcp.Client`.
        is_blocking: whether a helper has opened it for blocking clients.
    """

    def __init__(self, session: Any, *, is_blocking: bool = False) -> None:
        self.session = session
        self.is_closed: bool = False
        self._is_blocking = is_blocking
        self._loop = _loop_here()
        self._requests: set[asyncio.Task[Any]] = set()

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
        """Whether the server declares that its list of tools may change."""
        capabilities: Any = None
        with suppress(RuntimeError):  # a client that its owner has closed
            capabilities = self.session.server_capabilities
        tools = getattr(capabilities, "tools", None)
        return not self.is_closed and bool(getattr(tools, "list_changed", False))

    async def tools(self, limit: float) -> list[Any]:
        """List the tools of the server, page by page.

        Args:
            limit: the maximum time in seconds.

        Raises:
            MCPServerError: the server does not list them.
            ConfigurationError: mcp is too old.
        """
        library = await imported()
        try:
            async with asyncio.timeout(limit):
                return await self._apart(self._pages(library))
        except TimeoutError:
            problem = f"it did not answer within {limit:g} seconds"
        except Exception as error:  # noqa: BLE001 - of mcp, pydantic, httpx2 or anyio
            problem = _problem(error)
        if isinstance(self.session, library.ClientSession):
            problem += "; a ClientSession must have been entered and initialized"
        raise MCPServerError(f"the tools of an MCP server cannot be listed: {problem}")

    async def call(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """Call a tool; return the result, which may be that of a failed tool.

        A cancel is announced to the server, and leaves the session usable.

        Raises:
            ToolError: there is no result.
        """
        if self.is_closed:
            raise ToolError(_GONE)
        try:
            return await self._apart(self.session.call_tool(name, dict(arguments)))
        except Exception as error:  # noqa: BLE001 - of mcp, pydantic, httpx2 or anyio
            problem = _problem(error)
        raise ToolError(problem)

    async def _pages(self, library: Any) -> list[Any]:
        found: list[Any] = []
        cursor, seen = None, set[str]()
        while True:
            page = await library.page_of(self.session, cursor)
            found += page.tools
            cursor = page.next_cursor
            if not cursor:
                return found
            if cursor in seen or len(seen) >= _MOST_PAGES:
                raise ToolError("its pages have no end")
            seen.add(cursor)

    async def _apart(self, request: Coroutine[Any, Any, R]) -> R:
        """Await a request in a task of its own.

        A caller that is cancelled leaves soon, although mcp may wait for seconds until
        the server reads that the request is cancelled.
        """
        task = asyncio.create_task(request)
        self._requests.add(task)
        task.add_done_callback(self._end)
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait([task], timeout=_LEAVING)
            raise
        if task.cancelled():
            raise anyio.ClosedResourceError
        return task.result()

    def _end(self, task: "asyncio.Task[Any]") -> None:
        self._requests.discard(task)
        if not task.cancelled():
            task.exception()  # which nobody may await any more


def _problem(error: Exception) -> str:
    if isinstance(error, anyio.BrokenResourceError | anyio.ClosedResourceError):
        return _GONE
    return problem_of(error)


def _loop_here() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
