"""A stream that breaks and is rescued, over frames that need no connection."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from mistral_conversations import (
    AsyncConversationStream,
    ConversationResponse,
    MistralConversationsError,
    StreamError,
    StreamRecoveryUncertainError,
    from_dict,
)
from mistral_conversations._stream.reader import StreamReader
from mistral_conversations._stream.rescue import Rescue
from mistral_conversations._stream.state import StreamState
from mistral_conversations._wire.service_clock import Moment
from mistral_conversations._wire.sse import Frame
from tests._stream.test_reader import Frames, frame
from tests.support.bodies import delta, message, response, started

pytestmark = pytest.mark.anyio

ODD = ("message.output.delta", "{")


class Recovered:
    """The trace of a call, and the search for its answer, which is found at once."""

    def __init__(self, *outputs: Any) -> None:
        self.answer = from_dict(ConversationResponse, response(*outputs))
        self.lost: dict[MistralConversationsError, Moment | None] = {}

    def record(
        self, error: MistralConversationsError, sent_at: Moment | None = None
    ) -> None:
        self.lost.setdefault(error, sent_at)

    def search(self, error: MistralConversationsError) -> "Recovered":
        assert error in self.lost
        return self

    def learn(self, time: datetime | None) -> None:
        pass

    async def run(self) -> ConversationResponse:
        return self.answer

    def mismatch(self, reason: str) -> StreamRecoveryUncertainError:
        return StreamRecoveryUncertainError(reason)


class Ready(Frames):
    """A body in memory whose frames have all arrived."""

    def __init__(self, *frames: Frame) -> None:
        super().__init__()
        self._ready = [frames]

    async def frames(self) -> Sequence[Frame]:
        return self._ready.pop() if self._ready else ()


def a_stream(trace: Recovered, *events: Any) -> AsyncConversationStream:
    frames = [each if isinstance(each, tuple) else frame(each) for each in events]

    async def open_source() -> Frames:
        return Ready(*frames)

    return AsyncConversationStream(StreamReader(open_source, None, trace))


async def test_an_event_that_is_no_json_is_read_over() -> None:
    trace = Recovered(message("Blue sky."))
    stream = a_stream(trace, started(), delta("Blue"), ODD, delta(" sea."))
    assert [text async for text in stream.text()] == ["Blue", " sky."]
    assert stream.recovered
    assert any(trace.lost.values())


async def test_an_answer_that_does_not_continue_the_stream_is_uncertain() -> None:
    stream = a_stream(Recovered(message("Green.")), started(), delta("Blue"))
    with pytest.raises(StreamRecoveryUncertainError) as caught:
        await stream.response()
    assert caught.value.partial is not None
    assert caught.value.partial.text == "Blue"
    assert not stream.recovered
    with pytest.raises(StreamError):
        await stream.response()


async def test_what_is_not_lost_needs_no_rescue() -> None:
    rescue = Rescue(StreamState(), None)
    await rescue.finish()
    assert not rescue.is_due
    assert not rescue.begin(StreamError("x"))
