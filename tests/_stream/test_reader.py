"""The reader of a stream, over frames that need no connection."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest

from mistral_conversations import (
    APIConnectionError,
    APITimeoutError,
    ConfigurationError,
    EventTooLargeError,
    ResponseMeta,
    StreamDecodeError,
    StreamError,
    StreamInterruptedError,
    StreamTimeoutError,
)
from mistral_conversations._stream.reader import FrameSource, StreamReader
from mistral_conversations._wire.json import encode_json
from mistral_conversations._wire.sse import Frame
from tests.support.bodies import (
    CONVERSATION_ID,
    delta,
    error_event,
    started,
    text_stream,
)
from tests.support.for_each import for_each

pytestmark = pytest.mark.anyio

META = ResponseMeta(status=200)

Step = list[Any] | Exception | asyncio.Event


class Frames(FrameSource):
    """A body in memory: lists of events, errors to raise, moments to wait for."""

    def __init__(self, *steps: Step) -> None:
        self.meta = META
        self._steps = list(steps)
        self.calls: list[str] = []

    @property
    def pending(self) -> int:
        return 7

    async def frames(self) -> Sequence[Frame]:
        while self._steps:
            step = self._steps[0]
            if isinstance(step, asyncio.Event):
                await step.wait()
            del self._steps[0]
            if isinstance(step, Exception):
                raise step
            if isinstance(step, list):
                return [frame(each) for each in step]
        return []

    async def drain(self) -> None:
        self.calls.append("drain")

    async def aclose(self) -> None:
        self.calls.append("aclose")


def frame(event: Any) -> Frame:
    return "message", encode_json(event).decode()


def reader_over(source: Frames) -> StreamReader:
    async def open_source() -> Frames:
        source.calls.append("open")
        return source

    return StreamReader(open_source)


def refused(error: Exception) -> StreamReader:
    async def fail() -> Frames:
        raise error

    return StreamReader(fail, CONVERSATION_ID)


async def test_entering_opens_once() -> None:
    source = Frames()
    reader = reader_over(source)
    assert reader.state.meta is None
    await reader.enter()
    await reader.enter()
    assert reader.state.meta is META
    assert source.calls == ["open"]


async def test_response_opens_drains_and_closes() -> None:
    source = Frames(text_stream("Blue, ")[:-1], text_stream("mostly.")[1:])
    response = await reader_over(source).response()
    assert response.text == "Blue, mostly."
    assert response.meta is META
    assert source.calls == ["open", "drain", "aclose"]


async def test_closing_before_the_end_does_not_drain() -> None:
    source = Frames([started()])
    reader = reader_over(source)
    assert await reader.receive()
    await reader.aclose()
    await reader.aclose()
    assert source.calls == ["open", "aclose"]
    with pytest.raises(ConfigurationError, match="its request was sent"):
        await reader.enter()


@for_each(
    ("step", "kind"),
    [
        (APIConnectionError("reset"), StreamInterruptedError),
        (APITimeoutError("slow", phase="idle"), StreamTimeoutError),
        (EventTooLargeError("large"), EventTooLargeError),
        ([], StreamInterruptedError),
        ([error_event()], StreamError),
    ],
)
async def test_failure_is_kept_and_closes(step: Step, kind: type[StreamError]) -> None:
    source = Frames([started(), delta("Bl")], step)
    reader = reader_over(source)
    for _ in range(2):
        with pytest.raises(kind) as caught:
            await reader.response()
        assert reader.state.error is caught.value
        assert caught.value.partial is not None
        assert caught.value.partial.text == "Bl"
    assert source.calls == ["open", "aclose"]


@for_each(
    "error",
    [APIConnectionError("no way"), APITimeoutError("slow", phase="connect"), OSError()],
)
async def test_error_of_the_request_is_raised_as_it_is(error: Exception) -> None:
    reader = refused(error)
    with pytest.raises(type(error)) as caught:
        await reader.receive()
    assert caught.value is error
    assert reader.state.error is None
    with pytest.raises(ConfigurationError, match="make the call again"):
        await reader.receive()


async def test_answer_that_is_no_stream_names_the_conversation() -> None:
    error = StreamDecodeError("no event stream", body="", meta=META)
    reader = refused(error)
    with pytest.raises(StreamDecodeError):
        await reader.enter()
    assert reader.state.error is error
    assert error.conversation_id == CONVERSATION_ID


async def test_second_reader_is_refused() -> None:
    reader = reader_over(Frames(asyncio.Event()))
    reading = asyncio.ensure_future(reader.receive())
    await asyncio.sleep(0)
    with pytest.raises(ConfigurationError, match="another task is reading"):
        await reader.receive()
    reading.cancel()
    await asyncio.wait([reading])


async def test_cancelled_wait_is_taken_up_again() -> None:
    go_on = asyncio.Event()
    reader = reader_over(Frames(go_on, text_stream("Blue")))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await reader.receive()
    go_on.set()
    assert (await reader.response()).text == "Blue"


async def test_connection_that_is_lost_by_closing_is_no_failure() -> None:
    reader = reader_over(Frames(closing := asyncio.Event(), APIConnectionError("gone")))
    reading = asyncio.ensure_future(reader.receive())
    await asyncio.sleep(0)
    await reader.aclose()
    closing.set()
    assert await asyncio.wait_for(reading, 5) is False
    assert reader.state.error is None


async def test_closing_ends_the_wait_for_the_request() -> None:
    async def never() -> Frames:
        await asyncio.Event().wait()
        raise AssertionError

    reader = StreamReader(never)
    reading = asyncio.ensure_future(reader.receive())
    await asyncio.sleep(0)
    await reader.aclose()
    assert await asyncio.wait_for(reading, 5) is False


async def test_answer_that_arrives_as_the_stream_closes_is_let_go() -> None:
    source = Frames()

    async def open_source() -> Frames:
        await reader.aclose()
        return source

    reader = StreamReader(open_source)
    assert await reader.receive() is False
    assert source.calls == ["aclose"]


async def test_answer_that_arrives_after_the_stream_closed_is_let_go() -> None:
    source = Frames()

    async def open_source() -> Frames:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return source

    reader = StreamReader(open_source)
    reading = asyncio.ensure_future(reader.receive())
    await asyncio.sleep(0)
    await reader.aclose()
    assert await asyncio.wait_for(reading, 5) is False
    assert source.calls == ["aclose"]
