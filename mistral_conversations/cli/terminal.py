"""What is written to a terminal, where others' text is text and drives nothing."""

import io
import sys
from collections.abc import Iterator
from contextlib import suppress
from unicodedata import category

__all__ = ["forgive_characters", "one_line", "pieces", "tell", "visible", "write"]

_PIECE = 4096  # characters
_KEPT = "\n\t"
# Marks that turn the direction of writing: they let a text look like another.
_TURNING = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))


def _shown() -> dict[int, str]:
    controls = (n for n in range(0xA0) if category(chr(n)) == "Cc")
    shown = {n: f"\\x{n:02x}" for n in controls if chr(n) not in _KEPT}
    return {**shown, **{n: f"\\u{n:04x}" for n in _TURNING}, ord("\r"): ""}


_SHOWN = _shown()


def visible(text: str) -> str:
    r"""Show control characters as `\x1b`, so that a terminal does not obey them.

    Line ends and tabs stay, carriage returns go. It may be used piece by piece.
    """
    return text.translate(_SHOWN)


def one_line(text: str) -> str:
    """Put text on one line, with its control characters shown."""
    return visible(" ".join(text.split()))


def write(text: str) -> None:
    """Write text of others to stdout, at once."""
    for piece in pieces(visible(text)):
        print(piece, end="", flush=True)


def pieces(text: str) -> Iterator[str]:
    """Cut a text into pieces that a pipe takes whole.

    With PYTHONUNBUFFERED, Python drops what a pipe does not take of one write, and
    only the next one fails where nobody reads any more.
    """
    for start in range(0, len(text), _PIECE):
        yield text[start : start + _PIECE]


def tell(line: str) -> None:
    """Tell the user something: a line on stderr, if anybody takes it."""
    if sys.stderr is not None:  # print would take stdout instead
        with suppress(OSError):
            print(line, file=sys.stderr, flush=True)


def forgive_characters() -> None:
    r"""Let stdout show what it has no character for as `\xe9`, and stdin take any."""
    for stream, errors in ((sys.stdout, "backslashreplace"), (sys.stdin, "replace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)
