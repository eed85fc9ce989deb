"""Why a value does not fit a type: messages that a model can read."""

import json
import re

import msgspec

from mistral_conversations._wire.schemas import KEY, Schema, choices_at

__all__ = ["readable", "said"]

_WORDS = {
    "int": "an integer",
    "float": "a number",
    "str": "a string",
    "bool": "true or false",
    "array": "an array",
    "object": "an object",
    "bytes": "base64 text",
}
_QUOTED = re.compile(r"`([^`$]+)`")
_STEP = re.compile(r"[^.\[\]]+|\.\.\.")
_PLACE = re.compile(r" - at (`key` in )?`\$\.?([^`]*)`$")


def said(error: BaseException) -> str:
    """Return what an exception says, without the further objects of attrs in it."""
    first = error.args[0] if error.args else type(error).__name__
    has_more = len(error.args) > 1 and isinstance(first, str)
    return str(first) if has_more else str(error) or type(error).__name__


def readable(error: msgspec.ValidationError, schema: Schema) -> str:
    """Return msgspec's message in JSON's terms, with the place at its end.

    Args:
        error: what msgspec raised.
        schema: the schema that the value did not fit.
    """
    message, cause = str(error), error.__cause__
    if cause is not None:  # of a class: a validator, or `__post_init__`
        message = said(cause) + message.removeprefix(str(cause))
    found = _PLACE.search(message)
    text = _QUOTED.sub(_in_words, message[: found.start()] if found else message)
    if cause is None:
        text = text[:1].lower() + text[1:]
    key, place = found.groups() if found else ("", "")
    steps = [*_STEP.findall(place), *([KEY] if key else ())]
    if choices := choices_at(schema, steps) if text.startswith("invalid ") else ():
        text = f"{text}: use {' or '.join(map(json.dumps, choices))}"
    text = f"{text}, in a key" if key else text
    return f"{text}, at {place}" if place else text


def _in_words(match: re.Match[str]) -> str:
    kinds = match[1].split(" | ")
    return " or ".join(_WORDS.get(kind, kind) for kind in kinds)
