"""The addresses that requests go to: the service's, and the proxy's."""

import os
from typing import Any
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

from mistral_conversations._secret import NoText, Secret, masked_text
from mistral_conversations.errors import ConfigurationError

__all__ = [
    "BASE_URL_VARIABLE",
    "SERVICE",
    "base_url_of_environment",
    "checked_address",
    "checked_base_url",
    "checked_proxy",
    "chosen_proxy",
    "environment_proxy",
]

BASE_URL_VARIABLE = "MISTRAL_BASE_URL"

SERVICE = "https://api.mistral.ai"
_BASE_URL = f"base_url (or {BASE_URL_VARIABLE})"
_LONGEST_LABEL = 63


def checked_base_url(base_url: str | None) -> str:
    """Return the base URL without a slash at its end.

    Args:
        base_url: None for that of `MISTRAL_BASE_URL`, or else Mistral's.

    Raises:
        ConfigurationError: it is not an http or https URL, or more than a base.
    """
    if base_url is None:
        base_url = base_url_of_environment()
    return checked_address(base_url, _BASE_URL)


def base_url_of_environment() -> str:
    """Return the URL of `MISTRAL_BASE_URL`, unchecked, or else Mistral's."""
    return os.environ.get(BASE_URL_VARIABLE) or SERVICE


def checked_address(url: object, name: str) -> str:
    """Return the address of a service without a slash at its end.

    Args:
        url: its URL, without `/v1`.
        name: what the error calls it.

    Raises:
        ConfigurationError: it is not an http or https URL, or more than a base.
    """
    if not isinstance(url, str):
        short = name.partition(" ")[0]
        raise ConfigurationError(f"{short} must be a str, not {type(url).__name__}")
    _check(url, name)
    scheme, _, rest = url.partition("://")
    return f"{scheme.lower()}://{rest.rstrip('/')}"


def _check(url: str, name: str) -> None:
    if any(mark in url for mark in "?#@"):  # first: the other error shows it
        raise ConfigurationError(
            f"{name} must not contain a query, fragment, user or password"
        )
    clean = url.isascii() and url.isprintable()
    clean = clean and not any(mark in url for mark in " \\")
    parts = _http_address(url) if clean else None
    if parts is None:
        raise ConfigurationError(
            f"{name} must be like https://HOST or http://HOST:PORT, not {url!r}"
        )
    if parts.path.rstrip("/").endswith("/v1"):
        raise ConfigurationError(
            f"{name} must be without /v1: the paths of requests begin with it"
        )


def chosen_proxy(proxy: Any, url: str | None) -> str | None:
    """Return the URL of the proxy that a client uses; no repr shows it.

    Args:
        proxy: what the caller passed; None for that of the environment.
        url: the base URL; None for no proxy of the environment, such as for a session
            of the caller's own, which may have another.

    Raises:
        ConfigurationError: it is not an HTTP proxy.
    """
    if proxy is not None:
        return checked_proxy(proxy, "proxy")
    return environment_proxy(url) if url is not None else None


def environment_proxy(url: str) -> str | None:
    """Return the proxy for a URL, from HTTPS_PROXY, HTTP_PROXY or ALL_PROXY.

    aiohttp can read the environment too, but also reads `~/.netrc` then.

    Returns:
        None without such a variable, or if NO_PROXY names the host.

    Raises:
        ConfigurationError: the variable, named, has no HTTP proxy.
    """
    found = _environment_proxy(urlsplit(url))
    return checked_proxy(found[1], _variable(found[0])) if found is not None else None


def _environment_proxy(parts: SplitResult) -> tuple[str, Secret] | None:
    """Return the proxy for a URL, and the scheme whose variable names it."""
    proxies = getproxies()
    for scheme in (parts.scheme, "all"):
        if proxy := proxies.get(scheme):
            passed = _is_bypassed(parts, proxies.get("no", ""))
            return None if passed else (scheme, Secret(proxy))
    return None


def _is_bypassed(parts: SplitResult, no_proxy: str) -> bool:
    from mistral_conversations._addresses.no_proxy import is_named  # noqa: PLC0415

    host = parts.hostname or ""
    if no_proxy and is_named(host, parts.port, no_proxy):
        return True
    return bool(proxy_bypass(parts.netloc) or proxy_bypass(host))  # of the system, too


def _variable(scheme: str) -> str:
    """Describe where the proxy of a scheme comes from: a variable, or the system."""
    wanted = f"{scheme}_proxy"
    names = [name for name in os.environ if name.lower() == wanted and os.environ[name]]
    name = wanted if wanted in names else next(iter(names), None)
    return f"{name} of the environment" if name else f"the system's proxy for {scheme}"


def checked_proxy(proxy: Any, name: str) -> str:
    """Return the URL of an HTTP proxy; no repr shows it.

    Args:
        proxy: its URL, or HOST:PORT.
        name: what the error calls it.

    Raises:
        ConfigurationError: it is not an HTTP proxy. The error shows no password.
    """
    proxy = masked_text(proxy)
    if not isinstance(proxy, str):
        kind = proxy.kind if isinstance(proxy, NoText) else "None"
        raise ConfigurationError(f"{name} must be a str, not {kind}")
    url = proxy if "://" in proxy else Secret(f"http://{proxy}")
    parts = _http_address(url)
    if parts is None:
        raise ConfigurationError(_not_a_proxy(url, name))
    if "@" in f"{parts.path}{parts.query}{parts.fragment}":
        raise ConfigurationError(
            f"{name} must be like http://HOST:PORT: percent-encode /, ? and # in its "
            "user name and password"
        )
    return url


def _not_a_proxy(url: str, name: str) -> str:
    scheme = url.partition("://")[0].lower()
    wanted = f"{name} must be like http://HOST:PORT"
    if scheme in {"http", "https"}:
        return wanted
    kind = f"a {scheme} proxy" if scheme.isalnum() else "another address"
    there = "" if name == "proxy" else ", list the host of base_url in NO_PROXY"
    return (
        f"{wanted}, not {kind}: name an HTTP proxy{there}, or pass the async client a "
        "session=... with a connector for that kind of proxy"
    )


def _http_address(url: str) -> SplitResult | None:
    """Split an http or https URL; return None if no host can have this address."""
    try:
        url.encode(errors="surrogateescape")
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port
    except ValueError:
        return None
    is_http = parts.scheme in {"http", "https"}
    return parts if is_http and _can_be_host(host) and port != 0 else None


def _can_be_host(host: str) -> bool:
    """Return whether the parts of a name fit into the domain name system (RFC 1035)."""
    if " " in host or not host.isprintable():
        return False
    if not host.isascii():
        try:
            host = host.encode("idna").decode()  # loads 120 KiB of tables
        except UnicodeError:
            return False
    *labels, last = host.split(".")
    fits = all(0 < len(label) <= _LONGEST_LABEL for label in labels)
    return fits and len(last) <= _LONGEST_LABEL and host.strip(".") != ""
