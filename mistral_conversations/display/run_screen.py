"""A run as text, event by event: its answers, and the functions that it calls."""

from collections.abc import Callable, Mapping
from typing import Any

from mistral_conversations._wire import values
from mistral_conversations.display.answer import AnswerScreen
from mistral_conversations.display.output import write
from mistral_conversations.display.wording import named_call
from mistral_conversations.models.runs import (
    FunctionFinished,
    FunctionStarted,
    RunEvents,
)

__all__ = ["RunScreen"]


class RunScreen(AnswerScreen):
    """Write the answers of a run, and its function calls with their results.

    Args:
        call: the id of a call that has just been shown.
        write: writes a piece of the text; to stdout by default.
    """

    def __init__(
        self, call: str | None = None, write: Callable[[str], object] = write
    ) -> None:
        super().__init__(write)
        self._part = call

    def show(self, event: RunEvents) -> None:
        """Show an event, if it has anything to show."""
        match event:
            case FunctionStarted():
                self._name(event.tool_call_id, event.name, event.arguments)
            case FunctionFinished(call=call):
                self._name(call.tool_call_id, call.name, call.arguments)
                self._add_lines(call.result, "=" if call.error is None else "!")
            case _:
                super().show(event)

    def _name(self, id_: str, name: str, arguments: Mapping[str, Any] | str) -> None:
        """Show a call, unless it is the last thing shown."""
        if self._part != id_:
            self._add_line(named_call(name, _text(arguments)))
            self._part = id_


def _text(arguments: Mapping[str, Any] | str) -> str:
    if isinstance(arguments, str):
        return arguments
    try:
        return values.write(arguments, otherwise=repr)
    except TypeError:
        return repr(arguments)
