"""The reason that a service gives for a failure, found in a body of any shape.

The API description has only the list of a 422. The other shapes were observed: on this
service, on gateways in front of it, and on services that imitate it.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, NamedTuple

from mistral_conversations._text import one_line
from mistral_conversations._wire.json import decode_json, encode_json
from mistral_conversations._wire.page import is_page, page_text
from mistral_conversations._wire.problems import (
    described,
    enumerated,
    problem,
    problems,
)
from mistral_conversations._wire.remedies import remedy
from mistral_conversations.models.validation import ValidationError

__all__ = ["Reason", "beginning", "beginning_of", "reason_of", "said"]

_LONGEST_MESSAGE = 500
_LONGEST_BEGINNING = 300
_DEEPEST = 8
_SHOWN_KEYS = 20
_READ_ITEMS = 1000  # of a list or object, so that no body holds the loop

_WORDS = (
    *("title", "error", "fault", "message", "messages", "msg", "errormessage"),
    *("errormsg", "errordescription", "description", "reason", "cause", "faultstring"),
    *("detail", "details", "errordetails", "errors", "issues", "violations"),
)
"""The keys that hold words, in the order of reading."""

_WRAPPERS = ("data", "response", "result", "body", "content", "text", "exception")
"""The keys that hold words if no other key does."""

_MARKED = ("error", "message", "detail", "errors", "fault", "data", "response")
"""The keys of objects that may hold the service's `code` and `type`."""

_ENDS = (".", "!", "?", ":", ";")
_EVENT = re.compile(r"\s*(?:event|data|id|retry)?:")


class Reason(NamedTuple):
    """What a body says about a failure."""

    message: str
    """The words, on one line of at most 500 characters; empty if there are none."""

    detail: tuple[ValidationError, ...]
    """The problems with the request, one by one."""

    code: int | str | None
    type: str | None


def reason_of(body: Any) -> Reason:
    """Find the reason in a body: JSON's plain types, or text."""
    kind = _mark(body, "type")
    detail = _detail(body, 0)
    return Reason(
        message=one_line(remedy(detail) or _words(body, 0), _LONGEST_MESSAGE),
        detail=detail,
        code=_mark(body, "code"),
        type=kind if isinstance(kind, str) else None,
    )


def said(body: Any) -> str:
    """Return the words of a body, after a colon, to end a message with."""
    words = reason_of(body).message
    return f": {words}" if words else ""


def beginning(text: str, body: Any) -> str:
    """Return the beginning of a body in which no reason is found, on one line.

    Empty if the body has no text at all, and for a page, whose text is the reason.

    Args:
        text: the body, or its beginning.
        body: the body in JSON's plain types; a str if it is not JSON.
    """
    is_shown = not isinstance(body, str) and _has_text(body)
    return one_line(text, _LONGEST_BEGINNING) if is_shown else ""


def beginning_of(body: Any) -> str:
    """Return the beginning of a body that was decoded already."""
    return beginning(encode_json(body).decode(), body) if _has_text(body) else ""


def _words(value: Any, depth: int) -> str:
    """Return the words in a value; empty if there are none, or too deep inside."""
    if depth > _DEEPEST:
        return ""
    if isinstance(value, str):
        return _words_of_text(value, depth)
    if isinstance(value, list):
        return _words_of_list(value, depth)
    return _words_of_object(value, depth) if isinstance(value, dict) else ""


def _words_of_text(text: str, depth: int) -> str:
    """Return the words of a text, which may be a page, JSON or an event stream."""
    if (inner := _parsed(text)) is not None and (words := _words(inner, depth + 1)):
        return words
    shown = page_text(text) if is_page(text) else text
    return one_line(shown, _LONGEST_MESSAGE)


def _words_of_list(items: Sequence[Any], depth: int) -> str:
    first = items[:_READ_ITEMS]
    if listed := problems(first):
        return enumerated(map(described, listed), len(items))
    return enumerated((_words(item, depth + 1) for item in first), len(items))


