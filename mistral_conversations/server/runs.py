"""What a message is made of: runs of text, of thoughts, and chunks."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from mistral_conversations.server.failures import JSONObject
from mistral_conversations.server.pieces import Say, Think

__all__ = ["Run", "cut_json", "runs_of"]

_WORDS = re.compile(r"\s*\S+|\s+\Z")
_JSON_PIECES = re.compile(r"\W*\w+|\W+\Z")


@attrs.frozen
class Run:
    """Neighbouring parts of a message that make one chunk of its content."""

    kind: str
    """`text`, `thinking` or `chunk`."""

    parts: list[Any] = attrs.field(hash=False)
    """Texts; or one chunk."""

    def deltas(self) -> Iterator[str | JSONObject]:
        """Give the contents of its events: words, thoughts of a word, or the chunk."""
        if self.kind == "chunk":
            yield from self.parts
            return
        for text in self.parts:
            for word in _cut(_WORDS, text):
                yield word if self.kind == "text" else _thought(word)

    def chunk(self) -> JSONObject:
        """Give the whole as a chunk."""
        if self.kind == "chunk":
            chunk: JSONObject = self.parts[0]
            return chunk
        text = "".join(self.parts)
        return _text(text) if self.kind == "text" else _thought(text)


def runs_of(pieces: Sequence[Say | Think]) -> list[Run]:
    """Sort the pieces of one message into runs: neighbours of a kind go together."""
    runs: list[Run] = []
    for kind, part in _parts(pieces):
        if runs and kind == runs[-1].kind != "chunk":
            runs[-1].parts.append(part)
        else:
            runs.append(Run(kind, [part]))
    return runs


def cut_json(text: str) -> list[str]:
    """Cut JSON text into the pieces in which it is streamed, one at least."""
    return _cut(_JSON_PIECES, text)


def _parts(pieces: Sequence[Say | Think]) -> Iterator[tuple[str, Any]]:
    for piece in pieces:
        if isinstance(piece, Think):
            yield "thinking", piece.text
            continue
        for part in piece.parts or ("",):
            yield ("text" if isinstance(part, str) else "chunk"), part


def _thought(text: str) -> JSONObject:
    return {"type": "thinking", "thinking": [_text(text)], "closed": True}


def _text(text: str) -> JSONObject:
    return {"type": "text", "text": text}


def _cut(pattern: re.Pattern[str], text: str) -> list[str]:
    return pattern.findall(text) or [text]
