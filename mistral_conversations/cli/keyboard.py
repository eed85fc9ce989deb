"""User input from a terminal or a pipe."""

import os
import sys
from contextlib import suppress
from typing import ClassVar

from mistral_conversations.cli.slash import EXIT, is_open, matches
from mistral_conversations.cli.terminal import report

__all__ = ["MORE", "PROMPT", "Keyboard", "edit_lines"]

PROMPT = "> "
MORE = "... "


class Keyboard:
    """The lines of stdin."""

    help: ClassVar[str] = ""
    """What keys do, for `/help`."""

    def __init__(self) -> None:
        self.is_terminal: bool = sys.stdin is not None and sys.stdin.isatty()
        """Whether stdin is a terminal; without one, there are no prompts."""

    def message(self) -> str:
        r"""Return the next message or command; after `\"\"\"`, all lines of it.

        Raises:
            EOFError: stdin has ended.
        """
        text = self._line(PROMPT)
        while self.is_terminal and is_open(text):
            text = f"{text}\n{self._line(MORE)}"
        return text

    def ask(self, prompt: str) -> str:
        """Return the next line, without its line end.

        Raises:
            EOFError: stdin has ended, or the line is `/exit`.
        """
        line = self._line(prompt)
        if line.strip() == EXIT:
            raise EOFError
        return line

    def _line(self, prompt: str) -> str:
        if not self.is_terminal:
            return _next_line()
        try:
            return _typed(prompt)
        except (EOFError, KeyboardInterrupt):
            report("")
            raise

    def rest(self) -> str:
        """Return what a pipe has left, without the line ends around it."""
        return sys.stdin.read().strip("\r\n") if sys.stdin is not None else ""


def edit_lines() -> None:
    """Enable readline for `input`, if available, with bracketed paste."""
    with suppress(ImportError):  # missing on Windows
        import readline  # noqa: PLC0415 - not needed for a pipe

        readline.set_completer(_completion)
        readline.set_completer_delims(" ")
        if "libedit" in (readline.__doc__ or ""):
            readline.parse_and_bind("bind ^I rl_complete")
            return
        readline.parse_and_bind("tab: complete")
        if os.environ.get("TERM", "dumb") != "dumb":
            readline.parse_and_bind("set enable-bracketed-paste on")


def _typed(prompt: str) -> str:
    if sys.stdout is not None and sys.stdout.isatty():
        return input(prompt)
    print(prompt, end="", file=sys.stderr, flush=True)
    return _next_line()


def _completion(text: str, number: int) -> str | None:
    """Return the command of a number among those that begin with a text."""
    found = matches(text)
    return found[number] if number < len(found) else None


def _next_line() -> str:
    line = sys.stdin.readline() if sys.stdin is not None else ""
    if not line:
        raise EOFError
    return line.rstrip("\r\n")
