"""The media type of a file, guessed from its name."""

import mimetypes
from collections.abc import Mapping
from pathlib import PurePath

__all__ = ["UNKNOWN", "media_type"]

UNKNOWN = "application/octet-stream"
_PACKED = {"gzip": "application/gzip", "bzip2": "application/x-bzip2"}

_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"

_TYPES: Mapping[str, str] = {
    ".docx": f"{_OFFICE}.wordprocessingml.document",
    ".dotx": f"{_OFFICE}.wordprocessingml.template",
    ".xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    ".xltx": f"{_OFFICE}.spreadsheetml.template",
    ".pptx": f"{_OFFICE}.presentationml.presentation",
    ".ppsx": f"{_OFFICE}.presentationml.slideshow",
    ".potx": f"{_OFFICE}.presentationml.template",
    ".docm": "application/vnd.ms-word.document.macroEnabled.12",
    ".xlsm": "application/vnd.ms-excel.sheet.macroEnabled.12",
    ".pptm": "application/vnd.ms-powerpoint.presentation.macroEnabled.12",
    ".xlsb": "application/vnd.ms-excel.sheet.binary.macroEnabled.12",
    ".doc": "application/msword",
    ".xls": "application/vnd.ms-excel",
    ".ppt": "application/vnd.ms-powerpoint",
    ".odt": f"{_OPEN}.text",
    ".ods": f"{_OPEN}.spreadsheet",
    ".odp": f"{_OPEN}.presentation",
    ".odg": f"{_OPEN}.graphics",
    ".rtf": "application/rtf",
    ".pdf": "application/pdf",
    ".epub": "application/epub+zip",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".rst": "text/x-rst",
    ".tex": "application/x-tex",
    ".txt": "text/plain",
    ".text": "text/plain",
    ".log": "text/plain",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".ndjson": "application/x-ndjson",
    ".ipynb": "application/x-ipynb+json",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".toml": "application/toml",
    ".xml": "application/xml",
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "application/xhtml+xml",
    ".css": "text/css",
    ".js": "text/javascript",
    ".py": "text/x-python",
    ".eml": "message/rfc822",
    ".msg": "application/vnd.ms-outlook",
    ".ics": "text/calendar",
    ".vcf": "text/vcard",
    ".srt": "application/x-subrip",
    ".vtt": "text/vtt",
    ".parquet": "application/vnd.apache.parquet",
    ".zip": "application/zip",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".heic": "image/heic",
    ".heif": "image/heif",
    ".bmp": "image/bmp",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".svg": "image/svg+xml",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
}
"""By the registry of IANA, where it has one: the same on every machine.

`mimetypes` knows what /etc/mime.types says, and without it no office file.
"""


def media_type(filename: str) -> str:
    """Return the media type of a file by its suffixes; it may read system files."""
    path = PurePath(filename)
    if found := _TYPES.get(path.suffix.lower()):
        return found
    suffixes = "".join(path.suffixes[-2:])  # alone: a name may look like a URL
    kind, packing = mimetypes.guess_type(f"file{suffixes}", strict=False)
    if packing is not None:
        return _PACKED.get(packing, UNKNOWN)
    return kind or UNKNOWN
