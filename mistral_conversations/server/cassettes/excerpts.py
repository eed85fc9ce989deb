"""Values as short JSON text, fit for a message, a log and a terminal."""

import json
import re
from collections.abc import Iterator
from typing import Any

__all__ = ["excerpt", "quoted", "visible"]

_LONGEST = 60

# Invisible characters: controls, marks that turn the writing direction, and lone
# surrogates, which UTF-8 cannot encode. JSON leaves most of them unescaped.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"
    "\ud800-\udfff]"
)


def visible(text: str) -> str:
    """Return a text with JSON's escapes for invisible characters."""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def quoted(text: str) -> str:
    """Return a text as JSON, on one line of printable characters."""
    return visible(json.dumps(text, ensure_ascii=False))


def excerpt(value: Any, *, start: int = 0) -> str:
    """Return the beginning of a value as JSON, with an ellipsis for the rest.

    Args:
        value: a JSON value.
        start: the first character to show of a text.
    """
    if isinstance(value, str):
        before = "…" if start else ""
        after = "…" if start + _LONGEST < len(value) else ""
        return f"{before}{quoted(value[start : start + _LONGEST])}{after}"
    written = ""
    for piece in _pieces(value):
        written += piece
        if len(written) > _LONGEST:
            return f"{written[: _LONGEST - 1]}…"
    return written


def _pieces(value: Any) -> Iterator[str]:
    """Write a value piece by piece, so that the rest of a large one costs nothing."""
    if isinstance(value, str):
        yield quoted(value[:_LONGEST])
    elif isinstance(value, dict):
        yield "{"
        for index, (key, item) in enumerate(value.items()):
            yield f"{', ' if index else ''}{quoted(key[:_LONGEST])}: "
            yield from _pieces(item)
        yield "}"
    elif isinstance(value, list):
        yield "["
        for index, item in enumerate(value):
            yield ", " if index else ""
            yield from _pieces(item)
        yield "]"
    else:
        yield json.dumps(value)
