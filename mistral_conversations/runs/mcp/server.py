"""An MCP server that is open for as long as its caller wants."""

from collections.abc import Mapping
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any

from mistral_conversations._checks import check_seconds
from mistral_conversations._public import publish
from mistral_conversations._traceback import short_traceback
from mistral_conversations.errors import ConfigurationError
from mistral_conversations.runs.mcp.connection import (
    Connection,
    check_installed,
    imported,
)
from mistral_conversations.runs.mcp.owner import Owner
from mistral_conversations.runs.mcp.parameters import Selection
from mistral_conversations.runs.mcp.tools import MCPTools

if TYPE_CHECKING:
    from mistral_conversations.sync.portal import Portal

__all__ = ["MCPServer"]

_CLOSING = 7.0
"""Seconds to close a server; mcp kills a process that does not end after less."""


class MCPServer:
    """An MCP server that `mcp_stdio` or `mcp_http` opens, as a context manager.

    `async with` is for async clients, `with` for blocking ones; each returns the
    `MCPTools`. Leaving it closes the server. A task of its own holds the server
    meanwhile, so that any task of its loop may enter and leave.

    Args:
        name: the server, for errors; without arguments, which may be secret.
        open: the function of the library that opens a session.
        arguments: its arguments.
        open_timeout: the maximum time to open it in seconds.
        options: the parameters of `MCPTools`.

    Raises:
        MCPServerError: the server cannot be started or reached, or does not answer.
        ConfigurationError: it was entered before, or mcp is not installed.
    """

    def __init__(
        self,
        name: str,
        open: str,
        arguments: tuple[Any, ...],
        open_timeout: float,
        options: Mapping[str, Any],
    ) -> None:
        check_installed()
        check_seconds("open_timeout", open_timeout)
        Selection(**options)  # checks them
        self._name = name
        self._open = open
        self._arguments = arguments
        self._limit = open_timeout
        self._options = options
        self._owner: Owner | None = None
        self._connection: Connection | None = None
        self._portal: Portal | None = None

    async def __aenter__(self) -> MCPTools:
        """Open the server; return its tools."""
        with short_traceback:
            return await self._entered(is_blocking=False)

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Close the server."""
        await self._aclose()

    def __enter__(self) -> MCPTools:
        """Open the server on the event loop of the blocking clients."""
        from mistral_conversations.sync.portal import Portal  # noqa: PLC0415

        with short_traceback:
            portal = Portal("`async with`")
            try:
                tools = portal.call(partial(self._entered, is_blocking=True))
            except BaseException:
                portal.close(self._aclose)
                raise
            self._portal = portal
            tools.make_blocking(portal.call)
            return tools

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Close the server."""
        portal, self._portal = self._portal, None
        if portal is not None:
            portal.close(self._aclose)

    def __repr__(self) -> str:
        """Show the server, without arguments and headers, and its state."""
        state = "not open"
        if self._connection is not None:
            state = "closed" if self._connection.is_closed else "open"
        return f"<{type(self).__name__} {self._name!r}, {state}>"

    async def _entered(self, *, is_blocking: bool) -> MCPTools:
        if self._owner is not None:
            raise ConfigurationError(
                "this MCP server has been opened: call mcp_stdio() or mcp_http() again"
            )
        opens = getattr(await imported(), self._open)
        self._owner = owner = Owner(self._name, opens(*self._arguments), _CLOSING)
        session = await owner.open(self._limit)
        self._connection = Connection(session, is_blocking=is_blocking)
        return MCPTools(self._connection, **self._options)

    async def _aclose(self) -> None:
        if self._connection is not None:
            self._connection.is_closed = True
        if self._owner is not None:
            await self._owner.aclose()


publish(globals(), *__all__)
