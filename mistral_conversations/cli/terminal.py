"""Terminal output, in which foreign text cannot control the terminal."""

import io
import sys
from contextlib import suppress

from mistral_conversations.cli.colours import painted
from mistral_conversations.display.output import one_line, pieces, visible, write

__all__ = [
    "accept_all_characters",
    "notice",
    "one_line",
    "pieces",
    "report",
    "report_error",
    "visible",
    "write",
]


def report(line: str) -> None:
    """Write a line to stderr; do nothing if it is closed."""
    if sys.stderr is not None:  # print would use stdout instead
        with suppress(OSError):
            print(line, file=sys.stderr, flush=True)


def notice(text: str) -> None:
    """Write lines about the program to stderr, dim on a terminal."""
    report(painted(text, "notice", sys.stderr))


def report_error(line: str) -> None:
    """Write a line to stderr that begins with `error:`, in red on a terminal."""
    report(f"{painted('error:', 'error', sys.stderr)} {line}")


def accept_all_characters() -> None:
    r"""Write what stdout cannot encode as `\xe9`, and accept any bytes on stdin."""
    for stream, errors in ((sys.stdout, "backslashreplace"), (sys.stdin, "replace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)
