"""The connector of the client's own sessions, which reports what waits for it."""

import asyncio
import socket
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, Protocol, cast

import aiohttp

from mistral_conversations._event_loop import is_exiting
from mistral_conversations._transport.aiohttp_internals import accept_one_answer

__all__ = ["Connecting", "Connector", "connecting"]


class Connecting(Protocol):
    """A request that needs a connection."""

    is_connecting: bool
    """Whether it waits for its connection: none of its bytes have left then."""

    def connected(self) -> None:
        """Note that it has its connection."""


connecting: ContextVar[Connecting | None] = ContextVar("connecting", default=None)
"""The request of the running task; None outside one."""


class Connector(aiohttp.TCPConnector):
    """Mark each request while it waits for its connection.

    aiohttp's tracing could do so too, but makes each request 10 % slower.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        if aiohttp.DefaultResolver is aiohttp.ThreadedResolver:
            loop = cast("asyncio.AbstractEventLoop", Lookup())
            options["resolver"] = aiohttp.ThreadedResolver(loop=loop)
        super().__init__(*args, **options)
        accept_one_answer(self)

    async def connect(self, *args: Any, **options: Any) -> Any:
        """Return a connection, new or from the pool."""
        request = connecting.get()
        if request is None:
            return await super().connect(*args, **options)
        request.is_connecting = True
        connection = await super().connect(*args, **options)
        request.connected()
        return connection


class Lookup:
    """Look up names on a thread of the loop, or here where no thread can be started.

    At interpreter exit, asyncio starts none, and its loops need none to close if they
    never asked for one.
    """

    async def getaddrinfo(self, *args: Any, **options: Any) -> Any:
        """Return the addresses of a host."""
        if not is_exiting():
            with suppress(RuntimeError):
                return await asyncio.get_running_loop().getaddrinfo(*args, **options)
        return socket.getaddrinfo(*args, **options)

    async def getnameinfo(self, *args: Any) -> tuple[str, str]:
        """Return the host and the port of an address."""
        if not is_exiting():
            with suppress(RuntimeError):
                return await asyncio.get_running_loop().getnameinfo(*args)
        return socket.getnameinfo(*args)