def _words_of_object(value: dict[str, Any], depth: int) -> str:
    if (found := problem(value)) is not None and "loc" in value:
        return described(found)
    named = _named(value)
    for keys in (_WORDS, _WRAPPERS):
        parts = (_words(named[key], depth + 1) for key in keys if key in named)
        if words := _composed(filter(None, parts)):
            return words
    return _words_by_key(value, depth) if depth else ""


def _words_by_key(value: dict[str, Any], depth: int) -> str:
    """Return the words of an object whose keys say what they are about."""
    pairs = islice(value.items(), _SHOWN_KEYS)
    texts = ((key, _words(inner, depth + 1)) for key, inner in pairs)
    return "; ".join(f"{key}: {words}" for key, words in texts if words)


def _composed(parts: Iterable[str]) -> str:
    """Join words, from the general to the particular, without repetition."""
    kept: list[str] = []
    for part in parts:
        if any(part.lower() in other.lower() for other in kept):
            continue
        kept = [other for other in kept if other.lower() not in part.lower()]
        kept.append(part)
    text = ""
    for part in kept:
        if text:
            text += " " if text.endswith(_ENDS) else ": "
        text += part
    return text


def _detail(
    value: Any, depth: int, *, any_item: bool = False
) -> tuple[ValidationError, ...]:
    """Return the first list of problems with the request."""
    if isinstance(value, str):
        value = _parsed(value)
    if depth > _DEEPEST or not isinstance(value, dict | list):
        return ()
    if isinstance(value, list):
        return problems(value[:_READ_ITEMS], any_item=any_item)
    if "loc" in value and (found := problem(value)) is not None:
        return (found,)
    named = _named(value)
    if listed := _detail(named.pop("detail", None), depth + 1, any_item=not depth):
        return listed
    keys = (key for key in (*_WORDS, *_WRAPPERS) if key in named)
    return next(filter(None, (_detail(named[key], depth + 1) for key in keys)), ())


def _mark(value: Any, key: str, depth: int = 0) -> int | str | None:
    """Find `code` or `type`, at the top or in the objects that hold the words."""
    if isinstance(value, str) and depth:
        value = _parsed(value)
    if isinstance(value, list) and depth:
        value = next(iter(value), None)
    if not isinstance(value, dict) or "loc" in value or depth > _DEEPEST:
        return None
    named = _named(value)
    for name in (key, f"error{key}"):
        found = named.get(name)
        if isinstance(found, int | str) and not isinstance(found, bool):
            return found
    marks = (_mark(named[each], key, depth + 1) for each in _MARKED if each in named)
    return next((mark for mark in marks if mark is not None), None)


def _named(value: dict[str, Any]) -> dict[str, Any]:
    """Return the values that are not null, by keys in one way of writing."""
    named: dict[str, Any] = {}
    for key, inner in islice(value.items(), _READ_ITEMS):
        if inner is not None:
            named.setdefault(re.sub(r"[\W_]", "", key).lower(), inner)
    return named


def _parsed(text: str) -> Any:
    """Return the object or list in a text of JSON or of an event; None if none."""
    if _EVENT.match(text):
        lines = text.split("\n")
        text = "\n".join(line[5:] for line in lines if line.startswith("data:"))
    if not text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return None
    try:
        value = decode_json(text)
    except ValueError:
        return None
    return value


def _has_text(body: Any) -> bool:
    """Return whether any value in a body is text."""
    waiting = [body]
    for _ in range(_READ_ITEMS):
        if not waiting:
            break
        each = waiting.pop()
        if isinstance(each, str) and each.strip():
            return True
        if isinstance(each, dict):
            waiting += islice(each.values(), _READ_ITEMS)
        elif isinstance(each, list):
            waiting += each[:_READ_ITEMS]
    return False
