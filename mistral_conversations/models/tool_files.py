"""The files that tools made, as an answer or a history names them."""

import inspect
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from mistral_conversations.models.chunks import ToolFileChunk
from mistral_conversations.models.conversations import (
    ConversationHistory,
    ConversationMessages,
    ConversationResponse,
)
from mistral_conversations.models.entries import InputEntries, OutputEntries
from mistral_conversations.models.model import Model, Unknown

__all__ = ["FileSource", "ToolFile", "tool_files"]

FileSource: TypeAlias = (
    ConversationResponse
    | ConversationHistory
    | ConversationMessages
    | InputEntries
    | OutputEntries
    | ToolFileChunk
)

_CONTAINERS = {
    ConversationResponse: "outputs",
    ConversationHistory: "entries",
    ConversationMessages: "messages",
}


class ToolFile(NamedTuple):
    """A file that a tool made."""

    id: str
    name: str | None
    type: str | None
    """Its extension, without a dot; its media type is accepted too."""


def tool_files(source: Any) -> tuple[ToolFile, ...]:
    """Return the files that `tool_file` chunks name, in their order, each once.

    Args:
        source: a response, a history, messages, an entry, a chunk, or an iterable of
            these.

    Raises:
        TypeError: the source is none of these; the message calls it `response`.
    """
    found: dict[str, ToolFile] = {}
    for file in _files(source):
        found.setdefault(file.id, file)
    return tuple(found.values())


def _files(source: Any) -> Iterator[ToolFile]:
    if isinstance(source, ToolFileChunk):
        yield ToolFile(source.file_id, source.file_name, source.file_type)
    elif isinstance(source, Unknown):
        yield from _unknown(source.raw)
    elif isinstance(source, Model):
        key = _CONTAINERS.get(type(source), "content")
        content = getattr(source, key, None)
        for part in content if isinstance(content, tuple | list) else ():
            yield from _files(part)
    else:
        for part in _several(source):
            yield from _files(part)


def _unknown(raw: Any) -> Iterator[ToolFile]:
    """Yield the files of a chunk or an entry that fits no class."""
    if not isinstance(raw, Mapping):
        return
    if raw.get("type") != "tool_file":
        content = raw.get("content")
        for part in content if isinstance(content, list) else ():
            yield from _unknown(part)
        return
    values = [raw.get(key) for key in ("file_id", "file_name", "file_type")]
    id_, name, type_ = (v if isinstance(v, str) and v else None for v in values)
    if id_ is not None:
        yield ToolFile(id_, name, type_)


def _several(source: Any) -> Iterable[Any]:
    is_stream = callable(getattr(source, "response", None))
    if isinstance(source, Iterable) and not (
        is_stream or isinstance(source, str | bytes | bytearray | Mapping)
    ):
        return source
    remedy = ""
    if inspect.isawaitable(source):
        remedy = ": await it first"
    elif is_stream:
        remedy = ": pass what its response() returns"
    raise TypeError(
        "response must be a ConversationResponse, a ConversationHistory, "
        "ConversationMessages, an entry, a ToolFileChunk, or several of these, not "
        f"{type(source).__name__}{remedy}"
    )
