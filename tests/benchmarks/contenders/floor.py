"""The floor: bare aiohttp and msgspec; no models, extras, unions or errors."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from tempfile import TemporaryFile
from typing import Any, TypeAlias

import aiohttp
import msgspec

from .crowd import Crowd
from .memory import Growth
from .orders import MEBIBYTE, Clock, Figures, Order, Task, timed
from .tasks import at_once, calling, first_event

HEADERS = {"Authorization": "Bearer key", "Content-Type": "application/json"}
QUESTION = {"inputs": "Hello!", "model": "mistral-small-latest"}


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


class Text(msgspec.Struct, tag="text"):
    text: str


class Thinking(msgspec.Struct, tag="thinking"):
    thinking: list[Text]
    closed: bool


class Reference(msgspec.Struct, tag="tool_reference"):
    tool: str
    title: str
    url: str
    source: str
    favicon: str | None
    description: str


class File(msgspec.Struct, tag="tool_file"):
    tool: str
    file_id: str
    file_name: str
    file_type: str


Chunk: TypeAlias = Text | Thinking | Reference | File


class Input(msgspec.Struct, tag="message.input"):
    id: str
    created_at: str
    role: str
    content: list[Chunk]
    completed_at: str | None
    prefix: bool


class Output(msgspec.Struct, tag="message.output"):
    id: str
    created_at: str
    completed_at: str
    model: str
    role: str
    content: str | list[Chunk]


class Response(msgspec.Struct):
    conversation_id: str
    outputs: list[Output]
    usage: dict[str, int]


class History(msgspec.Struct):
    conversation_id: str
    entries: list[Input | Output]


_decode_event = msgspec.json.Decoder(Delta | Started | Done).decode
_decode_response = msgspec.json.Decoder(Response).decode
_decode_history = msgspec.json.Decoder(History).decode


def _post(
    session: aiohttp.ClientSession, order: Order, **more: Any
) -> "aiohttp.client._RequestContextManager":
    body = msgspec.json.encode({**QUESTION, **more})
    return session.post(f"{order.url}/v1/conversations", data=body, headers=HEADERS)


def _opened(_: Order) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))


async def _events(session: aiohttp.ClientSession, order: Order) -> int:
    count, rest = 0, b""
    async with _post(session, order, stream=True) as response:
        async for chunk in response.content.iter_any():
            *blocks, rest = (rest + chunk).split(b"\n\n")
            for block in blocks:
                _decode_event(block[block.index(b"data: ") + 6 :])
            count += len(blocks)
    return count


async def _live(session: aiohttp.ClientSession, order: Order, crowd: Crowd) -> None:
    count, rest = 0, b""
    async with _post(session, order, stream=True) as response:
        async for chunk in response.content.iter_any():
            if not count:
                crowd.began()
            *blocks, rest = (rest + chunk).split(b"\n\n")
            for block in blocks:
                _decode_event(block[block.index(b"data: ") + 6 :])
            count += len(blocks)
    crowd.ended(count)


async def _first(session: aiohttp.ClientSession, order: Order) -> float:
    begin = time.perf_counter()
    async with _post(session, order, stream=True) as response:
        block, _, _ = (await response.content.readany()).partition(b"\n\n")
        _decode_event(block[block.index(b"data: ") + 6 :])
        seconds = time.perf_counter() - begin
        await response.read()
    return seconds


async def _start(session: aiohttp.ClientSession, order: Order) -> int:
    count = 0
    for _ in range(order.amount):
        async with _post(session, order) as response:
            count += len(_decode_response(await response.read()).outputs)
    return count


async def _download(session: aiohttp.ClientSession, order: Order) -> int:
    url = f"{order.url}/v1/files/1/content"
    with TemporaryFile(buffering=0) as file:
        async with session.get(url) as response:
            async for piece in response.content.iter_any():
                file.write(piece)
        return file.tell() // MEBIBYTE


def decode(order: Order) -> Figures:
    """Decode a history, without the HTTP that brought it."""
    body = asyncio.run(_body(order))

    def work(clock: Clock) -> int:
        with clock:
            return len(_decode_history(body).entries)

    return timed(work, order.amount)


async def _body(order: Order) -> bytes:
    url = f"{order.url}/v1/conversations/conv_1/history"
    async with _opened(order) as session, session.get(url) as response:
        return await response.read()


def held(order: Order) -> Figures:
    """Hold many streams open, each at its first event; return the growth per stream."""

    async def main() -> float:
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(_opened(order))
            growth = Growth()
            for _ in range(order.amount):
                post = _post(session, order, stream=True)
                response = await stack.enter_async_context(post)
                await response.content.readany()
            return growth.lasting() / order.amount

    return {"KiB": asyncio.run(main())}


TASKS: Mapping[str, Task] = {
    "events": calling(_opened, _events, 2),
    "live": at_once(_opened, _live),
    "start": calling(_opened, _start),
    "decode": decode,
    "first": first_event(_opened, _first),
    "held": held,
    "download": calling(_opened, _download),
}
