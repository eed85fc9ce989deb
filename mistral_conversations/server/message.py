"""A message in the making: runs of text, of thoughts, and chunks."""

import re
from collections.abc import Iterator
from typing import Any

import attrs

from mistral_conversations.server.failures import JSONObject
from mistral_conversations.server.pieces import Say, Think

__all__ = ["Message", "cut_json"]

_WORDS = re.compile(r"\s*\S+|\s+\Z")
_JSON_PIECES = re.compile(r"\W*\w+|\W+\Z")


@attrs.frozen
class _Run:
    """Neighbouring parts that make one chunk of the content."""

    kind: str
    """`text`, `thinking` or `chunk`."""

    parts: list[Any] = attrs.field(factory=list, hash=False)
    """Texts; or one chunk."""

    def chunk(self) -> JSONObject:
        """Give the whole as a chunk."""
        if self.kind == "chunk":
            chunk: JSONObject = self.parts[0]
            return chunk
        text = "".join(self.parts)
        return _text(text) if self.kind == "text" else _thought(text)


@attrs.define
class Message:
    """What is said piece by piece, until something else than saying happens."""

    head: JSONObject
    """The id of the message, and whose it is."""

    _runs: list[_Run] = attrs.field(factory=list)

    def say(self, piece: Say | Think) -> Iterator[tuple[int, str | JSONObject]]:
        """Take a piece in; give the contents of its events, with their indexes."""
        for kind, part in _parts(piece):
            run = self._run(kind)
            run.parts.append(part)
            for content in _contents(kind, part):
                yield len(self._runs) - 1, content

    def content(self) -> str | list[JSONObject]:
        """Give the whole: the text, or chunks where there is more than text."""
        chunks = [run.chunk() for run in self._runs]
        if [run.kind for run in self._runs] == ["text"]:
            text: str = chunks[0]["text"]
            return text
        return chunks

    def _run(self, kind: str) -> _Run:
        if kind == "chunk" or not self._runs or self._runs[-1].kind != kind:
            self._runs.append(_Run(kind))
        return self._runs[-1]


def cut_json(text: str) -> list[str]:
    """Cut JSON text into the pieces in which it is streamed, one at least."""
    return _cut(_JSON_PIECES, text)


def _parts(piece: Say | Think) -> Iterator[tuple[str, Any]]:
    if isinstance(piece, Think):
        yield "thinking", piece.text
        return
    for part in piece.parts or ("",):
        yield ("text" if isinstance(part, str) else "chunk"), part


def _contents(kind: str, part: Any) -> Iterator[str | JSONObject]:
    """Give the contents of the events of a part: words, thoughts, or the chunk."""
    if kind == "chunk":
        yield part
        return
    for word in _cut(_WORDS, part):
        yield word if kind == "text" else _thought(word)


def _thought(text: str) -> JSONObject:
    return {"type": "thinking", "thinking": [_text(text)], "closed": True}


def _text(text: str) -> JSONObject:
    return {"type": "text", "text": text}


def _cut(pattern: re.Pattern[str], text: str) -> list[str]:
    return pattern.findall(text) or [text]
