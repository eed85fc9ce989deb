"""Reading answers: whole within a cap, as an error, or as an event stream."""

import asyncio
import gzip
import struct
import tracemalloc
import zlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
import msgspec
import pytest

from mistral_conversations import (
    AsyncLibraries,
    AsyncMistral,
    DecodeError,
    EventTooLargeError,
    Libraries,
    Mistral,
    MistralConversationsError,
    ServerError,
    StreamDecodeError,
    StreamInterruptedError,
)
from tests.support.bodies import CONVERSATION_ID, response
from tests.support.clients import (
    FAST,
    Reply,
    answers,
    becomes_true,
    client_of,
    whole_answer,
    whole_stream,
)
from tests.support.for_each import for_each
from tests.support.raw_server import (
    Connection,
    chunked,
    http,
    raw_server,
    raw_server_on_thread,
    stream_head,
)

pytestmark = pytest.mark.anyio

MIB = 1024 * 1024
LIBRARY = "019f0000-0000-7000-8000-000000000001"
JSON = msgspec.json.encode(response())


def gzipped(body: bytes, coding: str = "gzip", kind: str = "application/json") -> bytes:
    return http(200, body, {"Content-Type": kind, "Content-Encoding": coding})


def bomb(size: int, begin: bytes = b'{"a": "', byte: bytes = b" ") -> bytes:
    """Return gzip of about a thousandth of the size that it has when decoded."""
    raw = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = raw.compress(begin) + raw.flush(zlib.Z_FULL_FLUSH)
    block = byte * min(size, MIB)
    number = size // min(size, MIB)
    # After a full flush, a block depends on none before it.
    body += (raw.compress(block) + raw.flush(zlib.Z_FULL_FLUSH)) * number
    checksum = zlib.crc32(begin)
    for _ in range(number):
        checksum = zlib.crc32(block, checksum)
    tail = struct.pack("<LL", checksum, len(begin) + len(block) * number)
    return b"\x1f\x8b\x08" + bytes(7) + body + raw.flush() + tail


BOMB = bomb(100 * MIB)

CALLS: Mapping[str, Callable[[AsyncMistral], Awaitable[Any]]] = {
    "start": lambda client: client.conversations.start("Sky?", model="m"),
    "list": lambda client: client.conversations.list(),
    "history": lambda client: client.conversations.get_history(CONVERSATION_ID),
    "delete": lambda client: client.conversations.delete(CONVERSATION_ID),
    "agent": lambda client: client.agents.get("ag_1"),
    "text": lambda client: client.libraries.documents.text_content(LIBRARY, "d"),
    "upload": lambda client: client.libraries.documents.upload(
        LIBRARY, b"a", name="a.txt"
    ),
    "view": lambda client: client.agents.with_options(retries=2).list(),
}


