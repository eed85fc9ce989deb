"""A caller on a raw socket, which sees every byte and the end of the connection."""

import json
import re
import select
import socket
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal, TypeAlias

import attrs

from mistral_conversations.server import LocalServer, Trouble
from tests.support.local.http_caller import START

__all__ = [
    "PATH",
    "Connection",
    "End",
    "Received",
    "becomes_true",
    "connect",
    "entries",
    "gunzip",
    "received",
    "stores_echo",
    "stream",
]

End: TypeAlias = Literal["complete", "fin", "reset", "open"]
"""Complete by its length or its last chunk, FIN or RST before that, or still open."""

PATH = "/v1/conversations"

_FRAME = re.compile(r"event: (\S+)\ndata: ([^\n]*)")
_PATIENCE = 10.0


@attrs.frozen
class Received:
    """The bytes received of an answer."""

    end: End
    raw: bytes
    """All bytes of it, and those after it."""

    status: int = 0
    """0 before the head is there."""

    headers: Mapping[str, str] = attrs.field(factory=dict)
    body: bytes = b""
    chunks: tuple[bytes, ...] = ()
    after: bytes = b""
    """What came after the end of the answer."""

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def frames(self) -> list[str]:
        """The text between empty lines, without comments; the last may be cut."""
        frames = self.body.decode().split("\n\n")
        return [frame for frame in frames if frame and not frame.startswith(":")]

    @property
    def comments(self) -> int:
        return sum(f.startswith(":") for f in self.body.decode().split("\n\n"))

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events, all of which must be complete JSON."""
        assert not self.body or self.body.endswith(b"\n\n")
        found = [_FRAME.fullmatch(frame) for frame in self.frames]
        assert all(found), self.frames
        events = [(match[1], json.loads(match[2])) for match in found if match]
        assert [name for name, _ in events] == [event["type"] for _, event in events]
        return [event for _, event in events]

    @property
    def text(self) -> str:
        return "".join(event.get("content", "") for event in self.events)


@attrs.define
class Connection:
    """One connection, for one request after another."""

    _socket: socket.socket
    _raw: bytes = b""
    _end: End = "open"
    reads: int = 0
    """How many reads the bytes took."""

    def ask(
        self, method: str = "POST", path: str = PATH, body: object = None, **more: Any
    ) -> None:
        """Send a request, by default a start."""
        self._raw = b""
        if method == "POST":
            body = {**START, **more} if body is None else body
        data = b"" if body is None else json.dumps(body).encode()
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: [::1]\r\nAuthorization: Bearer key\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        )
        self._socket.sendall(head.encode() + data)

    def read(self, until: Callable[[Received], bool] | None = None) -> Received:
        """Read to the end of the answer or connection, or until a condition holds.

        Raises:
            TimeoutError: none of these happens in time.
        """
        limit = time.monotonic() + _PATIENCE
        while (received := self._received()).end == "open":
            if until is not None and until(received):
                break
            if not self._read(limit - time.monotonic()):
                raise TimeoutError(f"no more came after {received.raw!r}")
        return received

    def read_events(self, count: int) -> Received:
        """Read until `count` events have arrived."""
        return self.read(lambda received: received.body.count(b"event: ") >= count)

    def read_for(self, seconds: float = 0.05) -> Received:
        """Read for some seconds."""
        limit = time.monotonic() + seconds
        while self._received().end == "open" and self._read(limit - time.monotonic()):
            pass
        return self._received()

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def _read(self, seconds: float) -> bool:
        if not select.select([self._socket], [], [], max(0, seconds))[0]:
            return False
        try:
            data = self._socket.recv(1 << 16)
        except ConnectionResetError:
            self._end = "reset"
            return True
        self._raw += data
        self.reads += 1
        if not data:
            self._end = "fin"
        return True

    def _received(self) -> Received:
        head, blank, rest = self._raw.partition(b"\r\n\r\n")
        if not blank:
            return Received(self._end, self._raw)
        first, *lines = head.decode("latin-1").split("\r\n")
        pairs = (line.partition(": ") for line in lines)
        headers = {name.lower(): value for name, _, value in pairs}
        status = int(first.split()[1])
        chunks, after, is_whole = _content(headers, rest)
        end = "complete" if is_whole else self._end
        body = b"".join(chunks)
        return Received(end, self._raw, status, headers, body, chunks, after)


def _content(
    headers: Mapping[str, str], rest: bytes
) -> tuple[tuple[bytes, ...], bytes, bool]:
    """Return the chunks, the bytes after them, and whether the body is complete."""
    if headers.get("transfer-encoding") == "chunked":
        return _dechunked(rest)
    length = int(headers.get("content-length", "0"))
    return (rest[:length],), rest[length:], len(rest) >= length


def _dechunked(rest: bytes) -> tuple[tuple[bytes, ...], bytes, bool]:
    chunks: list[bytes] = []
    while rest:
        size, blank, tail = rest.partition(b"\r\n")
        length = int(size, 16) if blank else 0
        if not blank or len(tail) < length + 2:
            break
        assert tail[length : length + 2] == b"\r\n"
        rest = tail[length + 2 :]
        if not length:
            return tuple(chunks), rest, True
        chunks.append(tail[:length])
    return tuple(chunks), b"", False


@contextmanager
def connect(base_url: str) -> Iterator[Connection]:
    """Connect to a server, and yield the connection."""
    host, port = base_url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=_PATIENCE) as connection:
        yield Connection(connection)


@contextmanager
def stream(base_url: str, **body: Any) -> Iterator[Connection]:
    """Connect, and start a conversation with a stream."""
    with connect(base_url) as connection:
        connection.ask(stream=True, **body)
        yield connection


def gunzip(data: bytes) -> bytes:
    """Decompress a body as far as it was received."""
    return zlib.decompressobj(wbits=16 + zlib.MAX_WBITS).decompress(data)


def received(server: LocalServer, trouble: Trouble, **body: Any) -> Received:
    """Return the answer to a start in trouble, as far as it arrives."""
    server.inflict(trouble)
    with connect(server.base_url) as line:
        line.ask(**body)
        return line.read()


def becomes_true(condition: Callable[[], object]) -> bool:
    """Wait long enough for a condition; return whether it became true."""
    until = time.monotonic() + _PATIENCE
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.001)
    return True


def entries(server: LocalServer) -> list[Any]:
    """Return the contents of the entries of the only conversation."""
    (conversation,) = server.conversations
    return [entry["content"] for entry in conversation.entries]


def stores_echo(server: LocalServer, question: str = "Hello there") -> bool:
    """Wait until the history has the whole echo and no more; return whether it does."""
    return becomes_true(lambda: entries(server) == [question, question])
