"""`mcp_stdio` and `mcp_http`: open an MCP server for as long as its caller wants."""

import importlib.util
import os
import sys
from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

from mistral_conversations._checks import check_seconds
from mistral_conversations._event_loop import import_aside
from mistral_conversations._public import publish
from mistral_conversations._traceback import short_traceback
from mistral_conversations.errors import ConfigurationError
from mistral_conversations.runs.mcp.connection import Connection
from mistral_conversations.runs.mcp.names import MCPApproval
from mistral_conversations.runs.mcp.owner import Owner
from mistral_conversations.runs.mcp.tools import MCPTools

if TYPE_CHECKING:
    from mistral_conversations.sync.portal import Portal

__all__ = ["MCPServer", "mcp_http", "mcp_stdio"]

_LIBRARY = "mistral_conversations.runs.mcp.library"
_MISSING = (
    "the package mcp is not installed{}: run pip install 'mistral-conversations[mcp]'"
)
_CLOSING_STDIO = 10.0
_CLOSING_HTTP = 3.0

_Stderr: TypeAlias = IO[Any] | int | None


class MCPServer:
    """An MCP server that `mcp_stdio` or `mcp_http` opens, as a context manager.

    `async with` is for async clients, `with` for blocking ones; each returns the
    `MCPTools`. Leaving it closes the server. A task of its own holds the server
    meanwhile, so that any task may enter and leave.

    Raises:
        MCPServerError: the server cannot be started or reached, or does not answer.
        ConfigurationError: it was entered before, or mcp is not installed.
    """

    def __init__(
        self,
        name: str,
        open: str,
        arguments: tuple[Any, ...],
        limits: tuple[float, float],
        options: Mapping[str, Any],
    ) -> None:
        self._name = name
        self._open = open
        self._arguments = arguments
        self._limits = limits
        self._options = options
        MCPTools(_Unopened(), **options)  # checks them
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
        opening, closing = self._limits
        self._owner = owner = Owner(self._name, await self._session(), closing)
        session = await owner.open(opening)
        self._connection = Connection(session, is_blocking=is_blocking)
        return MCPTools(self._connection, **self._options)

    async def _session(self) -> AbstractAsyncContextManager[Any]:
        try:
            await import_aside(_LIBRARY)
            library: Any = importlib.import_module(_LIBRARY)
        except ImportError as error:
            raise ConfigurationError(_MISSING.format(f", or too old ({error})")) from None
        session: AbstractAsyncContextManager[Any] = getattr(library, self._open)(
            *self._arguments
        )
        return session

    async def _aclose(self) -> None:
        if self._connection is not None:
            self._connection.is_closed = True
        if self._owner is not None:
            await self._owner.aclose()


class _Unopened:
    """A session that has yet to be opened."""

    async def list_tools(self) -> None:
        """List nothing."""

    async def call_tool(self) -> None:
        """Call nothing."""


