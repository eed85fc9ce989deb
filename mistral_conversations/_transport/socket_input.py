"""Whether anything waits in the socket of a connection."""

import asyncio
import select

__all__ = ["has_input"]


def has_input(transport: asyncio.BaseTransport | None) -> bool:
    """Return whether a socket can be read: it has bytes, an end or an error."""
    sock = None if transport is None else transport.get_extra_info("socket")
    if sock is None:
        return False
    descriptor: int = sock.fileno()
    if descriptor < 0:
        return True
    if not hasattr(select, "poll"):  # on Windows, where select takes any descriptor
        return bool(select.select([descriptor], [], [], 0)[0])
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))
