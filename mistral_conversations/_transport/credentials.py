"""The sources of the API key, and the checks of it."""

import inspect
import os
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from mistral_conversations._secret import NoText, Secret, masked_text
from mistral_conversations.errors import ConfigurationError

__all__ = [
    "API_KEY_VARIABLE",
    "APIKey",
    "Credentials",
    "masked_key",
]

API_KEY_VARIABLE = "MISTRAL_API_KEY"

_SCHEME = "Bearer "

APIKey: TypeAlias = str | Callable[[], str | Awaitable[str]]


def masked_key(given: object) -> Any:
    """Return a key as a `Secret`, a function as it is, and the type of anything else.

    Before this call, no frame of ours that can raise may hold a key.
    """
    usable = callable(given) and not isinstance(given, str)
    return given if usable else masked_text(given)


class Credentials:
    """The key of the requests: given, returned by a callable, or in a variable."""

    def __init__(self, api_key: APIKey | None) -> None:
        api_key = masked_key(api_key)
        self._asked = api_key if callable(api_key) else None
        self._known = (
            None if api_key is None or callable(api_key) else _authorization(api_key)
        )

    async def authorization(self) -> str:
        """Return the value of the Authorization header.

        Raises:
            ConfigurationError: the key is missing or cannot be sent.
        """
        if self._known is not None:
            return self._known
        if self._asked is not None:
            return _authorization(await _ask(self._asked))
        key = masked_key(os.environ.get(API_KEY_VARIABLE) or None)
        if key is None:
            raise ConfigurationError(
                f"no API key: set {API_KEY_VARIABLE} or pass api_key=..."
            )
        return _authorization(key, API_KEY_VARIABLE)

    @property
    def given(self) -> APIKey | None:
        """The key or the function that was passed; None for the variable's key."""
        if self._known is not None:
            return Secret(self._known.removeprefix(_SCHEME))
        return self._asked

    @property
    def variable(self) -> str | None:
        """The environment variable that has the key; None for a key that was passed."""
        passed = self._known is not None or self._asked is not None
        return None if passed else API_KEY_VARIABLE


async def _ask(give: Callable[[], Any]) -> Any:
    given = give()
    if inspect.isawaitable(given):
        return masked_key(await given)
    return masked_key(given)


def _authorization(key: Any, name: str = "api_key") -> Secret:
    """Return the header's value; reject an invalid key without showing it.

    Args:
        key: the key, masked.
        name: what the error calls it.
    """
    if not isinstance(key, str):
        kind = key.kind if isinstance(key, NoText) else type(key).__name__
        raise ConfigurationError(
            f"api_key must be a str, or a callable that returns one, not {kind}"
        )
    if not key.strip():
        remedy = "pass the key, or omit the parameter"
        if name == API_KEY_VARIABLE:
            remedy = "set it to the key, or pass api_key=..."
        raise ConfigurationError(f"{name} is blank: {remedy}")
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ConfigurationError(
            f"{name} contains a space, a line end or a non-ASCII character, which no "
            "API key does: check how it was copied"
        )
    return Secret(f"{_SCHEME}{key}")
