"""Providers that raise: their exceptions are logged and break no call."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec

if TYPE_CHECKING:
    from opentelemetry.trace import Span

__all__ = ["guarded", "is_recording", "is_valid", "log_failure"]

P = ParamSpec("P")

_logger = logging.getLogger("mistral_conversations")


def log_failure(error: Exception) -> None:
    """Log an exception of a provider, a processor or a propagator."""
    _logger.error("Telemetry raised %s", type(error).__name__, exc_info=error)


def is_recording(span: "Span") -> bool:
    """Return whether a span records; False if it cannot say."""
    try:
        return span.is_recording()
    except Exception as error:  # noqa: BLE001 - it may be anything
        log_failure(error)
        return False


def is_valid(span: "Span") -> bool:
    """Return whether a span has valid ids; False if it cannot say."""
    try:
        return span.get_span_context().is_valid
    except Exception as error:  # noqa: BLE001 - it may be anything
        log_failure(error)
        return False


def guarded(method: Callable[P, None]) -> Callable[P, None]:
    """Return a function that logs its exceptions."""

    @wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            method(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - it may be anything
            log_failure(error)

    return call
