"""`RunContext`: what a function may know of the run that calls it."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import attrs

from mistral_conversations._public import publish

__all__ = ["RunContext"]

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class RunContext(Generic[T]):
    """The run and the call for which a function is called.

    A function receives it through a parameter that is annotated `RunContext`, or
    `RunContext[T]` with the type of the object; the model does not see that parameter.
    """

    context: T
    """The `context` that was passed to the run; None if there was none."""

    conversation_id: str | None
    """The conversation."""

    turn: int
    """The turn that called, from 1; 0 for a call found in the history."""

    tool_call_id: str
    """The id of the call."""

    _stop: Callable[[], Any] = attrs.field(alias="stop", repr=False, eq=False)

    def stop(self) -> None:
        """End the run after this turn, as `AsyncRunStream.stop` does."""
        self._stop()


publish(globals(), *__all__)
