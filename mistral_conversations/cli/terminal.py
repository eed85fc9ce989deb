"""Terminal output, in which foreign text cannot control the terminal."""

import io
import sys
from collections.abc import Iterator
from contextlib import suppress
from unicodedata import category

from mistral_conversations.cli.colours import painted

__all__ = [
    "accept_all_characters",
    "one_line",
    "pieces",
    "report",
    "report_error",
    "visible",
    "write",
]

_PIECE = 4096  # characters
_KEPT = "\n\t"
# These change the writing direction, which can make a text look like another one.
_TURNING = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))


def _shown() -> dict[int, str]:
    controls = (n for n in range(0xA0) if category(chr(n)) == "Cc")
    shown = {n: f"\\x{n:02x}" for n in controls if chr(n) not in _KEPT}
    return {**shown, **{n: f"\\u{n:04x}" for n in _TURNING}, ord("\r"): ""}


_SHOWN = _shown()


def visible(text: str) -> str:
    r"""Replace control characters with text such as `\x1b`, which a terminal ignores.

    Line ends and tabs stay; carriage returns are removed. The text may come in pieces.
    """
    return text.translate(_SHOWN)


def one_line(text: str) -> str:
    """Put text on one line, with control characters made visible."""
    return visible(" ".join(text.split()))


def write(text: str) -> None:
    """Write foreign text to stdout and flush."""
    for piece in pieces(visible(text)):
        print(piece, end="", flush=True)


def pieces(text: str) -> Iterator[str]:
    """Split a text into pieces that a pipe accepts in one write.

    With PYTHONUNBUFFERED, Python drops what a pipe does not accept in one write, and
    only the next write fails if nobody reads any more.
    """
    for start in range(0, len(text), _PIECE):
        yield text[start : start + _PIECE]


def report(line: str) -> None:
    """Write a line to stderr; do nothing if it is closed."""
    if sys.stderr is not None:  # print would use stdout instead
        with suppress(OSError):
            print(line, file=sys.stderr, flush=True)


def report_error(line: str) -> None:
    """Write a line to stderr that begins with `error:`, in red on a terminal."""
    report(f"{painted('error:', 'error', sys.stderr)} {line}")


def accept_all_characters() -> None:
    r"""Write what stdout cannot encode as `\xe9`, and accept any bytes on stdin."""
    for stream, errors in ((sys.stdout, "backslashreplace"), (sys.stdin, "replace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)
