"""A CONNECT proxy, and an authority that issues certificates."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trustme

from tests.support.raw_server import Connection, Handler, RawServer, Request, raw_server

__all__ = ["Authority", "proxy_to", "tunnel_to"]


class Authority:
    """A certificate authority that no client trusts by default."""

    def __init__(self) -> None:
        self._authority = trustme.CA()

    def server_context(self, *names: str, **validity: Any) -> ssl.SSLContext:
        """Return the TLS context for a server of these names.

        `not_before` and `not_after` limit the validity of its certificate.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(*names, **validity).configure_cert(context)
        return context

    def client_context(self) -> ssl.SSLContext:
        """Return a TLS context that trusts this authority, and no other."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._authority.configure_trust(context)
        return context

    def write(self, path: Path) -> Path:
        """Write the certificate to trust into a file."""
        self._authority.cert_pem.write_to_path(path)
        return path


def tunnel_to(port: int) -> Handler:
    """Return a handler that tunnels every CONNECT to one port of this machine."""

    async def handler(_: Request, connection: Connection) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        behind = Connection(reader, writer)
        try:
            await connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await _pipe_both_ways(connection, behind)
        finally:
            behind.close()
            connection.close()

    return handler


async def _pipe_both_ways(front: Connection, behind: Connection) -> None:
    ways = {
        asyncio.create_task(_pipe(front, behind)),
        asyncio.create_task(_pipe(behind, front)),
    }
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def _pipe(source: Connection, sink: Connection) -> None:
    while data := await source.receive_some():
        await sink.send(data)


@asynccontextmanager
async def proxy_to(server: RawServer) -> AsyncIterator[RawServer]:
    """Run a proxy that tunnels to one server."""
    async with raw_server(tunnel_to(server.port)) as proxy:
        yield proxy
