"""The tools of a run: what is sent, and which function a name means."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Self, TypeAlias, get_args

import attrs

from mistral_conversations.models.tools import FunctionTool, Tools
from mistral_conversations.runs.calls.sources import FunctionSource
from mistral_conversations.runs.functions.function_tool import function_tool
from mistral_conversations.runs.functions.python_function import PythonFunction

__all__ = ["RunTools", "Toolset"]

RunTools: TypeAlias = (
    PythonFunction[..., Any]
    | Callable[..., Any]
    | FunctionSource
    | Tools
    | Mapping[str, Any]
)
"""A function, the `MCPTools` of a server, or a tool that is declared."""

_DECLARED = (*get_args(Tools), Mapping)


@attrs.frozen
class Toolset:
    """The functions and the declared tools of a run."""

    functions: Mapping[str, PythonFunction[..., Any]]
    declared: Sequence[Tools | Mapping[str, Any]]
    sources: Mapping[str, FunctionSource] = attrs.field(factory=dict)
    """What lists further functions, by its place, such as `tools[1]`."""

    places: Mapping[str, str] = attrs.field(factory=dict)
    """The places of the functions by their names."""

    is_kept: bool = False
    """Whether a conversation has the declared tools from its start."""

    @classmethod
    def of(cls, tools: Any) -> Self:
        """Sort the `tools` of a run; return those that are sorted already.

        Raises:
            TypeError: an item, named in the message, is neither a function nor a tool.
            ValueError: two tools have the same name.
        """
        if isinstance(tools, cls):
            return tools
        functions: dict[str, PythonFunction[..., Any]] = {}
        declared: list[Any] = []
        sources: dict[str, FunctionSource] = {}
        places: dict[str, str] = {}
        for index, tool in enumerate(_sequence(tools)):
            if isinstance(tool, _DECLARED):
                declared.append(tool)
                continue
            if isinstance(tool, FunctionSource):
                sources[f"tools[{index}]"] = tool
                continue
            function = _function(tool, f"tools[{index}]")
            if function.name in functions:
                raise ValueError(
                    f"tools[{index}]: another function is named {function.name!r}: "
                    "pass function_tool(..., name=...)"
                )
            functions[function.name] = function
            places[function.name] = f"tools[{index}]"
        made = cls(functions, declared, sources, places)
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

    def check_sources(self, *, is_blocking: bool) -> None:
        """Check that a client can use the sources here.

        Args:
            is_blocking: whether the client is a blocking one.

        Raises:
            ConfigurationError: one is closed, or belongs to another event loop.
        """
        for source in self.sources.values():
            source.check(is_blocking=is_blocking)

    @property
    def may_change(self) -> bool:
        """Whether a source may list other functions by now."""
        return any(source.may_change for source in self.sources.values())

    async def listed(self) -> Self:
        """Return the toolset with the functions of its sources.

        Raises:
            MCPServerError: a source does not list its functions.
            ValueError: two functions have the same name.
        """
        functions, places = dict(self.functions), dict(self.places)
        for place, source in self.sources.items():
            for function in await source.listed():
                name = function.name
                if name in functions:
                    raise ValueError(_collision(name, places[name], place))
                functions[name], places[name] = function, place
        made = attrs.evolve(self, functions=functions, places=places)
        _refuse_namesakes(made)
        return made

    async def listed_again(self, *, grows: bool) -> Self:
        """Return the toolset with what its sources list now; no name leaves it.

        Args:
            grows: whether to add new functions, unless their names are taken.
        """
        functions, places = dict(self.functions), dict(self.places)
        for place, source in self.sources.items():
            for function in await source.listed_again() if source.may_change else ():
                name = function.name
                is_free = name not in functions and name not in self.elsewhere
                if places.get(name) == place or (grows and is_free):
                    functions[name], places[name] = function, place
        return attrs.evolve(self, functions=functions, places=places)

    def kept(self) -> Self:
        """Return the tools for a conversation that was started with them."""
        return attrs.evolve(self, is_kept=True)

    def refuse_declared(self, beside: str) -> None:
        """Raise a ValueError for a declared tool: only a model takes one."""
        if self.declared and not self.is_kept:
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
    if isinstance(tool, type) and issubclass(tool, (*get_args(Tools), FunctionSource)):
        name = tool.__name__
        raise TypeError(f"{place} is the class {name}: pass an object, {name}(...)")
    if callable(getattr(tool, "list_tools", None)):
        raise TypeError(
            f"{place} is a session with an MCP server: pass MCPTools(session)"
        )
    if hasattr(tool, "__aenter__") and not callable(tool):
        raise TypeError(
            f"{place} is a context manager, {type(tool).__name__}: pass what `async "
            "with` or `with` returns"
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


def _collision(name: str, first: str, second: str) -> str:
    if first == second:
        return (
            f"{first} has two tools that the model would see as {name!r}: exclude one"
        )
    return (
        f"{first} and {second} both have a tool {name!r}: pass prefix=... with the "
        "tools of the MCP server"
    )


def _refuse_namesakes(toolset: Toolset) -> None:
    for name in sorted(toolset.elsewhere & toolset.functions.keys()):
        raise ValueError(
            f"tools has the function {name!r} and declares it too: leave out the "
            "declaration"
        )
