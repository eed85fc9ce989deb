"""The host names by which callers may address a server, checked against web pages.

A page can reach a server on its visitor's machine by DNS rebinding: the name of the
page then resolves to a loopback address. Such a request names the page in `Host`, or in
`Origin`, and the browser lets no page change either.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address

import attrs
from aiohttp import web

from mistral_conversations.server.web.address import is_loopback
from mistral_conversations.server.web.failures import RefusalError, refusal

__all__ = ["HostNames", "check_allowed_hosts"]

_NAME = r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]"
_BRACKETS = re.compile(r"^\[(.*)\]$")
_AUTHORITY = re.compile(rf"({_NAME})(?::[0-9]*)?")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)")
_ORIGIN = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*://({_NAME})(?::[0-9]+)?")


def check_allowed_hosts(_: object, __: object, value: object) -> None:
    """Check the parameter `allowed_hosts`.

    Raises:
        TypeError: it is not a collection of str.
        ValueError: an element is neither a host name nor an IP address.
    """
    if isinstance(value, str) or not isinstance(value, Collection):
        raise TypeError(
            "allowed_hosts must be a list of host names, such as ['dev.example'], "
            f"not {value!r}"
        )
    for name in value:
        if not isinstance(name, str):
            raise TypeError(f"allowed_hosts must contain str, not {name!r}")
        if re.fullmatch(r"[A-Za-z0-9._-]+", name) is None and _address(name) is None:
            raise ValueError(
                "allowed_hosts must contain host names without scheme, port or "
                f"wildcard, such as 'dev.example', not {name!r}"
            )


@attrs.frozen
class HostNames:
    """The names of one server: of loopback, its own, and those it was given."""

    _names: frozenset[str] | None
    """In lower case, without brackets; None accepts any name."""

    @classmethod
    def of(cls, host: str, allowed: Iterable[str]) -> "HostNames":
        """Return the names of a server.

        Args:
            host: the address it listens on. If other machines can reach it, any name
                is accepted unless some are allowed.
            allowed: further names.
        """
        names = frozenset(_plain(name) for name in allowed)
        if not names and not is_loopback(host):
            return cls(None)
        return cls(names | {_plain(host)})

    def check(self, request: web.Request) -> None:
        """Check which server a request means to address, and who sent it.

        A request of HTTP/1.0 may lack `Host`; no browser sends one. HTTP/1.1 requires
        `Host` (RFC 9112, 3.2), and aiohttp rejects a request without it.

        Raises:
            RefusalError: `Host`, an absolute target or `Origin` names another host.
        """
        if self._names is None:
            return
        for authority in _authorities(request):
            self._refuse_unless_own("Host", authority, _AUTHORITY.fullmatch(authority))
        for origin in request.headers.getall("Origin", ()):
            self._refuse_unless_own("Origin", origin, _ORIGIN.fullmatch(origin))

    def _refuse_unless_own(
        self, header: str, value: str, match: re.Match[str] | None
    ) -> None:
        if match is None or not self._is_own(_plain(match[1])):
            raise _foreign(header, value)

    def _is_own(self, name: str) -> bool:
        if name == "localhost" or (self._names is not None and name in self._names):
            return True
        address = _address(name)
        return address is not None and is_loopback(str(address))


def _authorities(request: web.Request) -> Iterator[str]:
    yield from request.headers.getall("Host", ())
    # An absolute target takes precedence over `Host` (RFC 9112, 3.2.2).
    target = _ABSOLUTE.match(request.raw_path)
    if target is not None:
        yield target[1]


def _foreign(header: str, value: str) -> RefusalError:
    message = (
        f"{header} {value[:200]!r} names another host than this server, as requests of "
        "web pages do: call it by localhost or 127.0.0.1, or add the name to "
        "allowed_hosts"
    )
    return refusal(403, message.encode(errors="replace").decode(), 3001)


def _plain(name: str) -> str:
    """Return a name in lower case, without brackets or the dot of the root."""
    address = _address(name)
    return name.lower().removesuffix(".") if address is None else str(address)


def _address(name: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(_BRACKETS.sub(r"\1", name))
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
