"""The event loops of this process that run a `LocalServer`.

A blocking call on such a loop waits for an answer that the blocked loop cannot give.
"""

from asyncio import AbstractEventLoop, get_running_loop
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

__all__ = ["serves_here", "serving"]

_servers: dict[AbstractEventLoop, list[Collection[str]]] = {}


@contextmanager
def serving(addresses: Collection[str]) -> Iterator[None]:
    """Register a server on the running loop.

    Args:
        addresses: how callers name the server: `127.0.0.1:8900`, `localhost:8900`.
    """
    loop = get_running_loop()
    servers = _servers.setdefault(loop, [])
    servers.append(addresses)
    try:
        yield
    finally:
        servers.remove(addresses)
        if not servers:
            del _servers[loop]


def serves_here(base_url: str) -> bool:
    """Check whether the loop that runs on this thread has the server of a URL."""
    if not _servers:
        return False
    try:
        servers = _servers.get(get_running_loop(), ())
    except RuntimeError:
        return False
    address = urlsplit(base_url).netloc.rpartition("@")[2].lower()
    return any(address in addresses for addresses in servers)
