"""Names of files that are safe on every system, made of names from the service."""

import mimetypes
import re
import unicodedata
from collections.abc import Iterator
from itertools import count
from pathlib import PurePosixPath

from mistral_conversations._transport.uploads.media_types import UNKNOWN, media_type

__all__ = ["file_name", "numbered"]

# Systems allow 255 bytes; the rest is for the number and for a temporary suffix.
_MOST_BYTES = 200
_LONGEST_EXTENSION = 20
_FALLBACK = "file"

_INVISIBLE = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
_SEPARATORS = re.compile(r'[/\\:*?"<>|]')
# Windows reads these as devices, whatever their extension.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def file_name(name: str | None, extension: str | None, fallback: str) -> str:
    """Return a name for a file in a folder, whatever the service calls it; blocking.

    It has no separators, control characters or other invisible ones, is not hidden, is
    no device of Windows, and is short enough.

    Args:
        name: the name; None for none.
        extension: the extension to append if the name lacks it, with or without a dot,
            or a media type; None for none.
        fallback: the name to use if nothing of `name` is left.
    """
    stem = _cleaned(name) or _cleaned(fallback) or _FALLBACK
    ending = _ending(extension)
    if ending and not _has(stem, ending):
        stem = f"{stem}.{ending}"
    if _DEVICES.fullmatch(stem):
        stem = f"_{stem}"
    return _shortened(stem)


def numbered(name: str) -> Iterator[str]:
    """Yield a name, then the same name with the numbers from 2 on."""
    yield name
    stem, suffix = _split(name)
    for number in count(2):
        yield f"{stem}-{number}{suffix}"


def _cleaned(text: str | None) -> str:
    visible = (c for c in text or "" if unicodedata.category(c) not in _INVISIBLE)
    plain = _SEPARATORS.sub("_", unicodedata.normalize("NFC", "".join(visible)))
    # Windows drops dots and spaces at the end; a dot at the beginning hides a file.
    return plain.strip(". \t")


def _ending(extension: str | None) -> str:
    if extension and "/" in extension:
        extension = mimetypes.guess_extension(
            extension.partition(";")[0].strip().lower()
        )
    return _cleaned(extension)[:_LONGEST_EXTENSION]


def _has(name: str, ending: str) -> bool:
    """Check whether a name has an extension already, or one of the same type."""
    if name.casefold().endswith(f".{ending}".casefold()):
        return True
    kind = media_type(f"file.{ending}")
    return kind != UNKNOWN and media_type(f"file{_split(name)[1]}") == kind


def _shortened(name: str) -> str:
    stem, suffix = _split(name)
    most = _MOST_BYTES - len(suffix.encode())
    return stem.encode()[:most].decode(errors="ignore").rstrip(". ") + suffix


def _split(name: str) -> tuple[str, str]:
    suffix = PurePosixPath(name).suffix
    if len(suffix) > _LONGEST_EXTENSION:
        return name, ""
    return name.removesuffix(suffix), suffix
