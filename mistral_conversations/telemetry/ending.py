"""The end of a span: its status, and the thread in which it ends."""

import _thread
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from opentelemetry.trace import StatusCode

from mistral_conversations._characters import whole
from mistral_conversations.errors import MistralConversationsError
from mistral_conversations.telemetry import names
from mistral_conversations.telemetry.guard import guarded

if TYPE_CHECKING:
    from types import FrameType

    from opentelemetry.trace import Span

    from mistral_conversations.telemetry.instruments import Value

__all__ = [
    "conclude",
    "end_span",
    "error_type",
    "outcome_attributes",
    "outside_of_locks",
]

_EXPECTED = frozenset({"closed", "cancelled", "dropped", "paused"})
"""Ends before the answer that are no errors."""

_LOCKING = frozenset({"opentelemetry", "queue"})
"""Packages with locks that an exporter may need, and which their owner cannot take
twice."""


def error_type(error: BaseException | type[BaseException] | None) -> str:
    """Return the value of `error.type`, of a failure without an exception too."""
    if error is None:
        return names.OTHER_ERROR
    kind = error if isinstance(error, type) else type(error)
    return kind.__qualname__


def outcome_attributes(
    outcome: str, error: BaseException | type[BaseException] | None
) -> "dict[str, Value]":
    """Return the attributes of spans and metrics that describe the end."""
    if outcome == "failed":
        return {names.ERROR_TYPE: error_type(error), names.OUTCOME: outcome}
    return {names.OUTCOME: outcome} if outcome in _EXPECTED else {}


def end_span(
    span: "Span",
    outcome: str,
    error: BaseException | None,
    *,
    content: bool,
    end_time: int,
) -> None:
    """End a span, with a status if it failed.

    Args:
        span: the span.
        outcome: how it ended.
        error: what ended it.
        content: whether the status has the text of an error of this package.
        end_time: nanoseconds since 1970.
    """
    if outcome == "failed":
        guarded(span.set_status)(StatusCode.ERROR, _text_of(error) if content else None)
    guarded(span.end)(end_time)


def _text_of(error: BaseException | None) -> str | None:
    """Return the text of an error of ours, which has no key, unlike any other."""
    return whole(str(error)) if isinstance(error, MistralConversationsError) else None


def conclude(end: Callable[[], None], error: BaseException | None) -> None:
    """Call a function that ends a span, and which garbage collection may call."""
    if isinstance(error, GeneratorExit):
        guarded(outside_of_locks)(end)
    else:
        guarded(end)()


def outside_of_locks(end: Callable[[], None]) -> None:
    """Call a function that garbage collection has to call.

    The collector may interrupt OpenTelemetry, or the queue of an exporter, while it
    holds a lock that the end of a span takes too; waiting for it in the same thread
    would never end.
    """
    if _may_hold_locks():
        _thread.start_new_thread(guarded(end), ())
    else:
        end()


def _may_hold_locks() -> bool:
    # `inspect.stack` would read source files
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001
    while frame is not None:
        name = frame.f_globals.get("__name__")
        if isinstance(name, str) and name.partition(".")[0] in _LOCKING:
            return True
        frame = frame.f_back
    return False
