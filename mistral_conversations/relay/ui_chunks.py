"""Sources and files as parts of a UI message, and the writing of its chunks."""

from collections.abc import Callable, Mapping
from typing import Any

from mistral_conversations._wire.converter import to_dict
from mistral_conversations._wire.json import decode_json, encode_exactly
from mistral_conversations.models.chunks import (
    DocumentURLChunk,
    ImageURLChunk,
    ToolFileChunk,
    ToolReferenceChunk,
)

__all__ = ["Chunk", "FileURL", "part_of", "read_json", "written"]

Chunk = dict[str, Any]
FileURL = Callable[[ToolFileChunk], str] | None

_UNKNOWN = "application/octet-stream"

_MEDIA_TYPES: Mapping[str, str] = {
    "csv": "text/csv",
    "gif": "image/gif",
    "html": "text/html",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "json": "application/json",
    "pdf": "application/pdf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "txt": "text/plain",
    "webp": "image/webp",
}


def written(chunk: Chunk) -> bytes:
    """Write a chunk as a server-sent event."""
    return b"data: %b\n\n" % encode_exactly(chunk)


def read_json(text: str) -> Any:
    """Return the value of JSON text; the text itself if it is none."""
    try:
        return decode_json(text)
    except ValueError:
        return text


def part_of(chunk: Any, number: int, file_url: FileURL) -> Chunk:
    """Return the part for a chunk of a message that is neither text nor thinking.

    A URL that is not of the web, such as `javascript:`, is no link of a page.

    Args:
        chunk: the chunk.
        number: a number that no other part has.
        file_url: returns the URL of a file that a tool made.
    """
    match chunk:
        case ToolReferenceChunk():
            return _source(f"source-{number}", chunk.url, chunk.title)
        case DocumentURLChunk():
            title = chunk.document_name or chunk.document_url
            return _source(f"source-{number}", chunk.document_url, title)
        case ImageURLChunk(image_url=image):
            url = image if isinstance(image, str) else image.url
            if _is_of_web(url) or url.startswith("data:image/"):
                return {"type": "file", "url": url, "mediaType": _type_of_image(url)}
        case ToolFileChunk() if file_url is not None:
            kind = _MEDIA_TYPES.get((chunk.file_type or "").lower(), _UNKNOWN)
            return {"type": "file", "url": file_url(chunk), "mediaType": kind}
        case ToolFileChunk():
            return {"type": "data-file", "id": chunk.file_id, "data": to_dict(chunk)}
    return {"type": "data-chunk", "data": to_dict(chunk), "transient": True}


def _source(id: str, url: str | None, title: str) -> Chunk:
    if url is not None and _is_of_web(url):
        return {"type": "source-url", "sourceId": id, "url": url, "title": title}
    more = {"mediaType": "text/plain", "title": title}
    return {"type": "source-document", "sourceId": id, **more}


def _is_of_web(url: str) -> bool:
    return url.lower().startswith(("https://", "http://"))


def _type_of_image(url: str) -> str:
    if url.startswith("data:"):
        return url.removeprefix("data:").partition(",")[0].partition(";")[0]
    suffix = url.partition("?")[0].rpartition(".")[2].lower()
    return _MEDIA_TYPES.get(suffix, "image/*")
