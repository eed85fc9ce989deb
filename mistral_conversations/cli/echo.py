"""Typing that is not shown while an answer is drawn, which it would disturb."""

import sys
from contextlib import suppress
from typing import Any

__all__ = ["Echo"]


class Echo:
    """What the terminal does with typed characters."""

    def __init__(self) -> None:
        self._before: Any = None

    def off(self) -> None:
        """Stop showing typed characters; Ctrl-C works as before."""
        with suppress(ImportError, OSError, ValueError):  # no terminal, or Windows
            import termios  # noqa: PLC0415 - missing on Windows

            with suppress(termios.error):
                modes = termios.tcgetattr(sys.stdin)
                self._before = termios.tcgetattr(sys.stdin)
                modes[3] &= ~termios.ECHO
                termios.tcsetattr(sys.stdin, termios.TCSANOW, modes)

    def on(self) -> None:
        """Show them again, if they were shown before."""
        before, self._before = self._before, None
        if before is not None:
            import termios  # noqa: PLC0415 - missing on Windows

            with suppress(termios.error, OSError, ValueError):
                termios.tcsetattr(sys.stdin, termios.TCSANOW, before)
