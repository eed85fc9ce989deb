"""Data URLs (RFC 2397), and the media types of files by their first bytes."""

import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from urllib.parse import unquote_to_bytes

__all__ = [
    "base64_size",
    "check_content_type",
    "data_url",
    "media_type_of",
    "read_data_url",
]

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # RFC 9110, 5.6.2
_CONTENT_TYPE = re.compile(rf"{_WORD}/{_WORD}( *; *{_WORD}={_WORD})*")
_UNNAMED = "text/plain"  # RFC 2397, 2
_BASE64 = ";base64"

_HEAD = 64

# Readers of PDF accept these before the header.
_BLANK = b"\xef\xbb\xbf \t\r\n\0"


def _begins(*beginnings: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(beginnings)


def _is_webp(head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def _is_brand(*brands: bytes) -> Callable[[bytes], bool]:
    """Recognize the family of MPEG-4 by its brand (ISO/IEC 14496-12, 4.3)."""
    return lambda head: head[4:8] == b"ftyp" and head[8:12] in brands


_MAGIC: Sequence[tuple[str, Callable[[bytes], bool]]] = (
    ("image/png", _begins(b"\x89PNG\r\n\x1a\n")),
    ("image/jpeg", _begins(b"\xff\xd8\xff")),
    ("image/gif", _begins(b"GIF87a", b"GIF89a")),
    ("image/webp", _is_webp),
    ("image/tiff", _begins(b"II*\0", b"MM\0*")),
    ("image/avif", _is_brand(b"avif", b"avis")),
    ("image/heic", _is_brand(b"heic", b"heix", b"hevc", b"hevx")),
    ("application/pdf", lambda head: head.lstrip(_BLANK).startswith(b"%PDF-")),
)


def media_type_of(content: bytes) -> str | None:
    """Return the media type of an image or a PDF by its first bytes; None if unclear.

    Office files stay unclear: all of them begin as the same kind of archive.
    """
    head = content[:_HEAD]
    return next((kind for kind, fits in _MAGIC if fits(head)), None)


def check_content_type(name: str, value: object) -> None:
    """Check a media type, with parameters such as `charset=utf-8` or without.

    Raises:
        TypeError: it is not a str.
        ValueError: it has another form, or parameters in quotes.
    """
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    if not _CONTENT_TYPE.fullmatch(value):
        raise ValueError(
            f"{name} must be a media type such as 'image/png', not {value!r}"
        )


def data_url(content_type: str, content: bytes) -> str:
    """Return a data URL in base64."""
    kind = content_type.replace(" ", "")
    return f"data:{kind}{_BASE64},{b64encode(content).decode()}"


def read_data_url(url: str) -> tuple[str, int]:
    """Return the media type of a data URL, and about how many bytes it has.

    Raises:
        ValueError: it has no comma, which ends the media type.
    """
    head, comma, content = url.partition(",")
    if not comma:
        raise ValueError("a data: URL needs a comma before its content")
    kind = head.partition(":")[2].lower().replace(" ", "")
    if kind.endswith(_BASE64):
        return kind.removesuffix(_BASE64) or _UNNAMED, base64_size(content)
    return kind or _UNNAMED, len(unquote_to_bytes(content))


def base64_size(text: str) -> int:
    """Return about how many bytes a text in base64 has; exactly, without line ends."""
    return len(text) * 3 // 4 - text[-2:].count("=")
