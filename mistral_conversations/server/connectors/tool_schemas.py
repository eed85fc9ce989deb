"""Descriptions of functions as tools of MCP."""

import inspect
from collections.abc import Callable
from types import NoneType, UnionType
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

from mistral_conversations.server.web.failures import JSONObject

__all__ = ["ToolFunction", "described_tool", "pretty_tool"]

ToolFunction: TypeAlias = Callable[..., Any]

_SCHEMAS: dict[Any, JSONObject] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    list: {"type": "array"},
    tuple: {"type": "array"},
    dict: {"type": "object"},
}
_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
_PRETTY = ("name", "description", "annotations", "inputSchema")


def described_tool(name: str, function: ToolFunction) -> JSONObject:
    """Describe a function as an `MCPTool`: its docstring, and its parameters."""
    return {
        "name": name,
        "title": None,
        "description": inspect.getdoc(function),
        "inputSchema": _input_schema(function),
        "outputSchema": None,
        "icons": None,
        "annotations": None,
        "_meta": None,
        "execution": None,
    }


def pretty_tool(tool: JSONObject) -> JSONObject:
    """Return the keys that the simplified list has."""
    return {key: tool[key] for key in _PRETTY}


def _input_schema(function: ToolFunction) -> JSONObject:
    try:
        given = inspect.signature(function).parameters
    except (TypeError, ValueError):  # a builtin such as max has no signature
        return {"type": "object"}
    hints = _hints(function)
    named = {name: each for name, each in given.items() if each.kind in _NAMED}
    return {
        "type": "object",
        "properties": {name: _schema(hints.get(name)) for name in named},
        "required": [
            name for name, each in named.items() if each.default is each.empty
        ],
    }


def _hints(function: ToolFunction) -> dict[str, Any]:
    try:
        return get_type_hints(function)
    except (NameError, TypeError):  # a name that only type checkers import
        return {}


def _schema(kind: Any) -> JSONObject:
    origin = get_origin(kind)
    if origin is Literal:
        return {"enum": list(get_args(kind))}
    if origin in {Union, UnionType}:
        members = [each for each in get_args(kind) if each is not NoneType]
        return _schema(members[0]) if len(members) == 1 else {}
    return dict(_SCHEMAS.get(origin or kind, {}))
