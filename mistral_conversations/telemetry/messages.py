"""Content as the conventions write it: messages with parts.

All functions read entries in JSON's plain types, as they are sent. Data URLs become
their kind and size; links and ids of files stay.
"""

from collections.abc import Callable, Mapping
from typing import Any

from mistral_conversations._characters import whole
from mistral_conversations._wire.converter import to_plain
from mistral_conversations._wire.data_urls import read_data_url
from mistral_conversations._wire.json import encode_json

__all__ = [
    "input_messages",
    "json_text",
    "output_messages",
    "system_instructions",
    "tool_definitions",
    "value_text",
]

JSONObject = dict[str, Any]

_LONGEST_HEAD = 100
_DATA = "data:"
_BASE64 = ";base64"
_DECLARED = ("name", "description", "parameters")


def input_messages(inputs: object) -> list[JSONObject]:
    """Return the messages of the inputs of a request."""
    if isinstance(inputs, str):
        return [_message("user", _parts(inputs))]
    entries = inputs if isinstance(inputs, list) else []
    return [_message(_role(entry), _entry_parts(entry)) for entry in entries]


def output_messages(entries: list[Any], finish: str) -> list[JSONObject]:
    """Return the message of an answer; the conventions allow only one.

    Args:
        entries: the entries of the answer.
        finish: why it ended.
    """
    parts = [part for entry in entries for part in _entry_parts(entry)]
    return [{**_message("assistant", parts), "finish_reason": finish}] if parts else []


def system_instructions(instructions: object) -> list[JSONObject]:
    """Return the parts of the instructions of a request."""
    return _parts(instructions) if isinstance(instructions, str) else []


def tool_definitions(tools: object) -> list[JSONObject]:
    """Return the declarations of tools, of connectors without their authorization."""
    found = tools if isinstance(tools, list) else []
    return [_definition(tool) for tool in found if isinstance(tool, dict)]


def json_text(value: object) -> str:
    """Return plain objects as JSON."""
    return encode_json(value).decode()


def value_text(value: object) -> str:
    """Return the arguments or the result of a tool as text; JSON if they are no text.

    They may be anything that a function takes.
    """
    if isinstance(value, str):
        return whole(_shortened(value))
    try:
        return json_text(_without_data(to_plain(value, "value")))
    except Exception:  # noqa: BLE001 - the classes are the caller's
        return whole(repr(value))


def _message(role: str, parts: list[JSONObject]) -> JSONObject:
    return {"role": role, "parts": parts}


def _role(entry: object) -> str:
    if not isinstance(entry, dict):
        return "user"
    kind = entry.get("type")
    if kind == "function.result":
        return "tool"
    role = entry.get("role")
    if isinstance(role, str):
        return role
    return "user" if kind in (None, "message.input") else "assistant"


def _entry_parts(entry: object) -> list[JSONObject]:
    if not isinstance(entry, dict):
        return _parts(entry)
    kind = entry.get("type")
    if kind == "function.call":
        return [_call("tool_call", entry, "tool_call_id")]
    if kind == "function.result":
        response = value_text(entry.get("result"))
        id_ = entry.get("tool_call_id")
        return [{"type": "tool_call_response", "id": id_, "response": response}]
    if kind == "tool.execution":
        return [_execution(entry)]
    if "content" in entry:
        return _parts(entry["content"])
    facts = {key: value for key, value in entry.items() if key.endswith("agent_name")}
    return [{"type": str(kind or "unknown"), **facts}]


def _call(kind: str, entry: JSONObject, id_: str) -> JSONObject:
    arguments = _without_data(entry.get("arguments"))
    part = {"type": kind, "id": entry.get(id_), "name": entry.get("name")}
    return part if arguments is None else {**part, "arguments": arguments}


def _execution(entry: JSONObject) -> JSONObject:
    call = _call("server_tool_call", entry, "id")
    facts = {"type": entry.get("name"), "arguments": call.pop("arguments", None)}
    facts["info"] = _without_data(entry.get("info"))
    found = {key: value for key, value in facts.items() if value is not None}
    return {**call, "server_tool_call": found}


def _parts(content: object) -> list[JSONObject]:
    chunks = content if isinstance(content, list) else [content]
    return [_part(chunk) for chunk in chunks]


def _part(chunk: object) -> JSONObject:
    if isinstance(chunk, str):
        return {"type": "text", "content": chunk}
    if not isinstance(chunk, dict):
        return {"type": "unknown"}
    kind = str(chunk.get("type") or "unknown")
    read = _READERS.get(kind)
    if read is not None:
        return read(chunk)
    kept = ("title", "url", "tool", "reference_ids")
    facts = {key: _without_data(chunk[key]) for key in kept if key in chunk}
    return {"type": kind, **facts}


def _text_part(chunk: JSONObject) -> JSONObject:
    return {"type": "text", "content": chunk.get("text")}


def _reasoning(chunk: JSONObject) -> JSONObject:
    return {"type": "reasoning", "content": _thoughts(chunk.get("thinking"))}


def _image(chunk: JSONObject) -> JSONObject:
    return _link("image", chunk.get("image_url"))


def _document(chunk: JSONObject) -> JSONObject:
    return _link("document", chunk.get("document_url"))


def _file(chunk: JSONObject) -> JSONObject:
    modality = _modality_of_extension(chunk.get("file_type"))
    return {"type": "file", "modality": modality, "file_id": chunk.get("file_id")}


_READERS: Mapping[str, Callable[[JSONObject], JSONObject]] = {
    "text": _text_part,
    "thinking": _reasoning,
    "image_url": _image,
    "document_url": _document,
    "tool_file": _file,
}


def _thoughts(thinking: object) -> str:
    chunks = thinking if isinstance(thinking, list) else []
    return "".join(c["text"] for c in chunks if isinstance(c, dict) and "text" in c)


def _link(modality: str, link: object) -> JSONObject:
    url = link.get("url") if isinstance(link, dict) else link
    if not isinstance(url, str) or not url.startswith(_DATA):
        return {"type": "uri", "modality": modality, "uri": url}
    media_type, size = _data_facts(url)
    facts = {"modality": modality, "mime_type": media_type, "size": size}
    return {"type": "blob", **facts}


def _modality_of_extension(extension: object) -> str:
    is_image = extension in {"png", "jpg", "jpeg", "gif", "webp"}
    return "image" if is_image else "document"


def _data_facts(url: str) -> tuple[str, int]:
    """Return the media type of a data URL, and the size of its data in bytes."""
    try:
        kind, size = read_data_url(url)
    except ValueError:  # no comma, so no data
        kind, size = url.removeprefix(_DATA), 0
    return kind.partition(";")[0][:_LONGEST_HEAD] or "text/plain", size


def _without_data(value: Any) -> Any:
    """Return a value with its data URLs replaced by their kind and size."""
    if isinstance(value, str):
        return _shortened(value)
    if isinstance(value, Mapping):
        return {key: _without_data(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_data(item) for item in value]
    return value


def _shortened(text: str) -> str:
    if not text.startswith(_DATA) or _BASE64 not in text[:_LONGEST_HEAD]:
        return text
    media_type, size = _data_facts(text)
    return f"<{media_type}, {size} bytes>"


def _definition(tool: JSONObject) -> JSONObject:
    function = tool.get("function")
    if not isinstance(function, dict):
        return {"type": tool.get("type"), "name": _connector(tool)}
    declared = {key: function[key] for key in _DECLARED if key in function}
    return {"type": "function", **declared}


def _connector(tool: JSONObject) -> object:
    return tool.get("connector_id") or tool.get("type")
