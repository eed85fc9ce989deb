"""A server that stands before a `LocalServer` and poisons every text of its answers."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.raw_server import (
    Connection,
    RawServer,
    Request,
    chunked,
    http,
    raw_server_on_thread,
    stream_head,
)

__all__ = ["EVIL", "poisoned_server"]

EVIL = (
    "\x1b]0;title\x07\x1b[2J\x9b31m\x90q\x9c\r\b\x7f\x00\u202egpj.\u2066\u2028"
    "</pre><script>alert(1)</script><img src=x onerror=alert(1)>"
    "\"'onmouseover=alert(1) javascript:alert(1) &lt;b&gt; ]]> --> \n$(reboot)`;"
)
"""What takes over a terminal, a web page or a shell that shows it as it is."""

_KEPT = {"type", "object", "role", "status", "confirmation_status"}
"""The keys whose values decide how an object is read; times end with `_at`."""


@contextmanager
def poisoned_server(base_url: str, status: int | None = None) -> Iterator[RawServer]:
    """Serve the answers of another server, with `EVIL` at the end of each text.

    Args:
        base_url: the other server's URL.
        status: the status of every answer, whose body is then an error of texts.
    """

    async def answer(request: Request, connection: Connection) -> None:
        if status is not None:
            key = request.headers["authorization"].removeprefix("Bearer ")
            await connection.send(_refusal(status, f"{EVIL} {key}"))
            return
        head, body = await _asked(base_url, request)
        if b"text/event-stream" in head:
            lines = [_poisoned_line(line) for line in body.split(b"\n")]
            await connection.send(stream_head() + chunked(b"\n".join(lines), end=True))
            return
        is_json = b"application/json" in head
        kind = {"Content-Type": "application/json" if is_json else "text/plain"}
        body = _poisoned_json(body) if is_json else body
        await connection.send(http(int(head.split()[1]), body, kind))

    with raw_server_on_thread(answer) as server:
        yield server


async def _asked(base_url: str, request: Request) -> tuple[bytes, bytes]:
    """Pass a request on, and return the head and the body of the answer."""
    address = base_url.removeprefix("http://")
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    lines = {
        "Host": address,
        "Connection": "close",
        "Authorization": request.headers.get("authorization", ""),
        "Content-Type": request.headers.get("content-type", "application/json"),
        "Content-Length": str(len(request.body)),
    }
    sent = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    writer.write(f"{request.method} {request.target} HTTP/1.1\r\n{sent}\r\n".encode())
    writer.write(request.body)
    answer = await reader.read()
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return head, _joined(body) if b"chunked" in head else body


def _joined(body: bytes) -> bytes:
    joined = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        joined, body = joined + body[: int(size, 16)], body[int(size, 16) + 2 :]
    return joined


def _poisoned_line(line: bytes) -> bytes:
    name, found, data = line.partition(b": ")
    return name + found + _poisoned_json(data) if name == b"data" else line


def _poisoned_json(body: bytes) -> bytes:
    return json.dumps(_poisoned(json.loads(body))).encode() if body else body


def _poisoned(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _poisoned(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_poisoned(item, key) for item in value]
    is_kept = key in _KEPT or key.endswith("_at")
    return f"{value}{EVIL}" if isinstance(value, str) and not is_kept else value


def _refusal(status: int, text: str) -> bytes:
    problem = {"type": text, "loc": ["body", text], "msg": text, "input": text}
    body = {"message": text, "detail": [problem], "type": text, text: text}
    return http(
        status,
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Mistral-Correlation-Id": "1\x9b2J\xe9"},
    )
