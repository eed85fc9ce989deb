"""Messages, chunks and function calls as plain text."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from mistral_conversations.display.output import one_line
from mistral_conversations.models.chunks import (
    DocumentURLChunk,
    ImageURL,
    ImageURLChunk,
    ReferenceChunk,
    TextChunk,
    ThinkChunk,
    ToolFileChunk,
    ToolReferenceChunk,
    text_of,
)
from mistral_conversations.models.entries import FunctionCallEntryArguments

__all__ = [
    "arguments_text",
    "boxed",
    "chunk_text",
    "content_text",
    "named_call",
    "shortened",
]

_LONGEST_ADDRESS = 200


def content_text(content: str | Iterable[Any]) -> str:
    """Return the content of a message as text, with each thought on its own line."""
    if isinstance(content, str):
        return content
    return "".join(
        f"[thinking] {chunk_text(chunk)}\n"
        if isinstance(chunk, ThinkChunk)
        else chunk_text(chunk)
        for chunk in content
    )


def chunk_text(chunk: Any) -> str:
    """Return the text of a chunk, or a description of it in brackets."""
    text = text_of(chunk)
    if text or isinstance(chunk, TextChunk):
        return text
    if isinstance(chunk, ThinkChunk):
        return content_text(chunk.thinking)
    facts = (one_line(fact) for fact in _facts(chunk) if fact)
    text = " ".join(shortened(fact, _LONGEST_ADDRESS) for fact in facts)
    return f" [{text}]" if isinstance(chunk, ToolReferenceChunk) else f"[{text}]"


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


def named_call(name: str, arguments: str) -> str:
    """Describe a call of a function by its name and the text of its arguments."""
    shown = arguments.strip().replace("\n", "\n  | ")
    return f"[{one_line(name)}] {shown}"


def arguments_text(arguments: FunctionCallEntryArguments | None) -> str:
    """Return the arguments of a function or tool as text; "" for none."""
    if arguments is None or isinstance(arguments, str):
        return arguments or ""
    return json.dumps(arguments, ensure_ascii=False)


def boxed(text: str, mark: str = "|") -> Sequence[str]:
    """Prefix each line of a text with a mark."""
    return [f"  {mark} {line}".rstrip() for line in text.rstrip().splitlines()]


def shortened(text: str, longest: int) -> str:
    """Cut a text that nobody reads to its end, such as an image in a data URL."""
    return text if len(text) <= longest else f"{text[:longest]}…"
