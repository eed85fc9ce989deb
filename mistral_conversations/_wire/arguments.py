"""The arguments of a function call, as a dict."""

import json
from collections.abc import Mapping
from typing import Any

from mistral_conversations._characters import joined
from mistral_conversations._wire.odd_values import kind_of_json
from mistral_conversations.errors import ArgumentsError

__all__ = ["parse_arguments"]

_AROUND = 20
"""How much of the text an error shows, before and after the place of the mistake."""


def parse_arguments(name: str, arguments: str | Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a function call; a blank text is no arguments.

    Args:
        name: the name of the function, for the error.
        arguments: JSON text, or an object.

    Raises:
        ArgumentsError: the text is not a JSON object.
    """
    if not isinstance(arguments, str):
        return dict(arguments)
    text = joined(arguments).removeprefix("\ufeff")
    if not text.strip():
        return {}
    value = _parsed(f"the arguments of {name!r}", text)
    if not isinstance(value, dict):
        raise ArgumentsError(
            f"the arguments of {name!r} must be a JSON object, not "
            f"{kind_of_json(value)}: {text[: 2 * _AROUND]!r}",
            body=arguments,
        )
    return value


def _parsed(what: str, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        near = text[max(0, error.pos - _AROUND) : error.pos + _AROUND]
        wrong = error.msg.removesuffix(" at")
        problem = f"{wrong} at character {error.pos} of {len(text)}, near {near!r}"
    except RecursionError:
        problem = "nested too deeply"
    except ValueError as error:  # an integer of too many digits
        problem = str(error)
    raise ArgumentsError(f"{what} are not JSON: {problem}", body=text)
