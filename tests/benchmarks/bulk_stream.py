"""Events per CPU second of a long stream, beside a bare loop on the same body.

Run with `python -m tests.benchmarks.bulk_stream`. The server is a process of its own.
Every round takes each reader once, and the figures are medians over the rounds, so
the ratios hold on a noisy machine; the absolute figures are of this machine today.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from statistics import median

import aiohttp
import msgspec

from mistral_conversations import (
    AsyncConversations,
    AsyncConversationStream,
    Conversations,
)
from tests.bodies import delta, done, started
from tests.raw_server import Connection, Request, event, http, raw_server

EVENTS = 50_000
ROUNDS = 5

Reader = Callable[[str], int]


class Delta(msgspec.Struct, tag="message.output.delta"):
    id: str
    created_at: str
    output_index: int
    content_index: int
    model: str
    role: str
    content: str


class Started(msgspec.Struct, tag="conversation.response.started"):
    conversation_id: str


class Done(msgspec.Struct, tag="conversation.response.done"):
    usage: dict[str, int]


_decoder = msgspec.json.Decoder(Delta | Started | Done)


def bare(url: str) -> int:
    return asyncio.run(_bare(url))


async def _bare(url: str) -> int:
    """Read as fast as Python can: no models, no extras, no errors."""
    count, rest = 0, b""
    async with aiohttp.ClientSession() as session, session.post(url) as response:
        async for chunk in response.content.iter_any():
            *blocks, rest = (rest + chunk).split(b"\n\n")
            for block in blocks:
                _decoder.decode(block[block.index(b"data: ") + 6 :])
            count += len(blocks)
    return count


def ours(read: Callable[[AsyncConversationStream], Awaitable[int]]) -> Reader:
    async def call(url: str) -> int:
        async with AsyncConversations("any", base_url=url) as conversations:
            return await read(conversations.start_stream("Go on", model="m"))

    return lambda url: asyncio.run(call(url))


def blocking(url: str) -> int:
    with Conversations("any", base_url=url) as conversations:
        return sum(1 for _ in conversations.start_stream("Go on", model="m"))


async def events(stream: AsyncConversationStream) -> int:
    return sum([1 async for _ in stream])


async def text(stream: AsyncConversationStream) -> int:
    return sum([1 async for _ in stream.text()]) + 2


async def response(stream: AsyncConversationStream) -> int:
    await stream.response()
    return EVENTS + 2


READERS: dict[str, Reader] = {
    "bare aiohttp + msgspec": bare,
    "async for event in stream": ours(events),
    "stream.text()": ours(text),
    "stream.response()": ours(response),
    "for event in stream, blocking": blocking,
}


async def serve() -> None:
    """Answer every request with the same stream, until stdin ends."""
    deltas = b"".join(event(delta(f"word{i} ")) for i in range(EVENTS))
    body = event(started()) + deltas + event(done())
    answer = http(200, body, {"Content-Type": "text/event-stream"})

    async def handler(_: Request, connection: Connection) -> None:
        await connection.send(answer)

    async with raw_server(handler) as server:
        sys.stdout.write(f"{server.base_url}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


def rate(reader: Reader, url: str) -> float:
    begin = time.process_time()
    count = reader(url)
    if count != EVENTS + 2:
        raise RuntimeError(f"{count} events came of {EVENTS + 2}")
    return count / (time.process_time() - begin)


def main() -> None:
    command = [sys.executable, "-m", "tests.benchmarks.bulk_stream", "serve"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        rounds = [
            {name: rate(reader, url) for name, reader in READERS.items()}
            for _ in range(ROUNDS)
        ]
        server.communicate("")
    _print_table(rounds)


def _print_table(rounds: list[dict[str, float]]) -> None:
    sys.stdout.write(f"{'reader':30}{'events/CPU s':>14}{'of the bare loop':>18}\n")
    for name in READERS:
        figure = median(found[name] for found in rounds)
        ratio = median(
            found[name] / found["bare aiohttp + msgspec"] for found in rounds
        )
        sys.stdout.write(f"{name:30}{figure:14,.0f}{ratio:18.3f}\n")


if __name__ == "__main__":
    asyncio.run(serve()) if sys.argv[1:] == ["serve"] else main()
