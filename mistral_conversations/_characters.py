r"""Characters in two halves: lone surrogates, such as "\ud83d".

A JSON text may escape half of a character (RFC 8259, section 8.2). A stream does so
where one delta ends and the next one begins inside an emoji.
"""

import re

__all__ = ["Halves", "from_units", "joined", "units", "whole"]

_SLICE = 64 * 1024
"""How many characters are encoded at once, so that a long text needs no long copy."""


def joined(text: str) -> str:
    """Join adjacent halves to characters; a half alone stays."""
    return text if _is_whole(text) else from_units(units(text))


def whole(text: str) -> str:
    """Join adjacent halves to characters; a half alone becomes U+FFFD."""
    return (
        text if _is_whole(text) else re.sub("[\ud800-\udfff]", "\ufffd", joined(text))
    )


def units(text: str) -> bytes:
    """Return the halves and characters as UTF-16, two bytes for each half."""
    return text.encode("utf-16-le", "surrogatepass")


def from_units(data: bytes) -> str:
    """Return the text of UTF-16; a half alone stays."""
    return data.decode("utf-16-le", "surrogatepass")


def _is_whole(text: str) -> bool:
    if text.isascii():
        return True
    try:
        for start in range(0, len(text), _SLICE):
            text[start : start + _SLICE].encode()
    except UnicodeEncodeError:
        return False
    return True


class Halves:
    """Keep the first half of a character that a piece of text ends with.

    The next piece of the same text may begin with the rest.

    Attributes:
        kept: the half that waits for its rest, or nothing.
    """

    def __init__(self) -> None:
        self.kept: str = ""
        self._text: object = None

    def take(self, piece: str, text: object) -> str:
        """Return what is whole of a piece, after what was kept of the piece before.

        Args:
            piece: the piece.
            text: the text that it belongs to, any value. What was kept of another
                text remains half a character, U+FFFD.
        """
        if not piece or (piece.isascii() and not self.kept):
            return piece
        piece = (self.kept if text == self._text else self.rest()) + piece
        self._text = text
        self.kept = piece[-1] if "\ud800" <= piece[-1] <= "\udbff" else ""
        return whole(piece.removesuffix(self.kept))

    def rest(self) -> str:
        """Return what was kept, as U+FFFD, and keep it no longer."""
        kept, self.kept = self.kept, ""
        return whole(kept)
