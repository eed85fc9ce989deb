"""Text for people: JSON indented, long values cut, unseen characters made visible.

The HTML writer and the command line use it for arguments and results of functions,
errors for what a service sent.
"""

import json
import re
import reprlib
from collections.abc import Callable
from typing import Any

__all__ = ["LONGEST_TEXT", "json_text", "laid_out", "one_line", "printable"]

LONGEST_TEXT = 100_000
"""The number of characters after which a value is cut."""

# Line ends and tabs; control characters, marks that turn the writing direction, and
# lone surrogates, which UTF-8 cannot encode. Compiled on first use, for a fast import.
_UNSEEN = (
    "\r\n|[\t-\r\x85\u2028\u2029]"
    "|([\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff])"
)


def printable(text: str) -> str:
    r"""Return a text on one line, without what controls a terminal or has no encoding.

    Line ends and tabs become spaces; other control characters, lone surrogates and the
    like become Python's escapes, such as `\x1b`. A byte that was not UTF-8 (PEP 383)
    becomes `\xe9`.
    """
    return re.sub(_UNSEEN, _escaped, text)


def _escaped(found: re.Match[str]) -> str:
    if found[1] is None:
        return " "
    number = ord(found[1])
    if 0xDC80 <= number <= 0xDCFF:  # noqa: PLR2004 - the surrogates of PEP 383
        return f"\\x{number - 0xDC00:02x}"
    return found[1].encode("unicode_escape").decode()


def one_line(text: str, longest: int) -> str:
    """Return the beginning of a text, on one line and printable."""
    line = printable(" ".join(text[: 20 * longest].split()))
    return line if len(line) <= longest else line[: longest - 1] + "…"


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
