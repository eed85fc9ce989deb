"""The tools of a run: what is sent, and which function a name means."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any, Self, TypeAlias, get_args

import attrs

from mistral_conversations.models.tools import FunctionTool, Tools
from mistral_conversations.runs.errors import MCPServerError
from mistral_conversations.runs.functions.function_tool import function_tool
from mistral_conversations.runs.functions.python_function import PythonFunction
from mistral_conversations.runs.mcp.server import MCPServer
from mistral_conversations.runs.mcp.tools import MCPTools

__all__ = ["RunTools", "Toolset"]

RunTools: TypeAlias = (
    PythonFunction[..., Any] | Callable[..., Any] | MCPTools | Tools | Mapping[str, Any]
)
"""A function, the tools of an MCP server, or a tool that is declared."""

_DECLARED = (*get_args(Tools), Mapping)


@attrs.frozen
class Toolset:
    """The functions and the declared tools of a run."""

    functions: Mapping[str, PythonFunction[..., Any]]
    declared: Sequence[Tools | Mapping[str, Any]]
    servers: Mapping[str, MCPTools] = attrs.field(factory=dict)
    """The MCP servers by their places, such as `tools[1]`."""

    places: Mapping[str, str] = attrs.field(factory=dict)
    """The places of the functions by their names."""

    @classmethod
    def of(cls, tools: Any) -> Self:
        """Sort the `tools` of a run.

        Raises:
            TypeError: an item, named in the message, is neither a function nor a tool.
            ValueError: two tools have the same name.
        """
        functions: dict[str, PythonFunction[..., Any]] = {}
        declared: list[Any] = []
        servers: dict[str, MCPTools] = {}
        places: dict[str, str] = {}
        for index, tool in enumerate(_sequence(tools)):
            if isinstance(tool, _DECLARED):
                declared.append(tool)
                continue
            if isinstance(tool, MCPTools):
                servers[f"tools[{index}]"] = tool
                continue
            function = _function(tool, f"tools[{index}]")
            if function.name in functions:
                raise ValueError(
                    f"tools[{index}]: another function is named {function.name!r}: "
                    "pass function_tool(..., name=...)"
                )
            functions[function.name] = function
            places[function.name] = f"tools[{index}]"
        made = cls(functions, declared, servers, places)
        _refuse_namesakes(made)
        return made

    @property
    def sent(self) -> list[Any] | None:
        """The tools as a start sends them; None without any."""
        made = [each.declaration for each in self.functions.values()]
        return [*made, *self.declared] or None

    @cached_property
    def elsewhere(self) -> frozenset[str]:
        """The declared functions that have no implementation here."""
        names = (_function_name(tool) for tool in self.declared)
        return frozenset(name for name in names if name is not None)

    def check_servers(self, *, is_blocking: bool) -> None:
        """Check that the MCP servers can be used here.

        Args:
            is_blocking: whether a blocking client uses them.

        Raises:
            ConfigurationError: one is closed, or belongs to another event loop.
        """
        for server in self.servers.values():
            server.check(is_blocking=is_blocking)

    @property
    def has_changed(self) -> bool:
        """Whether an MCP server may have other tools since they were listed."""
        return any(server.has_changed for server in self.servers.values())

    async def listed(self) -> Self:
        """Return the toolset with the tools of its MCP servers.

        Raises:
            MCPServerError: a server does not list its tools.
            ValueError: two tools have the same name.
        """
        functions, places = dict(self.functions), dict(self.places)
        for place, server in self.servers.items():
            for function in await server.functions():
                name = function.name
                if name in functions:
                    raise ValueError(
                        f"{places[name]} and {place} both have a tool {name!r}: pass "
                        "prefix=... with the tools of the MCP server"
                    )
                functions[name], places[name] = function, place
        made = attrs.evolve(self, functions=functions, places=places)
        _refuse_namesakes(made)
        return made

    async def listed_again(self, *, grows: bool) -> Self:
        """Return the toolset with what changed MCP servers list now.

        The names stay. A server that does not answer keeps its tools.

        Args:
            grows: whether to add new tools, unless their names are taken.
        """
        functions, places = dict(self.functions), dict(self.places)
        for place, server in self.servers.items():
            with suppress(MCPServerError):
                found = await server.functions_again() if server.has_changed else ()
                for function in found:
                    is_new = function.name not in functions and grows
                    is_new &= function.name not in self.elsewhere
                    if is_new or places.get(function.name) == place:
                        functions[function.name] = function
                        places[function.name] = place
        return attrs.evolve(self, functions=functions, places=places)

    def refuse_declared(self, beside: str) -> None:
        """Raise a ValueError for a declared tool: only a model takes one."""
        if self.declared:
            raise ValueError(
                f"tools has a declared tool beside {beside}, which has its own tools: "
                "pass only functions, which implement those by name"
            )


def _sequence(tools: Any) -> Sequence[Any]:
    if tools is None:
        return ()
    if isinstance(tools, str | bytes) or not isinstance(tools, Sequence):
        kind = type(tools).__name__
        raise TypeError(f"tools must be a list or tuple of functions, not {kind}")
    return tools


def _function(tool: object, place: str) -> PythonFunction[..., Any]:
    if isinstance(tool, type) and tool in _DECLARED:
        name = tool.__name__
        raise TypeError(f"{place} is the class {name}: pass an object, {name}(...)")
    if callable(getattr(tool, "list_tools", None)) or isinstance(tool, MCPServer):
        name = type(tool).__name__
        raise TypeError(
            f"{place} is an {name}: pass MCPTools(session), or what `async with "
            "mcp_stdio(...) as tools` returns"
        )
    if not callable(tool):
        raise TypeError(
            f"{place} must be a function or a tool such as WebSearchTool(), not "
            f"{type(tool).__name__}"
        )
    function = function_tool(tool)
    function.check_bound()
    return function


def _function_name(tool: Tools | Mapping[str, Any]) -> str | None:
    """Return the name of a declared function; None for another tool."""
    if isinstance(tool, FunctionTool):
        return tool.function.name
    if isinstance(tool, Mapping) and tool.get("type", "function") == "function":
        function = tool.get("function")
        return function.get("name") if isinstance(function, Mapping) else None
    return None


def _refuse_namesakes(toolset: Toolset) -> None:
    for name in sorted(toolset.elsewhere & toolset.functions.keys()):
        raise ValueError(
            f"tools has the function {name!r} and declares it too: leave out the "
            "declaration"
        )
