"""What a client records for OpenTelemetry, kept in memory."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import attrs
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Sampler
from opentelemetry.trace import Tracer

from mistral_conversations import AsyncMistral, Telemetry
from mistral_conversations.server import LocalServer

__all__ = ["KEY", "Recorder", "Tree", "facts", "id_of_span", "traced"]

KEY = "canary-4f1e"

Tree: TypeAlias = list[Any]
"""The name of a span, followed by the trees of its children."""


class Recorder:
    """Providers that keep what they receive, and the settings of a client.

    Args:
        content: as in `Telemetry`.
        sampler: which spans are recorded.
    """

    def __init__(
        self, *, content: bool | None = None, sampler: Sampler = ALWAYS_ON
    ) -> None:
        self.exporter = InMemorySpanExporter()
        nothing = Resource({})
        self.tracers = TracerProvider(
            resource=nothing, sampler=sampler, shutdown_on_exit=False
        )
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self._reader = InMemoryMetricReader()
        self.meters = MeterProvider(
            [self._reader], resource=nothing, shutdown_on_exit=False
        )
        self.telemetry = Telemetry(
            tracer_provider=self.tracers, meter_provider=self.meters, content=content
        )

    @property
    def tracer(self) -> Tracer:
        """The tracer of a program."""
        return self.tracers.get_tracer("program")

    @property
    def spans(self) -> Sequence[ReadableSpan]:
        """The ended spans, in the order of their beginnings."""
        ended = self.exporter.get_finished_spans()
        return sorted(ended, key=lambda span: span.start_time or 0)

    @property
    def names(self) -> list[str]:
        """The names of the spans."""
        return [span.name for span in self.spans]

    def span(self, name: str) -> ReadableSpan:
        """Return the only span of a name."""
        (found,) = [span for span in self.spans if span.name == name]
        return found

    def last(self) -> ReadableSpan:
        """Return the only span, and forget it."""
        (found,) = self.spans
        self.exporter.clear()
        return found

    def trees(self) -> list[Tree]:
        """Return the spans below their parents."""
        spans = self.spans

        def tree(span: ReadableSpan) -> Tree:
            own = id_of_span(span)
            below = [s for s in spans if s.parent and s.parent.span_id == own]
            return [span.name, *map(tree, below)]

        return [tree(span) for span in spans if span.parent is None]

    def points(self, name: str) -> list[HistogramDataPoint]:
        """Return the points of a metric."""
        data = self._reader.get_metrics_data()
        found = [
            metric
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
        ]
        points = [point for metric in found for point in metric.data.data_points]
        assert all(isinstance(point, HistogramDataPoint) for point in points)
        return points  # type: ignore[return-value]


def facts(span: ReadableSpan) -> Mapping[str, Any]:
    """Return the attributes of a span; no text in them has the key."""
    found = dict(span.attributes or {})
    assert KEY not in span.to_json()
    return found


def id_of_span(span: ReadableSpan) -> int:
    context = span.get_span_context()
    assert context is not None
    return context.span_id


@attrs.frozen
class Traced:
    """A client that is traced, and its server."""

    client: AsyncMistral
    server: LocalServer
    recorder: Recorder


@asynccontextmanager
async def traced(
    *turns: Any, content: bool | None = None, **options: Any
) -> AsyncIterator[Traced]:
    """Serve these turns to a client that is traced; a single function is the model."""
    model: Any = turns[0] if len(turns) == 1 and callable(turns[0]) else list(turns)
    recorder = Recorder(content=content)
    async with (
        LocalServer(model or None, **options) as server,
        AsyncMistral(
            KEY,
            base_url=server.base_url,
            retries=0,
            telemetry=recorder.telemetry,
        ) as client,
    ):
        yield Traced(client, server, recorder)
