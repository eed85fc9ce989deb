"""The hosts that NO_PROXY names: no standard defines it, and each program differs."""

from collections.abc import Iterator

__all__ = ["is_named"]


def is_named(host: str, port: int | None, no_proxy: str) -> bool:
    """Return whether the value of NO_PROXY names a host.

    Args:
        host: its name, or its address without brackets.
        port: its port.
        no_proxy: entries separated by commas or spaces: `*`; a name, which includes
            the names that end with it, whether or not it begins with a dot or `*.`; an
            address; a network such as 10.0.0.0/8. A port may follow (`HOST:PORT`).
    """
    name = host.lower().rstrip(".")
    return any(
        wanted in {None, port} and _matches(name, entry)
        for entry, wanted in _entries(no_proxy)
    )


def _entries(no_proxy: str) -> Iterator[tuple[str, int | None]]:
    """Yield each entry and its port; None for every port."""
    for entry in no_proxy.lower().replace(",", " ").split():
        head, colon, tail = entry.rpartition(":")
        closed = ":" not in head or head.endswith("]")  # else of an IPv6 address
        if colon and closed and tail.isdecimal() and head:
            yield head.strip("[]"), int(tail)
        else:
            yield entry.replace("[", "").replace("]", ""), None


def _matches(name: str, entry: str) -> bool:
    if entry == "*":
        return True
    suffix = entry.removeprefix("*").strip(".")
    if suffix and (name == suffix or name.endswith(f".{suffix}")):
        return True
    return _is_within(name, entry)


def _is_within(name: str, entry: str) -> bool:
    """Return whether the name is an address of a network, or the same address."""
    if ":" not in name and not name[-1:].isdigit():
        return False  # no address, whatever the entry is
    from ipaddress import ip_address, ip_network  # noqa: PLC0415 - rarely needed

    try:
        return ip_address(name) in ip_network(entry, strict=False)
    except ValueError:
        return False
