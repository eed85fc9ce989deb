"""JSON and query parameters, read from their text."""

import re
from typing import Any

from mistral_conversations._wire.json import check_json, decode_json

__all__ = [
    "read_flag",
    "read_integer",
    "read_json",
    "read_json_value",
    "read_text",
    "text_argument",
]

# What the vendor's own client sends for metadata that were not given.
_VENDORS_UNSET = "~?~unset~?~sentinel~?~"
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_FLAGS = {"true": True, "false": False}


def read_json(raw: bytes | str) -> Any:
    """Read JSON.

    Raises:
        ValueError: it is not JSON in UTF-8 (RFC 8259, 8.1), or nested too deeply.
    """
    text = raw.decode() if isinstance(raw, bytes) else raw
    if text.startswith("\ufeff"):
        raise ValueError("JSON begins with a byte order mark")
    value = decode_json(text)
    check_json(value, "body")
    return value


def read_text(given: str) -> str:
    """Return a parameter as it came."""
    return given


def read_integer(given: str) -> int | str:
    """Read an integer; return any other text unchanged, for a check to reject."""
    return int(given) if _INTEGER.fullmatch(given) else given


def read_flag(given: str) -> bool | str:
    """Read true or false; return any other text unchanged."""
    return _FLAGS.get(given.lower(), given)


def read_json_value(given: str) -> Any:
    """Read JSON; return any other text unchanged."""
    try:
        value = read_json(given)
    except ValueError:
        return given
    return None if value == _VENDORS_UNSET else value


def text_argument(arguments: str, name: str) -> str | None:
    """Return a text among the arguments of a tool, JSON text; None if it has none."""
    try:
        given = decode_json(arguments)
    except ValueError:
        return None
    value = given.get(name) if isinstance(given, dict) else None
    return value if isinstance(value, str) else None
