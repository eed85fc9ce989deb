"""Headers: those a caller adds, and those of an answer."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from mistral_conversations.errors import ConfigurationError

__all__ = ["checked_headers", "merged_headers", "plain_headers"]

_OF_THE_BODY = frozenset({"content-length", "transfer-encoding"})
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # RFC 9110, 5.6.2: token
_NOT_IN_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")  # RFC 9110, 5.5


def checked_headers(headers: Mapping[str, Any] | None) -> Mapping[str, str]:
    """Refuse headers that cannot be sent as they are.

    Raises:
        ConfigurationError: a name or value that HTTP has no room for, a line end in
            it above all; or Authorization, which is what `api_key` is for.
    """
    if headers is None:
        return {}
    if not isinstance(headers, Mapping):
        raise ConfigurationError(
            f"headers must be a mapping of str to str, not {type(headers).__name__}"
        )
    for name, value in headers.items():
        _check(name, value)
    return dict(headers)


def _check(name: Any, value: Any) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ConfigurationError(f"headers: {name!r} is no name of a header")
    if not isinstance(value, str) or _NOT_IN_VALUE.search(value):
        raise ConfigurationError(
            f"headers[{name!r}] must be a str without line ends, control characters "
            "and halves of characters"
        )
    if name.lower() == "authorization":
        raise ConfigurationError("headers: give api_key=... instead of Authorization")
    if name.lower() in _OF_THE_BODY:
        raise ConfigurationError(f"headers: {name} follows from the body, leave it out")


def merged_headers(
    headers: Mapping[str, str], more: Mapping[str, str]
) -> dict[str, str]:
    """Add headers to others; one replaces its namesake, whatever the case."""
    if not more:
        return {**headers}
    replaced = {name.lower() for name in more}
    kept = {name: v for name, v in headers.items() if name.lower() not in replaced}
    return {**kept, **more}


def plain_headers(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Give headers by their lower-case names, repeated ones joined (RFC 9110, 5.3)."""
    plain: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        plain[key] = f"{plain[key]}, {value}" if key in plain else value
    return plain
