"""The address of the service."""

import os
from urllib.parse import urlsplit

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
    return base_url.rstrip("/")


def _check(base_url: str) -> None:
    if not _is_usable(base_url):
        raise ConfigurationError(
            f"base_url must be like https://HOST or http://HOST:PORT, not {base_url!r}"
        )
    parts = urlsplit(base_url)
    if parts.query or parts.fragment or parts.username or parts.password:
        raise ConfigurationError(
            "base_url must have no query, fragment, user or password in it"
        )
    if parts.path.rstrip("/").endswith("/v1"):
        raise ConfigurationError("base_url must be without /v1: the client adds it")


def _is_usable(base_url: str) -> bool:
    try:
        parts = urlsplit(base_url)
        port = parts.port
    except ValueError:
        return False
    clean = base_url.isascii() and base_url.isprintable() and " " not in base_url
    known = parts.scheme in {"http", "https"}
    return clean and known and bool(parts.hostname) and port != 0
