"""User input, line by line, from a terminal or a pipe."""

import os
import sys
from contextlib import suppress

__all__ = ["Keyboard"]


class Keyboard:
    """The lines of stdin; in a terminal with line editing and a history.

    The history stays in memory, because lines may be private.
    """

    def __init__(self) -> None:
        self.is_terminal: bool = sys.stdin is not None and sys.stdin.isatty()
        """Whether stdin is a terminal; without one, there are no prompts."""

        if self.is_terminal:
            _edit_lines()

    def ask(self, prompt: str) -> str:
        """Return the next line, without its line end.

        Raises:
            EOFError: stdin has ended.
        """
        if not self.is_terminal:
            return _next_line()
        if sys.stdout is not None and sys.stdout.isatty():
            return input(prompt)
        print(prompt, end="", file=sys.stderr, flush=True)
        return _next_line()


def _edit_lines() -> None:
    """Enable readline for `input`, if available, with bracketed paste."""
    with suppress(ImportError):  # missing on Windows
        import readline  # noqa: PLC0415 - not needed for a pipe

        is_able = os.environ.get("TERM", "dumb") != "dumb"
        if is_able and "libedit" not in (readline.__doc__ or ""):
            readline.parse_and_bind("set enable-bracketed-paste on")


def _next_line() -> str:
    line = sys.stdin.readline() if sys.stdin is not None else ""
    if not line:
        raise EOFError
    return line.rstrip("\r\n")
