"""Commands as processes of their own, and lines that are typed to a command."""

import io
import subprocess
import sys
from collections.abc import Mapping
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

__all__ = [
    "COMMAND",
    "Typed",
    "answering",
    "piped",
    "ran",
    "results",
    "started",
    "without_slow_steps",
]

COMMAND = [sys.executable, "-X", "dev", "-W", "error", "-m", "mistral_conversations"]


class Typed(io.StringIO):
    """Lines of somebody in a terminal; None is Ctrl-C at a prompt."""

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


def piped(*lines: str) -> io.StringIO:
    return io.StringIO("".join(f"{line}\n" for line in lines))


def ran(
    *arguments: str,
    text: str = "",
    env: Mapping[str, str] | None = None,
    **options: Any,
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end; it must not hang."""
    command = [*COMMAND, *arguments]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.run(
        command,
        input=text,
        encoding="utf-8",
        env=env,
        timeout=30,
        check=False,
        **(pipes | options),
    )


def started(server: LocalServer, *texts: str, name: str | None = None) -> str:
    """Start a conversation, say more in it, give its id."""
    first, *others = texts
    with Conversations("k", base_url=server.base_url) as client:
        id_ = client.start(first, model="m", name=name).conversation_id
        for text in others:
            client.append(id_, text)
    return id_


def without_slow_steps(err: str) -> str:
    """Drop asyncio's lines on steps of 0.1 s: a busy machine has some."""
    lines = err.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("Executing <"))


def results(server: LocalServer) -> list[Any]:
    """Give the inputs of the last request."""
    inputs: list[Any] = server.requests[-1].json["inputs"]
    return inputs


def answering(_: RecordedConversation, request: RecordedRequest) -> Reply:
    """Call functions, or ask for leave, where the user says so; else echo."""
    said = request.json.get("inputs")
    if said == "call":
        return [call("weather", city="Oslo"), call("clock", city="Rome")]
    if said == "ask":
        return [call("rm", path="/").pending()]
    return say(f"answer to {said if isinstance(said, str) else 'results'}")
