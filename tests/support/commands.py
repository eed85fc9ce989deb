"""Commands as processes, and the lines typed to them."""

import io
import sys
from typing import Any

from mistral_conversations import Conversations
from mistral_conversations.server import (
    LocalServer,
    RecordedConversation,
    RecordedRequest,
    Reply,
    call,
    say,
)
from tests.support.interpreter import Ended, completed

__all__ = [
    "COMMAND",
    "COMMAND_LINE",
    "Screen",
    "TypedLines",
    "answer_with_calls",
    "last_inputs",
    "pipe_of",
    "run_command_line",
    "start_conversation",
]

COMMAND_LINE = """
import sys
from mistral_conversations.cli import main
sys.exit(main())
"""
"""The program of a command."""

COMMAND = [sys.executable, "-X", "dev", "-W", "error", "-m", "mistral_conversations"]


class Screen(io.StringIO):
    """What a terminal shows."""

    def isatty(self) -> bool:
        return True


class TypedLines(io.StringIO):
    """Lines typed in a terminal; None is Ctrl-C at a prompt."""

    def __init__(self, *lines: str | None) -> None:
        super().__init__()
        self._lines = list(lines)

    def isatty(self) -> bool:
        return True

    def readline(self, _size: int | None = -1, /) -> str:  # type: ignore[override]
        if not self._lines:
            return ""
        line = self._lines.pop(0)
        if line is None:
            raise KeyboardInterrupt
        return f"{line}\n"


def pipe_of(*lines: str) -> io.StringIO:
    return io.StringIO("".join(f"{line}\n" for line in lines))


def run_command_line(*arguments: str, before: str = "", **options: Any) -> Ended:
    """Run a command to its end, after the code in `before`."""
    return completed(before + COMMAND_LINE, *arguments, **options)


def start_conversation(
    server: LocalServer, *texts: str, name: str | None = None
) -> str:
    """Start a conversation, continue it, and return its id."""
    first, *others = texts
    with Conversations("k", base_url=server.base_url) as client:
        id_ = client.start(first, model="m", name=name).conversation_id
        for text in others:
            client.append(id_, text)
    return id_


def last_inputs(server: LocalServer) -> list[Any]:
    """Return the inputs of the last request."""
    inputs: list[Any] = server.requests[-1].json["inputs"]
    return inputs


def answer_with_calls(_: RecordedConversation, request: RecordedRequest) -> Reply:
    """Call functions or ask for confirmation, as the input says; echo otherwise."""
    said = request.json.get("inputs")
    if said == "call":
        return [call("weather", city="Oslo"), call("clock", city="Rome")]
    if said == "ask":
        return [call("rm", path="/").pending()]
    return say(f"answer to {said if isinstance(said, str) else 'results'}")
