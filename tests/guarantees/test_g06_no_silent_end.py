"""G6: a stream ends with `done`, or with an error that says how far it came."""

import asyncio
from collections.abc import AsyncIterable
from typing import Any

import pytest

from mistral_conversations import (
    APIConnectionError,
    AsyncConversations,
    AsyncConversationStream,
    ConversationResponse,
    ResponseFailedError,
    StreamDecodeError,
    StreamError,
    StreamInterruptedError,
    StreamTimeoutError,
    Timeout,
)
from tests.support.bodies import (
    CONVERSATION_ID,
    delta,
    done,
    error_event,
    response,
    started,
    text_stream,
    thinking,
)
from tests.support.client_and_server import answered_with, event_stream, served_by
from tests.support.for_each import for_each
from tests.support.raw_server import (
    Connection,
    Request,
    chunked,
    event,
    http,
    json_answer,
    stream_head,
)

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

TYPE = {"Content-Type": "text/event-stream"}

FRAMES = [
    event(each)
    for each in (
        started(),
        delta(thinking("Hm")),
        delta("Blue"),
        delta(" it is."),
        done(),
    )
]
CONVERSATION = {"conversation_id": CONVERSATION_ID}
SHORT = [
    event({"type": "conversation.response.started", **CONVERSATION}),
    event({"type": "message.output.delta", "id": "msg_1", "content": "Blüe"}),
    event({"type": "message.output.delta", "id": "msg_1", "content": "."}),
    event({"type": "conversation.response.done", "usage": {}}),
]
BODY = b"".join(SHORT)
WHOLE = {
    "with a length": http(200, BODY, TYPE),
    "chunked": stream_head() + chunked(*SHORT, end=True),
    "until the end": b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    + BODY,
}


def ask(client: AsyncConversations) -> AsyncConversationStream:
    return client.start_stream("Sky?", model="m", retries=0)


async def collect(items: AsyncIterable[Any], into: list[Any]) -> None:
    async for item in items:
        into.append(item)  # noqa: PERF401 - an error comes between


async def outcome(stream: AsyncConversationStream) -> Any:
    try:
        return await stream.response()
    except Exception as error:  # noqa: BLE001 - which one is the question
        return error


@pytest.mark.parametrize("framing", WHOLE)
@pytest.mark.parametrize("end", ["close", "reset"])
async def test_cut_at_every_byte_it_is_complete_or_a_typed_error(
    framing: str, end: str
) -> None:
    answer = WHOLE[framing]
    last = answer.rindex(b"\n\n") + 2
    offsets = iter(range(len(answer) + 1))

    async def cut(_: Request, connection: Connection) -> None:
        await connection.send(answer[: next(offsets)])
        getattr(connection, end)()

    complete = []
    async with served_by(cut) as (client, _):
        for offset in range(len(answer) + 1):
            stream = ask(client)
            found = await outcome(stream)
            check(found, stream)
            if isinstance(found, ConversationResponse):
                complete.append(offset)
    if end == "close":
        assert complete == list(range(last, len(answer) + 1))
    # a reset may take with it what had arrived
    assert all(offset >= last for offset in complete)


def check(found: Any, stream: AsyncConversationStream) -> None:
    if isinstance(found, ConversationResponse):
        assert found.text == "Blüe."
    elif isinstance(found, StreamInterruptedError):
        assert found.conversation_id == stream.conversation_id
        assert found.partial == stream.snapshot
        assert found.may_have_been_processed
        if stream.conversation_id is None:
            assert found.partial is None
        else:
            assert found.partial is not None
            assert found.partial.text in {"", "Blüe", "Blüe."}
    else:
        # before the headers were whole there is no stream yet
        assert type(found) is APIConnectionError, repr(found)
        assert found.may_have_been_processed
        assert stream.meta is None


async def test_what_arrived_before_the_cut_is_in_the_error() -> None:
    async def cut(_: Request, connection: Connection) -> None:
        await connection.send(stream_head() + chunked(*FRAMES[:3]))
        connection.close()

    async with served_by(cut) as (client, _), ask(client) as stream:
        seen: list[Any] = []
        with pytest.raises(StreamInterruptedError) as caught:
            await collect(stream, seen)
    assert len(seen) == 3
    assert caught.value.conversation_id == CONVERSATION_ID
    assert caught.value.partial is not None
    assert caught.value.partial.text == "Blue"


async def test_an_error_event_raises() -> None:
    answer = event_stream(started(), delta("Bl"), error_event("Out of order", 3000))
    async with answered_with(answer) as (client, _):
        with pytest.raises(ResponseFailedError, match="Out of order") as caught:
            await ask(client).response()
    assert caught.value.code == 3000
    assert caught.value.conversation_id == CONVERSATION_ID
    assert caught.value.partial is not None
    assert caught.value.partial.text == "Bl"


@for_each("events", [[], [started()], [started(), delta("Bl")]])
async def test_a_body_that_ends_without_done_raises(events: list[Any]) -> None:
    async with (
        answered_with(event_stream(*events)) as (client, _),
        ask(client) as stream,
    ):
        with pytest.raises(StreamInterruptedError, match=r"before conversation\."):
            [each async for each in stream]
        with pytest.raises(StreamInterruptedError):
            await stream.response()


