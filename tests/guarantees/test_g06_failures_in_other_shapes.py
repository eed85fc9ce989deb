"""G6: a failure after 200 raises in any shape, with the service's words."""

import asyncio
import json
from typing import Any

import pytest

from mistral_conversations import (
    Conversations,
    ResponseFailedError,
    StreamDecodeError,
    StreamError,
    StreamInterruptedError,
    UnknownEvent,
)
from tests.support.bodies import delta, done, started
from tests.support.client_and_server import answered_with
from tests.support.for_each import for_each
from tests.support.raw_server import http

pytestmark = pytest.mark.anyio


def sse(*events: Any) -> bytes:
    return b"".join(
        f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
        for event in events
    )


BEFORE = sse(started(), delta("Bl"))
ERROR = b'{"object": "error", "message": "Rate limited", "code": 1300}'
PAGE = b"<html><title>502</title>\n\n<style>p {}</style>\n\n<p>Rate limited</p></html>"

REPORTED = {
    "event": b"event: error\ndata: " + ERROR + b"\n\n",
    "event without an end": b"event: error\ndata: " + ERROR,
    "event with CRLF": b"event: error\r\ndata: " + ERROR + b"\r\n\r\n",
    "error": b'data: {"error": ' + ERROR + b"}\n\ndata: [DONE]\n\n",
    "object": b"data: " + ERROR + b"\n\n",
    "bare": ERROR,
    "bare with line ends": ERROR + b"\n\n",
}
OTHER: dict[str, tuple[bytes, type[StreamError]]] = {
    "page": (PAGE, StreamInterruptedError),
    "text": (b"upstream error: Rate limited\n", StreamInterruptedError),
    "data that is a page": (
        b"data: " + PAGE.replace(b"\n", b"") + b"\n\n",
        StreamDecodeError,
    ),
    "data that is text": (b"data: Rate limited\n\n", StreamDecodeError),
}


def stream_of(body: bytes) -> bytes:
    return http(200, body, {"Content-Type": "text/event-stream; charset=utf-8"})


async def failures_of(body: bytes) -> list[StreamError]:
    """Return the errors of both clients, read by iteration and as a whole."""
    found: list[StreamError] = []
    async with answered_with(stream_of(body)) as (client, server):
        with pytest.raises(StreamError) as caught:
            async for _ in client.start_stream("Hi", model="m"):
                pass
        found.append(caught.value)
        with pytest.raises(StreamError) as caught:
            await client.start_stream("Hi", model="m").response()
        found.append(caught.value)

        def block() -> StreamError:
            with Conversations("key", base_url=server.base_url) as blocking:
                with pytest.raises(StreamError) as caught:
                    list(blocking.start_stream("Hi", model="m"))
                return caught.value

        found.append(await asyncio.to_thread(block))
    return found


@pytest.mark.parametrize("before", [b"", BEFORE], ids=["first", "later"])
@pytest.mark.parametrize("shape", REPORTED)
async def test_a_reported_failure_has_its_words_and_code(
    shape: str, before: bytes
) -> None:
    for error in await failures_of(before + REPORTED[shape]):
        assert isinstance(error, ResponseFailedError)
        assert (str(error), error.code) == ("Rate limited", 1300)
        assert (error.partial.text if error.partial else "") == ("Bl" * bool(before))


@pytest.mark.parametrize("before", [b"", BEFORE], ids=["first", "later"])
@pytest.mark.parametrize("shape", OTHER)
async def test_a_body_of_another_kind_shows_its_words(
    shape: str, before: bytes
) -> None:
    body, kind = OTHER[shape]
    for error in await failures_of(before + body):
        assert type(error) is kind
        assert "Rate limited" in str(error)
        assert "{}" not in str(error)


@for_each(
    ("content_type", "body"),
    [("text/html", PAGE), ("application/json", ERROR), ("text/plain", b"Rate limited")],
)
async def test_an_answer_that_is_no_stream_shows_its_words(
    content_type: str, body: bytes
) -> None:
    answer = http(200, body, {"Content-Type": content_type})
    async with answered_with(answer) as (client, _):
        with pytest.raises(StreamDecodeError, match="Rate limited") as caught:
            await client.start_stream("Hi", model="m").response()
    assert content_type in str(caught.value)
    assert caught.value.body == body.decode()


async def test_unknown_events_and_stray_lines_are_no_failure() -> None:
    strays = (
        b'event: ping\n\n: comment\n\nstray line\n\ndata: {"type": "a.b", "error": 1}'
    )
    body = sse(started()) + strays + b"\n\n" + sse(delta("Blue"), done())
    async with answered_with(stream_of(body)) as (client, _):
        stream = client.start_stream("Hi", model="m")
        events = [event async for event in stream]
        assert (await stream.response()).text == "Blue"
    assert sum(isinstance(event, UnknownEvent) for event in events) == 1
