"""A streamed answer read by an async caller."""

import asyncio
import gzip

import pytest

from mistral_conversations import (
    AuthenticationError,
    ConfigurationError,
    ConversationResponse,
    MessageOutputEvent,
    ResponseDoneEvent,
    StreamInterruptedError,
    ThinkChunk,
    ToolExecutionStartedEvent,
    from_dict,
)
from tests.support.bodies import (
    CONVERSATION_ID,
    delta,
    done,
    message,
    reference,
    response,
    started,
    text_stream,
    thinking,
    tool_done,
    tool_started,
    without,
)
from tests.support.client_and_server import (
    answered_with,
    ask,
    event_stream,
    served_by,
    types,
)
from tests.support.raw_server import (
    Connection,
    Request,
    chunked,
    event,
    http,
    json_answer,
    stream_head,
)

pytestmark = pytest.mark.anyio

DONE = "conversation.response.done"
STREAM = event_stream(*text_stream("Blue, ", "mostly."))


async def test_nothing_is_sent_before_it_is_entered() -> None:
    async with answered_with(STREAM) as (client, server):
        stream = ask(client)
        assert (stream.conversation_id, stream.usage) == (None, None)
        assert (stream.meta, stream.snapshot) == (None, None)
        await asyncio.sleep(0)
        assert server.connections == 0
        async with stream:
            assert len(server.requests) == 1
            assert stream.meta is not None
            assert stream.snapshot is None


async def test_one_that_is_open_is_entered_again_without_another_request() -> None:
    async with answered_with(STREAM) as (client, server), ask(client) as stream:
        async with stream as again:
            assert again is stream
            assert len(await types(again)) == 4
        assert len(server.requests) == 1


async def test_iterating_sends_and_gives_every_event() -> None:
    async with answered_with(STREAM) as (client, server):
        stream = ask(client)
        assert await types(stream) == [
            "conversation.response.started",
            "message.output.delta",
            "message.output.delta",
            DONE,
        ]
    assert len(server.requests) == 1


async def test_events_are_matched_by_their_class() -> None:
    events = [
        started(),
        tool_started(),
        tool_done(),
        delta(thinking("Hm")),
        delta("Hi"),
    ]
    seen: list[str] = []
    async with (
        answered_with(event_stream(*events, done())) as (client, _),
        ask(client) as s,
    ):
        async for each in s:
            match each:
                case MessageOutputEvent(content=str(text)):
                    seen.append(text)
                case MessageOutputEvent(content=ThinkChunk()):
                    seen.append("(thinking)")
                case ToolExecutionStartedEvent(name=name):
                    seen.append(f"[{name}]")
                case ResponseDoneEvent(usage=usage):
                    seen.append(str(usage.total_tokens))
    assert seen == ["[code_interpreter]", "(thinking)", "Hi", "10"]


async def test_text_yields_only_text() -> None:
    events = [
        started(),
        delta(thinking("Hm")),
        delta("Bl"),
        delta(""),
        delta(reference()),
    ]
    chunk = delta({"type": "text", "text": "ue"})
    async with answered_with(event_stream(*events, chunk, done())) as (client, _):
        stream = ask(client)
        assert [text async for text in stream.text()] == ["Bl", "ue"]
        assert (await stream.response()).text == "Blue"


async def test_what_is_known_grows_with_the_events() -> None:
    headers = {"mistral-correlation-id": "req-1"}
    answer = event_stream(*text_stream("Blue, ", "mostly."), headers=headers)
    async with answered_with(answer) as (client, _), ask(client) as stream:
        texts: list[str] = []
        async for _event in stream:
            assert stream.conversation_id == CONVERSATION_ID
            assert stream.snapshot is not None
            texts.append(stream.snapshot.text)
        assert texts == ["", "Blue, ", "Blue, mostly.", "Blue, mostly."]
        assert stream.usage is not None
        assert stream.usage.total_tokens == 10
        assert stream.meta is not None
        assert stream.meta.request_id == "req-1"
        assert (await stream.response()).meta == stream.meta


async def test_an_appended_stream_knows_its_conversation_before() -> None:
    async with answered_with(STREAM) as (client, _):
        assert client.append_stream("conv_1").conversation_id == "conv_1"
        assert client.restart_stream("conv_1", "msg_1").conversation_id is None


async def test_the_response_is_the_plain_answer() -> None:
    plain = response(without(message("Blue, mostly."), "completed_at"))
    async with answered_with(STREAM, json_answer(plain)) as (client, server):
        streamed = await ask(client).response()
        assert streamed == from_dict(ConversationResponse, plain)
        assert streamed == await client.start("Sky?")
        assert server.connections == 1


