"""Comparison of a sent entry with a stored one, by what they mean.

The service completes entries (ids, times, defaults), and may store a text as a chunk,
or a file instead of a data URL.
"""

from collections.abc import Hashable, Mapping
from typing import Any

import attrs

from mistral_conversations._wire.entry_facts import fact, text_fact
from mistral_conversations._wire.json import decode_json
from mistral_conversations.models.chunks import (
    ImageURL,
    ImageURLChunk,
    TextChunk,
    ThinkChunk,
    UnknownChunk,
    text_of,
)
from mistral_conversations.models.entries import (
    FunctionCallEntry,
    FunctionResultEntry,
    InputEntries,
    MessageInputEntry,
    MessageOutputEntry,
    ToolExecutionEntry,
)
from mistral_conversations.models.model import Unknown

__all__ = ["is_same", "outline"]

_MESSAGES = (MessageInputEntry, MessageOutputEntry)
_ASSIGNED = frozenset({"id", "object", "type", "created_at", "completed_at"})
_IDENTIFYING = ("document_url", "file_id", "url", "title", "reference_ids")
_DATA = "data:"


def outline(entry: InputEntries) -> Hashable:
    """Return a value that is equal for entries that `is_same` may accept."""
    if isinstance(entry, _MESSAGES):
        parts = (_chunk_outline(chunk) for chunk in _chunks(entry.content))
        return "message", entry.role, *parts
    return text_fact(entry, "type"), text_fact(entry, "tool_call_id")


def _chunk_outline(chunk: Any) -> Hashable:
    return chunk.text if isinstance(chunk, TextChunk) else (chunk.type,)


def is_same(sent: InputEntries, stored: InputEntries) -> bool:
    """Return whether a stored entry means what a sent one does.

    Ids and times do not count. Texts are equal to the character, JSON by its values.
    """
    return outline(sent) == outline(stored) and _has_same_details(sent, stored)


def _has_same_details(sent: InputEntries, stored: InputEntries) -> bool:
    """Compare what the outlines, which are equal, do not show."""
    if isinstance(sent, _MESSAGES) and isinstance(stored, _MESSAGES):
        chunks = map(_is_same_chunk, _chunks(sent.content), _chunks(stored.content))
        return all(chunks)
    if type(sent) is not type(stored) or isinstance(sent, Unknown):
        return _same_texts(sent, stored)
    if isinstance(sent, FunctionResultEntry):
        return _same_json(sent.result, fact(stored, "result"))
    if isinstance(sent, FunctionCallEntry | ToolExecutionEntry):
        return _equal(sent, stored, "name") and _same_json(
            sent.arguments, fact(stored, "arguments")
        )
    return _equal(sent, stored, "previous_agent_id", "next_agent_id")


def _equal(sent: InputEntries, stored: InputEntries, *names: str) -> bool:
    return all(fact(sent, name) == fact(stored, name) for name in names)


def _same_json(sent: Any, stored: Any) -> bool:
    """Compare JSON text, or objects, by value; None equals anything."""
    if sent is None or stored is None or _is_equal(sent, stored):
        return True
    try:
        return _is_equal(_value(sent), _value(stored))
    except ValueError:
        return False


def _is_equal(sent: Any, stored: Any) -> bool:
    """Compare values; those that are nested too deeply for Python are not equal."""
    try:
        return bool(sent == stored)
    except RecursionError:
        return False


def _value(json: Any) -> Any:
    return decode_json(json) if isinstance(json, str) else json


def _same_texts(sent: InputEntries, stored: InputEntries) -> bool:
    """Compare entries one of which fits no class: the type, and the texts of both."""
    if text_fact(sent, "type") is None:
        return False
    ours, theirs = _texts(sent), _texts(stored)
    return all(ours[name] == theirs[name] for name in ours.keys() & theirs.keys())


def _texts(entry: InputEntries) -> Mapping[str, str]:
    if isinstance(entry, Unknown):
        fields = entry.raw
    else:
        fields = attrs.asdict(entry, recurse=False)
    return {
        name: value
        for name, value in fields.items()
        if isinstance(value, str) and name not in _ASSIGNED
    }


def _chunks(content: Any) -> tuple[Any, ...]:
    """Return the chunks of a content; a text is one."""
    pieces = content if isinstance(content, tuple) else (content,)
    return tuple(_chunk(piece) for piece in pieces)


def _chunk(piece: Any) -> Any:
    text = piece.raw if isinstance(piece, UnknownChunk) else piece
    return TextChunk(text=text) if isinstance(text, str) else piece


def _is_same_chunk(sent: Any, stored: Any) -> bool:
    ours, theirs = _identity(sent), _identity(stored)
    shared = ours.keys() & theirs.keys()
    return all(_same_reference(ours[name], theirs[name]) for name in shared)


def _identity(chunk: Any) -> Mapping[str, Any]:
    """Return the fields that say which file, page or thought a chunk is."""
    if isinstance(chunk, ThinkChunk):
        return {"thinking": text_of(chunk.thinking)}
    if isinstance(chunk, UnknownChunk):
        raw = chunk.raw if isinstance(chunk.raw, dict) else {}
        found = {name: raw.get(name) for name in raw.keys() - _ASSIGNED}
    else:
        found = {name: getattr(chunk, name, None) for name in _IDENTIFYING}
    if isinstance(chunk, ImageURLChunk):
        found["image_url"] = chunk.image_url
    return {name: _url(value) for name, value in found.items() if value is not None}


def _url(value: Any) -> Any:
    if isinstance(value, ImageURL):
        return value.url
    return value["url"] if isinstance(value, dict) and "url" in value else value


def _same_reference(sent: Any, stored: Any) -> bool:
    return _is_equal(sent, stored) or (_is_data(sent) and not _is_data(stored))


def _is_data(url: Any) -> bool:
    return isinstance(url, str) and url[: len(_DATA)].lower() == _DATA
