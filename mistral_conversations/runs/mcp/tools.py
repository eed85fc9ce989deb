"""`MCPTools`: the tools of an MCP server, for the `tools` of a run."""

import asyncio
from collections.abc import Collection
from typing import Any

from mistral_conversations._public import publish
from mistral_conversations.runs.errors import MCPServerError
from mistral_conversations.runs.functions.python_function import PythonFunction
from mistral_conversations.runs.mcp.connection import Connection
from mistral_conversations.runs.mcp.names import MCPApproval, Selection
from mistral_conversations.runs.mcp.results import checked

__all__ = ["MCPTools"]

_AT_ONCE = 8
"""How many tools are described before other tasks have their turn."""


class MCPTools:
    """The tools of an MCP server, for the `tools` of `run` and `run_stream`.

    A run lists them when it begins, and again between two turns if the server has
    announced a change; the names that were sent at the start stay. The model sees their
    names, descriptions and schemas. With `agent_id` or `conversation_id` they implement
    by name what is declared there, and nothing of them is sent.

    Text and structured content go to the model as text. An image, audio or binary
    resource becomes a line with its kind and size; `RunCall.value` has the whole
    `CallToolResult`. A failed tool, a server that has died, and an answer that cannot be
    read or takes too long become error results, and the run continues, even with
    `on_error="raise"`. A cancelled call is cancelled on the server, too.

    The session remains yours: the run neither initializes nor closes it. It belongs to
    the event loop on which it was opened. Requests of the server, for sampling,
    elicitation or roots, go to the callbacks of the session; `mcp_stdio` and
    `mcp_http` have none, and decline them. Progress is not reported.

    Args:
        session: an `mcp.ClientSession`, entered and initialized, or an `mcp.Client`,
            entered.
        prefix: what precedes the name of each tool, such as `files_`. Characters that
            the service does not accept in names become `_`.
        include: the names of the tools to use, as the server has them; None for all.
        exclude: the names of tools not to use.
        requires_approval: whether each call waits for an approval, as in
            `function_tool`; or the names of the tools whose calls do; or a function
            (plain or async) that receives the `OpenCall` and returns whether it does.
        sequential: whether calls in one turn run one at a time, in their order.
        timeout: the maximum duration of a call in seconds, 60 by default; None for no
            limit. Also that of a listing, which takes at most 60 seconds with None.
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
        self._described: dict[str, tuple[Any, PythonFunction[..., Any]]] = {}

    @property
    def has_changed(self) -> bool:
        """Whether the server's list of tools may have changed since it was listed."""
        return self._connection.has_changed

    def check(self, *, is_blocking: bool) -> None:
        """Check that a client can use the session here.

        Raises:
            ConfigurationError: it is closed, or belongs to another event loop.
        """
        self._connection.check(is_blocking=is_blocking)

    async def functions(self) -> tuple[PythonFunction[..., Any], ...]:
        """List the tools, each as the function that a run has.

        For `agents.create(tools=[each.declaration for each in ...])`.

        Raises:
            MCPServerError: the server does not list them, or lists one that cannot be
                declared.
            ValueError: `include`, `exclude` or `requires_approval` has a name that the
                server does not list.
        """
        return await self._functions(is_strict=True)

    async def functions_again(self) -> tuple[PythonFunction[..., Any], ...]:
        """List the tools again: a name that has vanished is no error."""
        return await self._functions(is_strict=False)

    async def _functions(self, *, is_strict: bool) -> tuple[PythonFunction[..., Any], ...]:
        tools = await self._connection.tools(self._selection.timeout)
        if is_strict:
            self._selection.refuse_unknown(tool.name for tool in tools)
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
        schema = getattr(tool, "input_schema", None) or getattr(tool, "inputSchema", {})
        parameters = {"type": "object", "properties": {}, **schema}
        try:
            overrides = self._selection.overrides(tool.name, call.description, parameters)
            return PythonFunction(call, overrides)
        except (TypeError, ValueError) as error:
            raise MCPServerError(
                f"the MCP server has a tool {tool.name!r} that cannot be declared: "
                f"{error}; leave it out with exclude=[{tool.name!r}]"
            ) from None

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
        about = (self.tool.description, getattr(self.tool, "title", None))
        return next(filter(None, about), "")

    async def __call__(self, /, **arguments: Any) -> Any:  # noqa: D102 - for no reader
        return checked(await self._connection.call(self.tool.name, arguments), self._most)


def _connection(session: Any) -> Connection:
    if isinstance(session, Connection):
        return session
    if isinstance(session, type) or not all(
        callable(getattr(session, name, None)) for name in ("list_tools", "call_tool")
    ):
        kind = session.__name__ if isinstance(session, type) else type(session).__name__
        raise TypeError(
            "MCPTools takes an open mcp.ClientSession or mcp.Client, not "
            f"{kind}: mcp_stdio() and mcp_http() open one"
        )
    return Connection(session)


publish(globals(), *__all__)
