"""The content of a message: its text as Markdown, and its other chunks."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any, TypeAlias

from mistral_conversations._markup import (
    Html,
    address,
    bracketed,
    element,
    facts,
    fold,
    image,
    joined,
    prose,
    small,
    span,
)
from mistral_conversations.html.pieces import unknown
from mistral_conversations.html.prose import markdown
from mistral_conversations.models.chunks import (
    DocumentURLChunk,
    ImageURL,
    ImageURLChunk,
    MessageInputContentChunks,
    MessageOutputContentChunks,
    ReferenceChunk,
    TextChunk,
    ThinkChunk,
    ThinkingChunks,
    ToolFileChunk,
    ToolReferenceChunk,
    text_of,
)

__all__ = ["content", "written"]

Chunk: TypeAlias = (
    MessageInputContentChunks
    | MessageOutputContentChunks
    | ThinkingChunks
    | ReferenceChunk
)


def content(chunks: str | Sequence[Chunk]) -> Html:
    """Show what a model wrote."""
    return _content(chunks, markdown)


def written(chunks: str | Sequence[Chunk]) -> Html:
    """Show what a person or a program wrote: its text as it is."""
    return _content(chunks, prose)


def _content(chunks: str | Sequence[Chunk], text: Callable[..., Html]) -> Html:
    if isinstance(chunks, str):
        return text(chunks)
    return joined(
        text(*map(_inline, run)) if inline else joined(map(_block, run))
        for inline, run in groupby(chunks, _is_inline)
    )


def _is_inline(chunk: Chunk) -> bool:
    is_inline = isinstance(chunk, TextChunk | ToolReferenceChunk | ReferenceChunk)
    return is_inline or text_of(chunk) != ""


def _inline(chunk: Any) -> str:
    match chunk:
        case ToolReferenceChunk():
            source = (" ", address(chunk.url)) if chunk.url else ()
            return bracketed(span(chunk.title), *source)
        case ReferenceChunk():
            return bracketed(", ".join(map(str, chunk.reference_ids)))
    return text_of(chunk)


def _block(chunk: Any) -> Html:
    match chunk:
        case ThinkChunk():
            label = "thinking, cut short" if chunk.closed is False else "thinking"
            return fold(label, content(chunk.thinking))
        case ImageURLChunk():
            url = chunk.image_url
            return image(url.url if isinstance(url, ImageURL) else url)
        case DocumentURLChunk():
            place = address(chunk.document_url)
            return element("div", facts("document", chunk.document_name, place))
        case ToolFileChunk():
            details = small(facts(chunk.file_type, chunk.file_id, chunk.tool))
            return element("div", facts("file", chunk.file_name, details))
    return unknown(chunk)
