"""Text for people: JSON indented, long values cut.

The HTML writer and the command line use it for arguments and results of functions.
"""

import json
import reprlib
from collections.abc import Callable
from typing import Any

__all__ = ["LONGEST_TEXT", "json_text", "laid_out"]

LONGEST_TEXT = 100_000
"""The number of characters after which a value is cut."""


def laid_out(value: Any) -> str:
    """Return text as it is; indent JSON text and objects."""
    if not isinstance(value, str):
        return json_text(value)
    try:
        return json_text(_read(value)) if len(value) <= LONGEST_TEXT else value
    except (ValueError, RecursionError):
        return value


def _read(text: str) -> Any:
    """Parse JSON text; raise a ValueError if writing it again would lose anything."""
    return json.loads(
        text,
        object_pairs_hook=_each_once,
        parse_float=_exactly(float),
        parse_int=_exactly(int),
    )


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(found := dict(pairs)) < len(pairs):
        raise ValueError("a key is repeated")
    return found


def _exactly(kind: type[float]) -> Callable[[str], float]:
    def read(text: str) -> float:
        if repr(number := kind(text)) != text:
            raise ValueError(f"{text} would be written as {number}")
        return number

    return read


def json_text(value: Any) -> str:
    """Return a value as indented JSON, cut soon after `LONGEST_TEXT` characters."""
    encoder = json.JSONEncoder(indent=2, ensure_ascii=False, default=reprlib.repr)
    written, length = [], 0
    try:
        for piece in encoder.iterencode(value):
            written.append(piece)
            length += len(piece)
            if length > LONGEST_TEXT:
                break
    except (TypeError, ValueError, RecursionError):
        return reprlib.repr(value)
    return "".join(written)
