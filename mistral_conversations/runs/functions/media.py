"""Values that are no text, such as images: one line for the model.

The service takes the result of a function as text alone. Classes of optional libraries
are recognized by their names, without an import.
"""

import io
import mimetypes
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import PurePath
from typing import Any

from mistral_conversations._wire.data_urls import (
    base64_size,
    media_type_of,
    read_data_url,
)
from mistral_conversations._wire.json import decode_json
from mistral_conversations._wire.values import write
from mistral_conversations.models.chunks import (
    DocumentURLChunk,
    ImageURL,
    ImageURLChunk,
    TextChunk,
    ToolFileChunk,
)

__all__ = ["line_of"]

_ANY = "application/octet-stream"
_AUDIO: Mapping[bytes, str] = {
    b"ID3": "audio/mpeg",
    b"\xff\xfb": "audio/mpeg",
    b"OggS": "audio/ogg",
    b"fLaC": "audio/flac",
}
_LONGEST_URL = 500


def line_of(value: object) -> str | None:
    """Return one line that names the kind and size of a value; None for data.

    A text chunk, or the text of an MCP tool, is that text.
    """
    if isinstance(value, bytes | bytearray | memoryview):
        return _of_bytes(value)
    if isinstance(value, io.IOBase):
        return _of_file(value)
    for cls in type(value).__mro__:
        library = cls.__module__.partition(".")[0]
        describe = _OURS.get(cls) or _OTHERS.get(library)
        if describe is not None:
            return describe(value)
    return None


def _shown(kind: str, *about: str) -> str:
    return f"[{', '.join(filter(None, (kind, *about)))}]"


def _size(number: int) -> str:
    return f"{number:,} byte" if number == 1 else f"{number:,} bytes"


def _of_bytes(content: bytes | bytearray | memoryview, kind: str | None = None) -> str:
    view = memoryview(content)
    with suppress(TypeError):  # not contiguous
        head = bytes(view.cast("B")[:64]) if view.nbytes else b""
        kind = kind or media_type_of(head) or _audio_type(head)
    return _shown(kind or _ANY, _size(view.nbytes))


def _audio_type(head: bytes) -> str | None:
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "audio/wav"
    found = (kind for start, kind in _AUDIO.items() if head.startswith(start))
    return next(found, None)


def _of_file(file: io.IOBase) -> str:
    if isinstance(file, io.BytesIO) and not file.closed:
        return _of_bytes(file.getvalue())
    if isinstance(file, io.StringIO) and not file.closed:
        return file.getvalue()
    name, size = getattr(file, "name", None), ""
    with suppress(OSError, ValueError):  # closed, or no file of the system
        size = _size(os.fstat(file.fileno()).st_size)
    if not isinstance(name, str | os.PathLike):
        return _shown("file", size)
    shown = PurePath(name).name
    return _shown(mimetypes.guess_type(shown)[0] or "file", shown, size)


def _of_url(kind: str, url: str, name: str | None = None) -> str:
    if not url.lower().startswith("data:"):
        return _shown(kind, name or "", url[:_LONGEST_URL])
    with suppress(ValueError):
        media_type, size = read_data_url(url)
        return _shown(media_type, name or "", _size(size))
    return _shown(kind, name or "")


def _of_image_chunk(chunk: ImageURLChunk) -> str:
    image = chunk.image_url
    return _of_url("image", image.url if isinstance(image, ImageURL) else image)


def _of_document_chunk(chunk: DocumentURLChunk) -> str:
    return _of_url("document", chunk.document_url, chunk.document_name)


def _of_tool_file(chunk: ToolFileChunk) -> str:
    return _shown(chunk.file_type or "file", chunk.file_name or "", chunk.file_id)


_OURS: Mapping[type, Callable[[Any], str | None]] = {
    TextChunk: lambda chunk: chunk.text,
    ImageURLChunk: _of_image_chunk,
    DocumentURLChunk: _of_document_chunk,
    ToolFileChunk: _of_tool_file,
}


def _of_pillow(image: Any) -> str | None:
    """Describe a `PIL.Image.Image`."""
    size, format_ = getattr(image, "size", None), getattr(image, "format", None)
    if not (isinstance(size, tuple) and hasattr(image, "getbands")):
        return None
    kind = f"image/{format_.lower()}" if isinstance(format_, str) else "image"
    return _shown(kind, _pixels(*size))


