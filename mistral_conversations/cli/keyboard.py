"""What the user types: a line at a time, from a terminal or from a pipe."""

import os
import sys
from contextlib import suppress

__all__ = ["Keyboard"]


class Keyboard:
    """The lines of stdin. In a terminal they can be edited, and recalled by the arrows.

    The lines that were typed are kept in memory alone: they may be private.
    """

    def __init__(self) -> None:
        self.is_terminal: bool = sys.stdin is not None and sys.stdin.isatty()
        """Whether somebody sits there; else nobody is prompted."""

        if self.is_terminal:
            _edit_lines()

    def ask(self, prompt: str) -> str:
        """Give the next line, without its end.

        Raises:
            EOFError: there is none.
        """
        if not self.is_terminal:
            return _next_line()
        if sys.stdout is not None and sys.stdout.isatty():
            return input(prompt)
        print(prompt, end="", file=sys.stderr, flush=True)
        return _next_line()


def _edit_lines() -> None:
    """Let `input` use readline, where there is one; what is pasted stays together."""
    with suppress(ImportError):  # Windows has none
        import readline  # noqa: PLC0415 - a pipe needs none

        is_able = os.environ.get("TERM", "dumb") != "dumb"
        if is_able and "libedit" not in (readline.__doc__ or ""):
            readline.parse_and_bind("set enable-bracketed-paste on")


def _next_line() -> str:
    line = sys.stdin.readline() if sys.stdin is not None else ""
    if not line:
        raise EOFError
    return line.rstrip("\r\n")