async def test_text_alone_does_not_end_silently_either() -> None:
    async with answered_with(event_stream(started(), delta("Bl"))) as (client, _):
        pieces: list[Any] = []
        with pytest.raises(StreamInterruptedError):
            await collect(ask(client).text(), pieces)
    assert pieces == ["Bl"]


@for_each(
    ("answer", "body"),
    [
        (json_answer({"message": "not now"}), '{"message":"not now"}'),
        (json_answer(response()), None),
        (http(200, b"<html>\xff</html>", {"Content-Type": "text/html"}),
            "<html>\ufffd</html>"),
        (http(200, b"data: x\n\n"), "data: x\n\n"),
        (http(200, b"x", {"Content-Type": "text/event-stream-not"}), "x"),
        (http(204), ""),
    ],
)  # fmt: skip
async def test_a_200_that_is_no_event_stream_raises(
    answer: bytes, body: str | None
) -> None:
    async with answered_with(answer) as (client, server):
        with pytest.raises(StreamDecodeError, match="not an event stream") as caught:
            await ask(client).response()
    assert body in (None, caught.value.body)
    assert caught.value.meta is not None
    assert (caught.value.conversation_id, caught.value.partial) == (None, None)
    assert len(server.requests) == 1


async def test_the_type_of_an_event_stream_may_be_written_otherwise() -> None:
    kind = {"Content-Type": " Text/Event-Stream ;charset=UTF-8"}
    async with answered_with(http(200, BODY, kind)) as (client, _):
        assert (await ask(client).response()).text == "Blüe."


@for_each(
    "frame", [b"data: {\n\n", b"data: <html>\n\n", b"data:\n\n", b"data: {}{}\n\n"]
)
async def test_an_event_that_is_no_json_raises(frame: bytes) -> None:
    answer = event_stream(started(), delta("Bl"), frame, done())
    async with answered_with(answer) as (client, _), ask(client) as stream:
        with pytest.raises(StreamDecodeError, match="an event is not JSON") as caught:
            [each async for each in stream]
        assert caught.value.body == frame[5:].strip().decode()
        assert caught.value.conversation_id == CONVERSATION_ID
        assert caught.value.partial == stream.snapshot
        assert caught.value.partial is not None
        assert caught.value.partial.text == "Bl"


@for_each(
    "garbage",
    [
        b"retry: " + b"9" * 5000 + b"\ndata: {}\n\n",
        b"\xff\xfe\x00\n\n" * 50,
        b"data: " + b"[" * 100_000 + b"\n\n",
        b'data: {"type": {"type": []}}\n\n',
        b'data: {"type": "message.output.delta", "output_index": "1"}\n\n',
        b"data: " + b"9" * 5000 + b"\n\n",
    ],
)
async def test_garbage_is_passed_over_or_a_stream_error(garbage: bytes) -> None:
    answer = event_stream(started(), delta("Bl"), garbage)
    async with answered_with(answer) as (client, _):
        found = await outcome(ask(client))
    assert isinstance(found, StreamError), repr(found)
    assert found.conversation_id == CONVERSATION_ID


async def test_broken_chunking_is_a_stream_error() -> None:
    begun = asyncio.Event()

    async def break_off(_: Request, connection: Connection) -> None:
        await connection.send(stream_head() + chunked(FRAMES[0]))
        await begun.wait()
        await connection.send(b"zz\r\nnonsense\r\n")

    # aiohttp closes such a connection and leaves the reader waiting for the idle limit
    limits = Timeout(idle=0.2)
    async with (
        served_by(break_off, timeout=limits) as (client, _),
        ask(client) as stream,
    ):
        await anext(stream)
        begun.set()
        with pytest.raises(StreamInterruptedError) as caught:
            await stream.response()
    assert caught.value.conversation_id == CONVERSATION_ID


async def test_broken_compression_is_a_stream_error() -> None:
    answer = http(200, b"not gzip at all", {**TYPE, "Content-Encoding": "gzip"})
    async with answered_with(answer) as (client, _):
        found = await outcome(ask(client))
    assert isinstance(found, StreamInterruptedError), repr(found)


async def test_a_stream_that_falls_silent_is_a_stream_error() -> None:
    async def silent(_: Request, connection: Connection) -> None:
        await connection.send(stream_head() + chunked(*FRAMES[:3]))
        await connection.until_client_closes()

    async with served_by(silent, timeout=Timeout(idle=0.1)) as (client, _):
        with pytest.raises(StreamTimeoutError) as caught:
            await ask(client).response()
    assert caught.value.phase == "idle"
    assert caught.value.conversation_id == CONVERSATION_ID
    assert caught.value.partial is not None
    assert caught.value.partial.text == "Blue"


async def test_a_stream_is_never_sent_again_once_it_has_started() -> None:
    async def cut(_: Request, connection: Connection) -> None:
        await connection.send(stream_head() + chunked(FRAMES[0]))
        connection.reset()

    async with served_by(cut, retries=3) as (client, server):
        with pytest.raises(StreamError):
            await client.start_stream("Sky?").response()
        await asyncio.sleep(0.01)
        assert len(server.requests) == 1


async def test_drop_by_drop_it_is_the_same() -> None:
    async def drops(_: Request, connection: Connection) -> None:
        await connection.send_drop_by_drop(
            stream_head() + chunked(*map(event, text_stream("é", "🙂")), end=True)
        )

    async with served_by(drops) as (client, _):
        assert (await ask(client).response()).text == "é🙂"
