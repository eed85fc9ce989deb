"""Pieces of conversations in words, as the chat and the transcript have them."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from mistral_conversations import (
    DocumentURLChunk,
    FunctionCallEntry,
    ImageURL,
    ImageURLChunk,
    ReferenceChunk,
    TextChunk,
    ThinkChunk,
    ToolFileChunk,
    ToolReferenceChunk,
)
from mistral_conversations.cli.terminal import one_line

__all__ = [
    "arguments_of",
    "boxed",
    "call_line",
    "chunk_text",
    "content_text",
    "shortened",
    "time",
]

_LONGEST_ADDRESS = 200


def time(moment: datetime | None) -> str:
    """Tell a time, to the second; nothing of None."""
    if moment is None:
        return ""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def content_text(content: str | Iterable[Any]) -> str:
    """Tell the content of a message; thoughts stand on lines of their own."""
    if isinstance(content, str):
        return content
    return "".join(
        f"[thinking] {chunk_text(chunk)}\n"
        if isinstance(chunk, ThinkChunk)
        else chunk_text(chunk)
        for chunk in content
    )


def chunk_text(chunk: Any) -> str:
    """Tell a chunk: its text, or what it is in brackets."""
    if isinstance(chunk, TextChunk):
        return chunk.text
    if isinstance(chunk, ThinkChunk):
        return content_text(chunk.thinking)
    facts = (one_line(fact) for fact in _facts(chunk) if fact)
    told = " ".join(shortened(fact, _LONGEST_ADDRESS) for fact in facts)
    return f" [{told}]" if isinstance(chunk, ToolReferenceChunk) else f"[{told}]"


def _facts(chunk: Any) -> Sequence[str | None]:
    match chunk:
        case ToolReferenceChunk():
            return chunk.title, chunk.url
        case ReferenceChunk():
            return (", ".join(map(str, chunk.reference_ids)),)
        case ImageURLChunk():
            url = chunk.image_url
            return "image", url.url if isinstance(url, ImageURL) else url
        case DocumentURLChunk():
            return "document", chunk.document_name, chunk.document_url
        case ToolFileChunk():
            return "file", chunk.file_name, chunk.file_type, chunk.file_id
    return (chunk.type or "unknown",)


def call_line(call: FunctionCallEntry) -> str:
    """Tell a function call with all of its arguments: the user is to judge it."""
    return f"[{one_line(call.name)}] {arguments_of(call)}"


def arguments_of(call: FunctionCallEntry) -> str:
    """Give the arguments of a call as text, set in where they have several lines."""
    told = call.arguments
    text = told if isinstance(told, str) else json.dumps(told, ensure_ascii=False)
    return text.strip().replace("\n", "\n  | ")


def boxed(text: str, mark: str = "|") -> Sequence[str]:
    """Set the lines of a text off by a mark before each."""
    return [f"  {mark} {line}".rstrip() for line in text.rstrip().splitlines()]


def shortened(text: str, longest: int) -> str:
    """Cut what nobody reads to its end, such as a picture written as an address."""
    return text if len(text) <= longest else f"{text[:longest]}…"
