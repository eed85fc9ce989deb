"""`TracingObserver`: records the calls and runs of a client as spans and metrics."""

from mistral_conversations._observing.seam import (
    CallObserver,
    ObservedCall,
    ObservedRun,
    RunObserver,
)
from mistral_conversations.telemetry.call_span import CallSpan
from mistral_conversations.telemetry.guard import log_failure
from mistral_conversations.telemetry.instruments import Instruments
from mistral_conversations.telemetry.run_spans import RunSpan

__all__ = ["TracingObserver"]


class TracingObserver:
    """Record the calls and runs of a client.

    Args:
        instruments: the tracer and the histograms.
    """

    def __init__(self, instruments: Instruments) -> None:
        self._instruments = instruments

    def call(self, observed: ObservedCall) -> CallObserver:
        """Start the span of a call."""
        try:
            return CallSpan(self._instruments, observed)
        except Exception as error:  # noqa: BLE001 - the provider's may be anything
            log_failure(error)
            return CallObserver()

    def run(self, observed: ObservedRun) -> RunObserver:
        """Start the span of a run."""
        try:
            return RunSpan(self._instruments, observed)
        except Exception as error:  # noqa: BLE001 - the provider's may be anything
            log_failure(error)
            return RunObserver()
