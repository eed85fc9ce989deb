"""The API key: where it comes from, and how it stays out of every text."""

import inspect
import os
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from mistral_conversations.errors import ConfigurationError

__all__ = ["API_KEY_VARIABLE", "APIKey", "Credentials", "Secret", "masked_key"]

API_KEY_VARIABLE = "MISTRAL_API_KEY"

APIKey: TypeAlias = str | Callable[[], str | Awaitable[str]]


class Secret(str):
    """A text that a repr, a log and a traceback with locals do not show."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Show that there is one."""
        return "'***'"


class _NoKey:
    """Stands for what is no key, so that no traceback shows what was given."""

    def __init__(self, kind: str) -> None:
        self.kind = kind


def masked_key(given: object) -> Any:
    """Give a key as a `Secret`, a function as it is; of anything else, only its type.

    Before this, a key must stand in no frame of ours that can raise.
    """
    if isinstance(given, str):
        return Secret(given)
    usable = given is None or callable(given) or isinstance(given, _NoKey)
    return given if usable else _NoKey(type(given).__name__)


class Credentials:
    """What authorizes the requests: a key, something that gives one, or a variable."""

    def __init__(self, api_key: APIKey | None) -> None:
        api_key = masked_key(api_key)
        self._asked = api_key if callable(api_key) else None
        self._known = (
            None if api_key is None or callable(api_key) else _authorization(api_key)
        )

    async def authorization(self) -> str:
        """Give the value of the Authorization header.

        Raises:
            ConfigurationError: there is no key, or none that can be sent.
        """
        if self._known is not None:
            return self._known
        if self._asked is not None:
            key = await _ask(self._asked)
        else:
            key = masked_key(os.environ.get(API_KEY_VARIABLE) or None)
        if key is None:
            raise ConfigurationError(
                f"there is no API key: set {API_KEY_VARIABLE} or give api_key=..."
            )
        return _authorization(key)


async def _ask(give: Callable[[], Any]) -> Any:
    given = give()
    if inspect.isawaitable(given):
        return masked_key(await given)
    return masked_key(given)


def _authorization(key: Any) -> Secret:
    """Write the header's value; refuse a key that none can hold, without showing it."""
    if not isinstance(key, str):
        kind = key.kind if isinstance(key, _NoKey) else type(key).__name__
        raise ConfigurationError(
            f"api_key must be a str, or a callable that gives one, not {kind}"
        )
    if not key.strip():
        raise ConfigurationError("api_key is blank: give the key, or leave it out")
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ConfigurationError(
            "api_key has a space, a line end or a non-ASCII character in it, which no "
            "API key has: check how it was copied"
        )
    return Secret(f"Bearer {key}")
