"""The API key: where it comes from, and how it stays out of every text."""

import inspect
import os
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from mistral_conversations.errors import ConfigurationError

__all__ = ["API_KEY_VARIABLE", "APIKey", "Credentials", "Secret"]

API_KEY_VARIABLE = "MISTRAL_API_KEY"

APIKey: TypeAlias = str | Callable[[], str | Awaitable[str]]


class Secret(str):
    """A text that a repr, a log and a traceback with locals do not show."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Show that there is one."""
        return "'***'"


class Credentials:
    """What authorizes the requests: a key, something that gives one, or a variable."""

    def __init__(self, api_key: APIKey | None) -> None:
        api_key = _masked(api_key)
        if api_key is not None and not callable(api_key):
            _check(api_key)
        self._api_key = api_key

    async def authorization(self) -> str:
        """Give the value of the Authorization header.

        Raises:
            ConfigurationError: there is no key, or none that can be sent.
        """
        key = self._api_key
        if key is None:
            key = _masked(os.environ.get(API_KEY_VARIABLE) or None)
        elif callable(key):
            key = await _ask(key)
        if key is None:
            raise ConfigurationError(
                f"there is no API key: set {API_KEY_VARIABLE} or give api_key=..."
            )
        _check(key)
        return Secret(f"Bearer {key}")


async def _ask(give: Callable[[], str | Awaitable[str]]) -> APIKey | None:
    given = _masked(give())
    return _masked(await given) if inspect.isawaitable(given) else given


def _masked(value: object) -> "APIKey | None":
    return Secret(value) if isinstance(value, str) else value  # type: ignore[return-value]


def _check(key: object) -> None:
    """Refuse a key that no header can hold, without showing it."""
    if not isinstance(key, str):
        raise ConfigurationError(
            f"api_key must be a str, or a callable that gives one, "
            f"not {type(key).__name__}"
        )
    if not key.strip():
        raise ConfigurationError("api_key is blank: give the key, or leave it out")
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ConfigurationError(
            "api_key has a space, a line end or a non-ASCII character in it, which no "
            "API key has: check how it was copied"
        )
