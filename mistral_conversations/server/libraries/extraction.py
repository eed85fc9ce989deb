"""The text of documents, where it can be read without OCR."""

import codecs

__all__ = ["extract", "pages", "pages_of", "summary"]

_TEXT_TYPES = frozenset(
    {
        *("application/json", "application/x-ndjson", "application/jsonl"),
        *("application/xml", "application/yaml", "application/x-yaml"),
        *("application/toml", "application/javascript", "application/sql"),
        *("application/x-sh", "application/x-tex", "application/rtf"),
    }
)

# Types that the service reads by OCR.
_OCR_TYPES = (
    *("application/pdf", "application/epub+zip", "application/msword", "image/"),
    *("application/vnd.openxmlformats-officedocument.", "application/vnd.ms-"),
    "application/vnd.oasis.opendocument.",
)
_OCR_EXTENSIONS = frozenset(
    {
        *("pdf", "epub", "doc", "docx", "ppt", "pptx", "xls", "xlsx"),
        *("odt", "odp", "ods", "png", "jpg", "jpeg", "gif", "webp", "avif", "tiff"),
    }
)
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LONGEST_SUMMARY = 200
_PAGE_END = "\f"


def extract(content: bytes, mime_type: str, extension: str | None) -> str | None:
    """Read the text of a file.

    Returns:
        The text; "" for types that the service reads by OCR, which is not done here;
        None for other files that are not text.
    """
    if _is_text(mime_type):
        return _decoded(content)
    if mime_type.startswith(_OCR_TYPES) or extension in _OCR_EXTENSIONS:
        return ""
    if b"\0" in content:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def pages(text: str) -> int | None:
    """Count the pages, separated by form feeds; None without text."""
    return text.count(_PAGE_END) + 1 if text else None


def pages_of(text: str, start: int | None, end: int | None) -> str:
    """Return the pages of a text from one number to another, inclusive.

    Pages count from 0; None is the first page, or the last.
    """
    stop = None if end is None else end + 1
    return _PAGE_END.join(text.split(_PAGE_END)[start:stop])


def summary(text: str) -> str | None:
    """Return the first line with text, instead of a model's summary."""
    lines = (line.strip("# \t") for line in text.splitlines())
    first = next((line for line in lines if line), None)
    if first is None or len(first) <= _LONGEST_SUMMARY:
        return first
    return first[:_LONGEST_SUMMARY].rstrip() + "..."


def _is_text(mime_type: str) -> bool:
    known = mime_type.startswith("text/") or mime_type in _TEXT_TYPES
    return known or mime_type.endswith(("+json", "+xml", "+yaml"))


def _decoded(content: bytes) -> str:
    """Decode a text: UTF-16 with a byte order mark, UTF-8, or else Latin-1."""
    try:
        if content.startswith(_UTF_16):
            return content.decode("utf-16")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")
