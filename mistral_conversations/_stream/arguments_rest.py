"""The rest of a call's arguments: what was not streamed of them.

A history may have them as an object, or with other spaces and escapes than the stream.
"""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from mistral_conversations._characters import from_units, units
from mistral_conversations._wire.json import load_json
from mistral_conversations.models.entries import FunctionCallEntryArguments

__all__ = ["rest_of_arguments"]

_OTHER = "the history has other arguments than were streamed"
_SPACES = r'("(?:[^"\\]++|\\.)*+"?)|\s+'
"""A string, perhaps cut off, or spaces between the values."""


def rest_of_arguments(
    streamed: FunctionCallEntryArguments, stored: FunctionCallEntryArguments
) -> FunctionCallEntryArguments | None:
    """Return what completes arguments, as text or as an object; None if complete.

    It joins what was streamed to arguments of the same meaning.

    Raises:
        ValueError: the arguments do not begin with what was streamed.
    """
    if isinstance(streamed, str):
        return _rest_of_text(streamed, stored)
    whole = _value(stored)
    if not isinstance(whole, dict) or not all(
        key in whole and _is_same(value, whole[key]) for key, value in streamed.items()
    ):
        raise ValueError(_OTHER)
    return {key: whole[key] for key in whole if key not in streamed} or None


def _rest_of_text(
    streamed: str, stored: FunctionCallEntryArguments
) -> FunctionCallEntryArguments | None:
    if isinstance(stored, str):
        rest = _after(stored, streamed)
        if rest is not None:
            return rest or None
    if not streamed.strip():
        return stored
    whole = _value(stored)
    for rest in ("", *_rests(streamed, stored, whole)):
        with suppress(ValueError):
            if _is_same(load_json(streamed + rest), whole):
                return rest or None
    raise ValueError(_OTHER)


def _rests(
    streamed: str, stored: FunctionCallEntryArguments, whole: Any
) -> Iterator[str]:
    """Yield what may complete JSON text, however the history writes the same value."""
    forms = [json.dumps(whole), json.dumps(whole, ensure_ascii=False)]
    if isinstance(stored, str):
        forms.insert(0, stored)
    begun = _without_spaces(streamed)
    for form in forms:
        rest = _after(_without_spaces(form), begun)
        if rest is not None:
            yield rest


def _after(text: str, beginning: str) -> str | None:
    """Return the text after its beginning, which may end with half a character."""
    if text.startswith(beginning):
        return text[len(beginning) :]
    data, begun = units(text), units(beginning)
    return from_units(data[len(begun) :]) if data.startswith(begun) else None


def _without_spaces(text: str) -> str:
    return re.sub(_SPACES, r"\1", text, flags=re.DOTALL)


def _value(arguments: FunctionCallEntryArguments) -> Any:
    """Return an object as it is, and the value of JSON text."""
    if not isinstance(arguments, str):
        return dict(arguments)
    try:
        return load_json(arguments)
    except ValueError:
        raise ValueError(_OTHER) from None


def _is_same(one: Any, other: Any) -> bool:
    """Return whether two values are equal, NaN and NaN too."""
    return bool(one == other) or json.dumps(one, sort_keys=True) == json.dumps(
        other, sort_keys=True
    )