def _of_matplotlib(drawing: Any) -> str | None:
    """Describe a figure, or what is drawn in one."""
    figure = drawing
    if not hasattr(drawing, "get_size_inches"):
        figure = getattr(drawing, "figure", None)
    if figure is None:
        return None
    width, height = (round(inches * figure.dpi) for inches in figure.get_size_inches())
    return _shown("figure", _pixels(width, height))


def _pixels(width: int, height: int) -> str:
    return f"{width:,} x {height:,} pixels"


def _of_ipython(display: Any) -> str | None:
    """Describe an image, audio or video of `IPython.display`."""
    data = getattr(display, "data", None)
    kind = getattr(display, "mimetype", None) or getattr(display, "_mimetype", None)
    if isinstance(data, bytes):
        return _of_bytes(data, kind)
    return None


def _of_pandas(table: Any) -> str | None:
    """Write a table or a column as CSV."""
    return table.to_csv() if hasattr(table, "to_csv") else None


def _of_polars(table: Any) -> str | None:
    return table.write_csv() if hasattr(table, "write_csv") else None


def _of_mcp(content: Any) -> str | None:
    """Describe what an MCP tool returns, or one part of it."""
    parts = getattr(content, "content", None)
    if isinstance(parts, list):
        lines = [_of_mcp_part(part) for part in parts]
        return "\n".join([*lines, *_structured(content, parts)])
    describe = _MCP.get(getattr(content, "type", ""))
    return None if describe is None else describe(content)


def _of_mcp_part(part: Any) -> str:
    line = line_of(part)
    return str(part) if line is None else line


def _structured(result: Any, parts: list[Any]) -> Iterator[str]:
    """Yield the structured content of a result as JSON, unless the parts have it.

    Servers repeat it as JSON text, repeat an image in it, or wrap what the parts have
    as `{"result": ...}`.
    """
    names = ("structured_content", "structuredContent")
    found = (getattr(result, name, None) for name in names)
    data = next((each for each in found if each is not None), None)
    if data is None or (parts and isinstance(data, dict) and [*data] == ["result"]):
        return
    if not any(_is_of_part(data, part) for part in parts):
        yield write(data)


def _is_of_part(data: Any, part: Any) -> bool:
    """Return whether structured content repeats a part of the result."""
    text, base64 = getattr(part, "text", None), getattr(part, "data", None)
    if isinstance(text, str):
        with suppress(ValueError):
            return bool(decode_json(text) == data)
    return base64 is not None and isinstance(data, dict) and data.get("data") == base64


def _of_mcp_data(content: Any) -> str:
    return _of_base64(content.data, _mcp_type(content))


def _of_mcp_resource(content: Any) -> str:
    """Describe a resource; its text, if it is one, follows that line."""
    resource = content.resource
    kind, uri = _mcp_type(resource), str(resource.uri)
    text = getattr(resource, "text", None)
    if not isinstance(text, str):
        return _of_base64(resource.blob, kind, uri)
    size = len(text.encode("utf-8", "replace"))
    return f"{_shown(kind or 'text/plain', uri, _size(size))}\n{text}"


def _of_mcp_link(content: Any) -> str:
    size = "" if content.size is None else _size(content.size)
    kind = _mcp_type(content) or "resource"
    return _shown(kind, content.name, str(content.uri), size)


def _mcp_type(content: Any) -> str | None:
    """Return the media type, by its name in version 1 of the library or in 2."""
    return getattr(content, "mimeType", None) or getattr(content, "mime_type", None)


def _of_base64(data: str, kind: str | None, name: str = "") -> str:
    return _shown(kind or _ANY, name, _size(base64_size(data)))


_MCP: Mapping[str, Callable[[Any], str]] = {
    "text": lambda content: content.text,
    "image": _of_mcp_data,
    "audio": _of_mcp_data,
    "resource": _of_mcp_resource,
    "resource_link": _of_mcp_link,
}

_OTHERS: Mapping[str, Callable[[Any], str | None]] = {
    "IPython": _of_ipython,
    "PIL": _of_pillow,
    "matplotlib": _of_matplotlib,
    "mcp": _of_mcp,
    "mcp_types": _of_mcp,
    "pandas": _of_pandas,
    "polars": _of_polars,
}
