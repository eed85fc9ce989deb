"""Ends of a streamed answer, and what does not end it."""

import asyncio
from typing import Any

import pytest

from mistral_conversations import (
    AuthenticationError,
    ConfigurationError,
    ResponseFailedError,
    StreamDecodeError,
    StreamError,
    StreamInterruptedError,
)
from tests.support.bodies import (
    CONVERSATION_ID,
    delta,
    done,
    error_event,
    started,
    text_stream,
    without,
)
from tests.support.client_and_server import (
    answered_with,
    ask,
    event_stream,
    served_by,
    types,
)
from tests.support.clients import in_use
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

pytestmark = pytest.mark.anyio

DONE = "conversation.response.done"
STREAM = event_stream(*text_stream("Blue, ", "mostly."))


@for_each("place", [2, 4, 5])
async def test_the_word_done_in_brackets_is_no_event(place: int) -> None:
    events: list[Any] = text_stream("Blue, ", "mostly.")
    events.insert(place, b"data: [DONE]\n\n")
    async with (
        answered_with(event_stream(*events)) as (client, _),
        ask(client) as stream,
    ):
        assert len(await types(stream)) == 4


async def test_the_word_done_in_brackets_is_no_end() -> None:
    answer = event_stream(started(), b"data: [DONE]\n\n")
    async with answered_with(answer) as (client, _):
        with pytest.raises(StreamInterruptedError, match=f"ended before {DONE}"):
            await ask(client).response()


@pytest.mark.parametrize("end", [{"type": DONE}, {"type": DONE, "usage": "none"}])
async def test_an_end_of_another_shape_ends_it_still(end: dict[str, Any]) -> None:
    answer = event_stream(started(), delta("Blue"), end)
    async with answered_with(answer) as (client, server):
        final = await ask(client).response()
        assert (final.text, final.usage.total_tokens) == ("Blue", 0)
        await ask(client).response()
        assert server.connections == 1


@for_each(
    ("end", "message", "code"),
    [
        (error_event("Out of order", 3000), "Out of order", 3000),
        (error_event("Out of order", "E1"), "Out of order", "E1"),
        (without(error_event(), "message"), "ended the stream with an error", 3000),
        ({"type": "conversation.response.error"}, "ended the stream with an", None),
        (error_event(["a", "b"], 1), "a; b", 1),  # type: ignore[arg-type]
    ],
)
async def test_an_error_event_of_any_shape_raises(
    end: dict[str, Any], message: str, code: Any
) -> None:
    answer = event_stream(started(), delta("Blue"), end, done())
    async with answered_with(answer) as (client, _), ask(client) as stream:
        with pytest.raises(ResponseFailedError) as caught:
            await types(stream)
        assert message in str(caught.value)
        assert caught.value.code == code
        assert caught.value.conversation_id == CONVERSATION_ID
        assert caught.value.partial is not None
        assert caught.value.partial.text == "Blue"
        with pytest.raises(ResponseFailedError):
            await stream.response()


async def test_an_event_without_a_type_takes_that_of_its_frame() -> None:
    frames = [
        event(each).replace(f'"type":"{each["type"]}",'.encode(), b"")
        for each in text_stream("Blue")
    ]
    assert not any(b'"type"' in frame for frame in frames)
    async with answered_with(event_stream(*frames)) as (client, _):
        assert (await ask(client).response()).text == "Blue"


@for_each("rest", [delta("more"), error_event(), b"data: no JSON\n\n", b"data: half"])
async def test_what_comes_after_the_end_is_ignored(rest: Any) -> None:
    answer = event_stream(*text_stream("Blue"), rest)
    async with answered_with(answer) as (client, _), ask(client) as stream:
        assert (await types(stream))[-1] == DONE
        assert (await stream.response()).text == "Blue"


