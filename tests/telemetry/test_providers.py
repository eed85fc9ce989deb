"""Providers that fail, record nothing, or are not there; other instrumentations."""

import logging
from typing import Any

import pytest
from opentelemetry import propagate, trace
from opentelemetry.instrumentation.aiohttp_client import AioHttpClientInstrumentor
from opentelemetry.propagators.textmap import TextMapPropagator
from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import NoOpTracerProvider, SpanKind

from mistral_conversations import AsyncMistral, NotFoundError, Telemetry
from mistral_conversations.server import LocalServer, call
from tests.support.for_each import for_each
from tests.support.telemetry import KEY, Recorder, id_of_span, traced

pytestmark = pytest.mark.asyncio

MODEL = "mistral-small-latest"


class Failing:
    """Raises in all methods of a tracer, a span, a meter or a histogram.

    Args:
        methods: those that raise; the others return the object.
    """

    def __init__(self, *methods: str) -> None:
        self._methods = methods

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in self._methods or not self._methods:
            return self._fail
        return lambda *_, **__: self

    def get_tracer(self, *_: Any, **__: Any) -> Any:
        return self

    def get_meter(self, *_: Any, **__: Any) -> Any:
        return self

    def create_histogram(self, *_: Any, **__: Any) -> Any:
        return self

    def _fail(self, *_: Any, **__: Any) -> Any:
        raise LookupError("the provider is broken")


class Kept(logging.Handler):
    """Keeps the records of a logger."""

    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__()
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)


async def everything(client: AsyncMistral) -> None:
    """Make a call, a failed call, a stream, a run and a streamed run."""

    def add(a: int, b: int) -> int:
        return a + b

    parts = client.conversations
    first = await parts.start("Hi", model=MODEL)
    with pytest.raises(NotFoundError):
        await parts.append("conv_none", "Hi")
    async with parts.append_stream(first.conversation_id, "Hi") as stream:
        await stream.response()
    assert (await parts.run("Add", model=MODEL, tools=[add])).text == "3"
    run = parts.run_stream("Add", model=MODEL, tools=[add])
    assert (await run.result()).text == "3"


SCRIPT: list[Any] = ["One", "Two", *[call("add", a=1, b=2), "3"] * 2]


@for_each(
    "provider",
    [
        Failing(),
        Failing("start_span"),
        Failing("set_attributes", "set_status", "update_name"),
        Failing("end", "record", "add_event"),
        Failing("is_recording"),
        Failing("get_span_context"),
    ],
)
async def test_a_broken_provider_breaks_no_call(provider: Any) -> None:
    logger = logging.getLogger("mistral_conversations")
    records: list[logging.LogRecord] = []
    handler = Kept(records)
    logger.addHandler(handler)
    telemetry = Telemetry(
        tracer_provider=provider, meter_provider=provider, content=True
    )
    try:
        async with (
            LocalServer(SCRIPT) as server,
            AsyncMistral(
                KEY, base_url=server.base_url, retries=0, telemetry=telemetry
            ) as client,
        ):
            await everything(client)
    finally:
        logger.removeHandler(handler)
    assert records
    for record in records:
        assert "Telemetry raised LookupError" in record.getMessage()
        assert KEY not in record.getMessage()


class FailingProcessor(SpanProcessor):
    def on_end(self, span: Any) -> None:  # noqa: ARG002
        raise LookupError("the exporter is broken")


async def test_a_processor_that_raises_breaks_no_call() -> None:
    async with traced(*SCRIPT) as t:
        t.recorder.tracers.add_span_processor(FailingProcessor())
        await everything(t.client)
        assert "invoke_agent" in t.recorder.names


class FailingPropagator(TextMapPropagator):
    fields: Any = frozenset()

    def extract(self, *_: Any, **__: Any) -> Any:
        raise LookupError

    def inject(self, *_: Any, **__: Any) -> None:
        raise LookupError


class OddPropagator(FailingPropagator):
    def inject(self, carrier: Any, *_: Any, **__: Any) -> None:
        carrier.update({"x-good": "a", "x-line": "a\r\nb: c", "": "d", "x-int": 3})


async def test_an_odd_propagator_breaks_no_call() -> None:
    before = propagate.get_global_textmap()
    try:
        async with traced("One", "Two") as t:
            propagate.set_global_textmap(FailingPropagator())
            await t.client.conversations.start("Hi", model=MODEL)
            propagate.set_global_textmap(OddPropagator())
            await t.client.conversations.start("Hi", model=MODEL)
            headers = t.server.requests[-1].headers
            assert headers["x-good"] == "a"
            assert not {"x-line", "x-int", "b"} & {*headers}
    finally:
        propagate.set_global_textmap(before)


@for_each("content", [False, True])
async def test_a_trace_that_is_not_sampled_goes_on_unsampled(*, content: bool) -> None:
    recorder = Recorder(content=content, sampler=ALWAYS_OFF)
    async with (
        LocalServer(SCRIPT) as server,
        AsyncMistral(
            KEY, base_url=server.base_url, retries=0, telemetry=recorder.telemetry
        ) as client,
    ):
        await everything(client)
    assert recorder.spans == []
    sent = {request.headers["traceparent"][-1] for request in server.requests}
    assert sent <= {"0", "2"}
    assert recorder.points("gen_ai.client.operation.duration")


@for_each("telemetry", [True, Telemetry(tracer_provider=NoOpTracerProvider())])
async def test_without_an_sdk_the_trace_of_the_caller_goes_out(telemetry: Any) -> None:
    recorder = Recorder()
    async with (
        LocalServer(SCRIPT) as server,
        AsyncMistral(
            KEY, base_url=server.base_url, retries=0, telemetry=telemetry
        ) as client,
    ):
        with recorder.tracer.start_as_current_span("caller") as span:
            await client.conversations.start("Hi", model=MODEL)
        own = f"{span.get_span_context().span_id:016x}"
        assert own in server.requests[-1].headers["traceparent"]
    assert recorder.names == ["caller"]
    assert not trace.get_current_span().is_recording()


async def test_the_spans_of_aiohttp_are_nested_not_doubled() -> None:
    instrumentor = AioHttpClientInstrumentor()
    async with traced([call("add", a=1, b=2)], "3", "Hello") as t:
        instrumentor.instrument(tracer_provider=t.recorder.tracers)
        try:
            async with AsyncMistral(
                KEY, base_url=t.server.base_url, telemetry=t.recorder.telemetry
            ) as client:

                def add(a: int, b: int) -> int:
                    return a + b

                await client.conversations.run("Add", model=MODEL, tools=[add])
                await client.conversations.start_stream("Hi", model=MODEL).response()
        finally:
            instrumentor.uninstrument()
        run, stream = t.recorder.trees()
        chat = f"chat {MODEL}"
        assert run == [
            "invoke_agent",
            [chat, ["POST"]],
            ["execute_tool add"],
            [chat, ["POST"], ["message"]],
        ]
        assert stream == [chat, ["POST"], ["message"]]
        posts = [span for span in t.recorder.spans if span.name == "POST"]
        assert {span.kind for span in posts} == {SpanKind.CLIENT}
        last = t.server.requests[-1].headers["traceparent"]
        assert f"{id_of_span(posts[-1]):016x}" in last
