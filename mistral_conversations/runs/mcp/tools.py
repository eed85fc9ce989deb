"""`MCPTools`: the tools of an MCP server, for the `tools` of a run."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Any

from mistral_conversations._public import publish
from mistral_conversations.runs.calls.sources import FunctionSource
from mistral_conversations.runs.errors import MCPServerError
from mistral_conversations.runs.functions.python_function import PythonFunction
from mistral_conversations.runs.mcp.connection import Connection
from mistral_conversations.runs.mcp.parameters import MCPApproval, Selection
from mistral_conversations.runs.mcp.results import checked

__all__ = ["MCPTools"]

_LISTING = 60.0
_LISTING_AGAIN = 10.0
"""Seconds for a listing at the start of a run without a timeout, and between turns."""

_METHODS = ("list_tools", "call_tool")
_AT_ONCE = 8
"""How many tools are described before other tasks have their turn."""


class MCPTools(FunctionSource):
    """The tools of an MCP server, for the `tools` of `run` and `run_stream`.

    A run lists them when it begins, and again between two turns if the server declares
    that its list may change; the names that were sent at the start stay. The model sees
    their names, descriptions and schemas. With `agent_id` or `conversation_id` they
    implement by name what is declared there, and nothing of them is sent.

    Text and structured content go to the model as text. An image, audio or a resource
    becomes a line with its kind and size, followed by the text of a resource that has
    some; `RunCall.value` has the whole `CallToolResult`, or None for an error result. A
    failed tool, a server that has died, and an answer that cannot be read or takes too
    long become error results, and the run continues, even with `on_error="raise"`. A
    cancelled call is cancelled on the server, too.

    The session remains yours: the run neither initializes nor closes it. It belongs to
    the event loop on which it was opened. Requests of the server, for sampling,
    elicitation or roots, go to the callbacks of the session; `mcp_stdio` and
    `mcp_http` have none, and decline them. Progress is not reported.

    Args:
        session: an `mcp.ClientSession`, entered and initialized, or an `mcp.Client`,
            entered; of version 2 of mcp.
        prefix: the beginning of each tool's name for the model, such as `files_`: 1 to
            40 letters, digits, `_` and `-`. In the server's names, other characters
            become `_`.
        include: the names of the tools to use, as the server has them; None for all.
        exclude: the names of tools not to use.
        requires_approval: whether each call waits for an approval, as in
            `function_tool`; or the names of the tools whose calls do; or a function
            (plain or async) that receives the `OpenCall` and returns whether it does.
        sequential: whether calls in one turn run one at a time, in their order.
        timeout: the maximum duration of a call in seconds, 60 by default; None for no
            limit. Also that of a listing: at most 60 seconds with None, and at most 10
            between turns.
        max_failures: the number of failures of one tool in a row that ends the run;
            None for what the run's options say.
        max_result_chars: the maximum length of a result for the model, 400,000
            characters by default; a longer one becomes an error result.

    Raises:
        TypeError: a parameter, named in the message, has a wrong type.
        ValueError: a parameter is out of range.

    Example:
        async with mcp_stdio(sys.executable, "server.py") as tools:
            result = await conversations.run(
                "What is in notes.txt?", model="mistral-medium-latest", tools=[tools]
            )
    """

    def __init__(
        self,
        session: Any,
        *,
        prefix: str | None = None,
        include: Collection[str] | None = None,
        exclude: Collection[str] | None = None,
        requires_approval: MCPApproval = False,
        sequential: bool = False,
        timeout: float | None = 60,
        max_failures: int | None = None,
        max_result_chars: int = 400_000,
    ) -> None:
        self._selection: Selection = Selection(
            prefix=prefix,
            include=include,
            exclude=exclude,
            requires_approval=requires_approval,
            sequential=sequential,
            timeout=timeout,
            max_failures=max_failures,
            max_result_chars=max_result_chars,
        )
        self._connection: Connection = _connection(session)
        self._is_mute = False
        """Whether the last listing between turns has failed."""

        self._wait: Callable[..., Any] | None = None
        self._described: dict[str, tuple[Any, PythonFunction[..., Any]]] = {}

    def functions(self) -> Any:
        """List the tools, each as the function that a run has.

        `await` it after `async with`, and for a session of yours; after `with` it
        blocks. For `agents.create(tools=[each.declaration for each in ...])`.

        Returns:
            The functions, a sequence of `PythonFunction`.

        Raises:
            MCPServerError: the server does not list them, or lists one that cannot be
                declared.
            ValueError: `include`, `exclude` or `requires_approval` has a name that the
                server does not list.
            ConfigurationError: the server is closed, or belongs to another event loop.
        """
        if self._wait is not None:
            self.check(is_blocking=True)
            return self._wait(self.listed)
        self.check(is_blocking=False)
        return self.listed()

    def make_blocking(self, wait: Callable[..., Any]) -> None:
        """Make `functions` block.

        Args:
            wait: calls an async function, and waits for it.
        """
        self._wait = wait

    def check(self, *, is_blocking: bool) -> None:
        """Check that a client can use the session here.

        Args:
            is_blocking: whether the client is a blocking one.

        Raises:
            ConfigurationError: it is closed, or belongs to another event loop.
        """
        self._connection.check(is_blocking=is_blocking)

    @property
    def may_change(self) -> bool:
        """Whether the server may list other tools by now."""
        return not self._is_mute and self._connection.may_change

    async def listed(self) -> Sequence[PythonFunction[..., Any]]:
        """List the tools at the start of a run; see `functions`."""
        limit = self._selection.timeout
        tools = await self._connection.tools(_LISTING if limit is None else limit)
        self._selection.refuse_unknown(tool.name for tool in tools)
        self._is_mute = False
        return await self._functions(tools)

    async def listed_again(self) -> Sequence[PythonFunction[..., Any]]:
        """List the tools between two turns: a name that has vanished is no error.

        A server that does not answer soon is not asked again by this run.
        """
        limit = min(self._selection.timeout or _LISTING_AGAIN, _LISTING_AGAIN)
        try:
            return await self._functions(await self._connection.tools(limit))
        except MCPServerError:
            self._is_mute = True
            return ()

    async def _functions(
        self, tools: Sequence[Any]
    ) -> Sequence[PythonFunction[..., Any]]:
        described: dict[str, tuple[Any, PythonFunction[..., Any]]] = {}
        for number, tool in enumerate(tools, 1):
            if self._selection.has(tool.name) and tool.name not in described:
                described[tool.name] = tool, self._function(tool)
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)
        self._described = described
        return tuple(function for _, function in described.values())

    def _function(self, tool: Any) -> PythonFunction[..., Any]:
        before, function = self._described.get(tool.name, (None, None))
        if function is not None and before == tool:
            return function
        call = MCPCall(self._connection, tool, self._selection.max_result_chars)
        parameters = {"type": "object", "properties": {}, **tool.input_schema}
        try:
            overrides = self._selection.overrides(
                tool.name, call.description, parameters
            )
            return PythonFunction(call, overrides)
        except (TypeError, ValueError) as error:
            problem = str(error)
        raise MCPServerError(
            f"the MCP server has a tool {tool.name!r} that cannot be declared: "
            f"{problem}; leave it out with exclude=[{tool.name!r}]"
        )

    def __repr__(self) -> str:
        """Show the prefix and the state."""
        prefix = self._selection.prefix
        shown = [] if prefix is None else [f"prefix={prefix!r}"]
        state = "closed" if self._connection.is_closed else "open"
        return f"<{', '.join([type(self).__name__, *shown, state])}>"


class MCPCall:
    """A tool of an MCP server, as an async function.

    Args:
        connection: the session with the server.
        tool: the tool as the server lists it.
        most: the maximum number of characters of a result for the model.
    """

    def __init__(self, connection: Connection, tool: Any, most: int) -> None:
        self.tool = tool
        """The tool as the server lists it, with its annotations."""

        self._connection = connection
        self._most = most

    @property
    def description(self) -> str:
        """What the model reads of the purpose."""
        return self.tool.description or self.tool.title or ""

    async def __call__(self, /, **arguments: Any) -> Any:
        return checked(
            await self._connection.call(self.tool.name, arguments), self._most
        )


def _connection(session: Any) -> Connection:
    if isinstance(session, Connection):
        return session
    if isinstance(session, type):
        found = f"the class {session.__name__}"
    elif all(callable(getattr(session, name, None)) for name in _METHODS):
        return Connection(session)
    else:
        found = type(session).__name__
    raise TypeError(
        f"MCPTools takes an open mcp.ClientSession or mcp.Client, not {found}: "
        "mcp_stdio() and mcp_http() open one"
    )


publish(globals(), *__all__)
