"""The value so far of a JSON text (RFC 8259) that is still arriving.

An unfinished string counts as far as it has come. A key without a value is left out,
and so is a number or a literal (`true`, `false`, `null`) that the next character may
change or complete. So the value only grows: strings get longer, lists and objects get
more items, and nothing but the last item of each changes.
"""

import json
import re
from typing import Any

import attrs

from mistral_conversations._wire.json import decode_json

__all__ = ["Beginning", "parse_beginning"]

# The text up to a string without an end.
_CLOSED = re.compile(r'[^"]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"]*+)*+', re.DOTALL)
_NO_BRACKETS = re.compile(r'(?:[^][{}"]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")++', re.DOTALL)
_PAIR = re.compile(r"\{\}|\[\]")

# A string up to its first escape that is unfinished or wrong.
_CHARACTERS = re.compile(r'"(?:[^"\\]++|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*+')
_FIRST_HALF = re.compile(r"(?<!\\)(?:\\\\)*+(\\u[dD][89abAB][0-9a-fA-F]{2})\Z")

_CLOSING = {"{": "}", "[": "]"}
_LITERALS = {"true", "false", "null"}
_BEFORE_SCALAR = {"", ":", ",", "["}
_SCALAR = "0123456789+-.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SPACE = " \t\r\n"


@attrs.frozen
class Beginning:
    """The beginning of a JSON text."""

    value: Any
    """The value so far; None before its first character."""

    wrong_at: int | None = None
    """The index of a character that JSON does not allow there; the value is that of the
    text before it. None if the text so far has none."""


def parse_beginning(text: str) -> Beginning:
    """Parse a JSON text as far as it has come; the cost is linear in its length."""
    completed = _completed(text)
    try:
        return Beginning(decode_json(completed))
    except ValueError:
        wrong_at = _first_mistake(completed)
    try:
        return Beginning(decode_json(_completed(text[:wrong_at])), wrong_at)
    except ValueError:  # only blanks, or nested too deeply
        return Beginning(None, wrong_at)


def _first_mistake(completed: str) -> int | None:
    """Return the index of the first character that is not JSON, if there is one."""
    wrong_at = len(completed)
    try:
        json.loads(completed)
    except json.JSONDecodeError as error:
        wrong_at = error.pos
    except (RecursionError, ValueError):  # nested too deeply; too many digits
        return None
    return wrong_at if wrong_at < len(completed) else None


def _completed(text: str) -> str:
    """Return JSON text with the value so far: cut at its last item, and closed."""
    end = _end_of_whole_strings(text)
    begun = text[:end].rstrip(_SPACE)
    brackets = _open_brackets(begun)
    in_object = brackets[-1:] == ["{"]
    closing = "".join(_CLOSING[bracket] for bracket in reversed(brackets))
    if end == len(text):
        return _settled(_without_scalar(text), in_object) + closing
    if in_object and not begun.endswith(":"):  # a key
        return begun.removesuffix(",") + closing
    return begun + _whole_characters(text[end:]) + '"' + closing


def _end_of_whole_strings(text: str) -> int:
    """Return the index of the quote of an unfinished string; else the length."""
    found = _CLOSED.match(text)
    return found.end() if found else 0


def _open_brackets(text: str) -> list[str]:
    """Return the brackets without their counterpart, from the outermost."""
    brackets = _PAIR.sub("", _NO_BRACKETS.sub("", text))
    opened: list[str] = []
    for bracket in brackets:
        if bracket in _CLOSING:
            opened.append(bracket)
        elif opened:
            opened.pop()
    return opened


def _without_scalar(text: str) -> str:
    """Drop a number or literal at the end that the next character may continue."""
    bare = text.rstrip(_SCALAR)
    is_unsettled = text[len(bare) :] not in _LITERALS
    return bare if is_unsettled and bare.rstrip(_SPACE)[-1:] in _BEFORE_SCALAR else text


def _settled(text: str, in_object: bool) -> str:
    """Drop a key without a value from the end, and a comma."""
    text = text.rstrip(_SPACE)
    key = text.removesuffix(":").rstrip(_SPACE)
    if in_object and key.endswith('"'):
        before = key[: _start_of_last_string(key)].rstrip(_SPACE)
        text = text if before.endswith(":") else before
    return text.removesuffix(",")


def _start_of_last_string(text: str) -> int:
    """Return the index of the quote that opens the string at the end."""
    start = text.rfind('"', 0, len(text) - 1)
    while _is_escaped(text, start):
        start = text.rfind('"', 0, start)
    return start


def _is_escaped(text: str, index: int) -> bool:
    """Return whether an odd number of backslashes stands before a quote."""
    first = index
    while text[first - 1 : first] == "\\":
        first -= 1
    return (index - first) % 2 == 1


def _whole_characters(string: str) -> str:
    """Drop an escape or half a character from the end of an unfinished string."""
    found = _CHARACTERS.match(string)
    whole = found[0] if found else string
    half = _FIRST_HALF.search(whole)
    whole = whole[: half.start(1)] if half else whole
    return whole[:-1] if "\ud800" <= whole[-1] <= "\udbff" else whole
