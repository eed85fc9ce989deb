"""The address of the service."""

import os
from urllib.parse import SplitResult, urlsplit

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
    parts = _parts(base_url)
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


def _parts(base_url: str) -> SplitResult | None:
    """Take a URL apart, if requests can be sent there."""
    try:
        parts = urlsplit(base_url)
        host = (parts.hostname or "").encode("idna")
        port = parts.port
    except ValueError:
        return None
    clean = base_url.isascii() and base_url.isprintable()
    clean = clean and not any(mark in base_url for mark in " \\")
    known = parts.scheme in {"http", "https"} and host.strip(b".") and port != 0
    return parts if clean and known else None
