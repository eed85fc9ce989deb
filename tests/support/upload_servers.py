"""Servers for uploads, and the forms they receive."""

import asyncio
import socket
import struct
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from email import message_from_bytes, policy
from typing import Any, TypeAlias, cast

import attrs
from aiohttp import BodyPartReader, web

from mistral_conversations import AsyncLibraries
from tests.support.clients import answers
from tests.support.listener import Listener
from tests.support.raw_server import RawServer, Request, json_answer, raw_server

__all__ = [
    "DOCUMENT_ID",
    "LIBRARY_ID",
    "Part",
    "Wire",
    "document",
    "document_answer",
    "form_server",
    "libraries_and_server",
    "libraries_at",
    "libraries_of",
    "part_of",
    "parts_of",
    "resetting_port",
    "whole_pieces",
    "wire_server",
]

LIBRARY_ID = "019f0000-0000-7000-8000-000000000001"
DOCUMENT_ID = "019f0000-0000-7000-8000-0000000000d1"


def document(**changes: Any) -> dict[str, Any]:
    """Return a document as the service returns it after an upload."""
    return {
        "id": DOCUMENT_ID,
        "library_id": LIBRARY_ID,
        "hash": "9f8e7d6c",
        "mime_type": "text/plain",
        "extension": "txt",
        "size": 13,
        "name": "sky.txt",
        "created_at": "2026-07-01T10:20:30.123456Z",
        "process_status": "in_progress",
        "processing_status": "Running",
        "uploaded_by_id": "019f0000-0000-7000-8000-0000000000a1",
        "uploaded_by_type": "Workspace",
        "tokens_processing_total": 0,
        **changes,
    }


def document_answer(status: int = 201, **changes: Any) -> bytes:
    """Write the answer to an upload."""
    return json_answer(document(**changes), status)


@attrs.frozen
class Part:
    """A part of a form."""

    name: str
    filename: str | None
    content_type: str
    content: bytes


def part_of(request: Request) -> Part:
    """Parse a form with one part."""
    (part,) = parts_of(request)
    return part


def parts_of(request: Request) -> list[Part]:
    """Parse a form with Python's email package, independently of ours."""
    kind = request.headers["content-type"]
    head = f"MIME-Version: 1.0\r\nContent-Type: {kind}\r\n\r\n".encode()
    form = message_from_bytes(head + request.body, policy=policy.HTTP)
    assert not form.defects
    return [
        Part(
            name=str(part.get_param("name", header="content-disposition")),
            filename=part.get_filename(),
            content_type=part.get_content_type(),
            content=cast("bytes", part.get_payload(decode=True)),
        )
        for part in form.iter_parts()
    ]


@asynccontextmanager
async def form_server(
    path: str, answer: Any, status: int = 200
) -> AsyncIterator[tuple[str, list[Part]]]:
    """Yield the address of a server that parses forms with aiohttp, and their parts.

    Args:
        path: where it accepts them.
        answer: the JSON with which it answers.
        status: the status of the answer.
    """
    parts: list[Part] = []

    async def read(request: web.Request) -> web.Response:
        async for part in await request.multipart():
            assert isinstance(part, BodyPartReader)
            kind = part.headers.get("Content-Type", "")
            content = bytes(await part.read())
            parts.append(Part(str(part.name), part.filename, kind, content))
        return web.json_response(answer, status=status)

    application = web.Application()
    application.router.add_post(path, read)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield site.name, parts
    finally:
        await runner.cleanup()


def libraries_at(base_url: str, **options: Any) -> AsyncLibraries:
    """Return a client of a base URL; it does not retry by default."""
    options.setdefault("retries", 0)
    return AsyncLibraries("key", base_url=base_url, **options)


def libraries_of(server: RawServer, **options: Any) -> AsyncLibraries:
    """Return a client of a server."""
    return libraries_at(server.base_url, **options)


@asynccontextmanager
async def libraries_and_server(
    *replies: Any, **options: Any
) -> AsyncIterator[tuple[AsyncLibraries, RawServer]]:
    """Yield a client, and a server that reads each form whole before it answers."""
    async with (
        raw_server(answers(*(replies or (document_answer(),)))) as server,
        libraries_of(server, **options) as libraries,
    ):
        yield libraries, server


@contextmanager
def resetting_port(mark: bytes) -> Iterator[tuple[int, threading.Event]]:
    """Yield a port that reads up to a mark, in a thread, then resets its connection.

    The event is set once it has done so.
    """
    is_reset = threading.Event()

    def serve() -> None:
        connection, _ = listening.accept()
        received = b""
        while mark not in received:
            received += connection.recv(1)
        linger = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        connection.close()
        is_reset.set()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1], is_reset
        thread.join()


class Wire:
    """The server's end of a connection; it reads only on request."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._reader = reader
        self._writer = writer

    async def head(self) -> Mapping[str, str]:
        """Read the head of a request."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")[1:-2]
        pairs = (line.partition(": ") for line in lines)
        return {name.lower(): value for name, _, value in pairs}

    async def some(self, most: int = 64 * 1024) -> bytes:
        """Read some bytes of a body."""
        return await self._reader.read(most)

    async def until(self, end: bytes) -> bytes:
        """Read up to and including `end`."""
        return await self._reader.readuntil(end)

    async def exactly(self, count: int) -> bytes:
        """Read `count` bytes."""
        return await self._reader.readexactly(count)

    async def send(self, data: bytes) -> None:
        """Send an answer."""
        self._writer.write(data)
        await self._writer.drain()

    def end(self) -> None:
        """Close the sending side."""
        self._writer.write_eof()

    async def rest(self) -> int:
        """Count the bytes that come until the client closes."""
        count = 0
        with suppress(ConnectionError):
            while some := await self._reader.read(64 * 1024):
                count += len(some)
        return count


Serve: TypeAlias = Callable[[Wire], Awaitable[None]]


@asynccontextmanager
async def wire_server(serve: Serve, *, limit: int = 64 * 1024) -> AsyncIterator[str]:
    """Yield the address of a server that serves each connection with a function.

    Args:
        serve: serves a connection, which is then closed.
        limit: half of how many bytes are read ahead at most.
    """

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(Wire(reader, writer))
        finally:
            writer.transport.abort()

    listener = Listener(talk, limit=limit)
    await listener.start()
    try:
        yield f"http://127.0.0.1:{listener.port}"
    finally:
        await listener.stop()


async def whole_pieces(*pieces: bytes) -> AsyncIterator[bytes]:
    """Yield pieces of a file."""
    for piece in pieces:
        yield piece
