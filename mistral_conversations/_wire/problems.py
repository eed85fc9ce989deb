"""The problems with a request that a 422 lists."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from mistral_conversations._text import one_line
from mistral_conversations.models.validation import ValidationError

__all__ = ["described", "enumerated", "path_of", "problem", "problems"]

_SHOWN = 5
_SCHEMA = re.compile(r"\[|Request$")
_KNOWN = {"loc", "msg", "type", "input", "ctx"}
_TEXTS = ("msg", "message", "detail", "title")
_PLACES = ("loc", "field", "path", "param", "pointer", "property", "source")


def problem(item: Any) -> ValidationError | None:
    """Read one problem, in the shape of the API description or a similar one.

    Returns:
        None if the item has no text, or neither `msg` nor a place.
    """
    if not isinstance(item, dict):
        return None
    text = next((t for key in _TEXTS if isinstance(t := item.get(key), str)), None)
    place = next((p for key in _PLACES if (p := item.get(key)) is not None), None)
    if not text or (place is None and "msg" not in item):
        return None
    kind, ctx = item.get("type"), item.get("ctx")
    return ValidationError(
        loc=_path(place),
        msg=text,
        type=kind if isinstance(kind, str) else "",
        input=item.get("input"),
        ctx=ctx if isinstance(ctx, dict) else None,
        extra={k: v for k, v in item.items() if k not in _KNOWN and v is not None},
    )


def problems(
    items: Sequence[Any], *, any_item: bool = False
) -> tuple[ValidationError, ...]:
    """Read a list of problems; an item of another shape becomes text.

    Args:
        items: the list.
        any_item: read it even if no item has the shape of a problem.
    """
    found = [problem(item) for item in items]
    if not any_item and not any(found):
        return ()
    return tuple(
        each if each is not None else _odd(item)
        for each, item in zip(found, items, strict=True)
    )


def described(item: ValidationError) -> str:
    """Describe one problem: its path and message."""
    path = ".".join(path_of(item))
    return f"{path}: {item.msg}" if path else item.msg


def path_of(item: ValidationError) -> list[str]:
    """Return the path to a value, without names of request schemas."""
    return [key for key in map(str, item.loc) if not _SCHEMA.search(key)]


def enumerated(texts: Iterable[str], count: int) -> str:
    """Join the first texts that are not empty, without repetition; count the rest."""
    found: list[str] = []
    for number, text in enumerate(texts):
        if len(found) == _SHOWN:
            return f"{'; '.join(found)}; and {count - number} more"
        if text and text not in found:
            found.append(text)
    return "; ".join(found)


def _path(place: Any) -> tuple[str | int, ...]:
    if isinstance(place, dict):  # JSON:API, `source: {"pointer": "/data/name"}`
        place = next((p for p in place.values() if isinstance(p, str)), None)
    if isinstance(place, list):
        return tuple(key if isinstance(key, str | int) else str(key) for key in place)
    return (str(place),) if place is not None else ()


def _odd(item: Any) -> ValidationError:
    try:
        text = str(item)
    except RecursionError:
        text = "…"
    return ValidationError(loc=(), msg=one_line(text, 500), type="", input=item)
