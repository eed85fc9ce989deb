"""The JSON of a reply, without what surrounds it.

A model may put its JSON into a code fence, and the service was seen to send the
beginning of the text twice: `{` `{"name": ...}`. Both are read. The repetition may be
of any length, and may contain the fence:

    {"na{"name": "Loire"}

The JSON of such a text is what the last bracket closes, since JSON ends where its first
bracket is closed. It has a repeated beginning if the text before it is its beginning.
JSON that is right never has one: its first bracket is the one that the last closes.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeAlias

from mistral_conversations._wire.json import decode_json, load_json
from mistral_conversations._wire.partial_json import parse_beginning

__all__ = ["MayNest", "parse_reply", "reply_so_far"]

MayNest: TypeAlias = Callable[[str], bool]

# A fence of any length: the first one may be cut.
_BLANK = " \t\r\n\ufeff"
_FENCES = re.compile(r"(?:`++[\w.+-]*+[ \t\r\n\ufeff]*+)*+")
_LAST_FENCE = re.compile(r"(?<!`)`++[\w.+-]*+[ \t\r\n\ufeff]*+\Z")
_MARKS = re.compile(r'\\["\\]|["{}\[\]]')
_FIRST_KEY = re.compile(r'\{[ \t\r\n]*("[^"\\]*+(?:\\.[^"\\]*+)*+")')

# A mistake is seen at most two characters after the second beginning (in a string, the
# quote of its first key), or a fence before it.
_SEEN_AFTER = 2
_SEEN_BEFORE = 24


def parse_reply(text: str) -> Any:
    """Parse the JSON of a reply; the cost is linear in its length.

    Raises:
        ValueError: it is not JSON; the message says what is wrong, and where.
    """
    bare = _opened(text).rstrip(_BLANK)
    if bare.endswith("`"):
        bare = bare.rstrip("`").rstrip(_BLANK)
    with suppress(ValueError):
        return decode_json(bare)
    start = _start_of_last_value(bare)
    if start and _is_beginning(bare[:start], bare[start:]):
        with suppress(ValueError):
            return decode_json(bare[start:])
    return _explained(bare)


def _opened(text: str) -> str:
    """Drop blanks and code fences from the beginning."""
    bare = text.lstrip(_BLANK)
    found = _FENCES.match(bare)
    return bare[found.end() :] if found else bare


def _start_of_last_value(text: str) -> int:
    """Return the index of the bracket that the last character closes, or else 0.

    Read from the end: a string that a second beginning interrupts has no end.
    """
    if not text.endswith(("}", "]")):
        return 0
    depth, in_string = 0, False
    for index in reversed([mark.start() for mark in _MARKS.finditer(text)]):
        mark = text[index]
        if mark == '"':
            in_string = not in_string
        elif not in_string and mark != "\\":
            depth += 1 if mark in "}]" else -1
            if depth == 0:
                return index
    return 0


def _is_beginning(lead: str, rest: str) -> bool:
    """Return whether all before a text is the beginning of the text."""
    return rest.startswith(_unfenced(lead).rstrip(_BLANK))


def _unfenced(lead: str) -> str:
    """Drop a code fence from the end."""
    fence = _LAST_FENCE.search(lead)
    return lead[: fence.start()] if fence else lead


def _explained(text: str) -> Any:
    """Parse a text that is not JSON, for the error."""
    if not text:
        raise ValueError("it is empty")
    try:
        return load_json(text)
    except ValueError as error:
        beginning = parse_beginning(text)
        if beginning.wrong_at is None and isinstance(beginning.value, dict | list):
            raise ValueError(f"{error}; it is cut off") from None
        raise


def reply_so_far(text: str, may_nest: MayNest) -> Any:
    """Return the value so far of the JSON of a reply that is still arriving.

    It grows as `parse_beginning` says, also while the beginning arrives again.

    Args:
        text: the text so far; the cost is linear in its length.
        may_nest: whether an object inside the value may have a key. A second beginning
            before a value looks like such an object; its key shows the difference.

    Returns:
        The value so far; None before its first character.
    """
    bare = _opened(text)
    start = _second_key(bare, may_nest)
    if start is None:
        found = parse_beginning(_without_second_bracket(bare, may_nest))
        if found.wrong_at is not None:
            start = _second_start(bare, found.wrong_at)
        if start is None:
            return found.value
    longest = max(_unfenced(bare[:start]), bare[start:], key=len)
    return parse_beginning(longest).value


def _second_key(text: str, may_nest: MayNest) -> int | None:
    """Return where a key that only the whole has begins it again."""
    first = _own_key(text, may_nest)
    start = text.find(first, 1) if first else -1
    return start if start > 0 and _is_repeated(text, start) else None


def _own_key(text: str, may_nest: MayNest) -> str | None:
    """Return the text up to the end of its first key, if only the whole has the key."""
    first = _FIRST_KEY.match(text)
    with suppress(ValueError):
        if first and not may_nest(decode_json(first[1])):
            return first[0]
    return None


def _second_start(text: str, wrong_at: int) -> int | None:
    """Return where the text begins again, near its first mistake."""
    if text[:1] not in ("{", "["):
        return None
    for start in range(max(1, wrong_at - _SEEN_AFTER), wrong_at + _SEEN_BEFORE):
        if text[start : start + 1] == text[0] and _is_repeated(text, start):
            return start
    return None


def _is_repeated(text: str, start: int) -> bool:
    """Return whether a text begins again at an index, as far as it has come."""
    lead, rest = _unfenced(text[:start]).rstrip(_BLANK), text[start:]
    return rest.startswith(lead) or lead.startswith(rest)


def _without_second_bracket(text: str, may_nest: MayNest) -> str:
    """Drop from the end what may be a second beginning, until more shows what it is."""
    if text[:1] not in ("{", "["):
        return text
    beginning = _own_key(text, may_nest) or text[:2]
    for size in range(min(len(beginning), len(text) - 1), 0, -1):
        if text.endswith(beginning[:size]):
            return text[:-size]
    return text
