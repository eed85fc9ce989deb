"""The span of a stream, which ends in every way in which the stream does."""

import asyncio
import gc
import queue
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import (
    SimpleSpanProcessor,
    SpanExporter,
    SpanExportResult,
)
from opentelemetry.trace import SpanKind, StatusCode

from mistral_conversations import (
    AsyncConversations,
    AsyncConversationStream,
    NotFoundError,
    StreamInterruptedError,
)
from mistral_conversations.server import Trouble, say
from tests.support.clients import becomes_true
from tests.support.for_each import for_each
from tests.support.raw_server import (
    Connection,
    Request,
    chunked,
    event,
    raw_server,
    stream_head,
)
from tests.support.telemetry import KEY, Recorder, facts, traced

pytestmark = pytest.mark.asyncio

MODEL = "mistral-small-latest"
STARTED = event({"type": "conversation.response.started", "conversation_id": "conv_1"})

Ending = Callable[[AsyncConversationStream], Awaitable[None]]


async def test_a_stream_has_its_usage_and_the_time_to_its_first_event() -> None:
    async with traced("Hello there") as t:
        async with t.client.conversations.start_stream("Hi", model=MODEL) as stream:
            response = await stream.response()
        span = t.recorder.span(f"chat {MODEL}")
        found = facts(span)
        assert span.kind is SpanKind.CLIENT
        assert span.status.status_code is StatusCode.UNSET
        assert found["gen_ai.request.stream"] is True
        assert found["gen_ai.conversation.id"] == response.conversation_id
        assert found["gen_ai.usage.input_tokens"] == response.usage.prompt_tokens
        assert found["gen_ai.usage.output_tokens"] == response.usage.completion_tokens
        assert found["mistral_conversations.stream.events"] >= 3
        assert "mistral_conversations.outcome" not in found
        assert span.start_time is not None
        assert span.end_time is not None
        seconds = (span.end_time - span.start_time) / 1e9
        assert 0 < found["gen_ai.response.time_to_first_chunk"] <= seconds
        assert f"{KEY}" not in span.to_json()


async def leave(stream: AsyncConversationStream) -> None:
    async with stream:
        async for _ in stream:
            break


async def close(stream: AsyncConversationStream) -> None:
    await anext(stream)
    await stream.aclose()
    await stream.aclose()


async def cancel(stream: AsyncConversationStream) -> None:
    task = asyncio.create_task(read(stream))
    assert await becomes_true(lambda: stream.conversation_id)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await stream.aclose()


async def read(stream: AsyncConversationStream) -> None:
    async with stream:
        async for _ in stream:
            pass


async def fail(stream: AsyncConversationStream) -> None:
    with pytest.raises(ZeroDivisionError):
        await raise_within(stream)


async def raise_within(stream: AsyncConversationStream) -> None:
    async with stream:
        async for _ in stream:
            raise ZeroDivisionError


@for_each(
    "end, outcome",
    [
        (leave, "closed"),
        (close, "closed"),
        (fail, "closed"),
        (cancel, "cancelled"),
    ],
)
async def test_a_stream_that_is_left_ends_its_span_once(
    end: Ending, outcome: str
) -> None:
    async with traced(say(*["word "] * 20), latency=0.01) as t:
        await end(t.client.conversations.start_stream("Hi", model=MODEL))
        span = t.recorder.span(f"chat {MODEL}")
        assert facts(span)["mistral_conversations.outcome"] == outcome
        assert facts(span)["gen_ai.conversation.id"].startswith("conv_")
        assert span.status.status_code is StatusCode.UNSET
        assert "gen_ai.usage.input_tokens" not in facts(span)


async def test_a_stream_that_is_never_opened_has_no_span() -> None:
    async with traced("Hello") as t:
        stream = t.client.conversations.start_stream("Hi", model=MODEL)
        await stream.aclose()
        del stream
        gc.collect()
        assert t.recorder.spans == []


async def test_a_rejected_stream_ends_its_span() -> None:
    async with traced("Hello") as t:
        with pytest.raises(NotFoundError):
            async with t.client.conversations.append_stream("conv_none", "Hi"):
                pass
        span = t.recorder.last()
        assert facts(span)["error.type"] == "NotFoundError"
        assert span.status.status_code is StatusCode.ERROR


async def test_a_stream_that_is_cut_ends_its_span_with_the_error() -> None:
    async def serve(_: Request, connection: Connection) -> None:
        await connection.send(stream_head() + chunked(STARTED))
        connection.close()

    recorder = Recorder()
    async with (
        raw_server(serve) as server,
        AsyncConversations(
            KEY, base_url=server.base_url, telemetry=recorder.telemetry
        ) as client,
    ):
        with pytest.raises(StreamInterruptedError):
            await client.start_stream("Hi", model=MODEL).response()
    found = facts(recorder.last())
    assert found["error.type"] == "StreamInterruptedError"
    assert found["gen_ai.conversation.id"] == "conv_1"
    assert found["gen_ai.response.time_to_first_chunk"] > 0


