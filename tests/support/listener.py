"""A listening socket with an owner for each of its connections."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeAlias

__all__ = ["Listener", "Serve"]

Serve: TypeAlias = Callable[
    [asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]
]


class Listener:
    """Serve each connection with a task, until it fails or the listener stops.

    `asyncio.start_server` does not wait for the connections that it has just accepted:
    a server that stops at that moment leaves them open.

    Args:
        serve: serves a connection, which is then closed.
        port: 0 for one that is free.
        limit: half of how many bytes are read ahead at most.
        ssl: for connections with TLS.
        options: go to `socket.create_server` (`backlog`, `reuse_port`).
    """

    def __init__(
        self,
        serve: Serve,
        port: int = 0,
        *,
        limit: int = 64 * 1024,
        ssl: ssl.SSLContext | None = None,
        **options: Any,
    ) -> None:
        self._serve = serve
        self._limit = limit
        self._ssl = ssl
        self._options = options
        self._socket: socket.socket | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = port

    async def start(self) -> None:
        """Listen; after a pause on the same port as before."""
        listening = socket.create_server(("127.0.0.1", self.port), **self._options)
        listening.setblocking(False)
        self.port = listening.getsockname()[1]
        asyncio.get_running_loop().add_reader(listening, self._accept, listening)
        self._socket = listening

    def pause(self) -> None:
        """Refuse new connections until the next start."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    async def stop(self) -> None:
        """Cut all connections, and wait for their tasks."""
        self.pause()
        await asyncio.sleep(0)  # a task that has not begun would close nothing
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, listening: socket.socket) -> None:
        with suppress(BlockingIOError, ConnectionError):
            accepted, _ = listening.accept()
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            task = asyncio.get_running_loop().create_task(self._talk(accepted))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _talk(self, accepted: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(self._limit, loop)
        protocol = asyncio.StreamReaderProtocol(reader)
        try:
            transport, _ = await loop.connect_accepted_socket(
                lambda: protocol, accepted, ssl=self._ssl
            )
        except OSError:  # no TLS, or closed before it
            accepted.close()
            return
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._serve(reader, writer)
        finally:
            writer.close()
