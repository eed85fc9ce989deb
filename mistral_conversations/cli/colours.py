"""Whether a stream is a terminal that takes escape sequences and colours.

rich, which the extra `cli` installs, is optional: `painted` works without it.
"""

import os
from typing import TYPE_CHECKING, Literal, TextIO, TypeAlias

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Style", "console", "painted", "takes_colours", "takes_escapes"]

Style: TypeAlias = Literal["error", "heading", "notice"]

_CODES: dict[Style, str] = {"error": "1;31", "heading": "1", "notice": "2"}
_DUMB = {"", "dumb", "unknown"}


def takes_escapes(stream: TextIO | None) -> bool:
    """Return whether a stream is a terminal that takes escape sequences."""
    if stream is None or not stream.isatty():
        return False
    if os.name == "nt":
        return "WT_SESSION" in os.environ  # the older console shows them as text
    return os.environ.get("TERM", "") not in _DUMB


def takes_colours(stream: TextIO | None) -> bool:
    """Return whether to write colours to a stream; a non-empty NO_COLOR forbids it."""
    return takes_escapes(stream) and not os.environ.get("NO_COLOR")


def painted(text: str, style: Style, stream: TextIO | None) -> str:
    """Return a text in a style, or the text alone if the stream takes no colours."""
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if takes_colours(stream) else text


def console(stream: TextIO | None) -> "Console | None":
    """Return a console of rich that writes to a stream.

    It takes text as it is: without markup, emoji codes and highlighting. Foreign text
    must pass through `visible` first, because rich removes few control characters.

    Returns:
        None if the stream takes no escape sequences, or if rich is not installed.
    """
    if not takes_escapes(stream):
        return None
    try:
        from rich.console import Console  # noqa: PLC0415 - optional dependency
    except ImportError:
        return None
    return Console(
        file=stream,
        force_terminal=True,
        force_jupyter=False,
        no_color=not takes_colours(stream),
        emoji=False,
        highlight=False,
        markup=False,
    )
