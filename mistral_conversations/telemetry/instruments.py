"""`Instruments`: the tracer and the histograms of a client."""

from collections.abc import Mapping, Sequence
from inspect import signature
from typing import TYPE_CHECKING, TypeAlias, cast

import attrs
from opentelemetry import metrics, trace

from mistral_conversations._version import __version__
from mistral_conversations.telemetry import names
from mistral_conversations.telemetry.settings import MeterProvider, TracerProvider

if TYPE_CHECKING:
    from opentelemetry.metrics import Histogram, Meter
    from opentelemetry.trace import Tracer

__all__ = ["Attributes", "Instruments", "known"]

Value: TypeAlias = str | bool | int | float | Sequence[str]
Attributes: TypeAlias = Mapping[str, Value]


if (
    "explicit_bucket_boundaries_advisory"
    not in signature(metrics.Meter.create_histogram).parameters
):
    raise ImportError("opentelemetry-api is older than 1.30")


def known(given: Mapping[str, Value | None]) -> dict[str, Value]:
    """Return the attributes that have a value."""
    return {name: value for name, value in given.items() if value is not None}


@attrs.frozen(kw_only=True)
class Instruments:
    """The tracer and the histograms of a client."""

    tracer: "Tracer"
    content: bool
    """Whether spans have content."""

    duration: "Histogram"
    tokens: "Histogram"
    first_chunk: "Histogram"
    turns: "Histogram"
    tool_calls: "Histogram"

    @classmethod
    def of(
        cls,
        tracer_provider: TracerProvider | None,
        meter_provider: MeterProvider | None,
        *,
        content: bool,
    ) -> "Instruments":
        """Return those of two providers, or of the global ones."""
        # Protocols of ours describe the classes, which may not be installed.
        meters = cast("metrics.MeterProvider | None", meter_provider)
        tracers = cast("trace.TracerProvider | None", tracer_provider)
        meter = metrics.get_meter(names.SCOPE, __version__, meters, names.SCHEMA_URL)
        return cls(
            tracer=trace.get_tracer(
                names.SCOPE, __version__, tracers, names.SCHEMA_URL
            ),
            content=content,
            duration=_seconds(meter, names.DURATION, "Duration of an operation."),
            tokens=_counts(
                meter, names.TOKEN_USAGE, "{token}", "Tokens used.", names.TOKEN_BUCKETS
            ),
            first_chunk=_seconds(
                meter,
                names.FIRST_CHUNK,
                "Time from the request to the first event of a stream.",
            ),
            turns=_counts(meter, names.RUN_TURNS, "{turn}", "Turns of a run."),
            tool_calls=_counts(
                meter, names.RUN_TOOL_CALLS, "{call}", "Function calls of a run."
            ),
        )


def _seconds(meter: "Meter", name: str, description: str) -> "Histogram":
    return meter.create_histogram(
        name,
        "s",
        description,
        explicit_bucket_boundaries_advisory=names.SECONDS_BUCKETS,
    )


def _counts(
    meter: "Meter",
    name: str,
    unit: str,
    description: str,
    buckets: Sequence[float] = names.COUNT_BUCKETS,
) -> "Histogram":
    return meter.create_histogram(
        name, unit, description, explicit_bucket_boundaries_advisory=buckets
    )
