"""The addresses that requests go to: the service's, and the proxy's."""

import os
from typing import Any
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

from mistral_conversations.errors import ConfigurationError

__all__ = [
    "BASE_URL_VARIABLE",
    "checked_base_url",
    "checked_proxy",
    "environment_proxy",
]

BASE_URL_VARIABLE = "MISTRAL_BASE_URL"

_SERVICE = "https://api.mistral.ai"


def checked_base_url(base_url: str | None) -> str:
    """Return the base URL without a slash at its end.

    Args:
        base_url: None for that of `MISTRAL_BASE_URL`, or else Mistral's.

    Raises:
        ConfigurationError: it is not an http or https URL, or more than a base.
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
    parts = _http_address(base_url) if clean else None
    if parts is None:
        raise ConfigurationError(
            f"base_url (or {BASE_URL_VARIABLE}) must be like https://HOST or "
            f"http://HOST:PORT, not {base_url!r}"
        )
    if any(mark in base_url for mark in "?#@"):
        raise ConfigurationError(
            f"base_url (or {BASE_URL_VARIABLE}) must not contain a query, fragment, "
            "user or password"
        )
    if parts.path.rstrip("/").endswith("/v1"):
        raise ConfigurationError(
            f"base_url (or {BASE_URL_VARIABLE}) must be without /v1: the client adds it"
        )


def environment_proxy(url: str) -> str | None:
    """Return the proxy for a URL, from HTTPS_PROXY, HTTP_PROXY or ALL_PROXY.

    aiohttp can read the environment too, but also reads `~/.netrc` then.

    Returns:
        None without such a variable, or if NO_PROXY names the host.

    Raises:
        ConfigurationError: the proxy is of an unsupported kind.
    """
    parts = urlsplit(url)
    if proxy_bypass(parts.netloc) or proxy_bypass(parts.hostname or ""):
        return None
    proxies = getproxies()
    found = proxies.get(parts.scheme) or proxies.get("all")
    return checked_proxy(found, "the proxy of the environment") if found else None


def checked_proxy(proxy: Any, name: str) -> str:
    """Return the URL of an HTTP proxy.

    Args:
        proxy: its URL, or HOST:PORT.
        name: what the error calls it.

    Raises:
        ConfigurationError: it is not an HTTP proxy. The error shows no password.
    """
    if not isinstance(proxy, str):
        raise ConfigurationError(f"{name} must be a str, not {type(proxy).__name__}")
    url = proxy if "://" in proxy else f"http://{proxy}"
    if _http_address(url) is None:
        raise ConfigurationError(f"{name} must be like http://HOST:PORT")
    return url


def _http_address(url: str) -> SplitResult | None:
    """Split an http or https URL; return None if no host can have this address."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").strip(b".")
        port = parts.port
    except ValueError:
        return None
    return parts if parts.scheme in {"http", "https"} and host and port != 0 else None
