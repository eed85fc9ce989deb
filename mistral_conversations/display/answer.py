"""A streamed answer as text, event by event."""

import json
from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeAlias

from mistral_conversations._characters import Halves
from mistral_conversations.display.output import one_line, write
from mistral_conversations.display.wording import (
    arguments_text,
    boxed,
    chunk_text,
    named_call,
    shortened,
)
from mistral_conversations.models.chunks import ThinkChunk
from mistral_conversations.models.entries import FunctionCallEntry
from mistral_conversations.models.events import (
    AgentHandoffDoneEvent,
    AgentHandoffStartedEvent,
    MessageOutputEvent,
    ToolExecutionDeltaEvent,
    ToolExecutionDoneEvent,
    ToolExecutionStartedEvent,
    UnknownEvent,
)
from mistral_conversations.models.runs import RunEvents

__all__ = ["AnswerScreen", "Kind"]

_LONGEST_ARGUMENTS = 100
_LONGEST_LINE = 200
_MOST_LINES = 12

Kind: TypeAlias = Literal["text", "thought", "note"]
"""What a piece of an answer is; a note is about a tool or a handoff."""


class AnswerScreen:
    """Write one answer: its text, and its tools in brackets.

    Args:
        write: writes a piece of the text; to stdout by default.
    """

    def __init__(self, write: Callable[[str], object] = write) -> None:
        self._output = write
        self.is_amid_line: bool = False
        """Whether the last line has no end yet."""

        self._part: object = None
        self._halves = Halves()
        self._arguments: dict[str, str] = {}

    def show(self, event: RunEvents) -> None:
        """Show an event, if it has anything to show.

        Function calls are not shown here: the user answers them when they are complete.
        """
        match event:
            case MessageOutputEvent(content=tuple(chunks)):
                for chunk in chunks:
                    self._add_piece(event.id, chunk)
            case MessageOutputEvent():
                self._add_piece(event.id, event.content)
            case ToolExecutionStartedEvent():
                self._arguments[event.id] = arguments_text(event.arguments)
                self._add((event.id, "note"), f"[{one_line(event.name)}]", "")
            case ToolExecutionDeltaEvent():
                known = self._arguments.get(event.id, "")
                self._arguments[event.id] = known + arguments_text(event.arguments)
            case ToolExecutionDoneEvent():
                self._finish(event)
            case AgentHandoffStartedEvent():
                self._add_line(f"[handoff from {one_line(event.previous_agent_name)}]")
            case AgentHandoffDoneEvent():
                self._add_line(f"[handoff to {one_line(event.next_agent_name)}]")
            case UnknownEvent():
                self._add_line(f"[{one_line(event.type or 'unknown event')}]")

    def end_line(self) -> None:
        """End the current line, if any, so that the next output starts a new one."""
        self._write(self._halves.rest())
        if self.is_amid_line:
            self._write("\n")
        self._part = None

    def open(self) -> None:
        """Prepare for the answer, which may be a while in coming."""

    def close(self) -> None:
        """End the answer."""
        self.end_line()

    def show_open(self, calls: Iterable[FunctionCallEntry]) -> None:
        """Show the calls that have no result."""
        for call in calls:
            self._add_line(named_call(call.name, arguments_text(call.arguments)))
            self._add_line("  = [no result yet]")

    def _finish(self, event: ToolExecutionDoneEvent) -> None:
        """Show the arguments of a tool beside its name, then its output."""
        info = event.info or {}
        arguments = self._arguments.pop(event.id, "")
        code = info.get("code") or _code_of(arguments)
        shown = "" if code else shortened(one_line(arguments), _LONGEST_ARGUMENTS)
        if shown.strip("{} "):
            self._add((event.id, "note"), f"[{one_line(event.name)}]", f" {shown}")
        for text, mark in ((code, "|"), (info.get("code_output"), "=")):
            if isinstance(text, str):
                self._add_lines(text, mark)
        self.end_line()

    def _add_piece(self, id_: str, content: Any) -> None:
        """Continue a message with a piece of its text or thinking."""
        if isinstance(content, ThinkChunk):
            self._add((id_, "thought"), "[thinking] ", content)
        else:
            self._add((id_, "text"), "", content)

    def _add(self, part: tuple[str, Kind], opening: str, content: Any) -> None:
        """Continue a part of the answer, or start it on a new line."""
        if part != self._part:
            self.end_line()
            self._part = part
            self._write_piece(opening, part[1])
        text = content if isinstance(content, str) else chunk_text(content)
        self._write_piece(self._halves.take(text, part), part[1])

    def _write_piece(self, text: str, kind: Kind) -> None:  # noqa: ARG002 - of a subclass
        """Write a piece of the text, a thought or a note."""
        self._write(text)

    def _add_lines(self, text: str, mark: str) -> None:
        """Show the beginning of a text, each line with a mark."""
        for line in _beginning(text, mark):
            self._add_line(line)

    def _add_line(self, line: str) -> None:
        self.end_line()
        self._write(f"{line}\n")

    def _write(self, text: str) -> None:
        if text:
            self._output(text)
            self.is_amid_line = not text.endswith("\n")


def _code_of(arguments: str) -> str:
    """Return the code among the arguments of a tool that runs code; "" if none."""
    try:
        parsed = json.loads(arguments)
    except (ValueError, RecursionError):
        return ""
    code = parsed.get("code") if isinstance(parsed, dict) else None
    return code if isinstance(code, str) else ""


def _beginning(text: str, mark: str) -> list[str]:
    lines = [shortened(line, _LONGEST_LINE) for line in boxed(text, mark)]
    rest = [f"  {mark} …"] if len(lines) > _MOST_LINES else []
    return [*lines[:_MOST_LINES], *rest]
