"""How a `repr` shows what may hold secrets."""

from collections.abc import Mapping
from typing import Any

__all__ = ["masked_secrets", "masked_values", "without_secrets"]

_SECRET_KEYS = {"authorization", "global_headers", "headers"}


def masked_values(secret: Any) -> str:
    """Show the keys of a mapping, such as headers, and nothing of any other value."""
    return repr(_without_values(secret))


def masked_secrets(value: Any) -> str:
    """Show plain JSON types, without the values of authorizations and headers."""
    return repr(without_secrets(value))


def without_secrets(value: Any) -> Any:
    """Return plain JSON types without the values of authorizations and headers."""
    if isinstance(value, Mapping):
        return {
            key: _without_values(item)
            if str(key).lower() in _SECRET_KEYS
            else without_secrets(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [without_secrets(item) for item in value]
    return value


def _without_values(secret: Any) -> Any:
    if secret is None:
        return None
    return dict.fromkeys(secret, "***") if isinstance(secret, Mapping) else "***"
