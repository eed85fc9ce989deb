"""The proxy to use, as the environment tells it."""

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from mistral_conversations._transport.address import http_address
from mistral_conversations.errors import ConfigurationError

__all__ = ["checked_proxy", "environment_proxy"]


def environment_proxy(url: str) -> str | None:
    """Find the proxy for a URL: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, but NO_PROXY.

    aiohttp's own reading of the environment also reads `~/.netrc`, so it is not used.

    Raises:
        ConfigurationError: the proxy is of a kind that is not supported.
    """
    parts = urlsplit(url)
    if proxy_bypass(parts.netloc) or proxy_bypass(parts.hostname or ""):
        return None
    proxies = getproxies()
    found = proxies.get(parts.scheme) or proxies.get("all")
    return checked_proxy(found, "the proxy of the environment") if found else None


def checked_proxy(proxy: str, name: str) -> str:
    """Refuse a proxy that is no HTTP proxy, without showing its password."""
    if not isinstance(proxy, str):
        raise ConfigurationError(f"{name} must be a str, not {type(proxy).__name__}")
    url = proxy if "://" in proxy else f"http://{proxy}"
    if http_address(url) is None:
        raise ConfigurationError(f"{name} must be like http://HOST:PORT")
    return url
