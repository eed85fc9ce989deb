"""This project's client with hooks, with tracing, and without both."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeAlias

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import (
    SimpleSpanProcessor,
    SpanExporter,
    SpanExportResult,
)

from mistral_conversations import AsyncConversations, Telemetry
from mistral_conversations._api_client import APIClient

from . import ours
from .orders import Figures, Order, Task
from .tasks import calling

__all__ = ["TASKS"]

Options: TypeAlias = Callable[[], dict[str, Any]]


class Forgetful(SpanExporter):
    """Receives spans and keeps none, so that a long measure takes no memory."""

    def export(self, *_: Any) -> SpanExportResult:
        return SpanExportResult.SUCCESS


def _look(_: object) -> None:
    """Do nothing, as the cheapest hook."""


def _hooks() -> dict[str, Any]:
    names = ("on_request", "on_response", "on_retry", "on_event_stream_end")
    return dict.fromkeys(names, _look)


def _tracing() -> dict[str, Any]:
    tracers = TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(Forgetful()))
    meters = MeterProvider([InMemoryMetricReader()])
    return {"telemetry": Telemetry(tracer_provider=tracers, meter_provider=meters)}


WAYS: Mapping[str, Options] = {"off": dict, "hooks": _hooks, "tracing": _tracing}


def _opened(options: Options, order: Order) -> AsyncConversations:
    return AsyncConversations("key", base_url=order.url, **options())


def _unobserved(order: Order) -> Figures:
    """Make calls whose methods do not ask whether anything observes them."""
    observed = APIClient._fetch
    APIClient._fetch = observed.__wrapped__  # type: ignore[attr-defined,method-assign]
    try:
        return TASKS["start_off"](order)
    finally:
        APIClient._fetch = observed  # type: ignore[method-assign]


TASKS: Mapping[str, Task] = {
    **{
        f"events_{way}": calling(partial(_opened, options), ours.events, 2)
        for way, options in WAYS.items()
    },
    **{
        f"start_{way}": calling(partial(_opened, options), ours.start)
        for way, options in WAYS.items()
    },
    "start_unobserved": _unobserved,
}
