"""Servers whose answers are the contents of files."""

import gzip
from collections.abc import Mapping
from pathlib import Path

from tests.support.clients import Reply
from tests.support.raw_server import Connection, chunked, http

__all__ = ["CONTENT", "begun", "contents", "cut", "in_chunks", "names_in", "zipped"]

CONTENT = bytes(range(256)) * 3000
"""More than aiohttp buffers at once."""

KIND = {"Content-Type": "application/octet-stream"}


def contents(
    content: bytes = CONTENT, headers: Mapping[str, str] | None = None
) -> bytes:
    """Write an answer with contents."""
    return http(200, content, {**KIND, **(headers or {})})


def in_chunks(*pieces: bytes, end: bool = True) -> bytes:
    """Write an answer with contents whose length is unknown."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + chunked(*pieces, end=end)


def zipped(content: bytes = CONTENT, missing: int = 0) -> bytes:
    """Write an answer with compressed contents, which may lack their last bytes."""
    packed = gzip.compress(content)
    return contents(packed[: len(packed) - missing], {"Content-Encoding": "gzip"})


def cut(answer: bytes | None = None, missing: int = 1) -> Reply:
    """Return a reply that lacks its last bytes; the connection then ends."""
    whole = contents() if answer is None else answer

    async def reply(connection: Connection) -> None:
        await connection.send(whole[: len(whole) - missing])
        connection.close()

    return reply


def begun(missing: int = 1) -> Reply:
    """Return a reply that never sends its last bytes."""

    async def reply(connection: Connection) -> None:
        await connection.send(contents()[:-missing])
        await connection.until_client_closes()

    return reply


def names_in(folder: Path) -> list[str]:
    """Return the names of the files in a folder, hidden ones too."""
    return sorted(path.name for path in folder.iterdir())
