"""A server that sends raw bytes without an HTTP library, to misbehave on purpose."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, TypeAlias

import attrs
import msgspec
from anyio.from_thread import start_blocking_portal

from tests.support.listener import Listener

__all__ = [
    "Connection",
    "Handler",
    "RawServer",
    "Request",
    "chunked",
    "event",
    "http",
    "json_answer",
    "raw_server",
    "raw_server_on_thread",
    "stream_head",
]


@attrs.frozen
class Request:
    """A request as received."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class Connection:
    """One connection of a client."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._reader = reader
        self._writer = writer

    async def receive(self) -> Request | None:
        """Read the next request; return None if the client has closed."""
        try:
            head = await self._reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        first, *lines = head.decode("latin-1").split("\r\n")[:-2]
        method, target, _ = first.split(" ")
        headers: dict[str, str] = {}
        for name, _, value in (line.partition(":") for line in lines):
            before = headers.get(name.lower())
            joined = value.strip() if before is None else f"{before}, {value.strip()}"
            headers[name.lower()] = joined
        return Request(method, target, headers, await self._body(headers))

    async def _body(self, headers: Mapping[str, str]) -> bytes:
        if headers.get("transfer-encoding") != "chunked":
            return await self._reader.readexactly(int(headers.get("content-length", 0)))
        body = b""
        while size := int(await self._reader.readuntil(b"\r\n"), 16):
            body += (await self._reader.readexactly(size + 2))[:-2]
        await self._reader.readuntil(b"\r\n")
        return body

    async def receive_some(self) -> bytes:
        """Read the next bytes; return none if the client has closed."""
        return await self._reader.read(64 * 1024)

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def send_drop_by_drop(self, data: bytes, size: int = 1) -> None:
        """Send in pieces of `size` bytes, each in a segment of its own."""
        self.no_delay()
        for start in range(0, len(data), size):
            await self.send(data[start : start + size])
            await asyncio.sleep(0)

    def no_delay(self) -> None:
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self) -> None:
        """Close with FIN."""
        self._writer.close()

    def reset(self) -> None:
        """Close with RST."""
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def until_client_closes(self) -> None:
        """Wait for the client to close its side."""
        with suppress(ConnectionError):
            await self._reader.read()


Handler: TypeAlias = Callable[[Request, Connection], Awaitable[None]]


class RawServer:
    """A server that calls a handler for each request, and records all requests.

    The handler is called once for each request; a connection is served until the
    client or the handler closes it.
    """

    def __init__(self, handler: Handler, **options: Any) -> None:
        self._handler = handler
        self._listener = Listener(self._serve, limit=64 * 1024 * 1024, **options)
        self.requests: list[Request] = []
        self.connections = 0
        self.open_connections = 0

    @property
    def port(self) -> int:
        return self._listener.port

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        await self._listener.start()

    async def stop(self) -> None:
        await self._listener.stop()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        self.open_connections += 1
        try:
            await self._converse(Connection(reader, writer))
        finally:
            self.open_connections -= 1

    async def _converse(self, connection: Connection) -> None:
        while (request := await connection.receive()) is not None:
            self.requests.append(request)
            await self._handler(request, connection)


@asynccontextmanager
async def raw_server(handler: Handler, **options: Any) -> AsyncIterator[RawServer]:
    """Serve on the running loop. `options` go to the `Listener` (`ssl`)."""
    server = RawServer(handler, **options)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@contextmanager
def raw_server_on_thread(handler: Handler, **options: Any) -> Iterator[RawServer]:
    """Serve on a loop of a thread, for tests with loops of their own."""
    server = RawServer(handler, **options)
    with start_blocking_portal("asyncio") as portal:
        portal.call(server.start)
        try:
            yield server
        finally:
            portal.call(server.stop)


def http(
    status: int = 200, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> bytes:
    """Write a response with its length."""
    lines = {"Content-Length": str(len(body)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} Status\r\n{head}\r\n".encode() + body


def json_answer(
    value: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> bytes:
    """Write a response with a JSON body."""
    return http(
        status,
        msgspec.json.encode(value),
        {"Content-Type": "application/json", **(headers or {})},
    )


def stream_head(headers: Mapping[str, str] | None = None) -> bytes:
    """Write the head of a chunked event stream."""
    lines = {
        "Content-Type": "text/event-stream; charset=utf-8",
        "Transfer-Encoding": "chunked",
        **(headers or {}),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 200 OK\r\n{head}\r\n".encode()


def chunked(*pieces: bytes, end: bool = False) -> bytes:
    """Write pieces as chunks of a chunked body, with its end if so asked."""
    body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces if piece)
    return body + (b"0\r\n\r\n" if end else b"")


def event(data: Mapping[str, Any]) -> bytes:
    """Write one event as the service does."""
    text = msgspec.json.encode(data).decode()
    return f"event: {data['type']}\ndata: {text}\n\n".encode()
