"""Objects as rows of a table: flat dicts of text, numbers and times."""

import json
import reprlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import chain
from types import UnionType
from typing import Any, Union, get_args, get_origin

import attrs

from mistral_conversations.models.chunks import ThinkChunk, text_of
from mistral_conversations.models.entries import (
    AgentHandoffEntry,
    FunctionCallEntry,
    FunctionResultEntry,
    InputEntries,
    MessageInputEntry,
    MessageOutputEntry,
    ToolExecutionEntry,
)
from mistral_conversations.models.model import Model, Unknown
from mistral_conversations.models.runs import RunCall, RunResult
from mistral_conversations.models.tools import (
    CustomConnector,
    DocumentLibraryTool,
    FunctionTool,
    Tools,
)

__all__ = ["TOOLS", "entry_rows", "item_rows", "row_of", "run_rows", "tool_name"]

TOOLS: tuple[type, ...] = get_args(Tools)

_SCALARS = (str, bool, int, float, datetime)
_NO_COLUMNS = frozenset({"object", "extra", "meta", "raw"})
_ENTRY_COLUMNS = (
    *("type", "id", "created_at", "completed_at", "role", "model", "agent_id"),
    *("tool_call_id", "name", "text", "thinking"),
)


def entry_rows(entries: Iterable[InputEntries]) -> list[dict[str, Any]]:
    """Return a row for each entry."""
    return [_entry_row(entry) for entry in entries]


def run_rows(result: RunResult) -> list[dict[str, Any]]:
    """Return a row for each entry of a run, with what it knows of each call."""
    calls = {call.tool_call_id: call for call in result.calls}
    return [{**_entry_row(each), **_record(each, calls)} for each in result.entries]


def _record(entry: InputEntries, calls: Mapping[str, RunCall]) -> dict[str, Any]:
    """Return what a run adds to the row of a result; nothing for another entry."""
    if isinstance(entry, FunctionResultEntry) and entry.tool_call_id in calls:
        call = calls[entry.tool_call_id]
        return {"name": call.name, "seconds": call.seconds, "error": call.error}
    return {"seconds": None, "error": None}


def item_rows(items: Iterable[Any], of: Any) -> list[dict[str, Any]]:
    """Return a row for each object of a list.

    Args:
        items: the objects.
        of: their class, or a union of classes, whose fields are the columns.
    """
    names = _columns(of)
    return [
        {name: row.get(name) for name in names}
        for row in (row_of(item) for item in items)
    ]


@cache
def _columns(of: Any) -> Sequence[str]:
    classes = get_args(of) if get_origin(of) in {Union, UnionType} else (of,)
    fields = chain.from_iterable(map(attrs.fields, classes))
    return tuple(dict.fromkeys(f.name for f in fields if _is_column(f)))


def _is_column(field: "attrs.Attribute[Any]") -> bool:
    """Return whether a field is a column; those whose repr masks secrets are not."""
    return field.repr is True and field.name not in _NO_COLUMNS


def row_of(item: Model | Unknown) -> dict[str, Any]:
    """Return the fields of an object by name, each flat."""
    if isinstance(item, Unknown):
        raw = item.raw if isinstance(item.raw, Mapping) else {}
        return {**{key: _flat(value) for key, value in raw.items()}, "type": item.type}
    fields = filter(_is_column, attrs.fields(type(item)))
    return {field.name: _flat(getattr(item, field.name)) for field in fields}


def _flat(value: Any) -> Any:
    """Return a scalar as it is, and the text of anything else."""
    if value is None or isinstance(value, _SCALARS):
        return value
    if isinstance(value, Model | Unknown):
        return _name_of(value)
    if isinstance(value, list | tuple) and all(map(_is_short, value)):
        return ", ".join(str(_flat(part)) for part in value)
    try:
        return json.dumps(value, ensure_ascii=False, default=repr)
    except (TypeError, ValueError, RecursionError):
        return reprlib.repr(value)


def _is_short(value: Any) -> bool:
    return isinstance(value, (*_SCALARS, Model, Unknown))


def _name_of(item: Model | Unknown) -> str:
    """Return what stands for an object in a row of another one."""
    if isinstance(item, TOOLS):
        return tool_name(item)
    names = (getattr(item, name, None) for name in ("name", "id", "type"))
    found = next((name for name in names if isinstance(name, str)), None)
    return found or ", ".join(_flags(item)) or repr(item)


def _flags(item: Model | Unknown) -> Iterable[str]:
    """Yield the names of the fields that are true, if they all say yes or no."""
    values = attrs.asdict(item, recurse=False)
    values.pop("extra", None)
    if all(isinstance(value, bool) for value in values.values()):
        yield from (name for name, value in values.items() if value)


def tool_name(tool: Any) -> str:
    """Return the name of a tool, without its authorization."""
    match tool:
        case FunctionTool():
            return tool.function.name
        case CustomConnector():
            return tool.connector_id
        case DocumentLibraryTool():
            return f"{tool.type} {', '.join(tool.library_ids)}"
    return tool.type or "unknown"


def _entry_row(entry: InputEntries) -> dict[str, Any]:
    given = {name: getattr(entry, name, None) for name in _ENTRY_COLUMNS}
    return {**given, **_texts(entry)}


def _texts(entry: InputEntries) -> dict[str, Any]:
    """Return the columns that have another name in the entry."""
    match entry:
        case MessageInputEntry() | MessageOutputEntry():
            return {"text": text_of(entry.content), "thinking": _thinking(entry)}
        case FunctionCallEntry() | ToolExecutionEntry():
            given = entry.arguments
            is_text = given is None or isinstance(given, str)
            return {"text": given if is_text else _flat(given)}
        case FunctionResultEntry():
            return {"text": entry.result}
        case AgentHandoffEntry():
            return {"agent_id": entry.next_agent_id, "name": entry.next_agent_name}
    return {"text": _flat(entry.raw)}


def _thinking(entry: MessageInputEntry | MessageOutputEntry) -> str | None:
    chunks = () if isinstance(entry.content, str) else entry.content
    thoughts = [text_of(c.thinking) for c in chunks if isinstance(c, ThinkChunk)]
    return "\n".join(thoughts) if thoughts else None
