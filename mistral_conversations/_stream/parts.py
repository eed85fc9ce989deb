"""The parts of a message's content while they grow, piece by piece."""

from typing import Any, TypeAlias

import attrs

from mistral_conversations._characters import joined
from mistral_conversations._wire.json import encode_json
from mistral_conversations.models.chunks import (
    MessageOutputContentChunks,
    TextChunk,
    ThinkChunk,
    ThinkingChunks,
)
from mistral_conversations.models.entries import FunctionCallEntryArguments

__all__ = [
    "GrowingArguments",
    "GrowingText",
    "Part",
    "Text",
    "Thought",
    "Whole",
    "part",
]

_PIECES = 1000
"""How many pieces are kept before they are joined."""


class GrowingText:
    """Text that grows piece by piece and takes the memory of its characters.

    A list of all pieces, or Python 3.11's `StringIO`, takes some 50 bytes per piece.
    """

    def __init__(self) -> None:
        self._joined: list[str] = []
        self._pieces: list[str] = []

    def write(self, piece: str) -> None:
        """Add a piece."""
        self._pieces.append(piece)
        if len(self._pieces) == _PIECES:
            self._joined.append("".join(self._pieces))
            self._pieces.clear()

    def text(self) -> str:
        """Return the text so far; halves of a character in two pieces are joined."""
        return joined("".join((*self._joined, *self._pieces)))


class GrowingArguments(GrowingText):
    """Arguments that grow piece by piece.

    An object stays one, and several objects merge. Beside text, an object joins it as
    JSON text.
    """

    def __init__(self) -> None:
        super().__init__()
        self._object: dict[str, Any] | None = None

    def take(self, piece: FunctionCallEntryArguments) -> None:
        """Add a piece."""
        if isinstance(piece, str):
            if self._object is not None and piece.strip():
                self.write(encode_json(self._object).decode())
                self._object = None
            self.write(piece)
        else:
            self._object = self._object or {}
            self._object.update(piece)

    def joined(self) -> FunctionCallEntryArguments:
        """Return the arguments so far."""
        text = self.text()
        if self._object is None:
            return text
        if not text.strip():
            return dict(self._object)
        return text + encode_json(self._object).decode()


class Text(GrowingText):
    """Adjacent texts: strings or text chunks."""

    def __init__(self, first: str | TextChunk) -> None:
        super().__init__()
        self.plain = True
        self.take(first)

    def take(self, content: Any) -> bool:
        """Join a piece to this part; return whether it belongs here."""
        if isinstance(content, str):
            self.write(content)
        elif isinstance(content, TextChunk):
            self.plain = False
            self.write(content.text)
        else:
            return False
        return True

    def chunk(self) -> TextChunk:
        """Return the chunk so far."""
        return TextChunk(text=self.text())


class Thought:
    """Adjacent thinking chunks; their texts join, unless another one is signed.

    A signature is of the text before it, so the next signed text is another thought.
    """

    plain = False

    def __init__(self, first: ThinkChunk) -> None:
        self._pieces: list[Text | ThinkingChunks] = []
        self._last = first
        self._signature = first.signature
        self.take(first)

    def take(self, content: Any) -> bool:
        """Join a piece to this part; return whether it belongs here."""
        if not isinstance(content, ThinkChunk) or self._is_before(content):
            return False
        for piece in content.thinking:
            self._think(piece)
        self._last = content
        self._signature = content.signature or self._signature
        return True

    def _is_before(self, content: ThinkChunk) -> bool:
        """Return whether both thoughts are signed, each by its own signature."""
        signatures = {self._signature, content.signature} - {None, ""}
        return bool(content.thinking) and len(signatures) > 1

    def _think(self, piece: ThinkingChunks) -> None:
        if not isinstance(piece, TextChunk):
            self._pieces.append(piece)
        elif self._pieces and isinstance(text := self._pieces[-1], Text):
            text.take(piece)
        else:
            self._pieces.append(Text(piece))

    def chunk(self) -> MessageOutputContentChunks:
        """Return the chunk so far."""
        thinking = (
            piece.chunk() if isinstance(piece, Text) else piece
            for piece in self._pieces
        )
        return attrs.evolve(
            self._last, thinking=tuple(thinking), signature=self._signature
        )


class Whole:
    """A chunk that arrives in one piece."""

    plain = False

    def __init__(self, content: MessageOutputContentChunks) -> None:
        self._content = content

    def take(self, _content: Any) -> bool:
        """Return False: nothing joins a whole chunk."""
        return False

    def chunk(self) -> MessageOutputContentChunks:
        """Return the chunk so far."""
        return self._content


Part: TypeAlias = Text | Thought | Whole


def part(content: str | MessageOutputContentChunks) -> Part:
    """Return a new part that begins with a piece of content."""
    if isinstance(content, str | TextChunk):
        return Text(content)
    return Thought(content) if isinstance(content, ThinkChunk) else Whole(content)
