"""The arguments of a function call, as a dict."""

from collections.abc import Mapping
from typing import Any

from mistral_conversations._characters import joined
from mistral_conversations._wire.json import load_json
from mistral_conversations._wire.odd_values import kind_of_json
from mistral_conversations.errors import ArgumentsError

__all__ = ["parse_arguments"]

_SHOWN = 40
"""How much of the text an error shows."""


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
    try:
        value = load_json(text)
    except ValueError as error:
        problem = f"the arguments of {name!r} are not JSON: {error}"
        raise ArgumentsError(problem, body=text) from None
    if not isinstance(value, dict):
        raise ArgumentsError(
            f"the arguments of {name!r} must be a JSON object, not "
            f"{kind_of_json(value)}: {text[:_SHOWN]!r}",
            body=arguments,
        )
    return value
