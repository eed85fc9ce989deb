"""`mcp_stdio`: start an MCP server as a process."""

import os
import subprocess
import sys
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import IO, Any, TypeAlias

from mistral_conversations.runs.mcp.parameters import MCPApproval, options_of, texts
from mistral_conversations.runs.mcp.server import MCPServer

__all__ = ["mcp_stdio"]

_Stderr: TypeAlias = IO[Any] | int | None


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
        prefix: the beginning of each tool's name; for this and what follows, see
            `MCPTools`.
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
    options = options_of(locals())
    if isinstance(command, list | tuple):
        raise TypeError("command must be text or a path: pass mcp_stdio(*command)")
    line = [_text("command", command), *(_text("args", each) for each in args)]
    directory = None if cwd is None else _text("cwd", cwd)
    arguments = (line[0], line[1:], texts("env", env), directory, _errors(stderr))
    name = os.path.basename(line[0])  # noqa: PTH119 - of a command, not of a path
    return MCPServer(name, "stdio_session", arguments, open_timeout, options)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str | os.PathLike):
        raise TypeError(f"{name} must be text or a path, not {type(value).__name__}")
    text = os.fspath(value)
    if not isinstance(text, str) or "\0" in text:
        raise ValueError(f"{name} must be text without NUL characters")
    if name == "command" and not text:
        raise ValueError("command must name a program, not be empty")
    return text


def _errors(stderr: Any) -> Any:
    """Return what a process can write its errors to: notebooks replace `sys.stderr`."""
    own: list[Any] = [sys.stderr, sys.__stderr__]
    for each in own if stderr is None else [stderr]:
        if type(each) is int:
            return each
        with suppress(AttributeError, OSError, ValueError):
            each.fileno()
            return each
    if stderr is not None:
        raise TypeError("stderr must be an open file of the system, or a number")
    return subprocess.DEVNULL
