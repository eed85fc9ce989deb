"""The tools of a run: what is sent, and which function a name means."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Self, TypeAlias, get_args

import attrs

from mistral_conversations.models.tools import FunctionTool, Tools
from mistral_conversations.runs.functions.function_tool import function_tool
from mistral_conversations.runs.functions.python_function import PythonFunction

__all__ = ["RunTools", "Toolset"]

RunTools: TypeAlias = (
    PythonFunction[..., Any] | Callable[..., Any] | Tools | Mapping[str, Any]
)
"""A function, or a tool that is declared."""

_DECLARED = (*get_args(Tools), Mapping)


@attrs.frozen
class Toolset:
    """The functions and the declared tools of a run."""

    functions: Mapping[str, PythonFunction[..., Any]]
    declared: Sequence[Tools | Mapping[str, Any]]

    @classmethod
    def of(cls, tools: Any) -> Self:
        """Sort the `tools` of a run.

        Raises:
            TypeError: an item, named in the message, is neither a function nor a tool.
            ValueError: two tools have the same name.
        """
        functions: dict[str, PythonFunction[..., Any]] = {}
        declared: list[Any] = []
        for index, tool in enumerate(_sequence(tools)):
            if isinstance(tool, _DECLARED):
                declared.append(tool)
                continue
            function = _function(tool, f"tools[{index}]")
            if function.name in functions:
                raise ValueError(
                    f"tools[{index}]: another function is named {function.name!r}: "
                    "pass function_tool(..., name=...)"
                )
            functions[function.name] = function
        made = cls(functions, declared)
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
