"""The context of OpenTelemetry: spans that are current, and runs."""

from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING

from opentelemetry import context as contexts
from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.trace import Span

from mistral_conversations.telemetry.guard import is_valid, log_failure

if TYPE_CHECKING:
    from contextvars import Token

__all__ = ["Entered", "Turns", "context_with", "headers_of", "turns_of", "with_span"]

_TURNS = contexts.create_key("mistral_conversations-turns")


class Turns:
    """Numbers the turns of a run, and knows whom it asks once an answer says so.

    Args:
        model: the model that is asked.
        agent_id: the agent that is asked.
    """

    def __init__(self, model: str | None, agent_id: str | None) -> None:
        self.model = model
        self.agent_id = agent_id
        self.number: int = 1
        """The number of the turn that is next or under way."""


def context_with(span: Span, turns: Turns | None = None) -> Context:
    """Return the current context with a span, and with the turns of a run.

    Without turns, calls under the span belong to no run.
    """
    return contexts.set_value(_TURNS, turns, with_span(span, contexts.get_current()))


def with_span(span: Span, parent: Context) -> Context:
    """Return a context with a span below another.

    Without an SDK, the tracer of some versions makes an invalid span, which would hide
    that of the caller.
    """
    if not is_valid(span):
        return parent
    return trace.set_span_in_context(span, parent)


def turns_of(context: Context | None = None) -> Turns | None:
    """Return the turns of the run to which calls belong in a context."""
    turns = contexts.get_value(_TURNS, context)
    return turns if isinstance(turns, Turns) else None


class Entered:
    """A context that is current within a `with`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._token: Token[Context] | None = None

    def __enter__(self) -> None:
        """Make the context current."""
        try:
            self._token = contexts.attach(self._context)
        except Exception as error:  # noqa: BLE001 - it may be anything
            log_failure(error)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Restore the context before it.

        A coroutine that the garbage collector closes is in another context, which has
        nothing to restore.
        """
        if kind is GeneratorExit and contexts.get_current() is not self._context:
            return
        token, self._token = self._token, None
        if token is not None:
            contexts.detach(token)


def headers_of(context: Context) -> Mapping[str, str]:
    """Return the headers that carry the trace to the service."""
    carrier: dict[str, str] = {}
    propagate.inject(carrier, context)
    return {name: text for name, text in carrier.items() if _fits(name, text)}


def _fits(name: object, text: object) -> bool:
    """Return whether a propagator's header can be sent."""
    return all(
        isinstance(each, str) and each.isascii() and each.isprintable()
        for each in (name, text)
    ) and bool(name)
