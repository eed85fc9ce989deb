"""`Telemetry`: what a client records for OpenTelemetry, and whether it does."""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from mistral_conversations._checks import check_flag, class_of, on_field
from mistral_conversations._constructors import keywords_only
from mistral_conversations._public import publish
from mistral_conversations.errors import ConfigurationError
from mistral_conversations.telemetry import names

if TYPE_CHECKING:
    from mistral_conversations._observing.seam import Observer

__all__ = ["MeterProvider", "Telemetry", "TracerProvider", "observer_of"]

_logger = logging.getLogger("mistral_conversations")


class TracerProvider(Protocol):
    """What `Telemetry` needs of OpenTelemetry's class, which may not be installed."""

    def get_tracer(self, *args: Any, **kwargs: Any) -> Any:
        """Return a tracer."""


class MeterProvider(Protocol):
    """What `Telemetry` needs of OpenTelemetry's class, which may not be installed."""

    def get_meter(self, *args: Any, **kwargs: Any) -> Any:
        """Return a meter."""


def _provider(method: str, remedy: str) -> Any:
    def check(_: object, field: "attrs.Attribute[Any]", value: object) -> None:
        if value is None or (
            not isinstance(value, type) and callable(getattr(value, method, None))
        ):
            return
        raise TypeError(
            f"{field.name} must have a method {method}(), which "
            f"{class_of(value)} does not: pass {remedy}, or None for the global one"
        )

    return check


@keywords_only(
    "takes its settings by name: pass Telemetry(tracer_provider=..., "
    "meter_provider=...)"
)
@attrs.frozen(kw_only=True)
class Telemetry:
    """What a client records for OpenTelemetry, given by name.

    It needs the package `opentelemetry-api`, the extra `otel`. Without the SDK, or
    providers of your own, nothing is recorded; the headers of requests still carry
    the trace of the caller.

    Args:
        tracer_provider: makes the spans; None, the default, is the global provider.
        meter_provider: makes the metrics; None, the default, is the global provider.
        content: whether spans have content: messages, instructions, declarations of
            tools, the arguments and results of tools, and the texts of errors. None,
            the default, asks the environment variable
            `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`, which without a value
            means False. Images and documents inside messages are recorded as their
            kind and size, linked ones as their URLs, files as their ids.
    """

    tracer_provider: TracerProvider | None = attrs.field(
        default=None,
        validator=_provider("get_tracer", "a TracerProvider"),
    )
    meter_provider: MeterProvider | None = attrs.field(
        default=None,
        validator=_provider("get_meter", "a MeterProvider"),
    )
    content: bool | None = attrs.field(
        default=None, validator=attrs.validators.optional(on_field(check_flag))
    )


def observer_of(
    telemetry: bool | Telemetry | None, environ: Mapping[str, str]
) -> "Observer | None":
    """Return the observer that records spans and metrics; None for none.

    Args:
        telemetry: the parameter of a client; None lets the environment decide.
        environ: the environment variables.

    Raises:
        ConfigurationError: `telemetry` is of another type, `opentelemetry-api` is not
            installed, or a provider makes no tracer or meter.
    """
    if telemetry is False or (telemetry is None and not _is_asked_for(environ)):
        return None
    is_flag = telemetry is None or telemetry is True
    if not is_flag and not isinstance(telemetry, Telemetry):
        raise ConfigurationError(
            f"telemetry must be True, False, None or a Telemetry, not "
            f"{class_of(telemetry)}: pass Telemetry(tracer_provider=..., "
            "meter_provider=...) for providers of your own"
        )
    settings = telemetry if isinstance(telemetry, Telemetry) else Telemetry()
    content = settings.content
    if content is None:
        content = _value(environ, names.CAPTURE_CONTENT) in names.CONTENT_VALUES
    return _observer(settings, content=content, required=telemetry is not None)


def _observer(
    settings: Telemetry, *, content: bool, required: bool
) -> "Observer | None":
    try:
        return _tracing(settings, content=content)
    except ImportError:
        problem = (
            "telemetry needs the package opentelemetry-api, which is not installed or "
            "too old: run pip install 'mistral-conversations[otel]'"
        )
    except Exception as error:  # noqa: BLE001 - the provider's may be anything
        problem = (
            f"telemetry cannot be set up: a provider raised {type(error).__name__}: "
            f"{error}; pass Telemetry(tracer_provider=..., meter_provider=...) with "
            "others"
        )
    if required:
        raise ConfigurationError(problem)
    _logger.warning("The environment asks for telemetry, but %s", problem)
    return None


def _tracing(settings: Telemetry, *, content: bool) -> "Observer":
    from mistral_conversations.telemetry.instruments import Instruments  # noqa: PLC0415
    from mistral_conversations.telemetry.observer import TracingObserver  # noqa: PLC0415

    tracers, meters = settings.tracer_provider, settings.meter_provider
    return TracingObserver(Instruments.of(tracers, meters, content=content))


def _is_asked_for(environ: Mapping[str, str]) -> bool:
    """Return whether the environment asks for telemetry."""
    exporters = [_value(environ, name) for name in names.EXPORTERS]
    has_endpoint = any(_value(environ, name) for name in names.ENDPOINTS)
    if not (set(exporters) - {"", "none"} or (has_endpoint and "" in exporters)):
        return False
    if _value(environ, names.SDK_DISABLED) == "true":
        return False
    listed = _value(environ, names.DISABLED_INSTRUMENTATIONS).split(",")
    return not {"*", names.SCOPE} & {name.strip() for name in listed}


def _value(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name, "").strip().lower()


publish(globals(), "Telemetry")
