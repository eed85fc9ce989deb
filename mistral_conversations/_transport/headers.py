"""The headers of requests and of answers."""

import platform
import re
from collections.abc import Iterable, Mapping
from typing import Any

import aiohttp

from mistral_conversations._version import __version__
from mistral_conversations._wire.call import Call
from mistral_conversations.errors import ConfigurationError

__all__ = ["checked_headers", "merged_headers", "plain_headers", "request_headers"]

_USER_AGENT = (
    f"mistral-conversations/{__version__} aiohttp/{aiohttp.__version__} "
    f"python/{platform.python_version()}"
)

_OF_A_PARAMETER: Mapping[str, str] = {
    "authorization": "api_key=...",
    # In a request to https, it would go past the proxy, to the service.
    "proxy-authorization": "proxy='http://USER:PASSWORD@HOST:PORT'",
}
_OF_THE_BODY = frozenset(
    {"content-encoding", "content-length", "trailer", "transfer-encoding"}
)
_OF_THE_CONNECTION: Mapping[str, frozenset[str]] = {
    "connection": frozenset({"close", "keep-alive"}),
    "expect": frozenset(),
    "http2-settings": frozenset(),
    "te": frozenset({"trailers"}),
    "upgrade": frozenset(),
}
"""The headers by which a request changes how it is sent, with the values that work."""

# Compiled on first use, for a fast import.
_NAME = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"  # RFC 9110, 5.6.2: token
# RFC 9110, 5.5, and the controls of Latin-1: some servers split lines at U+0085.
_NOT_IN_VALUE = r"[\x00-\x08\x0a-\x1f\x7f-\x9f\ud800-\udfff]"


def checked_headers(headers: Mapping[str, Any] | None) -> Mapping[str, str]:
    """Return the headers that a caller adds, if they can be sent as they are.

    Raises:
        ConfigurationError: HTTP does not allow a name or value, such as one with a
            line end in it; or a header that the client itself sets.
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
    if not isinstance(name, str) or not re.fullmatch(_NAME, name):
        raise ConfigurationError(f"headers: {name!r} is not the name of a header")
    if not isinstance(value, str) or re.search(_NOT_IN_VALUE, value):
        raise ConfigurationError(
            f"headers[{name!r}] must be a str without line ends, control characters "
            "and lone surrogates"
        )
    if name.lower() in _OF_A_PARAMETER:
        parameter = _OF_A_PARAMETER[name.lower()]
        raise ConfigurationError(f"headers: pass {parameter} instead of {name}")
    if name.lower() in _OF_THE_BODY:
        raise ConfigurationError(
            f"headers: leave out {name}, which follows from the body"
        )
    usable = _OF_THE_CONNECTION.get(name.lower())
    if usable is not None and value.strip().lower() not in usable:
        raise ConfigurationError(
            f"headers: leave out {name}: {value}, which changes how the request is sent"
        )


def merged_headers(
    headers: Mapping[str, str], more: Mapping[str, str]
) -> dict[str, str]:
    """Add headers to others; they replace those of the same name, in any case."""
    replaced = {name.lower() for name in more}
    kept = {name: v for name, v in headers.items() if name.lower() not in replaced}
    return {**kept, **more}


def request_headers(
    call: Call, authorization: str, accept_encoding: str, more: Mapping[str, str]
) -> dict[str, str]:
    """Return the headers of a request, with those that a caller adds."""
    headers = {
        "Accept-Encoding": accept_encoding,
        "Accept": "text/event-stream" if call.stream else call.accept,
        "User-Agent": _USER_AGENT,
        "Authorization": authorization,
    }
    if call.body is not None:
        headers["Content-Type"] = "application/json"
    return merged_headers(headers, more) if more else headers


def plain_headers(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return headers by lower-case name, with repeated ones joined (RFC 9110, 5.3).

    A value that is not UTF-8 is read as Latin-1, so that any program can write it.
    """
    plain: dict[str, str] = {}
    for name, raw in headers:
        key = name.lower()
        value = raw if raw.isascii() else _encodable(raw)
        plain[key] = f"{plain[key]}, {value}" if key in plain else value
    return plain


def _encodable(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:  # aiohttp keeps such bytes as lone surrogates
        return value.encode(errors="surrogateescape").decode("latin-1")
    return value