async def test_comments_and_frames_of_other_names_do_not_matter() -> None:
    frames = [b": keep-alive\n\n", b"retry: 10\n\n", b'event: ping\ndata: {"x": 1}\n\n']
    mixed = [
        each for pair in zip(frames, text_stream("Bl"), strict=True) for each in pair
    ]
    async with (
        answered_with(event_stream(*mixed)) as (client, _),
        ask(client) as stream,
    ):
        assert "ping" in await types(stream)
        assert (await stream.response()).text == "Bl"


async def test_an_error_is_raised_again_and_nothing_is_sent_again() -> None:
    cut = http(
        200,
        event(started()) + event(delta("Bl")),
        {"Content-Type": "text/event-stream"},
    )
    async with answered_with(cut) as (client, server), ask(client) as stream:
        for _ in range(2):
            with pytest.raises(StreamError) as caught:
                await stream.response()
            assert caught.value.partial is not None
            assert caught.value.partial.text == "Bl"
    assert len(server.requests) == 1


async def test_a_request_that_failed_is_not_sent_again() -> None:
    async with answered_with(json_answer({"detail": "Bad key"}, 401)) as (
        client,
        server,
    ):
        stream = ask(client)
        with pytest.raises(AuthenticationError):
            await stream.response()
        with pytest.raises(ConfigurationError, match="make the call again"):
            await stream.response()
    assert len(server.requests) == 1


@pytest.mark.parametrize("begun", [False, True])
async def test_closing_ends_the_wait_of_another_task(begun: bool) -> None:
    asked = asyncio.Event()

    async def mute(_: Request, connection: Connection) -> None:
        if begun:
            await connection.send(stream_head() + chunked(event(started())))
        asked.set()
        await connection.until_client_closes()

    async with served_by(mute) as (client, _):
        stream = ask(client)
        reading = asyncio.ensure_future(types(stream))
        await asked.wait()
        await asyncio.sleep(0.01)
        await stream.aclose()
        seen = ["conversation.response.started"] if begun else []
        assert await asyncio.wait_for(reading, 5) == seen
        with pytest.raises(StreamInterruptedError, match="closed before its end"):
            await stream.response()


@for_each(
    ("bad", "kind"),
    [(b"data: {\n\n", StreamDecodeError), (event(error_event()), ResponseFailedError)],
)
@for_each("entered", [False, True])
async def test_no_event_comes_after_an_error(
    bad: bytes, kind: type[StreamError], *, entered: bool
) -> None:
    """What had arrived together with the error is not given after it."""
    good = [started(), delta("Bl")]
    body = b"".join([*map(event, good), bad, event(delta("ue")), event(done())])
    answer = http(200, body, {"Content-Type": "text/event-stream"})
    async with answered_with(answer) as (client, server):
        stream = ask(client)
        if entered:
            await stream.__aenter__()
        assert [(await anext(stream)).type for _ in good] == [e["type"] for e in good]
        with pytest.raises(kind) as first:
            await anext(stream)
        for _ in range(3):
            with pytest.raises(kind) as again:
                await anext(stream)
            assert again.value is first.value
        with pytest.raises(kind):
            await stream.response()
        await stream.aclose()
        assert first.value.partial is not None
        assert first.value.partial.text == "Bl"
        assert len(server.requests) == 1


async def test_a_failed_stream_frees_its_connection_before_it_raises() -> None:
    async def fail(_: Request, connection: Connection) -> None:
        await connection.send(stream_head() + chunked(event(error_event())))
        await connection.until_client_closes()

    async with served_by(fail) as (client, _):
        stream = ask(client)
        with pytest.raises(ResponseFailedError):
            await anext(stream)
        assert in_use(client) == 0


@pytest.mark.parametrize("entered", [False, True])
async def test_a_200_that_is_no_event_stream_names_the_conversation_that_is_known(
    *, entered: bool
) -> None:
    async with answered_with(json_answer({"message": "not now"})) as (client, _):
        stream = client.append_stream("conv_known", "Sky?")
        with pytest.raises(StreamDecodeError, match="not an event stream") as caught:
            await (stream.__aenter__() if entered else stream.response())
    assert caught.value.conversation_id == "conv_known"
    assert caught.value.partial is None