async def endless(connection: Connection) -> None:
    """Send a body without end."""
    await connection.send(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    while True:
        await connection.send(chunked(b"[" * 64 * 1024))


async def until_close(connection: Connection) -> None:
    """Send a body that only the end of the connection would end."""
    await connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    while True:
        await connection.send(b"[" * 64 * 1024)


TOO_LARGE: Mapping[str, Reply] = {
    "gzip": gzipped(BOMB),
    "x-gzip": gzipped(BOMB, "x-gzip"),
    "deflate": gzipped(zlib.compress(bytes(50 * MIB), 1), "deflate"),
    "endless": endless,
    "until close": until_close,
}


@pytest.mark.parametrize(
    ("call", "kind"),
    [*((call, "gzip") for call in CALLS), *(("start", kind) for kind in TOO_LARGE)],
)
async def test_answer_above_the_cap_raises_and_costs_little_memory(
    call: str, kind: str
) -> None:
    with raw_server_on_thread(answers(TOO_LARGE[kind])) as server:
        client = AsyncMistral(
            "key", base_url=server.base_url, retries=FAST, max_response_bytes=2 * MIB
        )
        async with client:
            tracemalloc.start()
            try:
                with pytest.raises(DecodeError, match="max_response_bytes") as caught:
                    await CALLS[call](client)
                peak = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
            if callable(TOO_LARGE[kind]):
                assert await becomes_true(lambda: not server.open_connections)
        assert len(server.requests) == 1
    assert peak < 12 * MIB
    assert f"larger than {2 * MIB} bytes" in str(caught.value)
    assert caught.value.may_have_been_processed
    assert caught.value.meta is not None
    assert caught.value.meta.status == 200
    assert len(caught.value.body) == 4096


def test_blocking_clients_have_the_cap_too() -> None:
    with raw_server_on_thread(answers(gzipped(BOMB))) as server:
        options: dict[str, Any] = {
            "base_url": server.base_url,
            "max_response_bytes": MIB,
        }
        with (
            Libraries("key", **options) as libraries,
            pytest.raises(DecodeError, match="max_response_bytes"),
        ):
            libraries.documents.text_content(LIBRARY, "d")
        with (
            Mistral("key", **options) as client,
            pytest.raises(DecodeError, match="max_response_bytes"),
        ):
            client.conversations.list()


async def test_answer_of_exactly_the_cap_is_taken() -> None:
    async with raw_server(answers(whole_answer(), gzipped(gzip.compress(JSON)))) as at:
        async with client_of(at, max_response_bytes=len(JSON)) as client:
            for _ in range(2):
                assert (await client.start("Sky?", model="m")).text
        async with client_of(at, max_response_bytes=len(JSON) - 1) as client:
            with pytest.raises(DecodeError, match=f"than {len(JSON) - 1} bytes"):
                await client.start("Sky?", model="m")


async def test_large_answer_is_held_once_while_it_is_read() -> None:
    size = 32 * MIB

    async def send(connection: Connection) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {size + 12}\r\n\r\n"
        await connection.send(head.encode() + b'{"text": "')
        for _ in range(size // MIB):
            await connection.send(b"a" * MIB)
        await connection.send(b'"}')

    with raw_server_on_thread(answers(send)) as server:
        async with AsyncLibraries("key", base_url=server.base_url) as client:
            tracemalloc.start()
            try:
                text = await client.documents.text_content(LIBRARY, "d")
                peak = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
    assert len(text.text) == size
    assert peak < 2.5 * size  # the body, and the text that it becomes


async def test_error_that_is_a_bomb_costs_little_memory() -> None:
    body = bomb(100 * MIB, b"Bad day. ")
    reply = http(502, body, {"Content-Encoding": "gzip", "Content-Type": "text/plain"})
    with raw_server_on_thread(answers(reply)) as server:
        async with client_of(server) as client:
            tracemalloc.start()
            try:
                with pytest.raises(ServerError, match="Bad day") as caught:
                    await client.list()
                peak = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
    assert peak < 12 * MIB
    assert len(caught.value.body) <= MIB


async def test_plain_answer_to_a_stream_that_is_a_bomb_costs_little_memory() -> None:
    with raw_server_on_thread(answers(gzipped(BOMB))) as server:
        async with client_of(server) as client:
            tracemalloc.start()
            try:
                with pytest.raises(StreamDecodeError, match="not an event stream"):
                    await client.start_stream("Sky?", model="m").response()
                peak = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
    assert peak < 12 * MIB


async def test_event_that_is_a_bomb_costs_little_memory() -> None:
    body = bomb(100 * MIB, b"data: ")
    reply = gzipped(body, kind="text/event-stream")
    with raw_server_on_thread(answers(reply)) as server:
        async with client_of(server, max_event_bytes=2 * MIB) as client:
            tracemalloc.start()
            try:
                with pytest.raises(EventTooLargeError):
                    await client.start_stream("Sky?", model="m").response()
                peak = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
    assert peak < 20 * MIB


async def test_bomb_of_comments_lets_other_tasks_run() -> None:
    body = bomb(MIB // 4, b"", b": x\n\n")
    reply = gzipped(body, kind="text/event-stream")
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    with raw_server_on_thread(answers(reply)) as server:
        async with client_of(server) as client, asyncio.TaskGroup() as group:
            counting = group.create_task(count())
            with pytest.raises(StreamInterruptedError):
                await client.start_stream("Sky?", model="m").response()
            counting.cancel()
    assert turns > 8


BODIES: Mapping[str, tuple[str, bytes]] = {
    "gzip": ("gzip", gzip.compress(JSON)),
    "GZip": ("GZip", gzip.compress(JSON)),
    "x-gzip": ("x-gzip", gzip.compress(JSON)),
    "two equal headers": ("gzip\r\nContent-Encoding: gzip", gzip.compress(JSON)),
    "identity too": ("identity, gzip", gzip.compress(JSON)),
    "deflate": ("deflate", zlib.compress(JSON)),
    "identity": ("identity", JSON),
    "charset": ("utf-8", JSON),
    "unpacked on the way": ("gzip", JSON),
    "no checksum": ("gzip", gzip.compress(JSON)[:-8]),
    "junk": ("gzip", gzip.compress(JSON) + b"\0\0"),
}


@for_each("kind", BODIES)
async def test_encoded_answer_is_decoded(kind: str) -> None:
    coding, body = BODIES[kind]
    async with (
        raw_server(answers(gzipped(body, coding))) as server,
        client_of(server) as client,
    ):
        for _ in range(2):
            assert (await client.start("Sky?", model="m")).text == "Blue, mostly."
        assert server.connections == 1


@for_each("coding", ["gzip", "x-gzip", "deflate"])
async def test_encoded_stream_is_decoded_as_it_comes(coding: str) -> None:
    whole = whole_stream("Blue", ", mostly.", end=False)
    events = b"".join(whole.partition(b"\r\n\r\n")[2].split(b"\r\n")[1::2])
    wbits = zlib.MAX_WBITS + (0 if coding == "deflate" else 16)
    compressor = zlib.compressobj(wbits=wbits)
    received = asyncio.Event()

    async def send(connection: Connection) -> None:
        await connection.send(stream_head({"Content-Encoding": coding}))
        half = compressor.compress(events[:-200]) + compressor.flush(zlib.Z_SYNC_FLUSH)
        await connection.send(chunked(half))
        await received.wait()
        rest = compressor.compress(events[-200:]) + compressor.flush()
        await connection.send(chunked(rest, end=True))

    async with raw_server(answers(send)) as server, client_of(server) as client:
        async with client.start_stream("Sky?", model="m") as stream:
            await anext(stream)
            received.set()
            assert (await stream.response()).text == "Blue, mostly."
        assert await becomes_true(lambda: len(server.requests) == 1)


BROKEN: Mapping[str, tuple[str, bytes, str]] = {
    "nonsense": ("gzip", b"\x1f\x8bnonsense", "cannot be decoded: it is not gzip"),
    "deflate": ("deflate", b"nonsense", "cannot be decoded: it is not deflate"),
    "cut": ("gzip", gzip.compress(JSON)[:60], "the answer is not JSON"),
    "not installed": ("gzip, br", b"", "encoded with gzip, br, which cannot be"),
    "unknown": ("compress", b"\x1f\x9d\x90a", "the answer is not JSON"),
}


@for_each("kind", BROKEN)
async def test_answer_that_cannot_be_decoded_is_an_error_of_ours(kind: str) -> None:
    coding, body, message = BROKEN[kind]
    async with (
        raw_server(answers(gzipped(body, coding))) as server,
        client_of(server) as client,
    ):
        with pytest.raises(MistralConversationsError, match=message) as caught:
            await client.start("Sky?", model="m")
    assert caught.value.may_have_been_processed


async def test_stream_in_an_encoding_that_cannot_be_decoded_is_refused() -> None:
    reply = gzipped(b"a", "gzip, br", "text/event-stream")
    async with raw_server(answers(reply)) as server, client_of(server) as client:
        with pytest.raises(StreamDecodeError, match="encoded with gzip, br"):
            await client.start_stream("Sky?", model="m").response()


async def test_stream_whose_encoding_breaks_is_interrupted() -> None:
    reply = gzipped(b"\x1f\x8b\x08\0 nonsense", kind="text/event-stream")
    async with raw_server(answers(reply)) as server, client_of(server) as client:
        with pytest.raises(StreamInterruptedError, match="it is not gzip"):
            await client.start_stream("Sky?", model="m").response()


async def test_error_in_an_encoding_that_cannot_be_decoded_has_its_status() -> None:
    reply = http(503, b"\x8b\x01\x80", {"Content-Encoding": "gzip, br"})
    async with raw_server(answers(reply)) as server, client_of(server) as client:
        with pytest.raises(ServerError, match="HTTP 503: Service Unavailable"):
            await client.start("Sky?", model="m")


async def test_encodings_that_the_callers_session_accepts_are_kept() -> None:
    async with (
        raw_server(answers(whole_answer())) as server,
        aiohttp.ClientSession(headers={"Accept-Encoding": "identity"}) as session,
        client_of(server, session=session) as client,
    ):
        await client.start("Sky?", model="m")
        assert server.requests[0].headers["accept-encoding"] == "identity"