async def test_a_dropped_stream_ends_its_span() -> None:
    async with traced(say(*["word "] * 20), latency=0.01) as t:
        stream = t.client.conversations.start_stream("Hi", model=MODEL)
        await anext(stream)
        del stream
        gc.collect()
        span = t.recorder.last()
        assert facts(span)["mistral_conversations.outcome"] == "dropped"
        assert facts(span)["gen_ai.conversation.id"].startswith("conv_")


async def test_the_reader_keeps_its_own_span() -> None:
    async with traced("Hello there", "Hello again") as t:
        parts = t.client.conversations
        with t.recorder.tracer.start_as_current_span("reader") as reader:
            async for _ in parts.run_stream("Hi", model=MODEL):
                assert trace.get_current_span() is reader
            async with parts.start_stream("Hi", model=MODEL) as stream:
                async for _ in stream:
                    assert trace.get_current_span() is reader
        chat = [f"chat {MODEL}", ["message"]]
        assert t.recorder.trees() == [["reader", ["invoke_agent", chat], chat]]


async def test_a_stream_that_is_recovered_has_one_span() -> None:
    async with traced() as t:
        parts = t.client.conversations
        first = await parts.start("Hi", model=MODEL)
        t.recorder.exporter.clear()
        t.server.inflict(Trouble(cut="reset", after_events=3))
        stream = parts.append_stream(first.conversation_id, "a b c d", recover=True)
        assert (await stream.response()).text == "a b c d"
        span = t.recorder.span(f"chat {MODEL}")
        assert facts(span)["mistral_conversations.stream.recovered"] is True
        assert span.status.status_code is StatusCode.UNSET
        assert "conversations.get_history" in t.recorder.names


async def test_an_event_of_a_stream_costs_nothing() -> None:
    """Tracing does as much for many events as for few."""
    counts = []
    async with traced("word " * 5, "word " * 100) as t:
        for _ in range(2):
            with counted("mistral_conversations.telemetry") as calls:
                async with t.client.conversations.start_stream("Hi", model=MODEL) as s:
                    await s.response()
            counts.append(len(calls))
        few, many = [
            facts(span)["mistral_conversations.stream.events"]
            for span in t.recorder.spans
            if span.kind is SpanKind.CLIENT
        ]
    assert many > few + 50
    assert counts[0] == counts[1] > 10


@contextmanager
def counted(package: str) -> Iterator[list[str]]:
    """Collect the calls of the functions of a package."""
    calls: list[str] = []

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_globals.get("__name__", "").startswith(package):
            calls.append(frame.f_code.co_name)

    sys.setprofile(note)
    try:
        yield calls
    finally:
        sys.setprofile(None)


class LockedExporter(SpanExporter):
    """Collects garbage while it holds the lock that it needs for each export."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.got: list[bool] = []
        self._lock = threading.Lock()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        got = self._lock.acquire(timeout=5)
        self.got.append(got)
        self.names += [str(facts(span).get(OUTCOME)) for span in spans]
        gc.collect()
        if got:
            self._lock.release()
        return SpanExportResult.SUCCESS


OUTCOME = "mistral_conversations.outcome"


class Queue(queue.Queue[str]):
    """Collects garbage while it holds its lock, once it has something."""

    def _get(self) -> str:
        gc.collect()
        return super()._get()


class QueueExporter(SpanExporter):
    """Puts the outcomes of spans into a queue."""

    def __init__(self) -> None:
        self.queue = Queue()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        for span in spans:
            self.queue.put(str(facts(span).get(OUTCOME)), timeout=5)
        return SpanExportResult.SUCCESS


async def test_garbage_collection_inside_a_queue_of_an_exporter_does_not_block_it() -> (
    None
):
    recorder, exporter = Recorder(), QueueExporter()
    recorder.tracers.add_span_processor(SimpleSpanProcessor(exporter))
    async with traced(say(*["word "] * 20), latency=0.01) as t:
        client = AsyncConversations(
            KEY, base_url=t.server.base_url, telemetry=recorder.telemetry
        )
        async with client:
            cycle: list[Any] = [client.start_stream("Hi", model=MODEL)]
            await anext(cycle[0])
            cycle.append(cycle)
            exporter.queue.put("first")
            del cycle
            reader = threading.Thread(target=exporter.queue.get, daemon=True)
            reader.start()
            reader.join(5)
            assert not reader.is_alive()
            outcome = await asyncio.to_thread(exporter.queue.get, timeout=5)
    assert outcome == "dropped"


async def test_garbage_collection_inside_an_exporter_does_not_block_it() -> None:
    recorder, exporter = Recorder(), LockedExporter()
    recorder.tracers.add_span_processor(SimpleSpanProcessor(exporter))
    async with traced(say(*["word "] * 20), latency=0.01) as t:
        client = AsyncConversations(
            KEY, base_url=t.server.base_url, telemetry=recorder.telemetry
        )
        async with client:
            cycle: list[Any] = [client.start_stream("Hi", model=MODEL)]
            await anext(cycle[0])
            cycle.append(cycle)
            gc.disable()
            try:
                del cycle
                recorder.tracer.start_span("other").end()
            finally:
                gc.enable()
            for _ in range(500):
                if len(exporter.names) == 2:
                    break
                await asyncio.sleep(0.01)
    assert sorted(exporter.names) == ["None", "dropped"]
    assert exporter.got == [True, True]
