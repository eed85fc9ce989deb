"""The address that a server listens on."""

from ipaddress import ip_address

__all__ = ["addresses_of", "check_host", "is_loopback", "url_of"]

# The addresses to connect to when listening on all interfaces.
_CONNECT_TO = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - a key is needed


def check_host(_: object, __: object, value: object) -> None:
    """Check the parameter `host`.

    Raises:
        TypeError: it is not a str.
        ValueError: it is blank.
    """
    if not isinstance(value, str):
        raise TypeError(f"host must be a str, not {type(value).__name__}")
    if not value.strip():
        raise ValueError("host is blank: use 127.0.0.1, or 0.0.0.0 for all")


def is_loopback(host: str) -> bool:
    """Check whether only this machine can reach a host."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def addresses_of(host: str, port: int) -> frozenset[str]:
    """Return how callers on this machine name a server, as `host:port`."""
    name = host.lower()
    # A connection to the address of all interfaces reaches loopback.
    names = {name, _CONNECT_TO.get(name, name), "localhost", *_CONNECT_TO}
    if name == "localhost":
        names |= {*_CONNECT_TO.values()}
    quoted = {f"[{name}]" if ":" in name else name for name in names}
    return frozenset(f"{name}:{port}" for name in quoted)


def url_of(host: str, port: int) -> str:
    """Return the URL to connect to."""
    name = _CONNECT_TO.get(host, host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