async def test_the_response_of_a_stream_read_halfway() -> None:
    async with answered_with(STREAM) as (client, _), ask(client) as stream:
        async for _event in stream:
            break
        assert (await stream.response()).text == "Blue, mostly."
        assert await stream.response() == stream.snapshot


async def test_iterating_twice_is_refused() -> None:
    async with answered_with(STREAM) as (client, _), ask(client) as stream:
        await types(stream)
        with pytest.raises(ConfigurationError, match="its events come only once"):
            await types(stream)
        with pytest.raises(ConfigurationError, match="its events come only once"):
            [text async for text in stream.text()]


@pytest.mark.parametrize("entered", [False, True])
async def test_iterating_after_the_response_is_refused(*, entered: bool) -> None:
    """It would yield no event, as if the answer had none."""
    async with answered_with(STREAM) as (client, server):
        stream = ask(client)
        if entered:
            await stream.__aenter__()
        assert (await stream.response()).text == "Blue, mostly."
        with pytest.raises(ConfigurationError):
            await types(stream)
        with pytest.raises(ConfigurationError):
            [text async for text in stream.text()]
        await stream.aclose()
        assert len(server.requests) == 1


async def test_a_closed_stream_is_refused_and_sends_nothing() -> None:
    async with answered_with(STREAM) as (client, server):
        stream = ask(client)
        await stream.aclose()
        await stream.aclose()
        with pytest.raises(ConfigurationError, match="this stream is closed"):
            await types(stream)
        with pytest.raises(ConfigurationError, match="this stream is closed"):
            await stream.__aenter__()
        with pytest.raises(ConfigurationError, match="this stream is closed"):
            await stream.response()
    assert server.connections == 0


async def test_the_response_after_closing_where_the_end_was_seen() -> None:
    async with answered_with(STREAM) as (client, _):
        async with ask(client) as stream:
            await types(stream)
        assert (await stream.response()).text == "Blue, mostly."


async def test_the_response_after_closing_where_the_end_was_not_seen() -> None:
    async with answered_with(STREAM) as (client, _):
        async with ask(client) as stream:
            async for each in stream:
                if isinstance(each, MessageOutputEvent):
                    break
        with pytest.raises(StreamInterruptedError, match="closed before") as caught:
            await stream.response()
    assert caught.value.conversation_id == CONVERSATION_ID
    assert caught.value.partial is not None
    assert caught.value.partial.text == "Blue, "


async def test_a_compressed_stream() -> None:
    body = gzip.compress(b"".join(map(event, text_stream("Blue, ", "mostly."))))
    head = {"Content-Type": "text/event-stream", "Content-Encoding": "gzip"}
    async with answered_with(http(200, body, head)) as (client, _):
        assert (await ask(client).response()).text == "Blue, mostly."


async def test_two_tasks_cannot_read_at_once() -> None:
    async def slow(_: Request, connection: Connection) -> None:
        await connection.send(stream_head() + chunked(event(started())))
        await connection.until_client_closes()

    async with served_by(slow) as (client, _), ask(client) as stream:
        await anext(stream)
        reading = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        with pytest.raises(ConfigurationError, match="another task is reading"):
            await anext(stream)
        await stream.aclose()
        with pytest.raises(StopAsyncIteration):
            await reading


async def test_a_refused_request_raises_where_it_is_sent() -> None:
    refused = json_answer({"detail": "Bad key"}, 401)
    async with answered_with(refused) as (client, server):
        for use in (lambda s: s.__aenter__(), lambda s: s.response(), types):
            with pytest.raises(AuthenticationError, match="Bad key"):
                await use(ask(client))
    assert len(server.requests) == 3


async def test_a_cancelled_read_may_be_taken_up_again() -> None:
    rest = asyncio.Event()
    first, *others = map(event, text_stream("Blue, ", "mostly."))

    async def halting(_: Request, connection: Connection) -> None:
        await connection.send(stream_head() + chunked(first, others[0][:20]))
        await rest.wait()
        await connection.send(chunked(others[0][20:], *others[1:], end=True))

    async with served_by(halting) as (client, _), ask(client) as stream:
        await anext(stream)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await anext(stream)
        rest.set()
        assert (await stream.response()).text == "Blue, mostly."


async def test_two_streams_at_once() -> None:
    both = asyncio.Barrier(2)

    async def together(_: Request, connection: Connection) -> None:
        await both.wait()
        await connection.send(STREAM)

    async with served_by(together) as (client, server):
        async with asyncio.TaskGroup() as tasks:
            one, other = (tasks.create_task(ask(client).response()) for _ in "12")
        assert one.result() == other.result()
    assert server.connections == 2
