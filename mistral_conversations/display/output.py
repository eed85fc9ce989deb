"""Text output, in which foreign text cannot control the terminal."""

import sys
from collections.abc import Iterator
from unicodedata import category

__all__ = ["one_line", "pieces", "visible", "write"]

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
    r"""Write foreign text to stdout and flush; what it cannot encode as `\xe9`."""
    for piece in pieces(_encodable(visible(text))):
        print(piece, end="", flush=True)  # noqa: T201 - stdout is where it belongs


def _encodable(text: str) -> str:
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def pieces(text: str) -> Iterator[str]:
    """Split a text into pieces that a pipe accepts in one write.

    With PYTHONUNBUFFERED, Python drops what a pipe does not accept in one write, and
    only the next write fails if nobody reads any more.
    """
    for start in range(0, len(text), _PIECE):
        yield text[start : start + _PIECE]
