"""The results of functions as contents of MCP."""

import inspect
from collections.abc import Mapping
from typing import Any

from mistral_conversations._wire.converter import to_dict
from mistral_conversations._wire.json import check_json, encode_json
from mistral_conversations.models.model import Model, Unknown
from mistral_conversations.server.connectors.tool_schemas import ToolFunction
from mistral_conversations.server.web.failures import JSONObject

__all__ = ["failed", "run"]

_TAGS = {"text", "image", "audio", "resource_link", "resource"}


async def run(function: ToolFunction, arguments: Mapping[str, Any]) -> JSONObject:
    """Call a function, plain or async, and return its result as a response.

    A str is a text; a content (a model, or a mapping with a `type` of MCP) or a list of
    both stays itself; anything else is JSON text, an object also `structuredContent`.
    What the function raises is a result with `isError`.
    """
    try:
        value = function(**arguments)
        if inspect.isawaitable(value):
            value = await value
        return _response(_plain(value))
    except Exception as error:  # noqa: BLE001 - the function is the user's code
        return failed(f"{type(error).__name__}: {error}")


def failed(message: str) -> JSONObject:
    """Return the result of a tool that failed."""
    return _result([_text(message)], is_error=True)


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        value = [_plain(item) for item in value]
    elif isinstance(value, Model | Unknown):
        value = to_dict(value)
    elif isinstance(value, Mapping):
        value = dict(value)
    check_json(value, "the result of the tool")
    return value


def _response(value: Any) -> JSONObject:
    if value is None:
        return _result([])
    parts = value if isinstance(value, list) else [value]
    if parts and all(isinstance(part, str) or _is_content(part) for part in parts):
        return _result([_text(p) if isinstance(p, str) else p for p in parts])
    structured = value if isinstance(value, dict) else None
    return _result([_text(encode_json(value).decode())], structured)


def _is_content(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") in _TAGS


def _text(text: str) -> JSONObject:
    return {"type": "text", "text": text}


def _result(
    content: list[JSONObject],
    structured: JSONObject | None = None,
    *,
    is_error: bool = False,
) -> JSONObject:
    meta = {"isError": is_error, "structuredContent": structured, "_meta": None}
    return {"content": content, "metadata": {"mcp_meta": meta}}