def mcp_stdio(
    command: str | os.PathLike[str],
    *args: str | os.PathLike[str],
    env: Mapping[str, str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
    stderr: _Stderr = None,
    open_timeout: float = 30,
    prefix: str | None = None,
    include: Collection[str] | None = None,
    exclude: Collection[str] | None = None,
    requires_approval: MCPApproval = False,
    sequential: bool = False,
    timeout: float | None = 60,
    max_failures: int | None = None,
    max_result_chars: int = 400_000,
) -> MCPServer:
    """Start an MCP server as a process, and talk to it over stdin and stdout.

    `async with mcp_stdio(...) as tools` for async clients, `with mcp_stdio(...) as
    tools` for blocking ones; `tools` are the `MCPTools` for `tools=[...]`. Leaving the
    block ends the process: it closes its stdin, and kills it if it does not end.

    The process inherits HOME, PATH and a few other variables only, so it does not see
    MISTRAL_API_KEY.

    Args:
        command: the program, such as `sys.executable` or `npx`.
        args: its arguments.
        env: further environment variables.
        cwd: the directory to start it in; None for the current one.
        stderr: where its stderr goes: a file, or a number such as `subprocess.DEVNULL`;
            None for the stderr of this process.
        open_timeout: the maximum time to start and to greet in seconds, 30 by default.
        prefix: as all others, see `MCPTools`.
        include: the tools to use.
        exclude: the tools not to use.
        requires_approval: which calls wait for an approval.
        sequential: whether calls run one at a time.
        timeout: the maximum duration of a call in seconds, 60 by default.
        max_failures: the failures of a tool in a row that end the run.
        max_result_chars: the maximum length of a result for the model.

    Raises:
        ConfigurationError: mcp is not installed.
        TypeError, ValueError: a parameter, named in the message, is unusable.
    """
    _check_installed()
    check_seconds("open_timeout", open_timeout)
    line = [_text("command", command), *(_text("args", each) for each in args)]
    options = _options(locals())
    directory = None if cwd is None else _text("cwd", cwd)
    arguments = (line[0], line[1:], _texts("env", env), directory, _errors(stderr))
    limits = (open_timeout, _CLOSING_STDIO)
    name = os.path.basename(line[0])  # noqa: PTH119 - of a command, not of a path
    return MCPServer(name, "stdio_session", arguments, limits, options)


def mcp_http(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    open_timeout: float = 30,
    prefix: str | None = None,
    include: Collection[str] | None = None,
    exclude: Collection[str] | None = None,
    requires_approval: MCPApproval = False,
    sequential: bool = False,
    timeout: float | None = 60,
    max_failures: int | None = None,
    max_result_chars: int = 400_000,
) -> MCPServer:
    """Connect to an MCP server over streamable HTTP.

    `async with mcp_http(...) as tools` for async clients, `with mcp_http(...) as
    tools` for blocking ones; `tools` are the `MCPTools` for `tools=[...]`.

    Args:
        url: the address of the server, such as `https://example.com/mcp`.
        headers: headers for each request, such as `Authorization`.
        open_timeout: the maximum time to connect and to greet in seconds, 30 by
            default.
        prefix: as all others, see `MCPTools`.
        include: the tools to use.
        exclude: the tools not to use.
        requires_approval: which calls wait for an approval.
        sequential: whether calls run one at a time.
        timeout: the maximum duration of a call in seconds, 60 by default.
        max_failures: the failures of a tool in a row that end the run.
        max_result_chars: the maximum length of a result for the model.

    Raises:
        ConfigurationError: mcp is not installed.
        TypeError, ValueError: a parameter, named in the message, is unusable.
    """
    _check_installed()
    check_seconds("open_timeout", open_timeout)
    options = _options(locals())
    if not isinstance(url, str):
        raise TypeError(f"url must be a str, not {type(url).__name__}")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("url must begin with http:// or https://, and name a host")
    name = f"{parts.scheme}://{parts.hostname}{parts.path}"
    arguments = (url, _texts("headers", headers) or {})
    limits = (open_timeout, _CLOSING_HTTP)
    return MCPServer(name, "http_session", arguments, limits, options)


_OPTIONS = (
    "prefix",
    "include",
    "exclude",
    "requires_approval",
    "sequential",
    "timeout",
    "max_failures",
    "max_result_chars",
)


def _options(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: given[name] for name in _OPTIONS}


def _check_installed() -> None:
    if importlib.util.find_spec("mcp") is None:
        raise ConfigurationError(_MISSING.format(""))


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str | os.PathLike):
        raise TypeError(f"{name} must be text or a path, not {type(value).__name__}")
    text = os.fspath(value)
    if not isinstance(text, str) or "\0" in text:
        raise ValueError(f"{name} must be text without NUL characters")
    if name == "command" and not text:
        raise ValueError("command must name a program, not be empty")
    return text


def _texts(name: str, value: Any) -> dict[str, str] | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} must be a mapping, not {type(value).__name__}")
    for key, text in value.items():
        if not (isinstance(key, str) and isinstance(text, str)):
            raise TypeError(f"{name} must map texts to texts; see {key!r}")
        if any(odd in key + text for odd in "\0\r\n"):
            raise ValueError(f"{name} has a line break or NUL character at {key!r}")
    return dict(value)


def _errors(stderr: Any) -> Any:
    """Return what a process can write its errors to: notebooks replace `sys.stderr`."""
    for each in (stderr,) if stderr is not None else (sys.stderr, sys.__stderr__):
        if isinstance(each, int) and not isinstance(each, bool):
            return each
        try:
            each.fileno()  # type: ignore[union-attr]
        except (AttributeError, OSError, ValueError):
            continue
        return each
    if stderr is not None:
        raise TypeError("stderr must be an open file of the system, or a number")
    return -3  # subprocess.DEVNULL


publish(globals(), "MCPServer")
