"""The results of functions as contents of MCP."""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from mistral_conversations._wire.converter import to_dict
from mistral_conversations._wire.json import check_json, encode_json
from mistral_conversations.models.model import Model, Unknown
from mistral_conversations.server.connectors.tool_schemas import ToolFunction
from mistral_conversations.server.web.failures import JSONObject

__all__ = ["failed", "run"]

_REQUIRED = {
    "text": ("text",),
    "image": ("data", "mimeType"),
    "audio": ("data", "mimeType"),
    "resource_link": ("name", "uri"),
}
"""The required texts of contents, by their type."""


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
        return failed(_described(error))


def failed(message: str) -> JSONObject:
    """Return the result of a tool that failed."""
    return _result([_text(message)], is_error=True)


def _described(error: Exception) -> str:
    name = type(error).__name__
    try:
        return f"{name}: {error}"
    except Exception:  # noqa: BLE001 - the text of the error is the user's code, too
        return name


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
    """Check whether an object is a content of MCP, not one with a `type` of its own."""
    if not isinstance(part, dict):
        return False
    kind = part.get("type")
    if kind == "resource":
        return _is_resource(part.get("resource"))
    required = _REQUIRED.get(kind, ()) if isinstance(kind, str) else ()
    return bool(required) and _has_texts(part, required)


def _is_resource(contents: Any) -> bool:
    return isinstance(contents, dict) and (
        _has_texts(contents, ("uri", "text")) or _has_texts(contents, ("uri", "blob"))
    )


def _has_texts(part: JSONObject, keys: Iterable[str]) -> bool:
    return all(isinstance(part.get(key), str) for key in keys)


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
