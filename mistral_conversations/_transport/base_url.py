"""The address of the service."""

import os

from mistral_conversations._transport.address import http_address
from mistral_conversations.errors import ConfigurationError

__all__ = ["BASE_URL_VARIABLE", "checked_base_url"]

BASE_URL_VARIABLE = "MISTRAL_BASE_URL"

_SERVICE = "https://api.mistral.ai"


def checked_base_url(base_url: str | None) -> str:
    """Give the base URL without a slash at its end; None is the variable's, or Mistral.

    Raises:
        ConfigurationError: it is no http or https URL, or more than a base.
    """
    if base_url is None:
        base_url = os.environ.get(BASE_URL_VARIABLE) or _SERVICE
    if not isinstance(base_url, str):
        raise ConfigurationError(
            f"base_url must be a str, not {type(base_url).__name__}"
        )
    _check(base_url)
    scheme, _, rest = base_url.partition("://")
    return f"{scheme.lower()}://{rest.rstrip('/')}"


def _check(base_url: str) -> None:
    clean = base_url.isascii() and base_url.isprintable()
    clean = clean and not any(mark in base_url for mark in " \\")
    parts = http_address(base_url) if clean else None
    if parts is None:
        raise ConfigurationError(
            f"base_url (or {BASE_URL_VARIABLE}) must be like https://HOST or "
            f"http://HOST:PORT, not {base_url!r}"
        )
    if any(mark in base_url for mark in "?#@"):
        raise ConfigurationError(
            f"base_url (or {BASE_URL_VARIABLE}) must have no query, fragment, user or "
            "password in it"
        )
    if parts.path.rstrip("/").endswith("/v1"):
        raise ConfigurationError(
            f"base_url (or {BASE_URL_VARIABLE}) must be without /v1: the client adds it"
        )
